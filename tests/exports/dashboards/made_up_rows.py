"""Rows as the export models of `spinner` give them, made up and small."""

from datetime import UTC, datetime
from typing import Any

HALF_HEIGHT = 173.20508075688772
NODES = [
    {"id": name, "label": name, "x": x, "y": y, "in_centrality": 0.2}
    for name, x, y in (
        ("voltage_step", 100.0, -HALF_HEIGHT),
        ("voltage_ramp", -100.0, -HALF_HEIGHT),
        ("position_step", 200.0, 0.0),
        ("position_ramp", -200.0, 0.0),
        ("speed_step", 100.0, HALF_HEIGHT),
        ("speed_ramp", -100.0, HALF_HEIGHT),
    )
]
EDGES = [
    {"from": "voltage_step", "to": "speed_step", "weight": 1},
    {"from": "position_step", "to": "position_step", "weight": 3},
    {"from": "position_step", "to": "speed_step", "weight": 1},
    {"from": "speed_step", "to": "voltage_step", "weight": 1},
    {"from": "speed_step", "to": "speed_step", "weight": 3},
]
EVERY_EDGE = [
    {"from": start["id"], "to": end["id"], "weight": 10 + number}
    for number, (start, end) in enumerate((start, end) for start in NODES for end in NODES)
]
USER = "6f0c1c9e-1111-4222-8333-9d5e0a7b1c2d"

PICTURE: dict[str, Any] = {
    "_id": f"students/spinner/engdes1/{USER}",
    "folder": "students/spinner/engdes1",
    "name": USER,
    "picture_kind": "student",
    "user_id": USER,
    "title": "spinner · engdes1 · 6f0c1c9e",
    "nodes": NODES,
    "edges": EDGES,
    "alt_text": "Commands: voltage_step. How often one follows another: <b> & more.",
}

REPORT: dict[str, Any] = {
    "_id": "spinner:engdes1:25-26",
    "lab": "spinner",
    "course": "engdes1",
    "term": "25-26",
    "title": "Spinner · engdes1 · 25-26",
    "starts_on": "2025-09-01",
    "ends_on": "2026-09-01",
    "min_cohort": 5,
    "counts": {
        "students": 48,
        "active_students": 44,
        "commands": 40_321,
        "sessions": 221,
        "session_hours": 310.525,
        "median_commands": 811.5,
        "median_edges_percent": 63.2,
        "median_exploration": 24.5,
        "median_enjoyment": None,
    },
    "mean_graph": {"nodes": NODES, "edges": EDGES, "alt_text": "On average: <once>."},
    "tasks": [
        {
            "label": label,
            "closest_student_count": count,
            "min_distance": least,
            "p25_distance": 3.5,
            "median_distance": 9.25,
            "p75_distance": 14.0,
            "max_distance": 33.125,
        }
        for label, count, least in (("Task 1, core", 22, 0.0), ("Task 2", None, None))
    ],
    "distributions": [
        {"measure": measure, "bin_label": label, "student_count": count}
        for measure in ("edges_percent", "enjoyment", "exploration")
        for label, count in (("0 to 25", 17), ("over 25", None))
    ],
    "reflections": [
        {"state": "Bored", "subject": "Hardware", "event_count": 6},
        {"state": "Curious", "subject": "<i>Workbook", "event_count": None},
    ],
    "session_hours": [
        {"bin_label": "08:00-11:59", "session_count": 91},
        {"bin_label": "12:00-15:59", "session_count": 130},
    ],
    "weeks": [
        {
            "week_starts_on": day,
            "session_count": 20,
            "active_student_count": None,
            "median_edges_percent": 20.5,
            "median_closest_distance": 18.0,
        }
        for day in ("2026-01-05", "2026-01-12", "2026-01-19")
    ],
    "coverage": [
        {
            "stream": "spin30",
            "days": [
                {"date": day, "coverage_share": share, "gap_count": 1, "quarantined_count": 2}
                for day, share in (("2026-01-05", 0.916), ("2026-01-06", 0.0))
            ],
        }
    ],
    "gaps": [
        {
            "stream": "spin30",
            "started_at": datetime(2026, 1, 5, 14, 25, tzinfo=UTC),
            "ended_at": datetime(2026, 1, 5, 14, 30, tzinfo=UTC),
            "gap_seconds": 300.0,
            "reason_code": "token_expired",
            "is_open": False,
        }
    ],
    "unplaced": [
        {
            "stream": "spin30",
            "date": "2026-01-05",
            "reason": "missing_user",
            "message_count": 7,
        }
    ],
}
