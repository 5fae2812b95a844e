"""The answer service: what a dashboard asks on a stream, answered from what was captured.

It joins every topic by a connection of its own and has four parts: a listener a topic, one worker
that makes and sends answers, a refresher that turns to a new generation as soon as one is
published, and the record of what was answered. It needs neither Prefect nor a build, and it writes
nothing but its record. Only what arrives live is answered; messages in files are history.
"""

import argparse
import logging
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from types import FrameType

from dlt_pipelines.connectors.frames import Message as Heard
from dlt_pipelines.connectors.frames import split_frame
from dlt_pipelines.connectors.relay import (
    Alive,
    Connected,
    Disconnected,
    FrameHeard,
    Refused,
    Source,
    follow,
)
from dlt_pipelines.connectors.spool_files import make_folder
from exports.answers.messages import Message, answer, error
from exports.answers.requests import (
    RateLimits,
    Request,
    Waiting,
    check,
    read_request,
)
from exports.targets.websocket import NotJsonError, PacedSender, strict_json
from flows.answer_history import Ready, open_generation, rows_of
from flows.answer_record import AnswerRecord
from flows.notify import notify
from flows.status_files import STATUS_SECONDS, Status, write_status
from flows.stream_sources import sources
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings
from warehouse.writer_lock import LockHeldError, writer_lock

_REFRESH_SECONDS = 2.0
_IDLE_SECONDS = 0.1

_log = logging.getLogger(__name__)

Send = Callable[[str], object]


class Topic:
    """One topic: who waits there, and the connection to it."""

    def __init__(self, stream: str, record: AnswerRecord) -> None:
        """Not connected yet."""
        self.stream, self.record = stream, record
        self.waiting = Waiting()
        self.sender = PacedSender()
        self.send: Send | None = None
        self.is_ours = False  # whether this instance is the one that answers
        self.state = "connecting"
        self.last_heard_at: datetime | None = None
        self.token_expires_at: datetime | None = None


