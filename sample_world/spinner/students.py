"""The planned students, and what each does.

Every student of the plan shows one thing. Students of the crowd do what a seed says; what is true
of them, a second and plain implementation in the tests works out.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from sample_world.spinner.deliveries import (
    LATENCY,
    Message,
    Student,
    click,
    command,
    end,
    feedback,
    log,
    moment,
    request,
    start,
    student,
    to_ms,
)

W1 = student("W1", "engdes1")
W2 = student("W2", "cie3")
EMPTY = student("EMPTY", "engdes1")
SINGLE = student("SINGLE", "engdes1")
PERFECT = student("PERFECT", "engdes1")
TIE = student("TIE", "engdes1")
WANDERER = student("WANDERER", "engdes1")
LATE = student("LATE", "engdes1")
TWIN = student("TWIN", "engdes1")
FOREIGN = student("FOREIGN", "engdes1")
SLIDER = Student("SLIDER", "quiet-otter-77", "ed1", canonical_course="engdes1")
STRINGSET = student("STRINGSET", "engdes1")
NOCOURSE = student("NOCOURSE", "", canonical_course="unspecified")
SKEW = student("SKEW", "engdes1")
PREFIX_SHORT = Student("PREFIX", "ab", "engdes1")
PREFIX_LONG = Student("PREFIX", "ab-cd", "engdes1")
MOOD = student("MOOD", "engdes1")
WITNESSED = student("WITNESSED", "everyone")

WITNESSED_CLICKS: Final = 400
"""What two captures hear together; each hears nine tenths of it."""

CROWD_SIZES: Final = {"tiny": 0, "small": 20, "medium": 150, "large": 600}
CROWD_COURSES: Final = (("spinner", "cie3"), ("spinner", "engdes1"), ("pendulum", "engdes1"))
CROWD_STREAMS: Final = {
    "spinner": ("spin32", "spin33", "spin34", "spin35"),
    "pendulum": ("pend01",),
}
CROWD_BEGINS: Final = moment("2026-02-09T00:00:00")
CROWD_DAYS: Final = 19
MOST_COMMANDS: Final = {"tiny": 0, "small": 200, "medium": 600, "large": 600}
SPINNER_WORDS: Final = ("v", "vr", "p", "pr", "s", "sr")
PENDULUM_WORDS: Final = (
    "start",
    "brake",
    "load",
    "free",
    "sampling",
    "drive_perc",
    "brake_perc",
    "measuring_tools",
    "record",
)
STATES: Final = (
    "Engaged",
    "Curious",
    "Delighted",
    "Bored",
    "Confused",
    "Frustrated",
    "Surprised",
    "Anxious",
)
SUBJECTS: Final = ("Workbook", "Remote work", "Hardware", "UI", "LA")
FREE_TEXT: Final = "made-up words that must never leave"

_SECOND: Final = timedelta(seconds=1)


def plan(seed: int, size: str) -> Iterator[Message]:
    """Everything that is said on the streams.

    Args:
        seed: Of the crowd.
        size: How large the crowd is.

    Yields:
        Messages, in no order.
    """
    yield from _past_term()
    yield from _worked_example_2()
    yield from _wanderer()
    yield from _twin()
    yield from _small_ones()
    yield from _slider()
    yield from _mood()
    yield from _witnessed(seed)
    yield from crowd(seed, size)


def crowd_students(size: str) -> list[Student]:
    """The students of the crowd."""
    return [
        student(f"crowd {number}", course, lab)
        for lab, course in CROWD_COURSES
        for number in range(CROWD_SIZES[size])
    ]


def crowd(seed: int, size: str) -> Iterator[Message]:
    """What the crowd does: sessions with commands, clicks, requests and reflections."""
    for who in crowd_students(size):
        chance = random.Random(f"{seed} {who.key}")  # noqa: S311 - the seed must give the same
        streams = CROWD_STREAMS[who.lab]
        words = SPINNER_WORDS if who.lab == "spinner" else PENDULUM_WORDS
        # Few words follow on one another, as in a laboratory, so graphs are sparse.
        habits = chance.sample(words, chance.randint(1, len(words)))
        left = chance.randint(0, MOST_COMMANDS[size])
        for day in sorted(chance.sample(range(CROWD_DAYS), chance.randint(1, 5))):
            share = min(left, chance.randint(0, 80))
            left -= share
            begins = CROWD_BEGINS + timedelta(days=day, seconds=chance.randint(30_000, 70_000))
            yield from _crowd_session(who, begins, chance, streams, habits, share)


def _crowd_session(
    who: Student,
    begins: datetime,
    chance: random.Random,
    streams: tuple[str, ...],
    habits: list[str],
    commands: int,
) -> Iterator[Message]:
    stream, at = chance.choice(streams), begins
    yield start(who, at, stream)
    for _ in range(commands):
        at += timedelta(milliseconds=chance.randint(1_000, 40_000))
        if chance.random() < 0.3:  # noqa: PLR2004 - a click with every third
            yield click(who, at, stream)
            at += timedelta(milliseconds=chance.randint(100, 900))
        yield command(who, at, stream, chance.choice(habits), value=chance.randint(-60, 60) / 10)
    if chance.random() < 0.5:  # noqa: PLR2004 - every other one looks at the dashboard
        yield request(who, at + _SECOND, stream, "indicators")
        state, subject = chance.choice(STATES), chance.choice(SUBJECTS)
        yield feedback(who, at + 2 * _SECOND, stream, state, subject)
    yield end(who, at + 5 * _SECOND, stream)


def _series(
    who: Student, at: datetime, stream: str, words: str, gap: int = 20
) -> Iterator[Message]:
    """Commands one after the other, as many seconds apart."""
    for place, word in enumerate(words.split()):
        yield command(who, at + gap * place * _SECOND, stream, word)


def _past_term() -> Iterator[Message]:
    """The one term of which exactly five students are known."""
    at = moment("2025-03-03T10:00:00")
    yield from _series(W1, at, "spin36", "p p p p s s s v s s")
    for place, state in enumerate(("Engaged", "Engaged", "Curious", "Frustrated", "Surprised")):
        yield feedback(W1, at + (300 + place) * _SECOND, "spin36", state, "Workbook")
    yield start(EMPTY, at, "spin36")
    for place in range(3):
        yield click(EMPTY, at + (10 + place) * _SECOND, "spin36")
    graph = "spinner-engdes1-1-core"
    yield request(EMPTY, at + 60 * _SECOND, "spin36", "all_feedback", graph=graph)
    yield from _series(SINGLE, at, "spin36", "v")
    yield from _series(PERFECT, at, "spin36", " ".join("p" * 6))
    yield from _series(TIE, at, "spin36", " ".join("p" * 101), gap=10)


def _worked_example_2() -> Iterator[Message]:
    words = " ".join(["p"] * 3 + ["pr"] * 13)
    yield from _series(W2, moment("2026-02-09T09:00:00"), "spin30", words)


def _wanderer() -> Iterator[Message]:
    day = "2026-02-09T"
    yield start(WANDERER, moment(f"{day}10:00:00"), "spin30")
    for time, word in (("10:01:00", "v"), ("10:02:00", "v"), ("10:40:00", "p")):
        yield command(WANDERER, moment(day + time), "spin30", word)
    yield end(WANDERER, moment(f"{day}10:45:00"), "spin30", "refresh")
    yield end(WANDERER, moment(f"{day}10:45:00.005"), "spin30")
    day = "2026-02-10T"
    yield start(WANDERER, moment(f"{day}09:00:00"), "spin31")
    for time, word in (
        ("09:20:00", "p"),
        ("09:40:00", "p"),
        ("10:00:00", "s"),
        ("10:20:00", "s"),
        ("10:29:59.999", "s"),
        ("10:30:00", "v"),
    ):
        yield command(WANDERER, moment(day + time), "spin31", word)


def _twin() -> Iterator[Message]:
    at = moment("2026-02-10T11:00:00")
    first = command(TWIN, at, "spin31", "p")
    yield first
    again = LATENCY + timedelta(milliseconds=2)
    yield Message("spin31", at + again, first.text, heard_by=("a",))
    yield command(TWIN, at + 20 * _SECOND, "spin31", "v")


def _small_ones() -> Iterator[Message]:
    at = moment("2026-02-10T12:00:00")
    for arrival, sent, word in ((0, 5, "p"), (1, 1, "v"), (2, 3, "s")):
        message = command(LATE, at + sent * _SECOND, "spin30", word)
        yield Message("spin30", at + (6 + arrival) * _SECOND, message.text)
    yield from _series(FOREIGN, at, "spin30", "p start p")
    yield command(STRINGSET, at, "spin30", "p", value="3.14")
    yield from _series(NOCOURSE, at, "spin30", "v v")
    skew = timedelta(hours=2)
    # By its own clock the second command is the earlier one.
    yield command(SKEW, at + 10 * _SECOND, "spin30", "v", skew=skew)
    late = command(SKEW, at + 5 * _SECOND, "spin30", "s", skew=skew)
    yield Message("spin30", at + 12 * _SECOND, late.text)
    yield from _series(PREFIX_SHORT, at, "spin30", "p p p")
    yield from _series(PREFIX_LONG, at, "spin30", "s s")


def _slider() -> Iterator[Message]:
    at = moment("2026-02-10T13:00:00")
    events: tuple[tuple[str, str, str | None], ...] = (
        ("clicked", "run-position-step", "position_step"),
        ("clicked", "voltage-slider", "voltage_step"),
        ("changed", "voltage-slider", "voltage_step"),
        ("clicked", "voltage-increment", "voltage_step"),
        ("pressed-hotkey", "graph-hotkey", None),
    )
    query = urlencode({"username": SLIDER.user, "course": SLIDER.course, "hardware": SLIDER.lab})
    for place, (verb, target, node) in enumerate(events):
        sent = at + 20 * place * _SECOND
        context = {"event_type": "click", "exp_id": "spin31", "session-expired": False}
        event = {
            "timestamp": to_ms(sent),
            "level": "INFO",
            "type": "analytics",
            "version": "1.1",
            "actor": {"id": SLIDER.user, "course": SLIDER.course},
            "verb": {"name": verb, "definition": f"https://lab.invalid/verbs/{verb}"},
            "object": {"id": target, "parent": "control-panel", "ui": "spinner-3.0"},
            "context": context if node is None else {**context, "graph_node": node},
        }
        text = json.dumps(event, separators=(",", ":"))
        yield Message("spin31", sent + LATENCY, text, intake_query=query, heard_by=("a",))


def _mood() -> Iterator[Message]:
    at = moment("2026-02-11T10:00:00")
    subjects = {"Frustrated": "Other"}
    states = ("Engaged", "Engaged", "Curious", "Frustrated", "Surprised", "Sleepy")
    for place, state in enumerate(states):
        subject = subjects.get(state, "Workbook")
        text = FREE_TEXT if subject == "Other" else None
        yield feedback(MOOD, at + place * _SECOND, "spin30", state, subject, text)
    interaction = {"log": "analytics-interaction", "type": "show", "component": "graph"}
    message = log(MOOD, at + 60 * _SECOND, "spin30", interaction)
    yield Message("spin30", message.at, message.text.replace('"hardware":"spin30",', ""))


def _witnessed(seed: int) -> Iterator[Message]:
    """Clicks that two captures hear, of which each misses a tenth, and none is missed by both."""
    at = moment("2026-02-11T14:00:00")
    chance = random.Random(f"{seed} {WITNESSED.key}")  # noqa: S311 - the seed must give the same
    # Elsewhere, and because who never asks is nobody whom live answers know.
    yield request(WITNESSED, at - 60 * _SECOND, "spin31", "indicators")
    missed = chance.sample(range(WITNESSED_CLICKS), WITNESSED_CLICKS // 5)
    for place in range(WITNESSED_CLICKS):
        said = click(WITNESSED, at + (1 + 8 * place) * _SECOND, "spin39")
        heard_by = [
            capture_id
            for capture_id, misses in (("a", missed[::2]), ("b", missed[1::2]))
            if place not in misses
        ]
        yield replace(said, heard_by=tuple(heard_by))
