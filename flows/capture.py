"""The capture service: what the streams say, recorded without a gap that is not on record.

Each stream has a reader (follows the topic), a writer (rows to the spool) and, shared by all, there
is a sealer (spools to sealed files). Nothing but the credentials' files and the data folder is
needed; neither Prefect nor a build. A killed service loses no row that was written: the next start
seals what is left.
"""

import json
import logging
import os
import queue
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from dlt_pipelines.connectors import relay
from dlt_pipelines.connectors.capture_files import Row, Spool, make_folder, seal, spools
from dlt_pipelines.connectors.credentials import CredentialsError, found_streams
from dlt_pipelines.connectors.frames import Message, split_frame
from dlt_pipelines.connectors.recording import frame_rows
from dlt_pipelines.connectors.relay import (
    Alive,
    Connected,
    Dial,
    Disconnected,
    FrameHeard,
    Heard,
    Refused,
    Source,
    follow,
)
from flows.notify import notify
from warehouse.clock import Clock
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings
from warehouse.writer_lock import LockHeldError, writer_lock

QUEUE_FRAMES = 10_000
HEARTBEAT_SECONDS = 60.0
STATUS_SECONDS = 10.0
STALL_SECONDS = 70.0
FEED_SECONDS = 45.0  # systemd hears nothing of a service of which a part is silent for so long
SEAL_RETRY_SECONDS = 30.0
DEFAULT_CREDENTIALS = Path("/etc/practable")

_LOG = logging.getLogger(__name__)
_WARNED_AHEAD, _LAST_DAY = timedelta(days=30), timedelta(days=1)
_LAST_HOUR = timedelta(hours=1)
_FULL_DISK_WAIT = 0.5
_STREAM = re.compile(r"[a-z]+[0-9]+")
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
    ) -> None:
        """Take over a spool; once `stop` is set, a full disk is no longer waited for."""
        super().__init__(name=f"writer {spool.stream}", daemon=True)
        self.spool, self._capture_mode, self._process_id = spool, capture_mode, process_id
        self._sealer, self._stop_event = sealer, stop
        self._session_ends = 0.0
        self._queue: queue.SimpleQueue[Recorded | Event | None] = queue.SimpleQueue()
        self._message_count = 0  # since the previous event
        self.lost_count = 0  # when it ended with a disk that took no more
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
        self._close_segment()

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
            "lost_count": event.lost_count,
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
                    self.lost_count += dataset in _MESSAGES
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
            seal(spool, self._folder)
        except OSError as error:
            _LOG.error("%s waits to be sealed: %s", spool.name, error.strerror)
            return False
        return True


