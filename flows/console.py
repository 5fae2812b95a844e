"""What a person at the terminal sees: progress on standard error, tables on standard output."""

import csv
import json
import math
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from warehouse.progress import Progress

_LINE_SECONDS = 5.0
_FILE_WIDTH = 1_000  # nothing is wrapped in a file


@contextmanager
def shown_progress(stream: TextIO = sys.stderr) -> Iterator[Progress]:
    """Show progress while the block runs: bars on a terminal, else a line now and then.

    Yields:
        What work calls with label, done and total.
    """
    if stream.isatty():
        with Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(file=stream),
        ) as bars:
            yield _bar_listener(bars)
    else:
        yield _line_listener(stream)


def _bar_listener(bars: Bars) -> Progress:
    tasks: dict[str, TaskID] = {}

    def listen(label: str, done: int, total: int | None) -> None:
        if label not in tasks:
            tasks[label] = bars.add_task(label, total=total)
        bars.update(tasks[label], completed=done, total=total)

    return listen


def _line_listener(stream: TextIO) -> Progress:
    last_label, last_time = "", 0.0

    def listen(label: str, done: int, total: int | None) -> None:
        nonlocal last_label, last_time
        now = time.monotonic()
        if label != last_label or now - last_time >= _LINE_SECONDS or (total and done == total):
            amount = f"{done:,} of {total:,}" if total is not None else f"{done:,}"
            print(f"{label}: {amount}", file=stream, flush=True)
            last_label, last_time = label, now

    return listen


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], title: str | None = None
) -> None:
    """Print rows as a table; numbers stand to the right."""
    width = None if sys.stdout.isatty() else _FILE_WIDTH
    console = Console(highlight=False, width=width)
    table = Table(title=title, title_justify="left")
    shown = [[_cell(value) for value in row] for row in rows]
    for number, column in enumerate(columns):
        is_number = bool(shown) and all(
            row[number].replace(",", "").replace(".", "").lstrip("-").isdigit() or not row[number]
            for row in shown
        )
        table.add_column(
            column,
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=number == 0,  # a name stays in one piece
        )
    for row in shown:
        table.add_row(*row)
    console.print(table, markup=False)


def print_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as CSV with a heading."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)


def print_json_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows as a JSON array, one object a line."""
    separator = "["
    for row in rows:
        print(separator + as_json(dict(zip(columns, row, strict=True))), end="")
        separator = ",\n"
    print("]" if separator != "[" else "[]")


def as_json(value: object) -> str:
    """JSON in one line; what JSON has no form for becomes text, and what is no number null."""
    return json.dumps(_finite(value), ensure_ascii=False, default=str, allow_nan=False)


def say(report: Mapping[str, object], text: str, *, is_json: bool) -> None:
    """Print the report as JSON, or the text."""
    print(as_json(report) if is_json else text)


def _finite(value: object) -> object:
    match value:
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {str(name): _finite(item) for name, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case _:
            return value


def _cell(value: Any) -> str:  # noqa: ANN401 whatever a query gives
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.6g}" if value % 1 else f"{value:,.1f}"
        case _:
            return str(value)
