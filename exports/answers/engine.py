"""The answer pack at work: the models of one student, in an in-memory DuckDB.

The database bears the name of the build's, so the compiled SQL runs as it stands. What no message
of a student changes is made once; the rest is made anew, each model once and as a table, which was
measured twice as fast as stacked views.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from exports.answers.pack import ANSWER_PREFIX, Table, read_pack
from warehouse.errors import TallyhouseError

Body = dict[str, Any]
Row = Mapping[str, Any]

MESSAGES = Table("raw_spinner", "messages")
ANSWERING_TYPES = ("analytics", "feedback", "request")
"""Messages that can change an answer; a test shows that the others change none."""

V2_MARK = "graph_node"
"""Stands in every text of the second log format that can change an answer."""

USER_PATTERN = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
"""Users who may ask."""

_KEPT_STUDENTS = 500

_NEEDLESS = (
    "build_side_probe_side",
    "common_aggregate",
    "common_subexpressions",
    "compressed_materialization",
    "deliminator",
    "duplicate_groups",
    "in_clause",
    "join_filter_pushdown",
    "join_order",
    "late_materialization",
    "limit_pushdown",
    "regex_range",
    "reorder_filter",
    "sampling_pushdown",
    "statistics_propagation",
    "sum_rewriter",
    "top_n",
)
"""For tables this small, planning is half the work; without these steps a sixth of it is saved."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of answer: which model has its body, and what picks the row besides the student."""

    content: str
    model: str
    is_of_student: bool = True
    argument_column: str | None = None


KINDS = (
    Kind(content="student_graph", model="student_graphs"),
    Kind(
        content="comparison_graph",
        model="comparison_graphs",
        is_of_student=False,
        argument_column="graph",
    ),
    Kind(content="task_identification", model="tasks"),
    Kind(content="indicators", model="indicators"),
    Kind(content="centroids", model="centroids"),
    Kind(content="task_feedback", model="task_feedback", argument_column="task"),
)
_BY_CONTENT = {kind.content: kind for kind in KINDS}
_KEY_COLUMNS = {"student_key", "user_id", "lab", "course"}


@dataclass(slots=True)
class _Student:
    """What is kept of a student until a message, a pack or a generation makes it old."""

    published: pa.Table  # rows of the generation
    tail_version: int = -1
    bodies: dict[str, dict[tuple[str, ...], Body]] = field(default_factory=dict)


