"""Two students who do the same, one at the older and one at the newer lab page."""

import json
from collections.abc import Iterator

import duckdb

from tests.truth.spinner_reference.recordings import Act, Person, v1, v2
from tests.truth.spinner_reference.vocabulary import BOOKING, HALF_HOUR

OLDER = Person("ffffffff-1111-4222-8333-9d5e0a7b1c2d", "spinner", "engdes1")
NEWER = Person("quiet-otter-77", "spinner", "ed1")
BEGIN = 1_700_000_000_000  # in a term that nobody else is in
NODES = {
    "voltage": "voltage_step",
    "voltage_ramp": "voltage_ramp",
    "position": "position_step",
    "position_ramp": "position_ramp",
    "speed": "speed_step",
    "speed_ramp": "speed_ramp",
}
COMMANDS = (
    (0, "position", "spin30"),
    (1_000, "position", "spin30"),
    (1_000, "voltage", "spin30"),
    (HALF_HOUR, "speed_ramp", "spin30"),
    (2 * HALF_HOUR + 1_001, "position_ramp", "spin30"),
    (BOOKING, "speed", "spin30"),
    (BOOKING + 1, "speed", "spin31"),
    (BOOKING + 2, "voltage_ramp", ""),
    (16 * BOOKING, "position", "spin31"),
    (16 * BOOKING + 5, "position", "spin31"),
)
ALIKE = {
    "fct_lab_commands": "command_number, node, next_node, session_number, hardware, event_at",
    "fct_lab_sessions": "session_number, started_at, hardware, has_start, end_kind, command_count",
    "fct_student_edges": "from_node, to_node, weight",
    "fct_student_edge_crossings": "from_node, to_node, cross_session_weight, "
    "cross_hardware_weight, cross_day_weight",
    "fct_session_edges": "session_number, from_node, to_node, weight",
    "fct_student_nodes": "node, command_count, in_centrality",
    "fct_task_distances": "graph, distance_model, distance, closeness_rank, completion_percent",
    "fct_task_feedback": "graph, hint_kind, hint_rank, hint_text",
    "fct_graph_measures": "graph, ged, deltacon_distance",
    "fct_student_indicators": "edge_count, exploration, centroid_x, centroid_y, closest_graph",
    "fct_progress_snapshots": "snapshot_date, edge_count, exploration, centroid_x, closest_graph",
}


def twins() -> Iterator[bytes]:
    """A file of each."""
    acts = [Act(BEGIN, "start", unit="spin30")]
    acts += [Act(BEGIN + after, "command", word, unit) for after, word, unit in COMMANDS]
    acts.append(Act(BEGIN + 16 * BOOKING + 6, "end", "session-exp", "spin31"))
    yield _lines(v1(OLDER, act) for act in acts)
    yield _lines(
        message
        for style, act in enumerate(acts)
        for message in v2(NEWER, act, NODES.get(act.word or ""), style)
    )


def _lines(messages: Iterator[dict[str, object]]) -> bytes:
    return "".join(json.dumps(message) + "\n" for message in messages).encode()


def twin_differences(warehouse: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Rows that one of them has and the other has not."""
    for mart, columns in ALIKE.items():
        rows = [
            set(
                warehouse.execute(
                    f"select {columns} from mart_spinner.{mart} where student_key = ?",
                    [f"spinner:engdes1:{person.user}"],
                ).fetchall()
            )
            for person in (OLDER, NEWER)
        ]
        if not rows[0]:
            yield f"{mart}: no rows of twins"
        yield from (f"{mart}: of one twin only: {row}" for row in rows[0] ^ rows[1])
