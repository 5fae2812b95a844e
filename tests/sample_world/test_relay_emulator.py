"""The emulator shows what was measured of the relay, the access server and the session host."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.sync.client import ClientConnection, connect, unix_connect

from sample_world.relay_emulator import RelayEmulator, make_token, read_token

pytestmark = pytest.mark.enable_socket

FACTOR = 60.0  # a minute takes a second


@pytest.fixture
def relay() -> Iterator[RelayEmulator]:
    with RelayEmulator(clock_factor=FACTOR) as emulator:
        yield emulator


def ask(url: str, token: str | None, method: str = "POST", body: bytes = b"") -> tuple[int, Any]:
    request = urllib.request.Request(url, data=body, method=method)  # noqa: S310 (loopback only)
    if token is not None:
        request.add_header("Authorization", token)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (loopback only)
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def join(relay: RelayEmulator, stream: str = "spin30", **claims: Any) -> ClientConnection:
    _, answer = ask(relay.access_url(stream), relay.token(stream, **claims))
    return open_socket(answer["uri"])


def open_socket(uri: str) -> ClientConnection:
    return connect(uri, ping_interval=None, close_timeout=0.1, max_size=None)


def everything(client: ClientConnection, seconds: float = 0.5) -> list[str]:
    frames = []
    try:
        while True:
            frames.append(str(client.recv(timeout=seconds)))
    except TimeoutError:
        return frames


def seconds_until_end(client: ClientConnection) -> float:
    """On the relay's clock; the end must come without a close frame."""
    began = time.monotonic()
    with pytest.raises(ConnectionClosedError) as caught:
        client.recv(timeout=20)
    assert caught.value.rcvd is None
    return (time.monotonic() - began) * FACTOR


@pytest.mark.parametrize(
    ("token", "status", "text"),
    [
        (lambda relay: None, 401, "unauthenticated"),
        (lambda relay: "Bearer " + relay.token("spin30"), 500, "token invalid"),
        (lambda relay: relay.token("spin30")[:-4] + "AAAA", 500, "token invalid"),
        (lambda relay: relay.token("spin30", lives=-1.0), 500, "token invalid"),
        (lambda relay: relay.token("spin30", aud="https://x"), 500, "does not match"),
        (lambda relay: relay.token("spin31"), 401, "Token Wrong Topic"),
        (lambda relay: relay.token("spin30", booking_id=""), 400, "bookingID"),
    ],
)
def test_access_refuses_as_the_real_one_does(
    relay: RelayEmulator, token: Any, status: int, text: str
) -> None:
    got, answer = ask(relay.access_url("spin30"), token(relay))
    assert got == status
    assert text in json.dumps(answer)


def test_access_can_be_told_to_fail(relay: RelayEmulator) -> None:
    relay.refuse(429, times=2)
    token = relay.token("spin30")
    answers = [ask(relay.access_url("spin30"), token)[0] for _ in range(3)]
    assert answers == [429, 429, 200]


def test_a_long_token_without_booking_is_good_where_allowed() -> None:
    with RelayEmulator(allows_no_booking_id=True) as relay:
        token = relay.token("spin30", booking_id="")
        assert ask(relay.access_url("spin30"), token)[0] == 200


def test_a_token_is_read_back_only_with_its_key() -> None:
    token = make_token({"topic": "spin30-log"}, "one")
    assert read_token(token, "one") == {"topic": "spin30-log"}
    assert read_token(token, "two") is None


def test_everybody_but_the_sender_hears_a_message(relay: RelayEmulator) -> None:
    with join(relay) as first, join(relay) as second, join(relay, "spin31") as other:
        first.send("hello")
        assert second.recv(timeout=5) == "hello"
        assert everything(first, 0.2) == []
        assert everything(other, 0.2) == []
        assert relay.received("spin30-log") == ["hello"]


def test_with_a_gap_each_message_has_its_frame(relay: RelayEmulator) -> None:
    with join(relay) as client:
        relay.burst("spin30-log", [f'{{"n":{n}}}' for n in range(100)], gap_seconds=0.001)
        assert everything(client) == [f'{{"n":{n}}}' for n in range(100)]
        assert relay.lost_count("spin30-log") == 0