class AnswerService:
    """Answers the requests of some streams until it is stopped."""

    def __init__(self, settings: Settings, sources: Mapping[str, Source]) -> None:
        """Nothing is connected yet.

        Args:
            settings: Where the generations and the captured files are, and whether to send.
            sources: Where each stream is joined.
        """
        self._settings = settings
        self._folder = settings.spinner_data_path
        self._sources = sources
        self._is_live = settings.spinner.answers == "live"
        self._capture_id = f"{settings.spinner.capture_id}-answers"
        self._topics = {
            stream: Topic(stream, AnswerRecord(self._folder, stream, self._capture_id))
            for stream in sources
        }
        self._turns = deque(sources)  # the stream whose turn it is comes first
        self._next_status = 0.0
        self._limits = RateLimits()
        self._ready: Ready | None = None
        self._news = threading.Condition()
        self._stop = threading.Event()
        self._is_over = threading.Event()  # nothing is answered or recorded any more
        self.ignored_count = 0  # texts that claim to be requests and are none
        self.answered_count = 0  # messages

    @property
    def is_ready(self) -> bool:
        """Whether a generation is open."""
        return self._ready is not None

    @property
    def waiting_count(self) -> int:
        """How many requests wait."""
        return sum(len(topic.waiting) for topic in self._topics.values())

    def stop(self) -> None:
        """End, within a second or two."""
        self._stop.set()
        with self._news:
            self._news.notify()

    def run(self) -> None:
        """Answer until stopped, then seal the record."""
        threads = [threading.Thread(target=self._refresh, name="refresh", daemon=True)]
        threads += [
            threading.Thread(target=self._listen, args=[source], name=stream, daemon=True)
            for stream, source in self._sources.items()
        ]
        for thread in threads:
            thread.start()
        notify("READY=1")
        try:
            while not self._stop.is_set():
                request = self._next()
                if request is not None:
                    self._handle(request)
                elif self._ready is not None:
                    self._catch_up(self._ready)
                self._tend(threads)
        finally:
            notify("STOPPING=1")
            # Before a topic is let go of: who takes it over seals all that it finds.
            for topic in self._topics.values():
                topic.record.close()
            self._write_status("stopped")
            self._is_over.set()
            for thread in threads:
                thread.join(timeout=5)

    def hear(self, text: str, stream: str, received_at: datetime) -> None:
        """Take one message that arrived on a stream."""
        received = monotonic()
        request = read_request(text, stream, received_at, received)
        if request is None:
            self.ignored_count += '"request"' in text
            return
        with self._news:
            gone = self._topics[stream].waiting.add(request)
            self._news.notify()
        for former in gone:
            self._record(former, "coalesced")

    def _next(self) -> Request | None:
        """The next request, the topics in turn; None when none comes for a moment."""
        with self._news:
            if not self.waiting_count:
                self._news.wait(_IDLE_SECONDS)
            for stream in list(self._turns):
                self._turns.rotate(-1)
                if (request := self._topics[stream].waiting.take()) is not None:
                    return request
        return None

    def _handle(self, request: Request) -> None:
        now = monotonic()
        if request.is_stale(now):
            self._record(request, "stale")
        elif not self._limits.admits(request, now):
            if self._limits.tells_refusal(request, now):
                self._say(request, error(request, "rate_limited", _now_ms()), "rate_limited")
            else:
                self._record(request, "rate_limited", error_code="rate_limited")
        elif self._ready is None:
            self._say(request, error(request, "not_ready", _now_ms()))
        else:
            self._answer(request, self._ready)

    def _answer(self, request: Request, ready: Ready) -> None:
        try:
            ready.tails.look()
            for message in answer(
                ready.engine,
                request,
                check(request, ready.catalogue),
                tail=ready.tails.rows(request.user_id),
                asked=rows_of(request),
                now_ms=_now_ms(),
            ):
                self._say(request, message)
        except Exception:  # noqa: BLE001 - whatever it is, the next request is answered
            _log.exception("%s: an answer could not be made", request.stream)
            self._say(request, error(request, "internal_error", _now_ms()))

    def _catch_up(self, ready: Ready) -> None:
        """While nobody waits, make one answer ready that messages have changed."""
        try:
            ready.tails.look()
            ready.engine.catch_up(ready.tails.rows)
        except Exception:  # noqa: BLE001 - whatever it is, the next request is answered
            _log.exception("an answer could not be made ahead")

    def _say(self, request: Request, message: Message, outcome: str | None = None) -> None:
        """Send a message, or only record it, as the settings say."""
        error_code = message.get("error", {}).get("code")
        try:
            text = strict_json(message)
        except NotJsonError:
            _log.error("%s: an answer held a number that is not finite", request.stream)
            message = error(request, "internal_error", _now_ms())
            error_code, text = "internal_error", strict_json(message)
        if self._is_live:
            send = self._topics[request.stream].send
            try:
                if send is None:
                    raise OSError("not connected")
                self._topics[request.stream].sender.send(send, text)
            except Exception as reason:  # noqa: BLE001 - the connection is gone, however it says so
                _log.warning("%s: an answer was not sent: %s", request.stream, reason)
                error_code = "not_sent"
        self.answered_count += 1
        outcome = outcome or ("error" if error_code else "sent" if self._is_live else "shadow")
        self._record(
            request,
            outcome,
            error_code=error_code,
            content=message["content"] if message["content"] != "error" else None,
            body_text=text,
        )

    def _record(self, request: Request, outcome: str, **told: str | None) -> None:
        ready = self._ready
        version = ready.engine.version if ready else None
        self._topics[request.stream].record.add(request, outcome, pack_version=version, **told)

    def _tend(self, threads: Sequence[threading.Thread]) -> None:
        """Keep the record on the disk, say how it goes, and tell systemd that all is well."""
        for topic in self._topics.values():
            topic.record.tend()
        if monotonic() >= self._next_status:
            self._next_status = monotonic() + STATUS_SECONDS
            self._write_status()
        if all(thread.is_alive() for thread in threads):
            notify("WATCHDOG=1")

    def _write_status(self, state: str | None = None) -> None:
        for topic in self._topics.values():
            status = Status(
                stream=topic.stream,
                capture_id=self._capture_id,
                process_id=str(os.getpid()),
                written_at=datetime.now(tz=UTC),
                state=state or topic.state,
                last_heard_at=topic.last_heard_at,
                token_expires_at=topic.token_expires_at,
                alarm=None if self.is_ready else "no generation can be answered from",
                counts={"answered": self.answered_count, "waiting": len(topic.waiting)},
            )
            if topic.is_ours:
                write_status(self._folder, status)

    def _refresh(self) -> None:
        """Turn to the current generation whenever that is another one."""
        told: str | None = None
        while not self._is_over.is_set():
            folder = self._settings.current_link.resolve()
            ready = self._ready
            if folder.is_dir() and (ready is None or ready.engine.version != folder.name):
                try:
                    self._ready = open_generation(folder, self._folder)
                    told = None
                    _log.info("answers come from generation %s", folder.name)
                except (TallyhouseError, OSError) as reason:
                    if told != str(reason):
                        told = str(reason)
                        _log.error("generation %s cannot be answered from: %s", folder.name, reason)
            self._is_over.wait(_REFRESH_SECONDS)

    def _listen(self, source: Source) -> None:
        """Follow a topic, as the only one who answers there."""
        topic = self._topics[source.stream]
        with _sole_answerer(self._folder, source.stream, self._is_over) as is_held:
            if not is_held:
                return
            topic.record.open()
            topic.is_ours = True
            for heard in follow(source, self._is_over):
                match heard:
                    case Connected():
                        topic.send = heard.link.send
                        topic.state, topic.token_expires_at = "connected", heard.token_expires_at
                        _log.info("%s: connected", source.topic)
                    case Refused():
                        topic.state = "refused" if heard.is_permanent else "unreachable"
                    case Alive():
                        topic.last_heard_at = heard.last_heard_at or topic.last_heard_at
                    case Disconnected():
                        topic.send, topic.state = None, "disconnected"
                        _log.warning("%s: disconnected (%s)", source.topic, heard.reason_code)
                    case FrameHeard():
                        topic.last_heard_at = heard.at
                        if b'"request"' not in heard.payload:
                            continue  # most frames hold none, and are not worth taking apart
                        for part in split_frame(heard.payload, is_binary=heard.is_binary):
                            if isinstance(part, Heard):
                                self.hear(part.text, source.stream, heard.at)