class AnswerEngine:
    """Makes the bodies of answers from one published generation. For one thread at a time."""

    def __init__(self, generation: Path) -> None:
        """Open a generation and make what does not depend on a student.

        Args:
            generation: Folder of a published generation.

        Raises:
            TallyhouseError: It lacks what answers are made of.
        """
        self.version = generation.name
        self._pack = read_pack(generation / "manifest.json")
        self._students: dict[str, _Student] = {}
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
            self._connection.execute(f"set disabled_optimizers = '{','.join(_NEEDLESS)}'")
            self._attach(generation / "warehouse.duckdb")
        except duckdb.Error as error:
            self._connection.close()
            raise TallyhouseError(
                f"{generation} lacks what answers are made of, so run `tallyhouse run`; if "
                "WAREHOUSE__PUBLISH is set, it must name raw_spinner, seeds and mart_spinner: "
                f"{error}"
            ) from error

    def close(self) -> None:
        """Let go of the generation."""
        self._connection.close()

    def rows(self, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """Columns of a seed or of a model that is the same for every student.

        Args:
            table: Name of the seed or model.
            columns: Names of the columns.
        """
        tables = [*self._pack.copied, *(model.table for model in self._pack.models)]
        found = next(each for each in tables if each.name == table)
        relation = self._connection.table(found.in_database(self._pack.database))
        return relation.project(", ".join(columns)).fetchall()

    def loaded_segments(self) -> dict[tuple[str, str, str], int]:
        """Messages of the generation by stream, capture and segment."""
        messages = self._connection.table(MESSAGES.in_database("published"))
        counts = messages.aggregate("stream, capture_id, segment, count(*)").fetchall()
        return {(stream, capture, segment): count for stream, capture, segment, count in counts}

    def body(
        self,
        content: str,
        *,
        user_id: str,
        lab: str,
        course: str,
        argument: str | None = None,
        tail: Sequence[Row] = (),
        tail_version: int = 0,
    ) -> Body | None:
        """The fields of an answer that its kind has.

        Args:
            content: The kind of answer.
            user_id: Who asks.
            lab: Laboratory.
            course: Course, under its own name.
            argument: The graph or task that is asked for.
            tail: Rows of the student's messages that the generation may lack.
            tail_version: Differs whenever `tail` has got a row that may change an answer.

        Returns:
            The fields, nulls left out; None when there is no such graph or student.
        """
        kind = _BY_CONTENT[content]
        arguments = (argument or "",) if kind.argument_column else ()
        if not kind.is_of_student:
            return self._shared(kind).get(arguments)
        student = self._students.pop(user_id, None) or _Student(self._published(user_id))
        self._students[user_id] = student
        if len(self._students) > _KEPT_STUDENTS:
            del self._students[next(iter(self._students))]
        if student.tail_version != tail_version:
            student.tail_version = tail_version
            student.bodies.clear()
        key = (lab, course, *arguments)
        # The request itself may be what makes the student exist.
        if key[:2] not in {found[:2] for found in student.bodies.get(content, ())}:
            self._compute(student, user_id, kind, tail)
        return student.bodies[content].get(key)

    def _attach(self, file: Path) -> None:
        database = self._pack.database
        self._connection.execute(f"attach ':memory:' as \"{database}\"")
        self._connection.execute(f"attach '{_text(file)}' as published (read_only)")
        tables = (*self._pack.sources, *self._pack.copied, *(m.table for m in self._pack.models))
        for schema in sorted({table.schema for table in tables}):
            self._connection.execute(f'create schema if not exists "{database}"."{schema}"')
        for table in self._pack.copied:
            self._connection.execute(
                f"create table {table.in_database(database)} as "
                f"from {table.in_database('published')}"
            )
        for table in self._pack.sources:
            self._connection.execute(
                f"create table {table.in_database(database)} as "
                f"from {table.in_database('published')} limit 0"
            )
        for model in self._pack.models:
            if not model.is_of_student:
                self._make(model.table, model.sql)
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

    def _make(self, table: Table, sql: str) -> None:
        name = table.in_database(self._pack.database)
        self._connection.execute(f"create or replace table {name} as {sql}")

    def _shared(self, kind: Kind) -> dict[tuple[str, ...], Body]:
        """The bodies that are the same for every student."""
        student = self._students.get("") or _Student(pa.table({}))
        self._students[""] = student
        if kind.content not in student.bodies:
            student.bodies[kind.content] = self._read(kind, None)
        return student.bodies[kind.content]

    def _published(self, user_id: str) -> pa.Table:
        """The student's rows of the generation."""
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

    def _compute(self, student: _Student, user_id: str, kind: Kind, tail: Sequence[Row]) -> None:
        """Make the models that this kind of answer needs, and read all kinds that they serve."""
        wanted = _batch_of(kind)
        self._fill_sources(student, user_id, tail)
        names = {f"{ANSWER_PREFIX}{each.model}" for each in wanted}
        for model in self._pack.models:
            if model.is_of_student and not model.serves.isdisjoint(names):
                self._make(model.table, model.sql)
        for each in wanted:
            student.bodies[each.content] = self._read(each, user_id)

    def _fill_sources(self, student: _Student, user_id: str, tail: Sequence[Row]) -> None:
        database = self._pack.database
        for table in self._pack.sources:
            name = table.in_database(database)
            if table == MESSAGES:
                schema = student.published.schema
                rows = pa.concat_tables(
                    [
                        student.published,
                        pa.Table.from_pylist([_fitting(row, schema) for row in tail], schema),
                    ]
                )
                self._connection.register("student_rows", rows)
                self._connection.execute(f"create or replace table {name} as from student_rows")
                self._connection.unregister("student_rows")
            else:
                self._connection.execute(
                    f"create or replace table {name} as "
                    f"from {table.in_database('published')} where user_id = ?",
                    [user_id],
                )

    def _read(self, kind: Kind, user_id: str | None) -> dict[tuple[str, ...], Body]:
        """The rows of an answer model, by what identifies them."""
        table = Table("export_spinner", f"{ANSWER_PREFIX}{kind.model}")
        condition = "" if user_id is None else " where user_id = $user_id"
        found = self._connection.execute(
            f"from {table.in_database(self._pack.database)}{condition}",
            {} if user_id is None else {"user_id": user_id},
        )
        columns = [(column[0], str(column[1])) for column in found.description or ()]
        bodies = {}
        for values in found.fetchall():
            row = {
                name: json.loads(value) if type_name == "JSON" else value
                for (name, type_name), value in zip(columns, values, strict=True)
            }
            student = () if user_id is None else (row["lab"], row["course"])
            argument = (row[kind.argument_column],) if kind.argument_column else ()
            bodies[(*student, *argument)] = {
                name: without_nulls(value)
                for name, value in row.items()
                if name not in _KEY_COLUMNS and name != kind.argument_column
            }
        return bodies


def users_of(row: Row) -> Collection[str]:
    """Whose answers a row of messages can change."""
    if row["user_id"] is not None:
        return (row["user_id"],) if row["message_type"] in ANSWERING_TYPES else ()
    if V2_MARK not in row["raw_text"]:
        return ()
    return set(re.findall(USER_PATTERN, f"{row['raw_text']} {row['intake_query'] or ''}"))


def changes_answers(row: Row) -> bool:
    """Whether a row may change a number: a request only makes its student exist."""
    return bool(row["message_type"] != "request")


def without_nulls(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The value without the fields that are null: a key without a value is left out."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return value


def _batch_of(kind: Kind) -> Collection[Kind]:
    """The kinds that are made together: those of `all_feedback`, or the feedback alone."""
    if kind.argument_column:
        return (kind,)
    return tuple(each for each in KINDS if each.is_of_student and not each.argument_column)


def _fitting(row: Row, schema: pa.Schema) -> dict[str, Any]:
    """The row with the columns of the raw table, times without their zone."""
    fitted = {name: row.get(name) for name in schema.names}
    received_at = fitted["received_at"]
    if received_at is not None and received_at.tzinfo is not None:
        fitted["received_at"] = received_at.astimezone(UTC).replace(tzinfo=None)
    return fitted


def _text(path: Path) -> str:
    """A path inside single quotes."""
    return str(path).replace("'", "''")
