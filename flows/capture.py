"""The capture service: what the streams say, recorded without a gap that is not on record.

Each stream has a reader (follows the topic), a writer (rows to the spool) and, shared by all, there
is a sealer (spools to sealed files). Nothing but the credentials' files and the data folder is
needed; neither Prefect nor a build. A killed service loses no row that was written: the next start
seals what is left.
"""

import argparse
import logging
import os
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack

from dlt_pipelines.connectors import relay
from dlt_pipelines.connectors.relay import Source
from dlt_pipelines.connectors.spool_files import Spool, make_folder, spools
from flows.apart import apart
from flows.notify import notify
from flows.status_files import STATUS_SECONDS, Status, told_loss, write_status
from flows.stop_signals import stop_on_signals
from flows.stream_reader import Reader
from flows.stream_sources import sources
from flows.stream_writer import Event, Sealer, StreamWriter
from warehouse.clock import Clock
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings
from warehouse.writer_lock import LockHeldError, writer_lock

STALL_SECONDS = 70.0
"""A part that is silent for so long ends the service, where no systemd watches it."""

FEED_SECONDS = 5.0
"""systemd hears nothing of a service of which a part is silent for so long."""

WATCH_SECONDS = 1.0

_LOG = logging.getLogger(__name__)


def serve(settings: Settings, arguments: argparse.Namespace) -> None:
    """`capture`: record until SIGTERM or Ctrl-C, then seal and end with 0."""
    logging.getLogger("flows").setLevel(logging.INFO)
    service = CaptureService(settings, sources(settings, arguments.streams))
    stop_on_signals(service.stop)
    if status := service.run():
        raise SystemExit(status)


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
        capture_id = self._spinner.capture_id
        numbers: dict[str, int] = apart(
            "dlt_pipelines.connectors.capture_files:take_up",
            self._folder,
            self._streams(),
            capture_id,
        )
        for stream, next_seq in numbers.items():
            topics = [source for source in self._sources if source.stream == stream]
            for leftover in spools(self._folder, stream, capture_id):
                _LOG.error("%s waits to be sealed", leftover.name)
                sealer.put(leftover)
            spool = Spool(
                self._folder,
                stream,
                capture_id,
                next_seq=next_seq,
                monotonic=self._clock.monotonic,
            )
            mode = "relay" if topics[0].credentials_path else "host"
            writer = StreamWriter(
                spool,
                mode,
                self._process_id,
                sealer,
                self.stop,
                lost_count=told_loss(self._folder, stream, capture_id),
            )
            self._writers.append(writer)
            for source in topics:
                writer.put(Event(name="process_started", at=self._clock.now(), topic=source.topic))
                self._readers.append(_reader(source, writer, self.stop))
            writer.start()
        for reader in self._readers:
            reader.start()

    def _watch(self) -> int:
        """Feed systemd's watchdog while every part works, and write the status files."""
        next_status = started = time.monotonic()
        parts: list[Reader | StreamWriter] = [*self._readers, *self._writers]
        while not self.stop.wait(WATCH_SECONDS):
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
        for writer in self._writers:
            stream = writer.spool.stream
            reader = next(made for made in self._readers if made.source.stream == stream)
            status = Status(
                stream=stream,
                capture_id=self._spinner.capture_id,
                process_id=self._process_id,
                written_at=self._clock.now(),
                state=reader.state,
                last_heard_at=reader.last_heard_at,
                token_expires_at=reader.token_expires_at,
                alarm=writer.alarm or reader.alarm,
                counts={
                    "seq": writer.spool.next_seq - 1,
                    "spool_rows": writer.spool.row_count,
                    "lost_count": writer.lost_count,
                },
            )
            write_status(self._folder, status)


def _reader(source: Source, writer: StreamWriter, stop: threading.Event) -> Reader:
    """The reader of a source; a unit's hardware is kept only while a student is at work."""
    if source.kind == "log":
        return Reader(source, writer, stop)
    return Reader(source, writer, stop, lambda: writer.has_session)
