"""The relay, its access server and the session host in one process, with their measured faults.

One loopback port (or, without any network, a socket pair from `connect`) serves all three:

    POST /session/{topic}                     access: a token becomes an address that works once
    GET  /session/{topic}?code=…              the relay's websocket
    GET  /ws/{stream}                         the session host's websocket
    GET|POST|DELETE /api/destinations…        the session host's rules;  GET /healthcheck

Every time span runs `clock_factor` times faster than on the wall, so that a test waits seconds
where the relay takes minutes. The faults are made, not awaited: what is lost in a burst is the
share that was measured, whatever the speed of the machine.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import json
import socket
import struct
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

TEST_KEY: Final = "only-for-tests"
PING_SECONDS: Final = 54.0
PONG_SECONDS: Final = 60.0
CODE_SECONDS: Final = 30.0
SWEEP_SECONDS: Final = 60.0
DEAF_SECONDS: Final = 104.0
QUEUE_MESSAGES: Final = 128
LARGEST_MESSAGE: Final = 10_000_000
RETRY_SECONDS: Final = (1.0, 2.0, 4.0, 8.0, 10.0)

GAPLESS_SECONDS: Final = 0.001
"""What follows within it comes without a gap. On the wall, not on the emulator's clock."""

BURST_ROUND: Final = 171
"""Messages that reach the relay's queue while it writes one frame: 128 of them are kept."""

HANDOVER_ROUND: Final = 6
"""Of so many gapless messages the session host hands all but one over."""

OUTGOING_ROUND, OUTGOING_QUEUE = 8, 2
"""Of so many gapless answers through the session host, so many leave."""

OUTGOING_CROWD: Final = 12
"""So many answers within as many milliseconds are gapless; fewer may only seem so."""

