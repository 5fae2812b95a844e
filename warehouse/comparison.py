"""Compare the marts of two generations."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import TallyhouseError
from warehouse.generations import Generation
from warehouse.publishing import quoted

_KEY_TESTS = {"unique_combination_of_columns": "combination_of_columns", "unique": "column_name"}


@dataclass(frozen=True, slots=True)
class MartDifference:
    """How one mart differs between two generations."""

    mart: str
    key: tuple[str, ...]  # empty: none is declared, and whole rows are compared
    rows_before: int
    rows_after: int
    added: int
    removed: int
    changed: int
    changed_by_column: Mapping[str, int]
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    columns_retyped: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs."""
        return not (
            self.added
            or self.removed
            or self.changed
            or self.columns_added
            or self.columns_removed
            or self.columns_retyped
        )

    def as_dict(self) -> dict[str, Any]:
        """For the JSON summary."""
        return asdict(self)


def compare(before: Generation, after: Generation, mart: str | None = None) -> list[MartDifference]:
    """Compare all marts of two generations, or one.

    Args:
        before: The older state.
        after: The newer state.
        mart: Name of the one mart to compare; None: all.

    Returns:
        A difference for each mart that either of them has, by name; also where nothing differs.

    Raises:
        TallyhouseError: Neither has a mart of that name.
    """
    keys = {**read_keys(before.manifest), **read_keys(after.manifest)}
    with duckdb.connect() as connection:
        for name, generation in (("before", before), ("after", after)):
            file = str(generation.file).replace("'", "''")
            connection.execute(f"attach '{file}' as {name} (read_only)")
        tables = {name: _mart_tables(connection, name) for name in ("before", "after")}
        marts = sorted(
            full_name
            for full_name in tables["before"].keys() | tables["after"].keys()
            if mart is None or mart in {full_name, full_name.split(".")[1]}
        )
        if not marts:
            raise TallyhouseError(
                f"There is no mart {mart} in {before.generation_id} or {after.generation_id}."
            )
        return [
            _compare_mart(
                connection,
                full_name,
                tables["before"].get(full_name, {}),
                tables["after"].get(full_name, {}),
                keys.get(full_name, ()),
            )
            for full_name in marts
        ]


def read_keys(manifest_file: Path) -> dict[str, tuple[str, ...]]:
    """The keys of models, as their tests declare them; the first declared one counts.

    Returns:
        Columns by `schema.model`.
    """
    nodes = json.loads(manifest_file.read_text())["nodes"]
    keys: dict[str, tuple[str, ...]] = {}
    for node in nodes.values():
        metadata = node.get("test_metadata") or {}
        model = nodes.get(node.get("attached_node"))
        if model is None or metadata.get("name") not in _KEY_TESTS:
            continue
        columns = metadata["kwargs"][_KEY_TESTS[metadata["name"]]]
        key = (columns,) if isinstance(columns, str) else tuple(columns)
        if all(column in model.get("columns", {column: None}) for column in key):
            keys.setdefault(f"{model['schema']}.{model['name']}", key)
    return keys


def _mart_tables(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, dict[str, str]]:
    """Columns and their types, by table, of the marts of one generation."""
    tables: dict[str, dict[str, str]] = {}
    for schema_name, table_name, column_name, data_type in (
        connection.table_function("duckdb_columns")
        .filter(f"database_name = '{database}' and schema_name like 'mart\\_%' escape '\\'")
        .order("table_name, column_index")
        .project("schema_name, table_name, column_name, data_type")
        .fetchall()
    ):
        tables.setdefault(f"{schema_name}.{table_name}", {})[column_name] = data_type
    return tables


def _compare_mart(
    connection: duckdb.DuckDBPyConnection,
    full_name: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    declared_key: tuple[str, ...],
) -> MartDifference:
    shared = [column for column in after if before.get(column) == after[column]]
    key = declared_key if set(declared_key) <= set(shared) else ()
    rows_before = _count(connection, "before", full_name) if before else 0
    rows_after = _count(connection, "after", full_name) if after else 0
    changed, by_column = 0, dict[str, int]()
    if not before or not after:
        added, removed = rows_after, rows_before
    elif key:
        values = [column for column in shared if column not in key]
        added, removed, changed, by_column = _compare_by_key(connection, full_name, key, values)
    else:
        added = _surplus(connection, full_name, "after", "before", shared)
        removed = _surplus(connection, full_name, "before", "after", shared)
    return MartDifference(
        mart=full_name,
        key=key,
        rows_before=rows_before,
        rows_after=rows_after,
        added=added,
        removed=removed,
        changed=changed,
        changed_by_column=by_column,
        columns_added=tuple(column for column in after if before and column not in before),
        columns_removed=tuple(column for column in before if after and column not in after),
        columns_retyped=tuple(
            f"{column}: {before[column]} → {after[column]}"
            for column in after
            if column in before and before[column] != after[column]
        ),
    )


def _compare_by_key(
    connection: duckdb.DuckDBPyConnection,
    full_name: str,
    key: Sequence[str],
    values: Sequence[str],
) -> tuple[int, int, int, dict[str, int]]:
    """Rows added, removed and changed, and the changed values of each column."""
    sides = {
        name: _table(connection, name, full_name)
        .project(", ".join([*map(quoted, [*key, *values]), "true as is_here"]))
        .set_alias(name)
        for name in ("before", "after")
    }
    joined = sides["before"].join(
        sides["after"],
        " and ".join(
            f"before.{column} is not distinct from after.{column}" for column in map(quoted, key)
        ),
        how="outer",
    )
    differs = [f"before.{column} is distinct from after.{column}" for column in map(quoted, values)]
    both = "before.is_here and after.is_here"
    counts = joined.aggregate(
        ", ".join(
            f"count(*) filter (where {condition})"
            for condition in [
                "before.is_here is null",
                "after.is_here is null",
                f"{both} and ({' or '.join(differs) or 'false'})",
                *(f"{both} and {condition}" for condition in differs),
            ]
        )
    ).fetchone()
    if counts is None:
        raise RuntimeError("an aggregate without groups has one row")
    added, removed, changed, *by_column = counts
    changed_by_column = {
        column: count for column, count in zip(values, by_column, strict=True) if count
    }
    return added, removed, changed, changed_by_column


def _surplus(
    connection: duckdb.DuckDBPyConnection,
    full_name: str,
    database: str,
    other: str,
    columns: Sequence[str],
) -> int:
    """How many rows of the one are not in the other, repeats counted."""
    projection = ", ".join(map(quoted, columns))
    rows = _table(connection, database, full_name).project(projection)
    return len(rows.except_(_table(connection, other, full_name).project(projection)))


def _table(
    connection: duckdb.DuckDBPyConnection, database: str, full_name: str
) -> duckdb.DuckDBPyRelation:
    schema_name, table_name = full_name.split(".")
    return connection.table(f"{database}.{quoted(schema_name)}.{quoted(table_name)}")


def _count(connection: duckdb.DuckDBPyConnection, database: str, full_name: str) -> int:
    return len(_table(connection, database, full_name))
