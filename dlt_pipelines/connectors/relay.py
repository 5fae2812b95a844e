"""Following a stream: access, connection, and a new one whenever that ends.

The relay gives, for a token, an address with a code that works once and for 30 seconds; a used
code still connects and then stays silent. So every connection asks anew, no library reconnects by
itself, and a link that brings neither data nor the server's ping (every 54 s) for 65 s is dead.
"""

import http.client
import ipaddress
import json
import random
import socket
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import websocket

from dlt_pipelines.connectors.credentials import (
    Credentials,
    CredentialsError,
    pair_files,
    read_pair,
)
from warehouse.clock import Clock

SILENCE_SECONDS = 65.0
CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
POLL_SECONDS = 1.0  # so often a reader shows that it lives, and looks whether it is to stop
LONGEST_BACKOFF_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
REFUSED_SECONDS = 300.0

_EXPIRY_TOLERANCE = timedelta(seconds=1)  # the relay's clock and ours
_LARGEST_ANSWER = 65_536
_MOST_DOUBLINGS = 5  # reach the longest backoff; after a night's outage a power would overflow
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_PERMANENT_TEXTS = ("token invalid", "aud")

Dial = Callable[[SplitResult], socket.socket]
"""Opens a connected socket to the host of an address, with TLS for https and wss."""


class AccessError(Exception):
    """No connection came about."""

    def __init__(self, reason_code: str, detail: str, *, is_permanent: bool) -> None:
        """Say why, and whether to try again is of no use until a file changes."""
        super().__init__(f"{reason_code}: {detail}")
        self.reason_code, self.detail, self.is_permanent = reason_code, detail, is_permanent


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection was made; answers are sent on its `link`."""

    connection_id: str
    at: datetime
    token_expires_at: datetime | None
    link: websocket.WebSocket


@dataclass(frozen=True, slots=True)
class FrameHeard:
    """A frame came."""

    connection_id: str
    frame_no: int
    payload: bytes
    is_binary: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Alive:
    """A ping came, or a second passed: with or without a connection."""

    at: datetime
    last_heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Disconnected:
    """A connection ended."""

    connection_id: str
    at: datetime
    last_heard_at: datetime | None
    reason_code: str  # silent, closed, socket_error, token_expired or stopped
    detail: str | None
    token_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A try to connect failed."""

    at: datetime
    reason_code: str  # refused, handshake_failed or socket_error
    detail: str
    is_permanent: bool
    token_expires_at: datetime | None


Heard = Connected | FrameHeard | Alive | Disconnected | Refused


def dial(address: SplitResult) -> socket.socket:
    """Open a socket over the network."""
    host, port = address.hostname or "", address.port or _PORTS[address.scheme]
    opened = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    if address.scheme in {"https", "wss"}:
        opened = ssl.create_default_context().wrap_socket(opened, server_hostname=host)
    return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a topic is heard: at the relay with credentials, or at the session host."""

    stream: str
    kind: str = "log"  # log, or data for the hardware
    credentials_path: Path | None = None  # relay mode
    host_url: str | None = None  # host mode; {stream} becomes the stream's name
    dial: Dial = dial
    clock: Clock = field(default_factory=Clock)

    @property
    def topic(self) -> str:
        """The topic's name."""
        return f"{self.stream}-{self.kind}"

    def credentials(self) -> Credentials | None:
        """The pair as it is on disk now, or None in host mode.

        Raises:
            CredentialsError: It cannot be read.
        """
        if self.credentials_path is None:
            return None
        return read_pair(self.credentials_path, self.stream, self.kind)

    def state(self) -> tuple[tuple[int, int, int] | None, ...]:
        """What changes when one of the pair's files changes."""
        if self.credentials_path is None:
            return ()
        return tuple(
            _state(file) for file in pair_files(self.credentials_path, self.stream, self.kind)
        )

    def connect(self, credentials: Credentials | None) -> websocket.WebSocket:
        """Ask for access, where that is needed, and connect.

        Raises:
            AccessError: Neither or only one of them worked.
        """
        if credentials is not None:
            uri = _access_uri(credentials, self.dial, self.clock)
        else:
            uri = (self.host_url or "").replace("{stream}", self.stream)
        return _opened(uri, self.dial, self.clock)


def follow(source: Source, stop: threading.Event) -> Iterator[Heard]:
    """Follow a topic until stopped, through any number of connections.

    Args:
        source: Where it is heard.
        stop: Ends it, within a second.

    Yields:
        What happened, as it happened; something at least every second, except while a connection
        is being made (25 s at most).
    """
    clock, failures = source.clock, 0
    while not stop.is_set():
        state, expires_at = source.state(), None
        try:
            credentials = source.credentials()
            expires_at = credentials.expires_at if credentials else None
            link = source.connect(credentials)
        except (AccessError, CredentialsError) as error:
            refused = _refusal(error, clock.now(), expires_at)
            yield refused
            failures += 1
            wait = REFUSED_SECONDS if refused.is_permanent else _backoff(failures)
        else:
            since, last_heard_at = clock.now(), None
            for heard in _listen(link, clock, stop, since, expires_at):
                if isinstance(heard, Disconnected):
                    last_heard_at = heard.last_heard_at
                yield heard
            was_healthy = last_heard_at and last_heard_at - since >= timedelta(
                seconds=HEALTHY_SECONDS
            )
            failures = 1 if was_healthy else failures + 1
            wait = _backoff(failures)
        yield from _wait(source, stop, wait, state)


def _wait(
    source: Source,
    stop: threading.Event,
    seconds: float,
    state: tuple[tuple[int, int, int] | None, ...],
) -> Iterator[Heard]:
    """Wait, but not on after a credentials file changed."""
    clock = source.clock
    until = clock.monotonic() + seconds
    while not stop.is_set() and source.state() == state and clock.monotonic() < until:
        yield Alive(clock.now(), None)
        stop.wait(clock.real(min(POLL_SECONDS, max(until - clock.monotonic(), 0))))


