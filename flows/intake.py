"""An intake for the logs of newer lab pages, which post them instead of sending them on a stream.

`POST /addLog?username=…&course=…&hardware=…` with Basic authorisation, on loopback alone; a proxy
in front of it speaks TLS. The answer 204 says that the message is in the spool.
"""

import base64
import binascii
import hmac
import http.client
import http.server
import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dlt_pipelines.connectors.capture_files import next_seq, seal
from dlt_pipelines.connectors.recording import frame_rows
from dlt_pipelines.connectors.spool_files import Spool, spools
from warehouse.errors import TallyhouseError
from warehouse.settings import Secret, Settings
from warehouse.writer_lock import LockHeldError, writer_lock

STREAM = "intake"
LARGEST_BODY = 1_000_000

_PATH, _TOPIC, _TIMEOUT_SECONDS, _TIDY_SECONDS = "/addLog", "addLog", 10.0, 1.0
_LOG = logging.getLogger(__name__)


class Recorder:
    """Writes posted messages; any thread may do it."""

    def __init__(self, folder: Path, capture_id: str) -> None:
        """Seal what was left, and continue."""
        self._folder, self._lock, self._count = folder, threading.Lock(), 0
        for leftover in spools(folder, STREAM, capture_id):
            seal(leftover, folder)
        self._spool = Spool(
            folder, STREAM, capture_id, next_seq=next_seq(folder, STREAM, capture_id)
        )

    def record(self, body: bytes, query: str) -> None:
        """Write one body.

        Raises:
            OSError: The disk does not take it.
        """
        with self._lock:
            self._count += 1
            rows = frame_rows(
                body,
                topic=_TOPIC,
                capture_mode="intake",
                connection_id=STREAM,
                frame_no=self._count,
                received_at=datetime.now(tz=UTC),
                intake_query=query,
            )
            for dataset, row in rows:
                self._spool.append(dataset, row)

    def tidy(self, *, is_over: bool = False) -> None:
        """Bring to the disk, and seal, what is due."""
        with self._lock:
            try:
                self._spool.sync()
                if is_over or self._spool.is_full:
                    self._spool.close()
                    for closed in spools(self._folder, STREAM, self._spool.capture_id):
                        seal(closed, self._folder)
            except OSError as error:
                _LOG.error("the intake cannot be sealed: %s", error.strerror)


def serve(settings: Settings, stop: threading.Event, ready: Callable[[int], None]) -> None:
    """Serve until stopped.

    Args:
        settings: Say port, password and folder.
        stop: Ends it.
        ready: Called with the port when requests are taken.

    Raises:
        TallyhouseError: No port is set, or it is taken, or another process has the intake.
    """
    spinner, folder = settings.spinner, settings.spinner_capture_path
    if spinner.intake_port is None or spinner.intake_password is None:
        raise TallyhouseError("SOURCES__SPINNER__INTAKE_PORT: set it, and its password.")
    lock_file = folder / "spool" / f"{STREAM}-{spinner.capture_id}.lock"
    try:
        with writer_lock(lock_file, "intake", wait_seconds=0):
            recorder = Recorder(folder, spinner.capture_id)
            handler = _handler(recorder, spinner.intake_password)
            with http.server.ThreadingHTTPServer(
                ("127.0.0.1", spinner.intake_port), handler
            ) as server:
                threading.Thread(target=server.serve_forever, daemon=True).start()
                ready(server.server_port)
                while not stop.wait(_TIDY_SECONDS):
                    recorder.tidy()
                server.shutdown()
            recorder.tidy(is_over=True)
    except LockHeldError as error:
        raise TallyhouseError(f"The intake runs already. {error}") from None
    except OSError as error:
        raise TallyhouseError(f"SOURCES__SPINNER__INTAKE_PORT: {error.strerror}.") from None


def _handler(recorder: Recorder, password: Secret) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        """Takes one message a request."""

        timeout = _TIMEOUT_SECONDS

        def do_POST(self) -> None:
            """Take a message."""
            self.close_connection = True  # what is left of a refused body is not a request
            self.send_response_only(self._answer(recorder, password))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _answer(self, recorder: Recorder, password: Secret) -> http.HTTPStatus:
            address = urlsplit(self.path)
            length = self.headers.get("Content-Length", "")
            if not _is_allowed(self.headers.get("Authorization", ""), password):
                return http.HTTPStatus.UNAUTHORIZED
            if address.path != _PATH:
                return http.HTTPStatus.NOT_FOUND
            if not length.isdecimal():
                return http.HTTPStatus.LENGTH_REQUIRED
            if int(length) > LARGEST_BODY:
                return http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            try:
                recorder.record(self.rfile.read(int(length)), address.query)
            except OSError as error:
                _LOG.error("a posted message is refused: %s", error.strerror)
                return http.HTTPStatus.SERVICE_UNAVAILABLE
            return http.HTTPStatus.NO_CONTENT

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 as http.server has it
            """Say nothing: the query names a student."""

    return Handler


def _is_allowed(header: str, password: Secret) -> bool:
    """Whether a Basic header has the password, whoever's it says it is."""
    kind, _, coded = header.partition(" ")
    try:
        given = base64.b64decode(coded, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return False
    return kind.lower() == "basic" and hmac.compare_digest(given, password.reveal().encode())