def test_a_gapless_burst_is_glued_and_loses_a_quarter(relay: RelayEmulator) -> None:
    with join(relay) as client:
        relay.burst("spin30-log", [f'{{"n":{n}}}' for n in range(2000)])
        frames = everything(client)
        assert max(frame.count("{") for frame in frames) == 128
        kept = [int(part[5:]) for part in "".join(frames).split("}")[:-1]]
        assert kept == sorted(set(kept))
        assert 1400 <= len(kept) <= 1600
        assert relay.lost_count("spin30-log") == 2000 - len(kept)
        assert len(relay.delivered("spin30-log")) == len(kept)


def test_a_code_works_once_and_its_reuse_is_deaf(relay: RelayEmulator) -> None:
    _, answer = ask(relay.access_url("spin30"), relay.token("spin30"))
    with open_socket(answer["uri"]) as good, open_socket(answer["uri"]) as deaf:
        relay.publish("spin30-log", "hello")
        assert good.recv(timeout=5) == "hello"
        assert 95 < seconds_until_end(deaf) < 130


def test_an_old_code_is_swept(relay: RelayEmulator) -> None:
    _, answer = ask(relay.access_url("spin30"), relay.token("spin30"))
    time.sleep(95 / FACTOR)
    with open_socket(answer["uri"]) as deaf:
        relay.publish("spin30-log", "hello")
        assert everything(deaf, 0.3) == []


def test_a_client_that_answers_pings_stays(relay: RelayEmulator) -> None:
    with join(relay) as client:
        assert everything(client, 150 / FACTOR) == []
        relay.publish("spin30-log", "hello")
        assert client.recv(timeout=5) == "hello"


def test_a_token_that_expires_ends_the_connection_at_its_second(relay: RelayEmulator) -> None:
    with join(relay, lives=40.0) as client:
        assert 20 < seconds_until_end(client) < 45


def test_a_cancelled_booking_ends_and_is_refused(relay: RelayEmulator) -> None:
    with join(relay) as client:
        relay.deny("booking-spin30")
        assert seconds_until_end(client) < 30
    assert ask(relay.access_url("spin30"), relay.token("spin30"))[0] == 400


def test_drops_come_without_a_close_frame(relay: RelayEmulator) -> None:
    with join(relay) as client:
        relay.drop("spin30-log")
        assert seconds_until_end(client) < 30


def test_a_stalled_connection_is_silent_and_overflows(relay: RelayEmulator) -> None:
    with join(relay) as client:
        relay.stall("spin30-log")
        relay.burst("spin30-log", [str(n) for n in range(200)])
        assert everything(client, 0.2) == []
        relay.stall("spin30-log", is_stalled=False)
        assert client.recv(timeout=5) == "".join(str(n) for n in range(128))


def test_a_frame_is_sent_exactly_as_told(relay: RelayEmulator) -> None:
    with join(relay) as client:
        relay.publish_frame("spin30-log", b'{"a":1}{"b"')
        relay.publish_frame("spin30-log", b"\x00\x01", is_binary=True)
        assert client.recv(timeout=5) == '{"a":1}{"b"'
        assert client.recv(timeout=5) == b"\x00\x01"


def test_more_than_ten_megabytes_close(relay: RelayEmulator) -> None:
    with join(relay) as client:
        with suppress(ConnectionClosed, OSError):  # cut off while sending, or right after
            client.send("x" * 10_000_001)
        with pytest.raises((ConnectionClosed, OSError)):
            client.recv(timeout=5)


def test_a_restart_forgets_codes_and_keeps_the_port(relay: RelayEmulator) -> None:
    port = relay.port
    with join(relay) as client:
        _, answer = ask(relay.access_url("spin30"), relay.token("spin30"))
        relay.restart()
        assert seconds_until_end(client) < 30
        assert relay.port == port
    with open_socket(answer["uri"]) as deaf:
        relay.publish("spin30-log", "hello")
        assert everything(deaf, 0.3) == []
    with join(relay) as client:
        relay.publish("spin30-log", "again")
        assert client.recv(timeout=5) == "again"