def _backoff(failures: int) -> float:
    doublings = min(failures - 1, _MOST_DOUBLINGS)
    longest: float = min(LONGEST_BACKOFF_SECONDS, 2.0**doublings)
    return longest * random.uniform(0.5, 1.5)  # noqa: S311 spreads clients, guards nothing


def _refusal(error: Exception, at: datetime, expires_at: datetime | None) -> Refused:
    if isinstance(error, AccessError):
        return Refused(at, error.reason_code, error.detail, error.is_permanent, expires_at)
    return Refused(at, "refused", str(error), is_permanent=True, token_expires_at=expires_at)


def _listen(
    link: websocket.WebSocket,
    clock: Clock,
    stop: threading.Event,
    at: datetime,
    expires_at: datetime | None,
) -> Iterator[Heard]:
    connection_id, frame_no = str(uuid.uuid4()), 0
    last_heard_at: datetime | None = None
    last_heard = clock.monotonic()
    reason_code, detail = "stopped", None
    yield Connected(connection_id, at, expires_at, link)
    link.settimeout(clock.real(POLL_SECONDS))
    try:
        while not stop.is_set():
            try:
                opcode, frame = link.recv_data_frame(control_frame=True)
            except websocket.WebSocketTimeoutException:
                if clock.monotonic() - last_heard >= SILENCE_SECONDS:
                    reason_code = "silent"
                    break
                yield Alive(clock.now(), last_heard_at)
                continue
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                reason_code, detail = "closed", "with a close frame"
                break
            last_heard, last_heard_at = clock.monotonic(), clock.now()
            if opcode in {websocket.ABNF.OPCODE_TEXT, websocket.ABNF.OPCODE_BINARY}:
                frame_no += 1
                is_binary = opcode == websocket.ABNF.OPCODE_BINARY
                yield FrameHeard(connection_id, frame_no, frame.data, is_binary, last_heard_at)
            else:
                yield Alive(last_heard_at, last_heard_at)
    except websocket.WebSocketConnectionClosedException:
        reason_code, detail = "closed", "without a close frame"
    except (websocket.WebSocketException, OSError) as error:
        reason_code, detail = "socket_error", type(error).__name__
    finally:
        link.shutdown()  # type: ignore[no-untyped-call]
    now = clock.now()
    if (
        reason_code in {"closed", "socket_error"}
        and expires_at
        and now + _EXPIRY_TOLERANCE >= expires_at
    ):
        reason_code = "token_expired"
    yield Disconnected(connection_id, now, last_heard_at, reason_code, detail, expires_at)


def _access_uri(credentials: Credentials, dial: Dial, clock: Clock) -> str:
    """Ask for access; the answer is an address with a code that works once."""
    address = urlsplit(credentials.access_url)
    if not (address.scheme == "https" or (address.scheme == "http" and is_loopback(address))):
        raise AccessError("refused", "the access address is not https", is_permanent=True)
    try:
        status, body = _post(address, credentials.token.reveal(), dial, clock)
    except (OSError, http.client.HTTPException) as error:
        raise AccessError("socket_error", type(error).__name__, is_permanent=False) from None
    if status != http.HTTPStatus.OK:
        known = [text for text in _PERMANENT_TEXTS if text in body]
        is_outage = status == http.HTTPStatus.TOO_MANY_REQUESTS or (
            status >= http.HTTPStatus.INTERNAL_SERVER_ERROR and not known
        )
        detail = " ".join([str(status), *known[:1]])
        raise AccessError("refused", detail, is_permanent=not is_outage)
    try:
        uri = json.loads(body)["uri"]
        parts = urlsplit(uri)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise AccessError("refused", "an answer without address", is_permanent=True) from None
    if not (parts.scheme == "wss" or (parts.scheme == "ws" and is_loopback(parts))):
        raise AccessError("refused", "the stream's address is not wss", is_permanent=True)
    return str(uri)


def _post(address: SplitResult, token: str, dial: Dial, clock: Clock) -> tuple[int, str]:
    """Post nothing, and follow no redirect: the token goes to this address alone."""
    opened = dial(address)
    opened.settimeout(clock.real(READ_SECONDS))
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    connection.sock = opened
    try:
        path = f"{address.path or '/'}{'?' if address.query else ''}{address.query}"
        connection.request("POST", path, headers={"Authorization": token, "Content-Length": "0"})
        response = connection.getresponse()
        return response.status, response.read(_LARGEST_ANSWER).decode(errors="replace")
    finally:
        connection.close()


def _opened(uri: str, dial: Dial, clock: Clock) -> websocket.WebSocket:
    link = websocket.WebSocket(skip_utf8_validation=True, enable_multithread=True)
    try:
        opened = dial(urlsplit(uri))
    except (OSError, KeyError, ValueError) as error:
        raise AccessError("socket_error", type(error).__name__, is_permanent=False) from None
    opened.settimeout(clock.real(READ_SECONDS))
    try:
        link.connect(  # type: ignore[no-untyped-call]
            uri, socket=opened, suppress_origin=True, redirect_limit=0
        )
    except (websocket.WebSocketException, OSError, ValueError) as error:
        opened.close()
        status = getattr(error, "status_code", None)  # no other text: it may hold the code
        detail = f"{type(error).__name__} {status}" if status else type(error).__name__
        raise AccessError("handshake_failed", detail, is_permanent=False) from None
    return link


def is_loopback(address: SplitResult) -> bool:
    """Whether an address is this machine's own."""
    host = address.hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
