"""What a stream's reader hears, written to its spool, and spools sealed when they are closed."""

import json
import logging
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dlt_pipelines.connectors.recording import frame_rows
from dlt_pipelines.connectors.relay import FrameHeard
from dlt_pipelines.connectors.spool_files import Row, Spool
from flows.apart import apart

QUEUE_FRAMES = 10_000
SEAL_RETRY_SECONDS = 30.0

_LOG = logging.getLogger(__name__)
_FULL_DISK_WAIT = 0.5
_SESSION_SECONDS = 5_400.0  # longest booking
_MESSAGES = frozenset({"messages", "hardware_messages"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One gap record on its way to the spool."""

    name: str
    at: datetime
    topic: str
    connection_id: str | None = None
    last_heard_at: datetime | None = None
    reason_code: str | None = None
    detail: str | None = None
    lost_count: int = 0
    token_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A frame on its way to the spool."""

    topic: str
    heard: FrameHeard


class StreamWriter(threading.Thread):
    """Writes what one stream's reader hears; it alone has the spool."""

    def __init__(
        self,
        spool: Spool,
        capture_mode: str,
        process_id: str,
        sealer: "Sealer",
        stop: threading.Event,
        *,
        lost_count: int = 0,
    ) -> None:
        """Take over a spool, and the count of messages whose loss is not on record yet.

        Once `stop` is set, a full disk is no longer waited for.
        """
        super().__init__(name=f"writer {spool.stream}", daemon=True)
        self.spool, self._capture_mode, self._process_id = spool, capture_mode, process_id
        self._sealer, self._stop_event = sealer, stop
        self._session_ends = 0.0
        self._queue: queue.SimpleQueue[Recorded | Event | None] = queue.SimpleQueue()
        self._message_count = 0  # since the previous event
        self.lost_count = lost_count  # goes into the next event that the disk takes
        self.alive_at = 0.0
        self.alarm: str | None = None

    def put(self, item: Recorded | Event) -> bool:
        """Hand something over.

        Returns:
            False when it is a frame and the queue is full; an event always finds room.
        """
        if isinstance(item, Recorded) and self._queue.qsize() >= QUEUE_FRAMES:
            return False
        self._queue.put(item)
        return True

    def end(self) -> None:
        """Write what was handed over, seal, and end."""
        self._queue.put(None)

    def run(self) -> None:
        """Write until ended."""
        while True:
            self.alive_at = time.monotonic()
            try:
                item = self._queue.get(timeout=max(min(self.spool.sync_due_in(), 1.0), 0.001))
            except queue.Empty:
                pass
            else:
                if item is None:
                    break
                for dataset, row in self._rows(item):
                    self._append(dataset, row)
                    if row.get("message_type") == "log":
                        self._note_session(row["raw_text"])
            self._tidy()
        self.alive_at = time.monotonic()
        try:
            self._close_segment()
        except OSError as error:  # what is written stays in the spool, and the next start seals it
            self._raise_alarm("the spool cannot be brought to the disk", error)

    @property
    def has_session(self) -> bool:
        """Whether a student is at work, as far as the stream says."""
        return time.monotonic() < self._session_ends

    def _note_session(self, text: str) -> None:
        payload = json.loads(text).get("payload")
        match payload.get("log") if isinstance(payload, dict) else None:
            case "start":
                self._session_ends = time.monotonic() + _SESSION_SECONDS
            case "end":
                self._session_ends = 0.0

    def _rows(self, item: Recorded | Event) -> Iterator[tuple[str, Row]]:
        if isinstance(item, Event):
            yield "capture_events", self._event_row(item)
            return
        heard = item.heard
        yield from frame_rows(
            heard.payload,
            topic=item.topic,
            capture_mode=self._capture_mode,
            connection_id=heard.connection_id,
            frame_no=heard.frame_no,
            received_at=heard.at,
            is_binary=heard.is_binary,
            is_hardware=item.topic.endswith("-data"),
        )

    def _event_row(self, event: Event) -> Row:
        message_count, self._message_count = self._message_count, 0
        lost_count, self.lost_count = self.lost_count + event.lost_count, 0
        return {
            "topic": event.topic,
            "capture_mode": self._capture_mode,
            "process_id": self._process_id,
            "connection_id": event.connection_id,
            "event_name": event.name,
            "event_at": event.at,
            "last_heard_at": event.last_heard_at,
            "reason_code": event.reason_code,
            "detail": event.detail,
            "message_count": message_count,
            "lost_count": lost_count,
            "token_expires_at": event.token_expires_at,
        }

    def _append(self, dataset: str, row: Row) -> None:
        """Write a row, and wait for a full disk rather than lose it: the queue holds the rest."""
        while True:
            self.alive_at = time.monotonic()
            try:
                self.spool.append(dataset, row)
            except OSError as error:
                self._raise_alarm("the spool takes no rows", error)
                if self._stop_event.wait(_FULL_DISK_WAIT):
                    self.lost_count += row.get("lost_count", dataset in _MESSAGES)
                    return
            else:
                self._message_count += dataset in _MESSAGES
                self.alarm = None
                return

    def _tidy(self) -> None:
        try:
            self.spool.sync()
            if self.spool.is_full:
                self._close_segment()
        except OSError as error:
            self._raise_alarm("the spool cannot be brought to the disk", error)

    def _close_segment(self) -> None:
        if (file := self.spool.close()) is not None:
            self._sealer.put(file)

    def _raise_alarm(self, text: str, error: OSError) -> None:
        if self.alarm is None:
            _LOG.error("%s: %s (%s)", self.spool.stream, text, error.strerror)
        self.alarm = f"{text}: {error.strerror}"


class Sealer(threading.Thread):
    """Seals the spools that are closed; what a disk refuses is tried again."""

    def __init__(self, folder: Path) -> None:
        """Seal into this folder."""
        super().__init__(name="sealer", daemon=True)
        self._folder = folder
        self._queue: queue.SimpleQueue[Path | None] = queue.SimpleQueue()
        self.waiting: list[Path] = []

    def put(self, spool: Path) -> None:
        """Hand over a spool that is closed."""
        self._queue.put(spool)

    def end(self) -> None:
        """Seal what was handed over, and end."""
        self._queue.put(None)

    def run(self) -> None:
        """Seal until ended."""
        is_ending = False
        while not is_ending:
            try:
                spool = self._queue.get(timeout=SEAL_RETRY_SECONDS if self.waiting else None)
            except queue.Empty:
                spool = None
            else:
                is_ending = spool is None
            if spool is not None:
                self.waiting.append(spool)
            self.waiting = [left for left in self.waiting if not self._is_sealed(left)]

    def _is_sealed(self, spool: Path) -> bool:
        try:
            apart("dlt_pipelines.connectors.capture_files:seal", spool, self._folder)
        except OSError as error:
            _LOG.error("%s waits to be sealed: %s", spool.name, error.strerror)
            return False
        return True