def serve(settings: Settings, arguments: argparse.Namespace) -> None:
    """`tallyhouse spinner answers`: answer until stopped by a signal."""
    stopped = threading.Event()
    service: AnswerService | None = None

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()
        if service is not None:
            service.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if settings.spinner.answers == "off":
        # The unit would start an ended service again and again.
        _log.warning("EXPORTS__SPINNER__ANSWERS is off: nothing is answered")
        notify("READY=1")
        while not stopped.wait(1):
            notify("WATCHDOG=1")
        return
    followed = sources(settings, arguments.streams)
    service = AnswerService(
        settings, {source.stream: source for source in followed if source.kind == "log"}
    )
    if not stopped.is_set():
        service.run()


@contextmanager
def _sole_answerer(folder: Path, stream: str, stop: threading.Event) -> Iterator[bool]:
    """Hold the lock of a topic; another instance waits until this one ends.

    Yields:
        Whether it is held; if not, the wait was stopped.
    """
    lock_file = make_folder(folder / "status") / f"answers-{stream}.lock"
    with ExitStack() as held:
        while not stop.is_set():
            try:
                held.enter_context(writer_lock(lock_file, f"answers {stream}", wait_seconds=1))
            except LockHeldError:
                continue
            yield True
            return
        yield False


def _now_ms() -> int:
    return int(datetime.now(tz=UTC).timestamp() * 1000)
