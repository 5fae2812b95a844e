"""The rows of a mart against the rows of truth, and the build that both truth tests need."""

import math
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from flows.domains import DOMAINS

Row = dict[str, Any]

PROJECT = Path(__file__).parents[2] / "dbt_project"


def mart_value(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case _:
            return value


def is_equal(expected: object, got: object) -> bool:
    if isinstance(expected, float) and isinstance(got, int | float):
        return math.isclose(expected, got, rel_tol=1e-9)
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    return expected == got


def rows_of(connection: duckdb.DuckDBPyConnection, schema: str, mart: str) -> list[Row]:
    found = connection.execute(f"select * from {schema}.{mart}")
    names = [column[0] for column in found.description]
    return [
        {name: mart_value(value) for name, value in zip(names, row, strict=True)}
        for row in found.fetchall()
    ]


def differences(
    connection: duckdb.DuckDBPyConnection, truths: list[Row], schema: str
) -> Iterator[str]:
    """Compare each row of truth with its row of the mart, or with the totals of its rows."""
    by_mart: defaultdict[str, list[Row]] = defaultdict(list)
    for truth in truths:
        by_mart[truth["mart"]].append(truth)
    for mart, expected in sorted(by_mart.items()):
        single = [truth for truth in expected if "expect" in truth]
        try:
            for truth in expected:
                if "totals" in truth:
                    yield from total_differences(connection, schema, truth)
            if single:
                yield from mart_differences(mart, single, rows_of(connection, schema, mart))
        except duckdb.Error as error:
            yield f"{mart}: {error}"


def mart_differences(mart: str, truths: list[Row], rows: list[Row]) -> Iterator[str]:
    columns = set(rows[0]) if rows else set()
    named = {name for truth in truths for name in (truth.get("expect") or {})}
    for name in sorted(named - columns):
        yield f"{mart}: there is no column {name}"
    indexes: dict[tuple[str, ...], dict[tuple[object, ...], Row]] = {}
    for truth in truths:
        key = truth["key"]
        names = tuple(key)
        if names not in indexes:
            indexes[names] = {tuple(row.get(name) for name in names): row for row in rows}
        row = indexes[names].get(tuple(key.values()))
        label = f"{mart} · {truth['player']} · {readable(key)}"
        if truth["expect"] is None:
            if row is not None:
                yield f"{label}: there should be no such row"
        elif row is None:
            yield f"{label}: there is no such row"
        else:
            for name, value in truth["expect"].items():
                if name in columns and not is_equal(value, row[name]):
                    yield f"{label} · {name}: {row[name]!r}, planned {value!r}"


def total_differences(
    connection: duckdb.DuckDBPyConnection, schema: str, truth: Row
) -> Iterator[str]:
    where, totals = truth["where"], truth["totals"]
    sums = ", ".join(
        "count(*)" if name == "rows_count" else f"coalesce(sum({name}), 0)" for name in totals
    )
    conditions = " and ".join(f"{name} = ?" for name in where)
    query = f"select {sums} from {schema}.{truth['mart']} where {conditions}"
    got = connection.execute(query, list(where.values())).fetchone() or ()
    label = f"{truth['mart']} · {truth['player']} · {readable(where)}"
    for (name, planned), value in zip(totals.items(), got, strict=True):
        if not is_equal(planned, mart_value(value)):
            yield f"{label} · {name}: {value!r}, planned {planned!r}"


def readable(key: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in key.items() if name != "player_id")


def dbt_build(folder: Path, domain: str, *, left_out: tuple[str, ...]) -> None:
    command = [
        *(str(Path(sys.executable).parent / "dbt"), "build", "--target", "prod", "--exclude"),
        *(f"resource_type:{kind}" for kind in left_out),
        *(f"path:models/*/{other}" for other in DOMAINS if other != domain),
        *("--target-path", str(folder / "dbt"), "--log-path", str(folder / "dbt")),
    ]
    environment = {**os.environ, "WAREHOUSE__FOLDER": str(folder)}
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4_000:]
