"""What the captures of the laboratory hear of it, with the gaps that are planned."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sample_world.spinner.deliveries import (
    Delivery,
    Frame,
    Happening,
    Message,
    identifier,
    moment,
)
from sample_world.spinner.students import CROWD_BEGINS, CROWD_DAYS, CROWD_STREAMS

HEARTBEAT: Final = timedelta(minutes=60)
"""The real one comes every minute; the plan needs fewer."""

GLUED: Final = timedelta(milliseconds=1)
"""Messages that come closer than this wait together and come in one frame."""

GARBAGE: Final = (
    (b'{"user":"cut off in the mid', False),
    (b"[1,2,3]", False),
    (b"\x00\x01\x02", True),
)


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection of one capture; a deaf one hears nothing, one that crashed ends in silence."""

    stream: str
    capture_id: str
    begins: datetime
    ends: datetime
    reason: str
    is_deaf: bool = False
    mode: str = "relay"

    @property
    def connection_id(self) -> str:
        """A UUID of its own."""
        return identifier(f"connection {self.stream} {self.capture_id} {self.begins}")


def connections() -> list[Connection]:
    """All connections of all captures."""
    monday, friday = moment("2026-02-09T08:00:00"), moment("2026-02-13T18:00:00")
    hour = moment("2026-02-11T14:00:00")
    minute = timedelta(minutes=1)
    found = [
        Connection("spin30", "a", monday, hour + 20 * minute, "socket_error"),
        Connection("spin30", "a", hour + 21 * minute, hour + 29 * minute, "silent", is_deaf=True),
        Connection("spin30", "a", hour + 30 * minute, hour + 60 * minute, "stopped"),
        Connection("spin30", "b", hour + 15 * minute, hour + 25 * minute, "stopped"),
        Connection("spin31", "a", monday, friday, "stopped"),
        Connection("spin31", "b", monday, friday, "stopped"),
        Connection(
            "spin36", "a", moment("2025-03-03T09:00:00"), moment("2025-03-03T12:00:00"), "stopped"
        ),
    ]
    found += [
        Connection("spin37", "a", hour, hour + 20 * minute, "socket_error"),
        Connection("spin37", "a", hour + 21 * minute, hour + 29 * minute, "silent", is_deaf=True),
        Connection("spin37", "a", hour + 30 * minute, hour + 60 * minute, "stopped"),
        Connection("spin38", "a", hour, hour + 60 * minute, "stopped", mode="host"),
        Connection("spin39", "a", hour, hour + 60 * minute, "stopped"),
        Connection("spin39", "b", hour, hour + 60 * minute, "stopped"),
        Connection("spin40", "a", hour, hour + 20 * minute, "crash"),
        Connection("spin40", "a", hour + 21 * minute, hour + 60 * minute, "stopped"),
    ]
    closes = CROWD_BEGINS + timedelta(days=CROWD_DAYS)
    found += [
        Connection(stream, "a", CROWD_BEGINS, closes, "stopped")
        for streams in CROWD_STREAMS.values()
        for stream in streams
    ]
    return found


def hear(messages: Iterable[Message]) -> dict[tuple[str, str], list[Delivery]]:
    """What each capture hears of what is said.

    Args:
        messages: All of it, in any order.

    Returns:
        Frames and happenings of each stream and capture, in the order in which they come.
    """
    by_stream: dict[str, list[Message]] = {}
    for message in messages:
        by_stream.setdefault(message.stream, []).append(message)
    heard: dict[tuple[str, str], list[Delivery]] = {}
    for connection in connections():
        said = sorted(by_stream.get(connection.stream, ()), key=lambda message: message.at)
        times = [message.at for message in said]
        begin, end = bisect_left(times, connection.begins), bisect_left(times, connection.ends)
        frames = [] if connection.is_deaf else list(_frames(connection, said[begin:end]))
        series = heard.setdefault((connection.stream, connection.capture_id), [])
        if not series or _is_cut(series[-1]):
            series.append(_happening(connection, connection.begins, "process_started"))
        series += _with_heartbeats(connection, frames)
        if connection.reason == "stopped":
            series.append(_happening(connection, connection.ends, "process_stopped"))
    return heard


def _is_cut(last: Delivery) -> bool:
    """Whether the process that recorded this last ended without a word."""
    return isinstance(last, Happening) and last.row["event_name"] == "heartbeat"


def _frames(connection: Connection, said: list[Message]) -> Iterator[Frame]:
    """Messages as frames: glued where they come together, with garbage at the beginning."""
    if connection.stream == "spin36":
        for place, (payload, is_binary) in enumerate(GARBAGE, 1):
            at = connection.begins + timedelta(seconds=place)
            yield Frame(
                connection.stream,
                connection.capture_id,
                at,
                payload,
                connection.connection_id,
                is_binary=is_binary,
            )
    waiting: list[Message] = []
    for message in said:
        if message.heard_by is not None and connection.capture_id not in message.heard_by:
            continue
        if waiting and (message.at - waiting[-1].at >= GLUED or message.intake_query):
            yield _frame(connection, waiting)
            waiting = []
        waiting.append(message)
    if waiting:
        yield _frame(connection, waiting)


def _frame(connection: Connection, glued: list[Message]) -> Frame:
    query = glued[0].intake_query
    return Frame(
        connection.stream,
        connection.capture_id,
        glued[-1].at,
        "".join(message.text for message in glued).encode(),
        connection.connection_id,
        capture_mode=connection.mode if query is None else "intake",
        intake_query=query,
    )


def _with_heartbeats(connection: Connection, frames: list[Frame]) -> Iterator[Delivery]:
    yield _happening(
        connection, connection.begins, "connected", connection_id=connection.connection_id
    )
    beat, since = connection.begins + HEARTBEAT, 0
    for frame in frames:
        while frame.at >= beat:
            yield _happening(connection, beat, "heartbeat", heard=beat, message_count=since)
            beat, since = beat + HEARTBEAT, 0
        since += frame.payload.count(b'"user"') + frame.payload.count(b'"actor"')
        yield frame
    while beat < connection.ends:
        heard = None if connection.is_deaf else beat
        yield _happening(connection, beat, "heartbeat", heard=heard, message_count=since)
        beat, since = beat + HEARTBEAT, 0
    heard = None if connection.is_deaf else connection.ends
    if connection.reason == "crash":
        yield _happening(connection, connection.ends, "heartbeat", heard=heard, message_count=since)
        return
    yield _happening(
        connection,
        connection.ends,
        "disconnected",
        heard=heard,
        message_count=since,
        reason_code=connection.reason,
    )


def _happening(
    connection: Connection,
    at: datetime,
    name: str,
    *,
    heard: datetime | None = None,
    message_count: int = 0,
    **more: Any,  # noqa: ANN401 - values of a row
) -> Happening:
    row = {
        "topic": f"{connection.stream}-log",
        "capture_mode": connection.mode,
        "process_id": identifier(f"process {connection.stream} {connection.capture_id}"),
        "event_name": name,
        "event_at": at,
        "last_heard_at": heard,
        "message_count": message_count,
        "lost_count": 0,
    }
    if not name.startswith("process_"):
        row["connection_id"] = connection.connection_id
    return Happening(connection.stream, connection.capture_id, at, {**row, **more})
