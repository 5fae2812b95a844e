"""Where the models of one student are made: an in-memory DuckDB with their compiled SQL.

The database bears the name of the build's, so the SQL runs as it stands. What no message of a
student changes is made once. The rest are tables that stay empty and statements that are prepared,
for planning took more than half of the time: a student's rows are put in, read, and taken back.
"""

from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from exports.answers.pack import Pack, Table

MESSAGES = Table("raw_spinner", "messages")

ANSWERING_TYPES = ("analytics", "feedback", "request")
"""Messages that can change an answer; a test shows that the others change none."""

V2_MARK = "graph_node"
"""Stands in every text of the second log format that can change an answer."""

USER_PATTERN = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
"""Users who may ask."""

RULES = frozenset(
    {
        "column_lifetime",
        "cte_filter_pusher",
        "cte_inlining",
        "expression_rewriter",
        "extension",
        "filter_pullup",
        "filter_pushdown",
        "materialized_cte",
        "unnest_rewriter",
        "unused_columns",
    }
)
"""The steps of DuckDB's optimizer that look at the query alone. All others are turned off: what
looks at the statistics of tables would plan for empty ones, which was seen to spoil results."""


class Workspace:
    """The tables of a pack and the statements that fill them. For one thread at a time."""

    def __init__(self, pack: Pack, generation_file: Path) -> None:
        """Open a published file and make what does not depend on a student.

        Args:
            pack: What answers are made of.
            generation_file: The published file, which is only read.

        Raises:
            duckdb.Error: The file lacks what answers are made of.
        """
        self._pack = pack
        self._connection = duckdb.connect(
            ":memory:",
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "threads": 1,  # the tables are small, two threads are no faster
            },
        )
        try:
            self._connection.execute("set TimeZone = 'UTC'")
            self._attach(generation_file)
            self._keep_to_rules()
            self._prepare()
        except duckdb.Error:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the published file."""
        self._connection.close()

    def rows(self, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """Columns of a seed, or of a model that is the same for every student.

        Args:
            table: Name of the seed or model.
            columns: Names of the columns.
        """
        tables = [*self._pack.copied, *(model.table for model in self._pack.models)]
        found = next(each for each in tables if each.name == table)
        return self._relation(found).project(", ".join(columns)).fetchall()

    def read(self, table: Table, user_id: str | None = None) -> duckdb.DuckDBPyConnection:
        """A table of the pack, or its rows of one student."""
        query = f"from {table.in_database(self._pack.database)}"
        if user_id is None:
            return self._connection.execute(query)
        return self._connection.execute(f"{query} where user_id = ?", [user_id])

    def loaded_segments(self) -> dict[tuple[str, str, str], int]:
        """Messages of the generation by stream, capture and segment."""
        messages = self._connection.table(MESSAGES.in_database("published"))
        counts = messages.aggregate("stream, capture_id, segment, count(*)").fetchall()
        return {(stream, capture, segment): count for stream, capture, segment, count in counts}

    def published_messages(self, user_id: str) -> pa.Table:
        """The raw messages of the generation that can change a student's answers."""
        messages = MESSAGES.in_database("published")
        return self._connection.execute(
            f"""
            select * from {messages}
            where user_id = $user_id and list_contains($types, message_type)
            union all
            select * exclude (possible_users) from temp.v2_messages
            where list_contains(possible_users, $user_id)
            """,  # noqa: S608 - names of tables
            {"user_id": user_id, "types": list(ANSWERING_TYPES)},
        ).to_arrow_table()

    @contextmanager
    def made(
        self, answers: Set[str], user_id: str, messages: pa.Table, carried: pa.Table | None
    ) -> Iterator[None]:
        """Fill the tables with a student's rows for as long as the context lasts.

        Args:
            answers: Names of the answer models that are wanted.
            user_id: The student.
            messages: Raw messages of the student, of whom all that `carried` lacks.
            carried: Rows of the pack's carried model that no such message concerns.
        """
        self._connection.begin()
        try:
            self._insert(MESSAGES, messages)
            if carried is not None:
                self._insert(self._pack.carried.table, carried)
            for table in self._pack.sources:
                if table != MESSAGES:
                    self._connection.execute(f"execute {_statement(table)} (?)", [user_id])
            for model in self._pack.models:
                if model.is_of_student and not model.serves.isdisjoint(answers):
                    self._connection.execute(f"execute {_statement(model.table)}")
            yield
        finally:
            self._connection.rollback()

    def _insert(self, table: Table, rows: pa.Table) -> None:
        self._connection.register("given_rows", rows)
        name = table.in_database(self._pack.database)
        self._connection.execute(f"insert into {name} by name from given_rows")
        self._connection.unregister("given_rows")

    def _relation(self, table: Table) -> duckdb.DuckDBPyRelation:
        return self._connection.table(table.in_database(self._pack.database))

    def _attach(self, file: Path) -> None:
        database = self._pack.database
        self._connection.execute(f"attach ':memory:' as \"{database}\"")
        path = str(file).replace("'", "''")
        self._connection.execute(f"attach '{path}' as published (read_only)")
        tables = (*self._pack.sources, *self._pack.copied, *(m.table for m in self._pack.models))
        for schema in sorted({table.schema for table in tables}):
            self._connection.execute(f'create schema if not exists "{database}"."{schema}"')
        for table in self._pack.copied:
            self._create(table, f"from {table.in_database('published')}")
        for table in self._pack.sources:
            self._create(table, f"from {table.in_database('published')} limit 0")
        for model in self._pack.models:
            self._create(model.table, model.sql)
        # Texts of the second format tell their user inside; who may ask is a UUID, so that a text
        # without one is nobody's.
        self._connection.execute(
            f"""
            create temp table v2_messages as
            select
                *,
                regexp_extract_all(
                    concat_ws(' ', raw_text, intake_query), '{USER_PATTERN}'
                ) as possible_users
            from {MESSAGES.in_database("published")}
            where
                user_id is null
                and contains(raw_text, '{V2_MARK}')
                and len(possible_users) > 0
            """  # noqa: S608 - constants
        )

    def _create(self, table: Table, sql: str) -> None:
        name = table.in_database(self._pack.database)
        self._connection.execute(f"create table {name} as {sql}")

    def _keep_to_rules(self) -> None:
        steps = self._connection.execute("select name from duckdb_optimizers()").fetchall()
        others = {name for (name,) in steps} - RULES
        self._connection.execute(f"set disabled_optimizers = '{','.join(sorted(others))}'")

    def _prepare(self) -> None:
        for table in self._pack.sources:
            published = table.in_database("published")
            self._prepare_insert(table, f"from {published} where user_id = ?")
        for model in self._pack.models:
            if model.is_of_student:
                self._prepare_insert(model.table, model.sql)

    def _prepare_insert(self, table: Table, sql: str) -> None:
        name = table.in_database(self._pack.database)
        self._connection.execute(f"prepare {_statement(table)} as insert into {name} {sql}")


def _statement(table: Table) -> str:
    """Name of the prepared statement that fills a table."""
    return f'"{table.name}"'
