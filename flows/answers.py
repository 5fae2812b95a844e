"""The answer service: what a dashboard asks on a stream, answered from what was captured.

It joins every topic by a connection of its own and has four parts: a listener a topic, one worker
that makes and sends answers, a refresher that turns to a new generation as soon as one is
published, and the record of what was answered. It needs neither Prefect nor a build, and it writes
nothing but its record. Only what arrives live is answered; messages in files are history.
"""

import argparse
import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

from dlt_pipelines.connectors.capture_files import Row, Spool, make_folder, seal, spools
from dlt_pipelines.connectors.capture_tails import CaptureTails
from dlt_pipelines.connectors.frames import Message as Heard
from dlt_pipelines.connectors.frames import split_frame
from dlt_pipelines.connectors.recording import frame_rows
from dlt_pipelines.connectors.relay import Connected, Disconnected, FrameHeard, Source, follow
from exports.answers.engine import AnswerEngine, changes_answers, users_of
from exports.answers.messages import Message, answer, error
from exports.answers.requests import (
    Catalogue,
    RateLimits,
    Request,
    Waiting,
    check,
    read_request,
)
from exports.targets.websocket import NotJsonError, PacedSender, strict_json
from flows.capture import sources
from flows.notify import notify
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings
from warehouse.writer_lock import LockHeldError, writer_lock

_REFRESH_SECONDS = 2.0
_IDLE_SECONDS = 1.0

_log = logging.getLogger(__name__)

Send = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Ready:
    """All that answers are made from, of one generation."""

    engine: AnswerEngine
    catalogue: Catalogue
    tails: CaptureTails


class Topic:
    """One topic: who waits there, and the connection to it."""

    def __init__(self, stream: str) -> None:
        """Not connected yet."""
        self.stream = stream
        self.waiting = Waiting()
        self.sender = PacedSender()
        self.spool: Spool | None = None  # while this instance is the one that answers
        self.send: Send | None = None


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
        self._topics = {stream: Topic(stream) for stream in sources}
        self._limits = RateLimits()
        self._ready: Ready | None = None
        self._news = threading.Condition()
        self._recording = threading.Lock()
        self._stop = threading.Event()
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
                self._tend(threads)
        finally:
            notify("STOPPING=1")
            self.stop()
            for thread in threads:
                thread.join(timeout=5)
            for topic in self._topics.values():
                self._seal(topic)

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

    def _open_record(self, topic: Topic) -> None:
        """Seal what a former instance left, and begin a record; only under the topic's lock."""
        for left in spools(self._folder, topic.stream, self._capture_id):
            seal(left, self._folder)
        topic.spool = Spool(self._folder, topic.stream, self._capture_id)

    def _next(self) -> Request | None:
        """The next request, the topics in turn; None when none comes for a second."""
        with self._news:
            for _ in range(2):
                for stream, topic in list(self._topics.items()):
                    if (request := topic.waiting.take()) is not None:
                        self._topics[stream] = self._topics.pop(stream)
                        return request
                self._news.wait(_IDLE_SECONDS)
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
            tail = ready.tails.rows(request.user_id)
            for message in answer(
                ready.engine,
                request,
                check(request, ready.catalogue),
                tail=[*tail, *_rows_of(request)],
                tail_version=changed_count(tail),
                now_ms=_now_ms(),
            ):
                self._say(request, message)
        except Exception:  # noqa: BLE001 - whatever it is, the next request is answered
            _log.exception("%s: an answer could not be made", request.stream)
            self._say(request, error(request, "internal_error", _now_ms()))

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
            is_answered=True,
        )

    def _record(
        self,
        request: Request,
        outcome: str,
        *,
        error_code: str | None = None,
        content: str | None = None,
        body_text: str | None = None,
        is_answered: bool = False,
    ) -> None:
        ready = self._ready
        topic = self._topics[request.stream]
        row: dict[str, Any] = {
            "user_id": request.user_id,
            "exp": request.shown(request.lab),
            "course": request.shown(request.course),
            "content": content or request.shown(request.content),
            "argument": request.argument and request.argument[:64],
            "request_t_ms": request.t_ms,
            "received_at": request.received_at,
            "answered_at": datetime.now(tz=UTC) if is_answered else None,
            "outcome": outcome,
            "error_code": error_code,
            "latency_ms": (monotonic() - request.received) * 1000 if is_answered else None,
            "body_text": body_text,
            "pack_version": ready.engine.version if ready else None,
        }
        try:
            with self._recording:
                if topic.spool is not None:
                    topic.spool.append("answers", row)
        except OSError as reason:  # the disk is full: answering goes on
            _log.error("%s: an answer was not recorded: %s", request.stream, reason.strerror)

    def _tend(self, threads: Sequence[threading.Thread]) -> None:
        """Keep the record on the disk, and tell systemd that all is well."""
        for topic in self._topics.values():
            try:
                with self._recording:
                    if topic.spool is not None:
                        topic.spool.sync()
                        if topic.spool.is_full:
                            self._seal(topic)
            except OSError as reason:
                _log.error("%s: the record waits: %s", topic.stream, reason.strerror)
        if all(thread.is_alive() for thread in threads):
            notify("WATCHDOG=1")

    def _seal(self, topic: Topic) -> None:
        if topic.spool is not None and (closed := topic.spool.close()) is not None:
            seal(closed, self._folder)

    def _refresh(self) -> None:
        """Turn to the current generation whenever that is another one."""
        told: str | None = None
        while not self._stop.is_set():
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
            self._stop.wait(_REFRESH_SECONDS)

    def _listen(self, source: Source) -> None:
        """Follow a topic, as the only one who answers there."""
        topic = self._topics[source.stream]
        with _sole_answerer(self._folder, source.stream, self._stop) as is_held:
            if not is_held:
                return
            self._open_record(topic)
            for heard in follow(source, self._stop):
                match heard:
                    case Connected():
                        topic.send = heard.link.send
                    case Disconnected():
                        topic.send = None
                        _log.warning("%s: disconnected (%s)", source.topic, heard.reason_code)
                    case FrameHeard():
                        for part in split_frame(heard.payload, is_binary=heard.is_binary):
                            if isinstance(part, Heard):
                                self.hear(part.text, source.stream, heard.at)


def open_generation(generation: Path, data_path: Path) -> Ready:
    """Open all that answers are made from.

    Args:
        generation: Folder of a published generation.
        data_path: Holds the captured files.

    Raises:
        TallyhouseError: The generation lacks the models of answers.
    """
    engine = AnswerEngine(generation)
    made_at = datetime.fromtimestamp((generation / "manifest.json").stat().st_mtime, tz=UTC)
    tails = CaptureTails(data_path, users_of, engine.loaded_segments(), made_at)
    tails.look()
    return Ready(engine, Catalogue.of(engine), tails)


def changed_count(tail: Sequence[Row]) -> int:
    """Grows whenever a student has got a row that may change an answer."""
    return sum(map(changes_answers, tail))


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
        while not stopped.wait(_IDLE_SECONDS):
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


def _rows_of(request: Request) -> list[Row]:
    """The request as a row of messages: its student exists before capture has spooled it."""
    return [
        {
            **row,
            "capture_id": "answers",
            "stream": request.stream,
            "segment": "live",
            "seq": 0,
        }
        for _, row in frame_rows(
            request.text,
            topic=f"{request.stream}-log",
            capture_mode="relay",
            connection_id="live",
            frame_no=0,
            received_at=request.received_at,
        )
    ]


def _now_ms() -> int:
    return int(datetime.now(tz=UTC).timestamp() * 1000)
