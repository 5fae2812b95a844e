"""What messages are made of, inside and outside the catalogue."""

from datetime import UTC, datetime

MINUTE = 60_000
HALF_HOUR, BOOKING = 30 * MINUTE, 90 * MINUTE
GAPS = (0, 0, 1, 5, 800, 5_000, 20_000, 60_000, 10 * MINUTE, 29 * MINUTE)
EDGES = (HALF_HOUR - 1, HALF_HOUR, HALF_HOUR + 1, BOOKING, 2 * BOOKING, 26 * 60 * MINUTE)
BEGINS = tuple(
    int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
    for text in (
        "2025-08-31T22:10:00",  # a term ends at midnight
        "2025-08-31T23:50:00",
        "2025-09-01T00:00:00",
        "2025-10-26T00:20:00",  # the clock goes back at one
        "2025-10-26T00:59:59",
        "2025-11-03T11:00:00",
        "2025-11-10T15:59:00",
        "2026-02-09T10:00:00",
        "2026-03-29T00:30:00",  # the clock goes forward at one
        "2026-06-30T22:59:59",  # midnight by the clock of the summer
        "2026-08-31T23:30:00",
        "2030-08-31T23:00:00",  # the last term ends
    )
)
COURSES = {
    "spinner": (
        "cie3",
        "cie3",
        "engdes1",
        "engdes1",
        "ed1",
        "everyone",
        "",
        "none",
        "cie4",
        "CIE3",
    ),
    "pendulum": ("engdes1", "engdes1", "ed1", "everyone", "", "none", "cie3", "unspecified"),
}
UNITS = {"spinner": ("spin30", "spin31", "spin32"), "pendulum": ("pend00", "pend17")}
NO_UNITS = (
    "spin3",
    "spin300",
    "SPIN30",
    "spin30\n",
    "../spin30",
    "",
    "spin\uff13\uff10",
    30,
    None,
)
NO_TIMES = ("1762164000000", None, 1762164000000.5, 1.7e12, True, [], "soon", 2**63, 10**30, "")
FAR_TIMES = (
    0,
    -1,
    -86_400_000,
    10**14,
    253_402_300_799_999,
    253_402_300_800_000,
    2**63 - 1,
    -(2**63),
)
NO_USERS = ("*", "../x", "a b", "", "x" * 65, "ab\n", "émile", "' or 1=1 --", None, 7, {"id": 1})
SETS = (3.14, 0, -2, "3.14", " 2.5 ", "abc", "", None, True, [1], {"x": 1}, 1e308, "1e999", "NaN")
NO_WORDS = (
    "volts",
    "",
    "Voltage",
    "position_step ",
    None,
    5,
    {"a": 1},
    "analytics",
    "\u0000",
    "ß",
)
STATES = (
    "Engaged",
    "Curious",
    "Delighted",
    "Bored",
    "Confused",
    "Frustrated",
    "Surprised",
    "Anxious",
)
ODD_STATES = ("Monitor", "Seek help", "Satisfied", "engaged", "Furious", None, 3, "")
SUBJECTS = ("Workbook", "Remote work", "Hardware", "UI", "LA", "Other", "spinner-cie3-1-2")
TASK_SUBJECTS = ("spinner-engdes1-1-core", "spinner-ed1-2", "pendulum-ed1-1-ext", "spinner-cie3-4")
ODD_SUBJECTS = ("Course content", "Task 1", "other", None, ["UI"], "spinner-cie3-all", "")
COMPONENTS = ("workspace", "graph", "stopwatch", "table", "system-diagrams", "snapshot", None)
PANES = ("graph", "task-feedback", "task-completion", "centroid", None, 4)
CONTENTS = ("student_graph", "comparison_graph", "indicators", "all_feedback", "all", None, 9)
ENDS = ("session-exp", "close", "refresh", "else", None)
GARBAGE = (
    b'{"user":',
    b"null",
    b"[1,2]",
    b'"text"',
    b"\xff\xfe{",
    b"{}",
    b"   ",
    b"",
    b"\xe2\x80\x8b",
    b'{"type":"log"}',
    b"}",
    b"NaN",
    b"12",
    b'{"a":{"b":[',
    b"\r",
    b'{"user":"ab","type":"log",}',
)
