"""Marts of a build against the reference, row by row and column by column."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from tests.truth.spinner_reference.catalogue import read_catalogue
from tests.truth.spinner_reference.reading import Heard
from tests.truth.spinner_reference.student import Row
from tests.truth.spinner_reference.world import worked_out

SEEDS = Path(__file__).parents[3] / "dbt_project" / "seeds" / "spinner"
TOLERANCE = 1e-9
_STUDENT, _GRAPH, _CELL = ("student_key",), ("graph",), ("from_node", "to_node")
_TERM = ("lab", "course", "term")
KEYS = {
    "dim_comparison_graphs": _GRAPH,
    "dim_graph_nodes": ("lab", "node"),
    "dim_lab_students": _STUDENT,
    "fct_affective_feedback": (*_STUDENT, "state", "subject"),
    "fct_cohort_mean_edges": (*_TERM, *_CELL),
    "fct_comparison_edges": (*_GRAPH, *_CELL),
    "fct_comparison_nodes": (*_GRAPH, "node"),
    "fct_course_term_distributions": (*_TERM, "measure", "bin_number"),
    "fct_course_term_reflections": (*_TERM, "state", "subject"),
    "fct_course_term_session_hours": (*_TERM, "first_hour"),
    "fct_course_term_tasks": (*_TERM, "graph"),
    "fct_course_term_weeks": (*_TERM, "week_number"),
    "fct_course_terms": _TERM,
    "fct_dashboard_usage": (
        *_STUDENT,
        "usage_kind",
        "content",
        "interaction_type",
        "component",
    ),
    "fct_graph_measures": (*_STUDENT, *_GRAPH),
    "fct_lab_commands": (*_STUDENT, "command_number"),
    "fct_lab_sessions": (*_STUDENT, "session_number"),
    "fct_progress_snapshots": (*_STUDENT, "snapshot_date"),
    "fct_progress_task_distances": (*_STUDENT, "snapshot_date", *_GRAPH),
    "fct_session_edges": (*_STUDENT, "session_number", *_CELL),
    "fct_student_edge_crossings": (*_STUDENT, *_CELL),
    "fct_student_edges": (*_STUDENT, *_CELL),
    "fct_student_indicators": _STUDENT,
    "fct_student_interactions": (*_STUDENT, "verb", "is_lab_use"),
    "fct_student_nodes": (*_STUDENT, "node"),
    "fct_student_session_hours": (*_STUDENT, "first_hour"),
    "fct_student_summaries": _STUDENT,
    "fct_student_usage": _STUDENT,
    "fct_task_distances": (*_STUDENT, *_GRAPH, "distance_model"),
    "fct_task_feedback": (*_STUDENT, *_GRAPH, "hint_kind", "hint_rank"),
    "fct_unplaced_messages": ("stream", "received_date", "unplaced_reason", "is_placed"),
}
# The last digit of a sum of doubles depends on the order of the rows, which no mart may.
EXACT = {"mean_session_minutes", "session_hours", "total_session_minutes"}
UNCOMPARED = {
    "dim_comparison_graphs": {"label"},
    "fct_lab_sessions": {"capture_gap_seconds", "stream"},  # of the capture, not of messages
    "fct_student_summaries": {"covered_session_share"},
}


def captured(warehouse: duckdb.DuckDBPyConnection) -> list[Heard]:
    """The rows that were loaded."""
    rows = warehouse.execute(
        "select capture_id, stream, seq, received_at, raw_text, intake_query "
        "from raw_spinner.messages"
    ).fetchall()
    return [
        Heard(capture_id, stream, seq, at.replace(tzinfo=UTC), text, query)
        for capture_id, stream, seq, at, text, query in rows
    ]


def reference_differences(
    warehouse: duckdb.DuckDBPyConnection, heard: Iterable[Heard]
) -> Iterator[str]:
    """What the marts hold that does not follow from the captured rows, in words."""
    marts = worked_out(heard, read_catalogue(SEEDS)).marts
    for mart in sorted(marts.keys() | KEYS.keys()):
        yield from _mart_differences(warehouse, mart, marts[mart], KEYS[mart])


def _mart_differences(
    warehouse: duckdb.DuckDBPyConnection, mart: str, expected: list[Row], keys: tuple[str, ...]
) -> Iterator[str]:
    cursor = warehouse.execute(f"select * from mart_spinner.{mart}")
    names = [column[0] for column in cursor.description or ()]
    found = [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]
    wanted = [{name: _plain(value) for name, value in row.items()} for row in expected]
    compared = {name for row in wanted for name in row} or set(names)
    if other := compared ^ (set(names) - UNCOMPARED.get(mart, set())):
        yield f"{mart}: other columns: {sorted(other)}"
        return
    for rows, whose in ((wanted, "expected"), (found, "found")):
        twice = [key for key, n in Counter(_key(row, keys) for row in rows).items() if n > 1]
        yield from (f"{mart}: {whose} twice: {key}" for key in twice)
    by_key = {_key(row, keys): row for row in found}
    for row in wanted:
        actual = by_key.pop(_key(row, keys), None)
        if actual is None:
            yield f"{mart}: there is no {row}"
            continue
        wrong = {n: (actual[n], v) for n, v in row.items() if not _is_same(n, v, actual[n])}
        if wrong:
            yield f"{mart} {_key(row, keys)}: (found, expected) {wrong}"
    yield from (f"{mart}: there should be no {row}" for row in by_key.values())


def _key(row: Row, keys: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[name] for name in keys)


def _plain(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _is_same(name: str, expected: Any, found: Any) -> bool:
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if name in EXACT:
        return bool(expected == found)
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return math.isclose(expected, found, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(expected == found)