_TEXT, _BINARY, _CLOSE, _PING, _PONG = 1, 2, 8, 9, 10
_ACCEPT_KEY: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_REASONS: Final = {
    101: "Switching Protocols",
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Clock:
    """Runs faster than the wall."""

    factor: float = 1.0
    started_at: float = field(default_factory=time.time)
    began: float = field(default_factory=time.monotonic)

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.started_at + (time.monotonic() - self.began) * self.factor

    def on_wall(self, seconds: float) -> float:
        """How long a span takes on the wall."""
        return seconds / self.factor


def make_token(claims: dict[str, Any], key: str = TEST_KEY) -> str:
    """A signed token.

    Args:
        claims: What it says.
        key: What it is signed with (HS256).

    Returns:
        Three parts with dots between.
    """
    head = _encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = _encode(json.dumps(claims).encode())
    return f"{head}.{body}.{_encode(_sign(f'{head}.{body}', key))}"


def read_token(token: str, key: str = TEST_KEY) -> dict[str, Any] | None:
    """What a token says, or None when its signature is not ours."""
    try:
        signed, signature = token.rsplit(".", 1)
        if not hmac.compare_digest(_decode(signature), _sign(signed, key)):
            return None
        claims = json.loads(_decode(signed.split(".")[1]))
    except (ValueError, IndexError, binascii.Error):
        return None
    return claims if isinstance(claims, dict) else None


@dataclass(slots=True, eq=False)
class _Link:
    """One participant of a topic or of a local stream."""

    number: int
    room: str  # topic of the relay, or stream of the session host
    expires_at: float = float("inf")
    booking_id: str = ""
    can_read: bool = True
    can_write: bool = True
    stream: str | None = None  # of the session host, whose link to the relay this is
    is_local: bool = False  # a client of the session host
    is_stalled: bool = False
    deaf_since: float | None = None
    heard_at: float = 0.0
    queue: deque[str] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    writer: asyncio.StreamWriter | None = None  # none: the session host's own link to the relay
    unheard: set[int] = field(default_factory=set)  # links that it does not hear
    sent_at: deque[float] = field(default_factory=lambda: deque(maxlen=OUTGOING_CROWD))
    gapless: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_deaf(self) -> bool:
        return self.deaf_since is not None


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: Any


class RelayEmulator:
    """Access server, relay and session host, until the `with` block ends.

    All methods may be called from any thread.
    """

    def __init__(
        self,
        *,
        clock_factor: float = 1.0,
        has_network: bool = True,
        allows_no_booking_id: bool = False,
    ) -> None:
        """Set up.

        Args:
            clock_factor: How many times faster than the wall all spans run.
            has_network: Whether to listen on a loopback port; without, only `connect` leads in.
            allows_no_booking_id: Whether tokens without booking are good.
        """
        self.clock = Clock(clock_factor)
        self.port = 0
        self._has_network = has_network
        self._allows_no_booking_id = allows_no_booking_id
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._server: asyncio.Server | None = None
        self._numbers = count(1)
        self._relay: dict[str, list[_Link]] = defaultdict(list)
        self._host: dict[str, list[_Link]] = defaultdict(list)
        self._codes: dict[str, tuple[dict[str, Any], float]] = {}
        self._tokens: list[str] = []
        self._codes_given: list[str] = []
        self._repeats = 0
        self._swept_at = self.clock.now()
        self._denied: set[str] = set()
        self._refusals: deque[_Answer] = deque()
        self._rules: dict[str, tuple[dict[str, Any], asyncio.Task[None]]] = {}
        self._delivered: dict[str, list[str]] = defaultdict(list)
        self._received: dict[str, list[str]] = defaultdict(list)
        self._lost: dict[str, int] = defaultdict(int)
        self._posts: list[str] = []
        self._serving: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        if self._has_network:
            self._call(self._listen(0))
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    # Addresses and tokens

    @property
    def origin(self) -> str:
        """Where all of it is reached."""
        return f"http://127.0.0.1:{self.port}"

    def access_url(self, stream: str) -> str:
        """Where a token of a stream's logging topic becomes an address."""
        return f"{self.origin}/session/{stream}-log"

    def host_url(self, stream: str) -> str:
        """The session host's local address of a stream."""
        return f"ws://127.0.0.1:{self.port}/ws/{stream}"

    def token(self, stream: str, *, lives: float = 3600.0, **claims: Any) -> str:  # noqa: ANN401 (passed on as it is)
        """A token for a stream's logging topic.

        Args:
            stream: The unit.
            lives: Seconds until it expires, on the emulator's clock.
            claims: What it says instead of the usual.

        Returns:
            The token, good unless the claims make it bad.
        """
        now = int(self.clock.now())
        usual = {
            "topic": f"{stream}-log",
            "prefix": "session",
            "scopes": ["read", "write"],
            "aud": self.origin,
            "exp": self.clock.now() + lives,
            "nbf": now - 1,
            "iat": now - 1,
            "booking_id": f"booking-{stream}",
        }
        made = make_token({**usual, **claims})
        self._tokens.append(made)
        return made

    def write_credentials(self, folder: Path, streams: Iterable[str], **claims: Any) -> None:  # noqa: ANN401 (passed on as it is)
        """Write the pairs of access and token file that a laboratory hands out, each file whole."""
        folder.mkdir(parents=True, exist_ok=True)
        for stream in streams:
            for name, content in (
                (f"log.access.{stream}", self.access_url(stream)),
                (f"log.token.{stream}", self.token(stream, **claims)),
            ):
                unfinished = folder / f".{name}"
                unfinished.write_text(f"{content}\n")
                unfinished.replace(folder / name)

    def connect(self) -> socket.socket:
        """A socket that leads in without a network.

        Returns:
            The client's end of a socket pair, on which HTTP and websockets are spoken.
        """
        ours, theirs = socket.socketpair()

        async def adopt() -> None:
            await self._accept(*await asyncio.open_connection(sock=ours))

        ours.setblocking(False)
        self._call(adopt())
        return theirs

    # What was seen

    def delivered(self, room: str) -> list[str]:
        """Texts handed to the sockets of a topic or a local stream, in order, each socket's own."""
        return list(self._delivered[room])

    def received(self, room: str) -> list[str]:
        """Texts that participants sent to a topic, in order."""
        return list(self._received[room])

    def lost_count(self, room: str) -> int:
        """Messages that overflowed, once for each participant that missed one."""
        return self._lost[room]

    def connection_count(self, room: str) -> int:
        """Participants that hear a topic or local stream now; deaf ones are none."""
        links = [*self._relay[room], *self._host[room]]
        return sum(link.writer is not None and not link.is_deaf for link in links)

    def issued(self) -> list[str]:
        """Tokens and codes that were given out, which nobody is to tell."""
        return [*self._tokens, *self._codes_given]

    def posted_rules(self) -> list[str]:
        """Ids of the rules that were posted, in order."""
        return list(self._posts)

    # Script

    def publish(self, room: str, *texts: str) -> None:
        """Send messages to a topic, or to a stream of the session host, each with a gap."""
        self.burst(room, texts, gap_seconds=0.0015)

    def burst(self, room: str, texts: Iterable[str], gap_seconds: float = 0.0) -> None:
        """Send messages one after the other.

        Args:
            room: Topic (`spin30-log`) or stream of the session host (`spin30`).
            texts: The messages.
            gap_seconds: Between two of them, on the wall; below a millisecond messages are lost.
        """
        self._call(self._burst(room, list(texts), gap_seconds), timeout=600.0)

    def publish_frame(self, room: str, payload: bytes, *, is_binary: bool = False) -> None:
        """Send one frame exactly so: garbled, split, glued by hand, or binary."""
        self._call(self._publish_frame(room, payload, _BINARY if is_binary else _TEXT))

    def drop(self, room: str) -> None:
        """End all connections of a topic or local stream, without a close frame."""
        self._call(self._each(room, self._end))

    def stall(self, room: str, *, is_stalled: bool = True) -> None:
        """Neither read nor write any more: a connection that is half open. Or go on."""

        def stall(link: _Link) -> None:
            link.is_stalled = is_stalled
            link.wake.set()

        self._call(self._each(room, stall))

    def deafen(self, room: str) -> None:
        """Let connections stay and hear nothing: no message and no ping."""

        def deafen(link: _Link) -> None:
            link.deaf_since = self.clock.now()

        self._call(self._each(room, deafen))

    def part_pair(self, stream: str) -> None:
        """Let the two oldest clients of the session host's stream no longer hear each other."""

        async def part() -> None:
            first, second = [link for link in self._host[stream] if link.writer][:2]
            first.unheard.add(second.number)
            second.unheard.add(first.number)

        self._call(part())

    def deny(self, booking_id: str) -> None:
        """Cancel a booking: its connections end, and its tokens are refused."""

        async def deny() -> None:
            self._denied.add(booking_id)
            for links in self._relay.values():
                for link in [link for link in links if link.booking_id == booking_id]:
                    self._end(link)

        self._call(deny())

    def refuse(self, status: int, message: str = "", times: int = 1) -> None:
        """Answer the next requests for access with this instead."""
        body = {"code": str(status), "message": message}
        self._refusals.extend([_Answer(status, body)] * times)

    def repeat_code(self, times: int = 1) -> None:
        """Answer the next requests for access with the code that was given out last, as a cache."""
        self._repeats += times

    def restart(self, down_seconds: float = 0.0) -> None:
        """Stop and start again, on the same port: codes, connections and rules are gone.

        Args:
            down_seconds: How long nothing listens, on the emulator's clock.
        """

        async def restart() -> None:
            await self._stop()
            self._codes.clear()
            await asyncio.sleep(self.clock.on_wall(down_seconds))
            if self._has_network:
                await self._listen(self.port)

        self._call(restart(), timeout=60.0)

    # The servers

    def _call(self, work: Coroutine[Any, Any, None], timeout: float = 30.0) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    async def _listen(self, port: int) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        following = [task for _, task in self._rules.values()]
        self._rules.clear()
        for rooms in (self._relay, self._host):
            for link in [link for links in rooms.values() for link in links]:
                self._end(link)
        ending = [*self._serving, *following]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = self._loop.create_task(self._serve(reader, writer))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _read_request(reader)
            if "upgrade" in request.headers.get("connection", "").lower():
                await self._serve_websocket(request, reader, writer)
            else:
                answer = self._answer(request)
                writer.write(_response(answer.status, json.dumps(answer.body).encode()))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the other side is gone, which is its right
        finally:
            writer.close()

    def _answer(self, request: _Request) -> _Answer:  # noqa: PLR0911 - one return a route
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["session", topic]:
                return self._answer_access(topic, request.headers.get("authorization"))
            case "GET", ["healthcheck"]:
                return _Answer(200, "ok")  # says nothing of the link to the relay
            case "GET", ["api", "destinations", "all"]:
                return _Answer(200, {name: rule for name, (rule, _) in self._rules.items()})
            case "GET", ["api", "destinations", name]:
                return _Answer(200, self._rules[name][0] if name in self._rules else None)
            case "POST" | "PUT", ["api", "destinations"]:
                return self._add_rule(request.body)
            case "DELETE", ["api", "destinations", name]:
                if name in self._rules:  # "all" is taken for an id, which nobody has
                    self._rules.pop(name)[1].cancel()
                return _Answer(200, name)
        return _Answer(404, "404 page not found")

    def _answer_access(self, topic: str, header: str | None) -> _Answer:
        if self._refusals:
            return self._refusals.popleft()
        claims, refusal = self._check_token(topic, header)
        if refusal is not None:
            return refusal
        if self._repeats:
            self._repeats -= 1
            code = self._codes_given[-1]
        else:
            code = str(uuid4())
            self._codes_given.append(code)
            self._sweep()
            self._codes[code] = (claims, self.clock.now())
        return _Answer(200, {"uri": f"ws://127.0.0.1:{self.port}/session/{topic}?code={code}"})

    def _check_token(self, topic: str, header: str | None) -> tuple[dict[str, Any], _Answer | None]:
        claims = read_token(header or "")
        refusal = self._refusal(topic, header, claims)
        return (claims or {}), refusal

    def _refusal(  # noqa: PLR0911 - one return a refusal
        self, topic: str, header: str | None, claims: dict[str, Any] | None
    ) -> _Answer | None:
        if not header:
            message = "unauthenticated for invalid credentials"
            return _Answer(401, {"code": 401, "message": message})
        now = self.clock.now()
        if claims is None or not claims.get("nbf", 0) <= now < claims.get("exp", 0):
            return _Answer(500, {"code": 500, "message": "token invalid"})
        if claims.get("aud") != self.origin:
            message = f"aud {claims.get('aud')} does not match {self.origin}"
            return _Answer(500, {"code": 500, "message": message})
        if claims.get("topic") != topic:
            return _Answer(401, "Token Wrong Topic")
        booking = claims.get("booking_id", "")
        if not booking and not self._allows_no_booking_id:
            message = "empty bookingID field is not permitted"
            return _Answer(400, {"code": "400", "message": message})
        if booking in self._denied:
            message = "bookingID has been deny-listed, probably because the session was cancelled"
            return _Answer(400, {"code": "400", "message": message})
        return None

    def _sweep(self) -> None:
        now = self.clock.now()
        if now - self._swept_at >= SWEEP_SECONDS:
            self._swept_at += (now - self._swept_at) // SWEEP_SECONDS * SWEEP_SECONDS
            self._codes = {
                code: (claims, made_at)
                for code, (claims, made_at) in self._codes.items()
                if self._swept_at - made_at < CODE_SECONDS
            }

    async def _serve_websocket(
        self, request: _Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        match request.path.strip("/").split("/"):
            case ["session", topic]:
                link = self._admit(topic, request.query.get("code", [""])[0])
                rooms = self._relay
            case ["ws", stream]:
                link, rooms = _Link(next(self._numbers), stream, is_local=True), self._host
            case _:
                writer.write(_response(404, b""))
                return
        link.writer = writer
        link.heard_at = self.clock.now()
        if isinstance(writer.transport, asyncio.WriteTransport):
            writer.transport.set_write_buffer_limits(high=0)  # drained means handed to the kernel
        digest = hashlib.sha1(  # noqa: S324 - what the protocol asks for
            (request.headers.get("sec-websocket-key", "") + _ACCEPT_KEY).encode()
        ).digest()
        writer.write(_upgrade(base64.b64encode(digest).decode()))
        await writer.drain()
        rooms[link.room].append(link)
        link.tasks = [
            self._loop.create_task(work)
            for work in (self._write(link), self._keep_time(link), self._read(link, reader))
        ]
        try:
            await link.ended.wait()
        finally:
            for task in link.tasks:
                task.cancel()
            await asyncio.gather(*link.tasks, return_exceptions=True)

    def _admit(self, topic: str, code: str) -> _Link:
        self._sweep()
        claims, _ = self._codes.pop(code, ({}, 0.0))
        number = next(self._numbers)
        if claims.get("topic") != topic:
            return _Link(
                number, topic, deaf_since=self.clock.now()
            )  # the handshake succeeds, then silence
        return _Link(
            number,
            topic,
            expires_at=claims["exp"],
            booking_id=claims.get("booking_id", ""),
            can_read="read" in claims.get("scopes", ()),
            can_write="write" in claims.get("scopes", ()),
        )

    # One participant

    async def _write(self, link: _Link) -> None:
        """Glue all that is queued into one frame, and so on."""
        while True:
            await link.wake.wait()
            link.wake.clear()
            if link.is_stalled or link.is_deaf or not link.queue or link.writer is None:
                continue
            texts = list(link.queue)
            link.queue.clear()
            try:
                link.writer.write(_frame(_TEXT, "".join(texts).encode()))
                await link.writer.drain()
            except ConnectionError:
                self._end(link)
                return
            self._delivered[link.room].extend(texts)

    async def _keep_time(self, link: _Link) -> None:
        """Ping, miss pongs, and end what expires, at its second."""
        ping_at = self.clock.now() + PING_SECONDS
        while True:
            if link.deaf_since is None:
                ends_at = min(link.expires_at, link.heard_at + PONG_SECONDS)
            else:
                ends_at = min(link.expires_at, link.deaf_since + DEAF_SECONDS)
            now = self.clock.now()
            if now >= ends_at:
                self._end(link)
                return
            if now >= ping_at:
                ping_at += PING_SECONDS
                if not (link.is_deaf or link.is_stalled or link.writer is None):
                    link.writer.write(_frame(_PING, b""))
            await asyncio.sleep(self.clock.on_wall(min(ends_at, ping_at, now + 1.0) - now))

    async def _read(self, link: _Link, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                opcode, payload = await _read_message(reader)
                while link.is_stalled:
                    await asyncio.sleep(0.005)
                if link.writer is None or opcode == _CLOSE or len(payload) > LARGEST_MESSAGE:
                    if link.writer is not None and not link.is_deaf:
                        link.writer.write(_frame(_CLOSE, payload[:2]))
                    break
                if opcode == _PONG:
                    link.heard_at = self.clock.now()
                elif opcode == _PING and not link.is_deaf:
                    link.writer.write(_frame(_PONG, payload))
                elif opcode == _TEXT and link.can_write and not link.is_deaf:
                    self._hear(link, payload.decode(errors="replace"))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # gone without a word
        self._end(link)

    def _hear(self, link: _Link, text: str) -> None:
        """A participant said something."""
        if not link.is_local:
            self._received[link.room].append(text)
            self._offer(link.room, text, link)
            return
        now = time.monotonic()
        link.sent_at.append(now)
        is_crowd = now - link.sent_at[0] < OUTGOING_CROWD * GAPLESS_SECONDS
        is_gapless = is_crowd and len(link.sent_at) == link.sent_at.maxlen
        link.gapless = link.gapless + 1 if is_gapless else 0
        self._hand_over(link.room, text, link)
        if link.gapless % OUTGOING_ROUND >= OUTGOING_QUEUE:
            self._lost[link.room] += 1
            return
        for links in self._relay.values():
            for upstream in [each for each in links if each.stream == link.room]:
                if upstream.can_write:
                    self._received[upstream.room].append(text)
                    self._offer(upstream.room, text, upstream)

    def _offer(self, topic: str, text: str, sender: _Link | None) -> None:
        """Queue a message for everybody on the relay's topic but its sender."""
        for link in self._relay[topic]:
            if link is sender or not link.can_read or link.is_deaf:
                continue
            if len(link.queue) >= QUEUE_MESSAGES:
                self._lost[topic] += 1
                continue
            link.queue.append(text)
            link.wake.set()

    def _hand_over(self, stream: str, text: str, sender: _Link | None) -> None:
        """Give a message to everybody on the host's stream; who is busy misses it."""
        for link in self._host[stream]:
            if link is sender or (sender is not None and sender.number in link.unheard):
                continue
            if link.queue:
                self._lost[stream] += 1
                continue
            link.queue.append(text)
            link.wake.set()

    def _end(self, link: _Link) -> None:
        """End a connection as the relay does: without a close frame."""
        for rooms in (self._relay, self._host):
            if link in rooms[link.room]:
                rooms[link.room].remove(link)
        if link.writer is not None:
            link.writer.close()
        link.ended.set()

    # The session host's rules

    def _add_rule(self, body: bytes) -> _Answer:
        try:
            rule = json.loads(body)
            name, stream, destination = rule["id"], rule["stream"], rule["destination"]
        except (ValueError, KeyError, TypeError) as error:
            return _Answer(500, str(error))
        self._posts.append(name)
        if name == "deleteAll":  # the one that does
            for _, task in self._rules.values():
                task.cancel()
            self._rules.clear()
            return _Answer(200, rule)
        if name in self._rules:  # replaced, and its connection cut, even if nothing changed
            self._rules.pop(name)[1].cancel()
        topic = urlsplit(destination).path.rsplit("/", 1)[-1]
        work = self._follow_rule(stream, topic, rule.get("token", ""))
        self._rules[name] = (rule, self._loop.create_task(work))
        return _Answer(200, rule)

    async def _follow_rule(self, stream: str, topic: str, token: str) -> None:
        """Keep a link to the relay; what refuses it is retried for ever, and nobody is told."""
        failures = 0
        while True:
            claims, refusal = self._check_token(topic, token)
            if refusal is None:
                failures = 0
                await self._follow_topic(stream, topic, claims)
            wait = RETRY_SECONDS[min(failures, len(RETRY_SECONDS) - 1)]
            failures += 1
            await asyncio.sleep(self.clock.on_wall(wait))

    async def _follow_topic(self, stream: str, topic: str, claims: dict[str, Any]) -> None:
        link = _Link(
            next(self._numbers),
            topic,
            expires_at=claims["exp"],
            booking_id=f"{claims.get('booking_id', '')}",
            can_read="read" in claims.get("scopes", ()),
            can_write="write" in claims.get("scopes", ()),
            stream=stream,
        )
        self._relay[topic].append(link)
        try:
            while self.clock.now() < link.expires_at and not link.ended.is_set():
                left = self.clock.on_wall(link.expires_at - self.clock.now())
                try:
                    await asyncio.wait_for(link.wake.wait(), min(left, 0.05))
                except TimeoutError:
                    continue
                link.wake.clear()
                if link.queue and not link.is_stalled:
                    frame = "".join(link.queue)
                    link.queue.clear()
                    self._hand_over(stream, frame, None)
        finally:
            self._end(link)

    # Hooks

    async def _burst(self, room: str, texts: list[str], gap_seconds: float) -> None:
        is_host = not self._is_topic(room)
        for place, text in enumerate(texts, 1):
            if is_host:
                self._hand_over(room, text, None)
                is_heard = place % HANDOVER_ROUND != HANDOVER_ROUND - 1
            else:
                self._offer(room, text, None)
                is_heard = place % BURST_ROUND == 0
            if gap_seconds >= GAPLESS_SECONDS:
                await asyncio.sleep(gap_seconds)
            if is_heard or gap_seconds >= GAPLESS_SECONDS:
                await self._quiet(room)
        await self._quiet(room)

    async def _quiet(self, room: str) -> None:
        """Let the writers take what is queued; a stalled one takes nothing."""
        for _ in range(1000):
            links = [*self._relay[room], *self._host[room]]
            if not any(link.queue and not link.is_stalled for link in links):
                return
            await asyncio.sleep(0)

    async def _publish_frame(self, room: str, payload: bytes, opcode: int) -> None:
        for link in [*self._relay[room], *self._host[room]]:
            if link.writer is not None and not link.is_deaf:
                link.writer.write(_frame(opcode, payload))
                await link.writer.drain()

    async def _each(self, room: str, work: Callable[[_Link], None]) -> None:
        for link in [*self._relay[room], *self._host[room]]:
            work(link)

    def _is_topic(self, room: str) -> bool:
        return room.endswith(("-log", "-data"))


def _sign(text: str, key: str) -> bytes:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def _read_request(reader: asyncio.StreamReader) -> _Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {}
    for line in head[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length") or 0))
    address = urlsplit(target)
    return _Request(method, address.path, parse_qs(address.query), headers, body)


def _response(status: int, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _upgrade(accept: str) -> bytes:
    return (
        f"HTTP/1.1 101 {_REASONS[101]}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept}\r\n\r\n"
    ).encode()


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:  # noqa: PLR2004 - what follows is the length in two or eight bytes
        head = struct.pack("!BB", 0x80 | opcode, size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, size)
    return head + payload


async def _read_message(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """One message of a client, put together from its frames; one too large is cut."""
    whole, kind = b"", 0
    while True:
        first, second = await reader.readexactly(2)
        opcode, size = first & 0x0F, second & 0x7F
        if size >= 126:  # noqa: PLR2004 - as in _frame
            width, form = (2, "!H") if size == 126 else (8, "!Q")  # noqa: PLR2004 (written in the format)
            (size,) = struct.unpack(form, await reader.readexactly(width))
        mask = await reader.readexactly(4) if second & 0x80 else b""
        if size > LARGEST_MESSAGE:
            return _CLOSE, struct.pack("!H", 1009)
        payload = _unmask(await reader.readexactly(size), mask)
        if opcode >= _CLOSE:
            return opcode, payload
        whole, kind = whole + payload, opcode or kind
        if first & 0x80:
            return kind, whole


def _unmask(data: bytes, mask: bytes) -> bytes:
    if not mask or not data:
        return data
    repeated = (mask * (len(data) // 4 + 1))[: len(data)]
    joined = int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")
    return joined.to_bytes(len(data), "big")
