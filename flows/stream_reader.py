"""One topic followed: frames and what happened to the connection, handed to the stream's writer."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from dlt_pipelines.connectors.credentials import CredentialsError
from dlt_pipelines.connectors.frames import Message, split_frame
from dlt_pipelines.connectors.relay import (
    Alive,
    Connected,
    Disconnected,
    FrameHeard,
    Heard,
    Refused,
    Source,
    follow,
)
from flows.stream_writer import Event, Recorded, StreamWriter

HEARTBEAT_SECONDS = 60.0

_LOG = logging.getLogger(__name__)
_WARNED_AHEAD, _LAST_DAY = timedelta(days=30), timedelta(days=1)
_LAST_HOUR = timedelta(hours=1)


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
        self._next_heartbeat, self._has_heard = 0.0, False
        self._connection: Connected | None = None
        self.state = "connecting"
        self.last_heard_at: datetime | None = None
        self.token_expires_at: datetime | None = None
        self.alive_at = 0.0

    @property
    def alarm(self) -> str | None:
        """What an operator is to know, until it is on record."""
        if not self._lost_count:
            return None
        return f"the queue is full: {self._lost_count} messages lost"

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
                self._has_heard = False
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
        """Say every minute when something was heard, and at once that anything was.

        Killed in its first minute, a connection would otherwise count as one that heard nothing.
        """
        is_first = last_heard_at is not None and not self._has_heard
        is_due = is_first or self._clock.monotonic() >= self._next_heartbeat
        if self._connection is None or not is_due:
            return
        self._has_heard = self._has_heard or is_first
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
