"""The true value of the statistics of the planned students, as they were worked out by hand.

A row of truth names a mart, the key of one of its rows and the columns that must be equal there;
`expect` null means that there is no such row.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sample_world.spinner.deliveries import NODES, Student
from sample_world.spinner.students import (
    EMPTY,
    FOREIGN,
    LATE,
    MOOD,
    NOCOURSE,
    PERFECT,
    PREFIX_LONG,
    PREFIX_SHORT,
    SINGLE,
    SKEW,
    SLIDER,
    STRINGSET,
    TIE,
    TWIN,
    W1,
    W2,
    WANDERER,
    WITNESSED,
)

Row = dict[str, Any]
Edges = Mapping[str, int]

ENGDES1: Final = tuple(
    f"spinner-engdes1-{name}" for name in ("1-core", "1-ext", "1-core-ext", "2", "all")
)
CIE3: Final = tuple(
    f"spinner-cie3-{name}" for name in ("1-2", "3", "4", "1-2-3", "1-2-4", "3-4", "all")
)
HALF_HEIGHT: Final = 3**0.5 / 2

W1_MEASURES: Final = {
    # graph: ged, edge distance, extra, missing, in the graph
    "1-core": (8, 4, 4, 0, 1),
    "1-ext": (16, 4, 4, 0, 1),
    "1-core-ext": (22, 4, 4, 0, 1),
    "2": (32, 4, 4, 0, 1),
    "all": (44, 2, 2, 0, 3),
}
W2_MEASURES: Final = {
    "1-2": (418, 4, 3, 1, 1),
    "3": (10, 0, 0, 0, 3),
    "4": (40, 2, 2, 0, 1),
    "1-2-3": (414, 2, 0, 2, 5),
    "1-2-4": (444, 4, 2, 2, 3),
    "3-4": (38, 1, 0, 1, 4),
    "all": (442, 3, 0, 3, 6),
    "mean-21-22": (907, 4, 0, 4, 7),
}


def truths() -> list[Row]:
    """All rows of truth."""
    return [
        *_worked_examples(),
        *_distances(EMPTY, ENGDES1, [None] * 5),
        *_indicators(EMPTY, edge_count=0, edges_percent=0.0, enjoyment=0, closest_graph=None),
        *_distances(SINGLE, ENGDES1, [None] * 5),
        *_indicators(SINGLE, edge_count=0, exploration=None, closest_graph=None),
        *_perfect(),
        *_tie(),
        *_wanderer(),
        *_graph(LATE, {"v s": 1, "s p": 1}),
        *_graph(TWIN, {"p p": 1, "p v": 1}),
        *_graph(FOREIGN, {"p p": 1}),
        *_graph(SLIDER, {"p v": 1, "v v": 1}),
        *_graph(NOCOURSE, {"v v": 1}),
        *_graph(SKEW, {"s v": 1}),
        _row(SKEW, "fct_student_summaries", {"student_key": SKEW.key}, {"is_clock_skewed": True}),
        _row(W1, "fct_student_summaries", {"student_key": W1.key}, {"is_clock_skewed": False}),
        *_graph(PREFIX_SHORT, {"p p": 2}),
        *_graph(PREFIX_LONG, {"s s": 1}),
        _row(
            STRINGSET,
            "fct_lab_commands",
            {"student_key": STRINGSET.key, "command_number": 1},
            {"set_value": 3.14},
        ),
        *_mood(),
        *_cohort(),
        *_coverage(),
    ]


def _row(who: Student | str, mart: str, key: Row, expect: Row | None) -> Row:
    name = who if isinstance(who, str) else who.name
    return {"player": name, "mart": mart, "key": key, "expect": expect}


def _graph(who: Student, edges: Edges) -> Iterator[Row]:
    """All cells of a lifetime graph, also the empty ones."""
    for first in NODES:
        for second in NODES:
            key = {
                "student_key": who.key,
                "from_node": NODES[first],
                "to_node": NODES[second],
            }
            weight = edges.get(f"{first} {second}", 0)
            yield _row(who, "fct_student_edges", key, {"weight": weight})


def _distances(
    who: Student,
    graphs: Sequence[str],
    values: Sequence[float | None],
    model: str = "default",
) -> Iterator[Row]:
    for graph, value in zip(graphs, values, strict=True):
        key = {"student_key": who.key, "graph": graph, "distance_model": model}
        yield _row(who, "fct_task_distances", key, {"distance": value})


def _indicators(who: Student, **expect: float | str | None) -> Iterator[Row]:
    yield _row(who, "fct_student_indicators", {"student_key": who.key}, dict(expect))


def _measures(who: Student, prefix: str, table: Mapping[str, tuple[int, ...]]) -> Iterator[Row]:
    names = (
        "ged",
        "edge_distance",
        "extra_edge_count",
        "missing_edge_count",
        "comparison_edge_count",
    )
    for graph, values in table.items():
        key = {"student_key": who.key, "graph": f"{prefix}-{graph}"}
        yield _row(who, "fct_graph_measures", key, dict(zip(names, values, strict=True)))


def _worked_examples() -> Iterator[Row]:
    yield from _graph(W1, {"p p": 3, "p s": 1, "s s": 3, "s v": 1, "v s": 1})
    mean = (10 * 16 / 19 + 10 * 26 / 29) / 2
    of_w1 = (9.0, 5 + 100 / 13, 5 + 160 / 19, 5 + 260 / 29, 2 + mean)
    yield from _distances(W1, ENGDES1, of_w1)
    yield from _indicators(
        W1,
        edge_count=9,
        edges_percent=900 / 49,
        exploration=20.0,
        exploration_legacy=6.0,
        enjoyment=1,
        centroid_x=2 / 3,
        centroid_y=-4 * HALF_HEIGHT / 9,
        closest_graph="spinner-engdes1-1-core",
        closest_distance=9.0,
    )
    yield from _measures(W1, "spinner-engdes1", W1_MEASURES)
    for node, share in (("v", 0.2), ("vr", 0.0), ("p", 0.2), ("pr", 0.0), ("s", 0.6), ("sr", 0.0)):
        key = {"student_key": W1.key, "node": NODES[node]}
        yield _row(W1, "fct_student_nodes", key, {"in_centrality": share})
    yield from _graph(W2, {"p p": 2, "p pr": 1, "pr pr": 12})
    both = (10 * 28 / 30 + 1) / 2
    distances = (
        25.0,
        0.75,
        3 + 270 / 29,
        30.75,
        33 + 270 / 29,
        10 + both,
        40 + both,
    )
    yield from _distances(W2, CIE3, distances)
    mean = 60 + (10 * 105 / 107 + 0.2 / 2) / 2
    yield from _distances(W2, ("spinner-cie3-mean-21-22",), (mean,))
    yield from _indicators(
        W2,
        edges_percent=1500 / 439,
        exploration=5.0,
        exploration_legacy=42.0,
        centroid_x=-11 / 15,
        centroid_y=0.0,
        closest_graph="spinner-cie3-3",
    )
    yield from _measures(W2, "spinner-cie3", W2_MEASURES)


def _perfect() -> Iterator[Row]:
    distances = (0.0, 80 / 13, 140 / 19, 22.0, 30 + 140 / 19)
    yield from _distances(PERFECT, ENGDES1, distances)
    yield from _indicators(PERFECT, exploration=0.0, edges_percent=500 / 49)
    for graph, percent in zip(ENGDES1, (100.0, 0.0, 0.0, 0.0, 0.0), strict=True):
        key = {"student_key": PERFECT.key, "graph": graph, "distance_model": "default"}
        yield _row(PERFECT, "fct_task_distances", key, {"completion_percent": percent})


def _tie() -> Iterator[Row]:
    yield from _distances(TIE, ENGDES1, (1.0, 1.0, 1.0, 22.0, 31.0))
    yield from _indicators(TIE, exploration=10.0, closest_graph="spinner-engdes1-1-core")
    key = {"student_key": TIE.key, "graph": ENGDES1[0], "distance_model": "default"}
    yield _row(TIE, "fct_task_distances", key, {"closeness_rank": 1, "tied_count": 3})


def _wanderer() -> Iterator[Row]:
    yield from _graph(WANDERER, {"v v": 1, "v p": 1, "p p": 2, "p s": 1, "s s": 2, "s v": 1})
    sessions = (
        (3, 2, "spin30", False),
        (3, 1, "spin30", False),
        (6, 5, "spin31", False),
        (1, 1, "spin31", True),
    )
    for number, (events, commands, hardware, is_cut) in enumerate(sessions, 1):
        key = {"student_key": WANDERER.key, "session_number": number}
        expect: Row = {
            "event_count": events,
            "command_count": commands,
            "hardware": hardware,
            "is_booking_cut": is_cut,
        }
        yield _row(WANDERER, "fct_lab_sessions", key, expect)
    crossings = {"v v": (0, 0, 0), "v p": (1, 0, 0), "p p": (1, 1, 1), "s v": (1, 0, 0)}
    for pair, crossed in crossings.items():
        first, second = (NODES[name] for name in pair.split())
        key = {"student_key": WANDERER.key, "from_node": first, "to_node": second}
        names = ("cross_session_weight", "cross_hardware_weight", "cross_day_weight")
        expect = dict(zip(names, crossed, strict=True))
        yield _row(WANDERER, "fct_student_edge_crossings", key, expect)
    edges = {(1, "v v"): 1, (3, "p p"): 1, (3, "p s"): 1, (3, "s s"): 2, (2, "v p"): None}
    for (number, pair), weight in edges.items():
        first, second = (NODES[name] for name in pair.split())
        key = {
            "student_key": WANDERER.key,
            "session_number": number,
            "from_node": first,
            "to_node": second,
        }
        expect_edge = None if weight is None else {"weight": weight}
        yield _row(WANDERER, "fct_session_edges", key, expect_edge)
    distances = (13.0, 15.461538461538462, 15.947368421052632, 16.310344827586206)
    yield from _distances(WANDERER, ENGDES1[:4], distances)
    # p->p 2 of 19 and s->s 2 of 29 are too few, p->s is equal; v->v costs 2, v->p and s->v 1.
    yield from _distances(WANDERER, ENGDES1[4:], (4 + (10 * 17 / 19 + 10 * 27 / 29) / 2,))
    yield from _indicators(
        WANDERER,
        edge_count=8,
        distinct_edge_count=6,
        edges_percent=800 / 49,
        exploration=40.0,
        exploration_legacy=10.0,
        centroid_x=0.6875,
        centroid_y=-HALF_HEIGHT / 8,
    )
    key = {"student_key": WANDERER.key, "snapshot_date": "2026-02-09"}
    expect = {
        "edge_count": 2,
        "edges_percent": 200 / 49,
        "exploration": 30.0,
        "centroid_x": 0.75,
        "centroid_y": HALF_HEIGHT / 2,
    }
    yield _row(WANDERER, "fct_progress_snapshots", key, expect)
    for graph, distance in zip(ENGDES1, (23.0, 23.0, 23.0, 23.0, 53.0), strict=True):
        of_graph = {**key, "graph": graph}
        far: Row = {"distance": distance, "tied_count": 4}
        yield _row(WANDERER, "fct_progress_task_distances", of_graph, far)


def _mood() -> Iterator[Row]:
    yield from _indicators(MOOD, enjoyment=1, edge_count=0)
    for state, subject, count, is_known in (
        ("Engaged", "Workbook", 2, True),
        ("Frustrated", "Other", 1, True),
        ("Sleepy", "Workbook", 1, False),
    ):
        key = {"student_key": MOOD.key, "state": state, "subject": subject}
        expect = {"event_count": count, "is_known": is_known}
        yield _row(MOOD, "fct_affective_feedback", key, expect)


def _cohort() -> Iterator[Row]:
    for first, second, mean, rounded in (
        ("p", "p", 36.0, 36),
        ("s", "s", 1.0, 1),
        ("p", "s", 1 / 3, 0),
    ):
        key = {
            "lab": "spinner",
            "course": "engdes1",
            "term": "24-25",
            "from_node": NODES[first],
            "to_node": NODES[second],
        }
        expect = {
            "mean_weight": mean,
            "rounded_weight": rounded,
            "student_count": 3,
            "is_published": False,
        }
        yield _row("cohort", "fct_cohort_mean_edges", key, expect)


def _coverage() -> Iterator[Row]:
    hour = "2026-02-11T14:"
    for stream, begins, ends, seconds, reason_code in (
        ("spin30", "25", "30", 300, "stopped"),
        ("spin37", "20", "30", 600, "socket_error"),
        ("spin40", "20", "21", 60, "crash"),
    ):
        key = {"stream": stream, "gap_number": 1}
        expect = {
            "started_at": f"{hour}{begins}:00.000",
            "ended_at": f"{hour}{ends}:00.000",
            "gap_seconds": seconds,
            "reason_code": reason_code,
            "is_open": False,
        }
        yield _row(stream, "fct_capture_gaps", key, expect)
        yield _row(stream, "fct_capture_gaps", {"stream": stream, "gap_number": 2}, None)
    for stream, covered, verified, gaps in (
        ("spin30", 3300, 3300, 1),
        ("spin37", 3000, 3000, 1),
        ("spin38", 3600, 0, 0),  # the session host's, behind which nobody sees
        ("spin40", 3540, 3540, 1),
    ):
        expect = {
            "covered_seconds": covered,
            "verified_seconds": verified,
            "coverage_share": covered / 3600,
            "gap_count": gaps,
        }
        key = {"stream": stream, "hour_started_at": f"{hour}00:00.000"}
        yield _row(stream, "fct_stream_hours", key, expect)
    key = {"stream": "spin39", "hour_started_at": f"{hour}00:00.000"}
    # Each of two captures misses another tenth of them.
    expect = {"message_count": 400, "seen_by_all_share": 0.8, "covered_seconds": 3600}
    yield _row("spin39", "fct_stream_hours", key, expect)
    yield _row(
        WITNESSED,
        "fct_student_usage",
        {"student_key": WITNESSED.key},
        {"log_count": 400},
    )
    key = {
        "stream": "spin30",
        "received_date": "2026-02-10",
        "unplaced_reason": "foreign_word",
    }
    yield _row(FOREIGN, "fct_unplaced_messages", key, {"message_count": 1})
