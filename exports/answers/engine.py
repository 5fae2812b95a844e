"""The bodies of answers: each kind of a student's, kept until a message comes that may change it.

How they come about is the models' affair: the workspace runs their SQL, over the raw rows of that
one student. Nothing is worked out here.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from exports.answers.pack import ANSWER_PREFIX, Table, read_pack
from exports.answers.workspace import ANSWERING_TYPES, USER_PATTERN, V2_MARK, Workspace
from warehouse.errors import TallyhouseError

Body = dict[str, Any]
Row = Mapping[str, Any]

_KEPT_STUDENTS = 200  # of about 1 MB each, when they have 1,000 commands heard twice


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
    """What is kept of a student until a message or a generation makes it old."""

    published: pa.Table  # raw messages of the generation
    carried: pa.Table | None = None  # rows of the carried model, of all messages so far
    tail_count: int = 0  # messages of the tail among them
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
        try:
            self._workspace = Workspace(self._pack, generation / "warehouse.duckdb")
        except duckdb.Error as error:
            raise TallyhouseError(
                f"{generation} lacks what answers are made of, so run `tallyhouse run`; if "
                "WAREHOUSE__PUBLISH is set, it must name raw_spinner, seeds and mart_spinner: "
                f"{error}"
            ) from error
        self._shared = {
            kind.content: self._read(kind, None) for kind in KINDS if not kind.is_of_student
        }

    def close(self) -> None:
        """Let go of the generation."""
        self._workspace.close()

    def rows(self, table: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """Columns of a seed or of a model that is the same for every student.

        Args:
            table: Name of the seed or model.
            columns: Names of the columns.
        """
        return self._workspace.rows(table, columns)

    def loaded_segments(self) -> dict[tuple[str, str, str], int]:
        """Messages of the generation by stream, capture and segment."""
        return self._workspace.loaded_segments()

    def body(
        self,
        content: str,
        *,
        user_id: str,
        lab: str,
        course: str,
        argument: str | None = None,
        tail: Sequence[Row] = (),
        request: Sequence[Row] = (),
    ) -> Body | None:
        """The fields of an answer that its kind has.

        Args:
            content: The kind of answer.
            user_id: Who asks.
            lab: Laboratory.
            course: Course, under its own name.
            argument: The graph or task that is asked for.
            tail: Rows of the student's messages that the generation may lack, in the order in
                which they were found: what was there once stays in its place.
            request: The request itself as a row of messages, which may be what makes the student
                exist.

        Returns:
            The fields, nulls left out; None when there is no such graph or student.
        """
        kind = _BY_CONTENT[content]
        arguments = (argument or "",) if kind.argument_column else ()
        if not kind.is_of_student:
            return self._shared[content].get(arguments)
        student = self._kept(user_id)
        if _changes_answers(tail[student.tail_count :]):
            student.bodies.clear()
        if (lab, course) not in {found[:2] for found in student.bodies.get(content, ())}:
            self._compute(student, user_id, kind, tail, request)
        return student.bodies[content].get((lab, course, *arguments))

    def catch_up(self, tail_of: Callable[[str], Sequence[Row]]) -> str | None:
        """Make the answers of one student anew whom messages have changed since the last answer.

        Whoever asked last comes first. Done while nobody waits, the next answer is there at once.

        Args:
            tail_of: The tail of a user, as in `body`.

        Returns:
            The user, or None when all answers are up to date.
        """
        for user_id, student in reversed(self._students.items()):
            tail = tail_of(user_id)
            if student.bodies and _changes_answers(tail[student.tail_count :]):
                student.bodies.clear()
                self._compute(student, user_id, KINDS[0], tail, ())
                return user_id
        return None

    def _kept(self, user_id: str) -> _Student:
        """What is kept of a student; whoever has not asked for longest is forgotten."""
        student = self._students.pop(user_id, None)
        student = student or _Student(self._workspace.published_messages(user_id))
        self._students[user_id] = student
        if len(self._students) > _KEPT_STUDENTS:
            del self._students[next(iter(self._students))]
        return student

    def _compute(
        self,
        student: _Student,
        user_id: str,
        kind: Kind,
        tail: Sequence[Row],
        request: Sequence[Row],
    ) -> None:
        """Make the bodies of a kind of answer, and of those that are made along with it."""
        wanted = _batch_of(kind)
        messages, carried = self._touched(student, tail, request)
        answers = {f"{ANSWER_PREFIX}{each.model}" for each in wanted}
        with self._workspace.made(answers, user_id, messages, carried):
            student.carried = self._workspace.read(self._pack.carried.table).to_arrow_table()
            student.tail_count = len(tail)
            for each in wanted:
                student.bodies[each.content] = self._read(each, user_id)

    def _touched(
        self, student: _Student, tail: Sequence[Row], request: Sequence[Row]
    ) -> tuple[pa.Table, pa.Table | None]:
        """The messages that rows must be made of, and the rows that are carried over."""
        schema, column = student.published.schema, self._pack.carried.column
        if student.carried is None:
            return pa.concat_tables([student.published, _table((*tail, *request), schema)]), None
        values = {row[column] for row in (*tail[student.tail_count :], *request)}
        wanted = pa.array(values, schema.field(column).type)
        published = student.published.filter(pc.field(column).isin(wanted))
        found = [row for row in tail if row[column] in values]
        return (
            pa.concat_tables([published, _table((*found, *request), schema)]),
            student.carried.filter(~pc.field(column).isin(wanted)),
        )

    def _read(self, kind: Kind, user_id: str | None) -> dict[tuple[str, ...], Body]:
        """The rows of an answer model, by what identifies them."""
        table = Table("export_spinner", f"{ANSWER_PREFIX}{kind.model}")
        found = self._workspace.read(table, user_id)
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


def without_nulls(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """The value without the fields that are null: a key without a value is left out."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    if isinstance(value, list):
        return [without_nulls(each) for each in value]
    return value


def _changes_answers(rows: Iterable[Row]) -> bool:
    """Whether a row of these may change a number: a request only makes its student exist."""
    return any(row["message_type"] != "request" for row in rows)


def _batch_of(kind: Kind) -> Collection[Kind]:
    """The kinds that are made together: those of `all_feedback`, or the feedback alone."""
    if kind.argument_column:
        return (kind,)
    return tuple(each for each in KINDS if each.is_of_student and not each.argument_column)


def _table(rows: Sequence[Row], schema: pa.Schema) -> pa.Table:
    """Rows as the raw table has them: its columns, and times without their zone."""
    return pa.Table.from_pylist([_fitting(row, schema) for row in rows], schema)


def _fitting(row: Row, schema: pa.Schema) -> dict[str, Any]:
    fitted = {name: row.get(name) for name in schema.names}
    received_at = fitted["received_at"]
    if received_at is not None and received_at.tzinfo is not None:
        fitted["received_at"] = received_at.astimezone(UTC).replace(tzinfo=None)
    return fitted