class Reader(threading.Thread):
    """Follows one topic and hands what it hears to the stream's writer."""

    def __init__(
        self,
        source: Source,
        writer: StreamWriter,
        stop: threading.Event,
        is_wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        """Follow a source; frames come to the writer only while they are wanted."""
        super().__init__(name=f"reader {source.topic}", daemon=True)
        self.source, self._writer, self._stop_event = source, writer, stop
        self._clock = source.clock
        self._lost_count = 0
        self._is_wanted = is_wanted
        self._last_refusal: tuple[str, str] | None = None
        self._warned_at: datetime | None = None
        self._next_heartbeat = 0.0
        self._connection: Connected | None = None
        self.state = "connecting"
        self.last_heard_at: datetime | None = None
        self.token_expires_at: datetime | None = None
        self.alive_at = 0.0

    def run(self) -> None:
        """Follow until stopped."""
        for heard in follow(self.source, self._stop_event):
            self.alive_at = time.monotonic()
            self._take(heard)
            self._warn_of_expiry()
        self.state = "stopped"

    def _take(self, heard: Heard) -> None:
        match heard:
            case FrameHeard():
                self.last_heard_at = heard.at
                self._keep(heard)
                self._beat(heard.at, heard.at)
            case Alive():
                self.last_heard_at = heard.last_heard_at or self.last_heard_at
                self._beat(heard.at, heard.last_heard_at)
            case Connected():
                self.state, self._last_refusal, self._connection = "connected", None, heard
                self.token_expires_at = heard.token_expires_at
                self._next_heartbeat = self._clock.monotonic() + HEARTBEAT_SECONDS
                self._record("connected", heard.at, connection_id=heard.connection_id)
            case Disconnected():
                self.state, self._connection = "disconnected", None
                level = logging.INFO if heard.reason_code == "stopped" else logging.WARNING
                _LOG.log(level, "%s: disconnected (%s)", self.source.topic, heard.reason_code)
                self._record(
                    "disconnected",
                    heard.at,
                    connection_id=heard.connection_id,
                    last_heard_at=heard.last_heard_at,
                    reason_code=heard.reason_code,
                    detail=heard.detail,
                )
            case Refused():
                self.state = "refused" if heard.is_permanent else "unreachable"
                self.token_expires_at = heard.token_expires_at
                self._note_refusal(heard)

    def _keep(self, heard: FrameHeard) -> None:
        if not self._is_wanted():
            return
        if not self._writer.put(Recorded(self.source.topic, heard)):
            parts = split_frame(heard.payload, is_binary=heard.is_binary)
            if not self._lost_count:
                _LOG.error("%s: the queue is full, messages are lost", self.source.topic)
            self._lost_count += max(sum(isinstance(part, Message) for part in parts), 1)

    def _beat(self, at: datetime, last_heard_at: datetime | None) -> None:
        if self._connection is None or self._clock.monotonic() < self._next_heartbeat:
            return
        self._next_heartbeat = self._clock.monotonic() + HEARTBEAT_SECONDS
        self._record(
            "heartbeat",
            at,
            connection_id=self._connection.connection_id,
            last_heard_at=last_heard_at,
        )

    def _note_refusal(self, heard: Refused) -> None:
        """Put a refusal on record, but not every repetition of the same one."""
        if (heard.reason_code, heard.detail) == self._last_refusal:
            return
        self._last_refusal = (heard.reason_code, heard.detail)
        level = logging.ERROR if heard.is_permanent else logging.WARNING
        _LOG.log(level, "%s: %s (%s)", self.source.topic, heard.reason_code, heard.detail)
        self._record("access_refused", heard.at, reason_code=heard.reason_code, detail=heard.detail)

    def _warn_of_expiry(self) -> None:
        """Warn from 30 days before the token ends, daily, and hourly in the last day."""
        now, expires_at = self._clock.now(), self.token_expires_at
        if expires_at is None or expires_at - now > _WARNED_AHEAD:
            return
        pause = _LAST_HOUR if expires_at - now <= _LAST_DAY else _LAST_DAY
        if self._warned_at is not None and now - self._warned_at < pause:
            return
        self._warned_at = now
        try:
            credentials = self.source.credentials()
        except CredentialsError:
            credentials = None
        if credentials and credentials.expires_at and credentials.expires_at > expires_at:
            self.token_expires_at = credentials.expires_at  # renewed; the next connection takes it
            return
        tail = credentials.token_tail if credentials else ""
        _LOG.warning("%s: token %s ends at %s", self.source.topic, tail, expires_at.isoformat())
        self._record("token_expiring", now, detail=tail or None)

    def _record(
        self,
        name: str,
        at: datetime,
        *,
        connection_id: str | None = None,
        last_heard_at: datetime | None = None,
        reason_code: str | None = None,
        detail: str | None = None,
    ) -> None:
        lost_count, self._lost_count = self._lost_count, 0
        self._writer.put(
            Event(
                name=name,
                at=at,
                topic=self.source.topic,
                connection_id=connection_id,
                last_heard_at=last_heard_at,
                reason_code=reason_code,
                detail=detail,
                lost_count=lost_count,
                token_expires_at=self.token_expires_at,
            )
        )


class CaptureService:
    """Captures streams until stopped."""

    def __init__(
        self, settings: Settings, sources: Sequence[Source], clock: Clock | None = None
    ) -> None:
        """Prepare; `run` does everything."""
        self._spinner, self._folder = settings.spinner, settings.spinner_capture_path
        self._sources, self._clock = sources, clock or Clock()
        self._process_id = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._readers: list[Reader] = []
        self._writers: list[StreamWriter] = []
        self.stop = threading.Event()

    def run(self) -> int:
        """Capture until `stop` is set.

        Returns:
            The exit status: 0 after a stop that was asked for, 1 when a part of the service failed.

        Raises:
            TallyhouseError: Another process captures one of the streams under the same name.
        """
        with ExitStack() as locks:
            for stream in self._streams():
                self._lock(stream, locks)
            sealer = Sealer(self._folder)
            sealer.start()
            self._start(sealer)
            notify("READY=1")
            status = self._watch()
            notify("STOPPING=1")
            self._end(sealer)
        return status

    def _streams(self) -> list[str]:
        return sorted({source.stream for source in self._sources})

    def _lock(self, stream: str, locks: ExitStack) -> None:
        name = f"{stream}-{self._spinner.capture_id}"
        make_folder(self._folder / "spool")
        try:
            locks.enter_context(
                writer_lock(self._folder / "spool" / f"{name}.lock", "capture", wait_seconds=0)
            )
        except LockHeldError as error:
            raise TallyhouseError(
                f"{stream} is captured already. SOURCES__SPINNER__CAPTURE_ID tells captures of "
                f"one stream apart. {error}"
            ) from None

    def _start(self, sealer: Sealer) -> None:
        for stream in self._streams():
            sources = [source for source in self._sources if source.stream == stream]
            for leftover in spools(self._folder, stream, self._spinner.capture_id):
                try:
                    seal(leftover, self._folder)
                except OSError as error:
                    _LOG.error("%s waits to be sealed: %s", leftover.name, error.strerror)
                    sealer.put(leftover)
            spool = Spool(
                self._folder,
                stream,
                self._spinner.capture_id,
                monotonic=self._clock.monotonic,
            )
            mode = "relay" if sources[0].credentials_path else "host"
            writer = StreamWriter(spool, mode, self._process_id, sealer, self.stop)
            self._writers.append(writer)
            for source in sources:
                writer.put(Event(name="process_started", at=self._clock.now(), topic=source.topic))
                self._readers.append(_reader(source, writer, self.stop))
            writer.start()
        for reader in self._readers:
            reader.start()

    def _watch(self) -> int:
        """Feed systemd's watchdog while every part works, and write the status files."""
        next_status = started = time.monotonic()
        parts: list[Reader | StreamWriter] = [*self._readers, *self._writers]
        while not self.stop.wait(1.0):
            now = time.monotonic()
            if not all(part.is_alive() for part in parts):
                _LOG.critical("a part of the service ended; it is to be started again")
                return 1
            silence = max(now - max(part.alive_at, started) for part in parts)
            if silence > STALL_SECONDS:
                _LOG.critical("a part of the service hangs; it is to be started again")
                logging.shutdown()
                os._exit(1)  # what hangs would also hang an ordered end; the spool is on disk
            if silence < FEED_SECONDS:
                notify("WATCHDOG=1")
            if now >= next_status:
                next_status = now + STATUS_SECONDS
                self._write_status()
        return 0

    def _end(self, sealer: Sealer) -> None:
        self.stop.set()
        for reader in self._readers:
            reader.join(relay.POLL_SECONDS + relay.CONNECT_SECONDS + relay.READ_SECONDS)
        for source in self._sources:
            writer = next(made for made in self._writers if made.spool.stream == source.stream)
            writer.put(
                Event(
                    name="process_stopped",
                    at=self._clock.now(),
                    topic=source.topic,
                    reason_code="stopped",
                )
            )
        for writer in self._writers:
            writer.end()
        for writer in self._writers:
            writer.join()
            if writer.lost_count:
                _LOG.error("%s: %d messages lost", writer.spool.stream, writer.lost_count)
        sealer.end()
        sealer.join()
        self._write_status()

    def _write_status(self) -> None:
        """What operators and the health check look at, one file for every stream."""
        for writer in self._writers:
            stream = writer.spool.stream
            reader = next(made for made in self._readers if made.source.stream == stream)
            status = {
                "stream": stream,
                "capture_id": self._spinner.capture_id,
                "process_id": self._process_id,
                "written_at": self._clock.now().isoformat(),
                "state": reader.state,
                "last_heard_at": _iso(reader.last_heard_at),
                "seq": writer.spool.next_seq - 1,
                "spool_rows": writer.spool.row_count,
                "token_expires_at": _iso(reader.token_expires_at),
                "alarm": writer.alarm,
            }
            file = self._folder / "status" / f"{stream}-{self._spinner.capture_id}.json"
            unfinished = file.with_name(f"{file.name}.tmp")
            try:
                make_folder(file.parent)
                unfinished.write_text(json.dumps(status))
                unfinished.replace(file)
            except OSError as error:
                _LOG.error("%s cannot be written: %s", file.name, error.strerror)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _reader(source: Source, writer: StreamWriter, stop: threading.Event) -> Reader:
    """The reader of a source; a unit's hardware is kept only while a student is at work."""
    if source.kind == "log":
        return Reader(source, writer, stop)
    return Reader(source, writer, stop, lambda: writer.has_session)


def sources(
    settings: Settings,
    streams: Sequence[str] = (),
    *,
    dial: Dial = relay.dial,
    clock: Clock | None = None,
) -> list[Source]:
    """The topics to follow.

    Args:
        settings: Say in which mode, and with which credentials or at which address.
        streams: Names; without any, all that the credentials' folder has.
        dial: Opens sockets.
        clock: The time, if not the machine's.

    Raises:
        TallyhouseError: There is nothing to capture, or a stream's name is none.
    """
    spinner = settings.spinner
    folder = spinner.credentials_path or DEFAULT_CREDENTIALS
    names = sorted(set(streams)) or found_streams(folder) or _streams_of_url(spinner.host_url)
    if not names:
        raise TallyhouseError(
            f"SOURCES__SPINNER__CREDENTIALS_PATH: {folder} has no log.access.… files. Name the "
            "streams, as in `tallyhouse capture spin30`, or put their access and token files there."
        )
    for name in names:
        if not _STREAM.fullmatch(name):
            raise TallyhouseError(f"{name!r} is no stream; names are like spin30.")
    is_relay = spinner.mode == "relay"
    if not is_relay and len(names) > 1 and "{stream}" not in spinner.host_url:
        raise TallyhouseError(
            "SOURCES__SPINNER__HOST_URL: write {stream} where the name of each stream belongs."
        )
    kinds = ["log", "data"] if spinner.has_hardware and is_relay else ["log"]
    return [
        Source(
            stream=name,
            kind=kind,
            credentials_path=folder if is_relay else None,
            host_url=None if is_relay else spinner.host_url,
            dial=dial,
            clock=clock or Clock(),
        )
        for name in names
        for kind in kinds
    ]


def _streams_of_url(url: str) -> list[str]:
    name = urlsplit(url).path.rpartition("/")[2]
    return [name] if _STREAM.fullmatch(name) else []
