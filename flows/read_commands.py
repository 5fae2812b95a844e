"""The commands that read what is published, or choose what is current; they start at once."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import duckdb

from flows.console import as_json, print_csv, print_json_rows, print_table, say
from flows.doctor import examine
from warehouse.comparison import compare
from warehouse.errors import TallyhouseError
from warehouse.generations import find_generation, list_generations, pin, roll_back
from warehouse.query import ask, open_published
from warehouse.settings import Settings

_PAGE_ROWS = 10_000
_TABLE_ROWS = 1_000


def generations(settings: Settings, arguments: argparse.Namespace) -> None:
    """`generations`: what is published."""
    listed = [
        {
            "generation": generation.generation_id,
            "is_current": generation.is_current,
            "is_pinned": generation.is_pinned,
            "size_bytes": generation.size_bytes,
            "folder": str(generation.folder),
        }
        for generation in list_generations(settings)
    ]
    if arguments.json:
        print(as_json({"ok": True, "generations": listed}))
    elif listed:
        print_table(tuple(listed[0]), [tuple(generation.values()) for generation in listed])
    else:
        print("Nothing is published yet; `tallyhouse run` does it.")


def rollback(settings: Settings, arguments: argparse.Namespace) -> None:
    """`rollback`: an older generation becomes current; the next publish goes forward again."""
    current = roll_back(settings, arguments.id)
    say({"ok": True, "current": current}, f"{current} is current.", is_json=arguments.json)


def keep(settings: Settings, arguments: argparse.Namespace) -> None:
    """`pin`: a generation is kept."""
    generation = pin(settings, arguments.id, is_pinned=not arguments.remove)
    state = "pinned" if generation.is_pinned else "not pinned"
    say(
        {"ok": True, "generation": generation.generation_id, "is_pinned": generation.is_pinned},
        f"{generation.generation_id} is {state}.",
        is_json=arguments.json,
    )


def diff(settings: Settings, arguments: argparse.Namespace) -> None:
    """`diff`: how the marts of two generations differ."""
    differences = compare(
        find_generation(settings, arguments.before),
        find_generation(settings, arguments.after),
        arguments.mart,
    )
    if arguments.json:
        print(as_json({"ok": True, "marts": [mart.as_dict() for mart in differences]}))
        return
    different = [mart for mart in differences if not mart.is_same]
    if different:
        print_table(
            ("mart", "before", "after", "added", "removed", "changed", "changed columns"),
            [
                (
                    mart.mart,
                    mart.rows_before,
                    mart.rows_after,
                    mart.added,
                    mart.removed,
                    mart.changed,
                    ", ".join(
                        [
                            *(f"{name} {count}" for name, count in mart.changed_by_column.items()),
                            *(f"+ {name}" for name in mart.columns_added),
                            *(f"- {name}" for name in mart.columns_removed),
                            *mart.columns_retyped,
                        ]
                    ),
                )
                for mart in different
            ],
        )
    print(f"{len(different)} of {len(differences)} marts differ.")


def sql(settings: Settings, arguments: argparse.Namespace) -> None:
    """`sql`: one query, or those that are typed or piped in."""
    is_typed = not arguments.query and sys.stdin.isatty()
    with open_published(settings.current_file) as connection:
        for query in _typed_queries() if is_typed else [arguments.query or sys.stdin.read()]:
            try:
                _print_answer(ask(connection, query), arguments.format)
            except TallyhouseError as error:
                if not is_typed:
                    raise
                print(error, file=sys.stderr)


def doctor(settings: Settings, arguments: argparse.Namespace) -> None:
    """`doctor`: what is configured, reachable, writable, out of date."""
    findings = examine(settings)
    problems = [finding for finding in findings if finding.state == "problem"]
    if arguments.json:
        print(as_json({"ok": not problems, "findings": [asdict(finding) for finding in findings]}))
    else:
        print_table(
            ("state", "what", "finding"),
            [(finding.state, finding.what, finding.text) for finding in findings],
        )
    if problems:
        raise SystemExit(1)


def _typed_queries() -> Iterator[str]:
    print("One query a line; an empty line ends.", file=sys.stderr)
    try:
        yield from iter(lambda: input("tallyhouse> ").strip(), "")
    except EOFError:
        return


def _print_answer(answer: duckdb.DuckDBPyConnection, form: str) -> None:
    columns = [column[0] for column in answer.description or ()]
    match form:
        case "csv":
            print_csv(columns, _rows(answer))
        case "json":
            print_json_rows(columns, _rows(answer))
        case _:
            rows = answer.fetchmany(_TABLE_ROWS)
            print_table(columns, rows)
            if answer.fetchone() is not None:
                print(f"The first {_TABLE_ROWS:,} rows; --format csv or json gives them all.")


def _rows(answer: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while page := answer.fetchmany(_PAGE_ROWS):
        yield from page