def test_a_socket_pair_leads_in_without_a_network() -> None:
    with RelayEmulator(has_network=False) as relay:
        raw = relay.connect()
        raw.sendall(
            b"POST /session/spin30-log HTTP/1.1\r\nContent-Length: 0\r\n"
            b"Authorization: " + relay.token("spin30").encode() + b"\r\n\r\n"
        )
        answer = b""
        while part := raw.recv(4096):
            answer += part
        uri = json.loads(answer.partition(b"\r\n\r\n")[2])["uri"]
        with unix_connect(uri=uri, sock=relay.connect(), ping_interval=None) as client:
            relay.publish("spin30-log", "hello")
            assert client.recv(timeout=5) == "hello"


def rule(relay: RelayEmulator, name: str = "spin30", **claims: Any) -> bytes:
    token = relay.token("spin30", **claims)
    destination = relay.access_url("spin30")
    written = {"stream": "spin30", "destination": destination, "id": name, "token": token}
    return json.dumps(written).encode()


def test_the_session_host_hands_the_topic_on_and_back(relay: RelayEmulator) -> None:
    assert ask(f"{relay.origin}/healthcheck", None, "GET")[0] == 200
    ask(f"{relay.origin}/api/destinations", None, body=rule(relay))
    with open_socket(relay.host_url("spin30")) as client, join(relay) as page:
        time.sleep(0.1)
        page.send("question")
        assert client.recv(timeout=5) == "question"
        client.send("answer")
        assert page.recv(timeout=5) == "answer"


def test_rules_have_their_quirks(relay: RelayEmulator) -> None:
    rules = f"{relay.origin}/api/destinations"
    ask(rules, None, body=rule(relay))
    ask(rules, None, body=rule(relay))
    status, listed = ask(f"{rules}/all", None, "GET")
    assert status == 200
    assert list(listed) == ["spin30"]
    assert listed["spin30"]["token"].count(".") == 2  # in clear
    assert relay.posted_rules() == ["spin30", "spin30"]
    assert ask(f"{rules}/all", None, "DELETE")[0] == 200
    assert ask(f"{rules}/nobody", None, "DELETE")[0] == 200
    assert list(ask(f"{rules}/all", None, "GET")[1]) == ["spin30"]
    assert ask(f"{rules}/spin30", None, "DELETE")[0] == 200
    assert ask(f"{rules}/all", None, "GET")[1] == {}


def test_an_expired_rule_leaves_the_local_connection_up_and_silent(relay: RelayEmulator) -> None:
    ask(f"{relay.origin}/api/destinations", None, body=rule(relay, lives=20.0))
    with open_socket(relay.host_url("spin30")) as client:
        time.sleep(25 / FACTOR)
        relay.publish("spin30-log", "lost")
        assert everything(client, 0.3) == []
        relay.publish("spin30", "local")
        assert client.recv(timeout=5) == "local"


def test_a_gapless_burst_through_the_host_loses_a_sixth(relay: RelayEmulator) -> None:
    with open_socket(relay.host_url("spin30")) as client:
        relay.burst("spin30", [f"{n}." for n in range(2000)])
        frames = everything(client)
        assert 1600 <= len(frames) <= 1750
        assert all(frame.count(".") == 1 for frame in frames)


@pytest.mark.parametrize(("gap", "least", "most"), [(0.0, 40, 90), (0.002, 200, 200)])
def test_answers_without_a_gap_are_lost_in_the_host(
    relay: RelayEmulator, gap: float, least: int, most: int
) -> None:
    ask(f"{relay.origin}/api/destinations", None, body=rule(relay))
    with open_socket(relay.host_url("spin30")) as client:
        time.sleep(0.1)
        for n in range(200):
            client.send(str(n))
            time.sleep(gap)
        time.sleep(0.3)
        assert least <= len(relay.received("spin30-log")) <= most


def test_a_parted_pair_does_not_hear_each_other(relay: RelayEmulator) -> None:
    with (
        open_socket(relay.host_url("spin30")) as first,
        open_socket(relay.host_url("spin30")) as second,
        open_socket(relay.host_url("spin30")) as third,
    ):
        relay.part_pair("spin30")
        first.send("hello")
        assert third.recv(timeout=5) == "hello"
        assert everything(second, 0.2) == []
