"""The record of what was asked and answered on one stream: rows of the answers dataset."""

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from dlt_pipelines.connectors.capture_files import next_seq, seal
from dlt_pipelines.connectors.spool_files import Spool, spools
from exports.answers.requests import Request

_LOG = logging.getLogger(__name__)


class AnswerRecord:
    """Written only while its instance is the one that answers on the stream."""

    def __init__(self, folder: Path, stream: str, capture_id: str) -> None:
        """Nothing is written before `open`.

        Args:
            folder: Holds `spool/` and `sealed/`.
            stream: The stream.
            capture_id: The name under which rows are recorded.
        """
        self._folder, self._stream, self._capture_id = folder, stream, capture_id
        self._spool: Spool | None = None
        self._lock = threading.Lock()

    def open(self) -> None:
        """Seal what a former instance left, and begin; only under the topic's lock."""
        for left in spools(self._folder, self._stream, self._capture_id):
            try:
                seal(left, self._folder)
            except OSError as reason:  # the disk is full: the next instance tries again
                _LOG.error("%s: %s is not sealed: %s", self._stream, left.name, reason.strerror)
        self._spool = Spool(
            self._folder,
            self._stream,
            self._capture_id,
            next_seq=next_seq(self._folder, self._stream, self._capture_id),
        )

    def add(
        self,
        request: Request,
        outcome: str,
        *,
        pack_version: str | None,
        error_code: str | None = None,
        content: str | None = None,
        body_text: str | None = None,
    ) -> None:
        """Put on record what became of a request.

        Args:
            request: The request.
            outcome: sent, shadow, stale, coalesced, rate_limited or error.
            pack_version: The generation that answers are made from.
            error_code: What was wrong.
            content: The kind of answer, if not the one that was asked for.
            body_text: The answer; without it, there was none.
        """
        is_answered = body_text is not None
        row = {
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
            "pack_version": pack_version,
        }
        try:
            with self._lock:
                if self._spool is not None:
                    self._spool.append("answers", row)
        except OSError as reason:  # the disk is full: answering goes on
            _LOG.error("%s: an answer was not recorded: %s", self._stream, reason.strerror)

    def tend(self) -> None:
        """Bring what is written to the disk, and seal it when it is time."""
        try:
            with self._lock:
                if self._spool is not None:
                    self._spool.sync()
                    if self._spool.is_full:
                        self._seal()
        except OSError as reason:
            _LOG.error("%s: the record waits: %s", self._stream, reason.strerror)

    def close(self) -> None:
        """Seal what is written; nothing is written after it."""
        with self._lock:
            try:
                self._seal()
            except OSError as reason:  # as in `open`
                _LOG.error("%s: the record is not sealed: %s", self._stream, reason.strerror)
            self._spool = None

    def _seal(self) -> None:
        if self._spool is not None and (closed := self._spool.close()) is not None:
            seal(closed, self._folder)
