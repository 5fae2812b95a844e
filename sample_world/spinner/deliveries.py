"""What comes in on the streams: messages as the lab page sends them, and when they are heard."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

WORDS: Final = {
    "v": "voltage",
    "vr": "voltage_ramp",
    "p": "position",
    "pr": "position_ramp",
    "s": "speed",
    "sr": "speed_ramp",
}
"""Commands by the short names of the plan."""

NODES: Final = {
    "v": "voltage_step",
    "vr": "voltage_ramp",
    "p": "position_step",
    "pr": "position_ramp",
    "s": "speed_step",
    "sr": "speed_ramp",
}

LATENCY: Final = timedelta(milliseconds=130)
"""From the browser's clock to the capture's."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What one capture hears at one moment."""

    stream: str
    capture_id: str
    at: datetime
    payload: bytes
    connection_id: str
    capture_mode: str = "relay"
    intake_query: str | None = None
    is_binary: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """A row of the capture's own record: what became of its process or connection."""

    stream: str
    capture_id: str
    at: datetime
    row: Mapping[str, Any]


Delivery = Frame | Happening


@dataclass(frozen=True, slots=True)
class Student:
    """One user in one course."""

    name: str
    user: str
    course: str
    lab: str = "spinner"
    canonical_course: str | None = None

    @property
    def key(self) -> str:
        """As the marts name the student."""
        return f"{self.lab}:{self.canonical_course or self.course}:{self.user}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message on a stream, at the moment at which it arrives."""

    stream: str
    at: datetime
    text: str
    intake_query: str | None = None
    heard_by: tuple[str, ...] | None = None  # captures; all of the stream when None


def student(name: str, course: str, lab: str = "spinner", **more: str) -> Student:
    """A student whose user follows from the name."""
    return Student(name, identifier(f"student {lab} {course} {name}"), course, lab, **more)


def identifier(text: str) -> str:
    """A UUID that is always the same for a text."""
    return str(UUID(bytes=uuid5(NAMESPACE_URL, f"tallyhouse {text}").bytes, version=4))


def moment(text: str) -> datetime:
    """A UTC moment."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970."""
    return round(at.timestamp() * 1000)


def envelope(
    who: Student,
    at: datetime,
    hardware: str | None,
    kind: str,
    payload: Mapping[str, Any],
    *,
    skew: timedelta = timedelta(0),
) -> str:
    """A v1 message.

    Args:
        who: Sends it.
        at: When, by a right clock.
        hardware: The unit; none in a dashboard's messages.
        kind: Its type.
        payload: What it says.
        skew: How far the browser's clock is ahead.

    Returns:
        JSON text, as a browser writes it.
    """
    message: dict[str, Any] = {"user": who.user, "t": to_ms(at + skew), "exp": who.lab}
    if hardware is not None:
        message["hardware"] = hardware
    message |= {"course": who.course, "type": kind, "payload": payload}
    return json.dumps(message, separators=(",", ":"))


def command(
    who: Student,
    at: datetime,
    hardware: str,
    word: str,
    *,
    value: float | str = 1.5,
    skew: timedelta = timedelta(0),
) -> Message:
    """A command; `word` is a short name of the plan, or what the page would send itself."""
    data: dict[str, Any] = {"set": value}
    if word in {"p", "pr", "s", "sr"}:
        data |= {"kp": 1, "ki": 0, "kd": 0}
    payload = {"log": WORDS.get(word, word), "data": data}
    text = envelope(who, at, hardware, "analytics", payload, skew=skew)
    return Message(hardware, at + LATENCY, text)


def log(who: Student, at: datetime, hardware: str, payload: Mapping[str, Any]) -> Message:
    """A message of the lab page's interaction log."""
    return Message(hardware, at + LATENCY, envelope(who, at, hardware, "log", payload))


def start(who: Student, at: datetime, hardware: str) -> Message:
    """The page opens."""
    return log(who, at, hardware, {"log": "start", "data": to_ms(at)})


def end(who: Student, at: datetime, hardware: str, kind: str = "close") -> Message:
    """The page closes."""
    return log(who, at, hardware, {"log": "end", "type": kind, "data": to_ms(at)})


def click(who: Student, at: datetime, hardware: str, target: str = "run") -> Message:
    """A click."""
    data = {
        "target": target,
        "screen_pos": {"x": 812, "y": 413},
        "window": {"width": 1920, "height": 969},
    }
    return log(who, at, hardware, {"log": "click", "data": data})


def request(who: Student, at: datetime, stream: str, content: str, **more: str) -> Message:
    """A dashboard asks."""
    text = envelope(who, at, None, "request", {"content": content, **more})
    return Message(stream, at + LATENCY, text)


def feedback(
    who: Student, at: datetime, stream: str, state: str, subject: str, text: str | None = None
) -> Message:
    """A dashboard's reflection; text only with the subject Other."""
    payload = {"state": state, "subject": subject}
    if text is not None:
        payload["input"] = text
    return Message(stream, at + LATENCY, envelope(who, at, None, "feedback", payload))
