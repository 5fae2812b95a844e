"""Disturb a capture in every way that its stream, its disk and its machine may disturb it."""

import resource
import socket
import threading
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dlt_pipelines.connectors.spool_files import Row, spools
from flows import capture, stream_writer
from flows.capture import CaptureService
from flows.capture_health import capture_health
from flows.stream_sources import sources
from tests.faults.capture_lab import SCALE, TOPIC, Lab, Running, message, until
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings


def heard_by(systemd: socket.socket) -> bytes | None:
    try:
        return systemd.recv(99)
    except BlockingIOError:
        return None


def test_a_relay_that_starts_again_is_found_again(lab: Lab) -> None:
    with Running(lab):
        until(lab.is_connected)
        lab.relay.publish(TOPIC, message(1))
        lab.relay.restart(down_seconds=10)
        until(lab.is_connected)
        lab.relay.publish(TOPIC, message(2))
        until(lambda: len(lab.relay.delivered(TOPIC)) == 2)
        time.sleep(0.2)
    assert lab.texts() == [message(1), message(2)]
    refusals = {event for event in lab.events() if event[0] == "access_refused"}
    assert refusals <= {("access_refused", "socket_error")}  # while nothing listened
    names = [event for event in lab.events() if event[0] != "access_refused"]
    assert names == [
        ("process_started", None),
        ("connected", None),
        ("disconnected", "closed"),
        ("connected", None),
        ("disconnected", "stopped"),
        ("process_stopped", "stopped"),
    ]


def test_a_drop_without_close_frame_is_on_record_and_mended_within_two_seconds(lab: Lab) -> None:
    with Running(lab):
        until(lab.is_connected)
        lab.relay.drop(TOPIC)
        until(lambda: not lab.is_connected())
        until(lab.is_connected)
    dropped, again = [
        row
        for row in lab.rows("capture_events")
        if row["event_name"] in {"disconnected", "connected"}
    ][1:3]
    assert (dropped["reason_code"], dropped["detail"]) == ("closed", "without a close frame")
    assert again["event_at"] - dropped["event_at"] < timedelta(seconds=2 + SCALE * 0.3)


def test_a_link_that_went_deaf_is_left_after_65_seconds(lab: Lab) -> None:
    with Running(lab):
        until(lab.is_connected)
        lab.relay.publish(TOPIC, message(1))
        lab.relay.deafen(TOPIC)
        until(lab.is_connected)
    silent = next(row for row in lab.rows("capture_events") if row["reason_code"] == "silent")
    silence = silent["event_at"] - silent["last_heard_at"]
    assert timedelta(seconds=65) <= silence < timedelta(seconds=65 + SCALE * 0.3)
    assert lab.events()[1:4] == [
        ("connected", None),
        ("disconnected", "silent"),
        ("connected", None),
    ]


def test_a_code_that_was_used_before_is_left_in_silence_and_not_used_again(lab: Lab) -> None:
    def connections(rows: Iterable[Row] | None = None) -> list[Row]:
        names = {"connected", "disconnected"}
        found = [row for _, row in lab.spooled()] if rows is None else rows
        return [row for row in found if row.get("event_name") in names]

    with Running(lab):
        until(lab.is_connected)
        lab.relay.repeat_code()
        lab.relay.drop(TOPIC)
        until(lambda: len(connections()) == 3)
        until(lambda: lab.status()["state"] == "connected")
        assert not lab.is_connected()  # as far as the relay knows
        until(lab.is_connected)
        lab.relay.publish(TOPIC, message(1))
        until(lambda: message(1) in {row.get("raw_text") for _, row in lab.spooled()})
    assert lab.events()[1:6] == [
        ("connected", None),
        ("disconnected", "closed"),
        ("connected", None),
        ("disconnected", "silent"),
        ("connected", None),
    ]
    deaf, again = connections(lab.rows("capture_events"))[3:5]
    assert deaf["last_heard_at"] is None
    assert again["event_at"] - deaf["event_at"] < timedelta(seconds=45 + SCALE * 0.3)
    tokens = [secret for secret in lab.relay.issued() if secret.count(".") == 2]
    assert len(lab.relay.issued()) - len(tokens) == 2  # codes: of the first connection and the last


def test_a_booking_that_is_cancelled_ends_the_connection_and_refuses_the_next(lab: Lab) -> None:
    with Running(lab):
        until(lab.is_connected)
        lab.relay.deny("booking-spin30")
        until(lambda: lab.status()["state"] == "refused")
        lab.relay.write_credentials(lab.credentials, ["spin30"], booking_id="another")
        until(lab.is_connected, seconds=4)
    refused = next(
        row for row in lab.rows("capture_events") if row["event_name"] == "access_refused"
    )
    assert (refused["reason_code"], refused["detail"]) == ("refused", "400")
    assert lab.events()[1:5] == [
        ("connected", None),
        ("disconnected", "closed"),
        ("access_refused", "refused"),
        ("connected", None),
    ]


def test_an_expired_token_is_refused_until_its_file_is_renewed(lab: Lab) -> None:
    lab.relay.write_credentials(lab.credentials, ["spin30"], lives=60.0)
    with Running(lab):
        until(lab.is_connected)
        until(lambda: lab.status()["state"] == "refused")
        lab.relay.write_credentials(lab.credentials, ["spin30"])
        until(lab.is_connected, seconds=4)  # at once, and not after the five minutes
    names = [name for name in lab.events() if name[0] != "process_started"]
    assert names[:4] == [
        ("connected", None),
        ("disconnected", "token_expired"),
        ("access_refused", "refused"),
        ("connected", None),
    ]
    expiring = [row for row in lab.rows("capture_events") if row["event_name"] == "token_expiring"]
    assert expiring[0]["token_expires_at"] is not None
    ended = next(row for row in lab.rows("capture_events") if row["event_name"] == "disconnected")
    lived_on = ended["event_at"] - ended["token_expires_at"]
    assert timedelta(seconds=-1) <= lived_on < timedelta(seconds=SCALE * 0.3)


@pytest.mark.parametrize(
    ("kind", "content", "problem"),
    [
        ("token", "", "is empty"),
        ("token", "{token}\n\n{token}", "is not one word of ASCII"),
        ("token", "{token}\N{ZERO WIDTH SPACE}", "is not one word of ASCII"),
        ("access", "https://[relay/session/spin30-log", "is no address"),
        ("access", "https://relay:port/session/spin30-log", "is no address"),
    ],
)
def test_a_file_that_is_none_is_named_and_its_content_told_to_nobody(
    lab: Lab, kind: str, content: str, problem: str
) -> None:
    token = (lab.credentials / "log.token.spin30").read_text().strip()
    (lab.credentials / f"log.{kind}.spin30").write_text(content.format(token=token))
    with Running(lab):
        until(lambda: lab.status()["state"] == "refused")
        lab.relay.write_credentials(lab.credentials, ["spin30"])
        until(lab.is_connected, seconds=4)
    refused = next(
        row for row in lab.rows("capture_events") if row["event_name"] == "access_refused"
    )
    assert refused["detail"] == f"log.{kind}.spin30: {problem}"


def test_an_unreadable_token_file_is_named_and_read_when_it_can_be(lab: Lab) -> None:
    file = lab.credentials / "log.token.spin30"
    token = file.read_text()
    file.unlink()
    file.mkdir()  # root reads whatever the mode says
    with Running(lab):
        until(lambda: any(row.get("detail") for _, row in lab.spooled()))
        file.rmdir()
        file.write_text(token)
        until(lab.is_connected, seconds=4)
    (refused,) = [
        row for row in lab.rows("capture_events") if row["event_name"] == "access_refused"
    ]
    assert refused["detail"] == "log.token.spin30: IsADirectoryError"


@pytest.mark.parametrize(
    ("claims", "detail"),
    [
        ({"lives": -10.0}, "500 token invalid"),
        ({"aud": "https://elsewhere.invalid"}, "500 aud"),
        ({"topic": "spin31-log"}, "401"),
        ({"booking_id": ""}, "400"),
    ],
)
def test_a_token_that_the_relay_refuses_is_on_record_and_not_tried_again(
    lab: Lab, claims: dict[str, Any], detail: str
) -> None:
    lab.relay.write_credentials(lab.credentials, ["spin30"], **claims)
    with Running(lab):
        until(lambda: lab.status()["state"] == "refused")
        (health,) = capture_health(lab.data, lab.clock.now())
        assert "is refused" in health.problems
        lab.relay.write_credentials(lab.credentials, ["spin30"])
        until(lab.is_connected, seconds=4)
    (refused,) = [
        row for row in lab.rows("capture_events") if row["event_name"] == "access_refused"
    ]
    assert (refused["reason_code"], refused["detail"]) == ("refused", detail)


@pytest.mark.parametrize(
    ("status", "text", "is_permanent"),
    [
        (500, "token invalid", True),
        (500, "aud x does not match", True),
        (401, "no header", True),
        (400, "booking denied", True),
        (500, "out of order", False),
        (503, "", False),
        (429, "", False),
    ],
)
def test_refusals_that_last_are_told_from_outages(
    lab: Lab, status: int, text: str, is_permanent: bool
) -> None:
    lab.relay.refuse(status, text, times=1 if is_permanent else 5)
    with Running(lab):
        until(lambda: lab.status()["state"] in {"refused", "unreachable"})
        assert lab.status()["state"] == ("refused" if is_permanent else "unreachable")
        if is_permanent:
            time.sleep(0.5)  # twenty seconds of the relay's
            assert not lab.is_connected()
        else:
            until(lab.is_connected)
    (refused,) = [
        row for row in lab.rows("capture_events") if row["event_name"] == "access_refused"
    ]
    assert refused["reason_code"] == "refused"
    assert refused["detail"].startswith(str(status))


def test_a_full_disk_loses_nothing_that_the_queue_holds(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    with Running(lab):
        until(lab.is_connected)
        lab.relay.publish(TOPIC, message(1))
        until(lambda: len(lab.spooled()) >= 3)
        (spool,) = spools(lab.data, "spin30", "lab-a")
        size = spool.stat().st_size
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, before[1]))
        try:
            lab.relay.publish(TOPIC, *map(message, range(2, 50)))
            until(lambda: "the spool takes no rows" in caplog.text)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        until(lambda: len(lab.spooled()) >= 50)
    assert lab.texts() == [message(number) for number in range(1, 50)]
    assert lab.rows("quarantine") == []


def test_what_a_full_queue_loses_is_counted(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_writer, "QUEUE_FRAMES", 0)
    with Running(lab):
        until(lab.is_connected)
        lab.relay.publish(TOPIC, message(1))
        lab.relay.publish_frame(TOPIC, f"{message(2)}{message(3)}".encode())
        time.sleep(0.3)
    assert lab.texts() == []
    assert sum(row["lost_count"] for row in lab.rows("capture_events")) == 3


def test_a_clock_that_goes_back_leaves_numbers_rising(lab: Lab) -> None:
    now = lab.clock.now

    with Running(lab):
        until(lab.is_connected)
        lab.relay.publish(TOPIC, message(1))
        until(lambda: len(lab.spooled()) >= 3)
        lab.clock.now = lambda: now() - timedelta(days=400)  # type: ignore[method-assign]
        lab.relay.publish(TOPIC, message(2))
        until(lambda: len(lab.spooled()) >= 4)
    with Running(lab):
        until(lab.is_connected)
        lab.relay.publish(TOPIC, message(3))
        time.sleep(0.3)
    rows = lab.rows("messages")
    assert [row["raw_text"] for row in sorted(rows, key=lambda row: row["seq"])] == [
        message(1),
        message(2),
        message(3),
    ]


def test_systemd_hears_of_a_service_while_it_works_and_not_of_one_that_hangs(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "FEED_SECONDS", 2.5)
    monkeypatch.setattr(capture, "WATCH_SECONDS", 1.0)  # a socket that nobody reads is soon full
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(address))
        systemd.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        with Running(lab) as running:
            assert systemd.recv(99) == b"READY=1"
            assert systemd.recv(99) == b"WATCHDOG=1"
            until(lab.is_connected)
            hang = threading.Event()
            reader = running.service._readers[0]
            monkeypatch.setattr(reader, "_take", lambda _: hang.wait())
            time.sleep(4)
            systemd.setblocking(False)
            while said := heard_by(systemd):
                assert said == b"WATCHDOG=1"
            time.sleep(2)
            assert heard_by(systemd) is None
            systemd.settimeout(10)
            hang.set()
        assert systemd.recv(99) in {b"WATCHDOG=1", b"STOPPING=1"}


def test_hardware_is_kept_only_while_a_student_is_at_work(lab: Lab) -> None:
    lab.environment["SOURCES__SPINNER__HARDWARE"] = "true"
    token = lab.relay.token("spin30", topic="spin30-data")
    (lab.credentials / "data.token.spin30").write_text(token)
    address = f"{lab.relay.origin}/session/spin30-data"
    (lab.credentials / "data.access.spin30").write_text(address)

    def session(what: str) -> None:
        heard = len(lab.spooled())
        lab.relay.publish(TOPIC, f'{{"user":"u","type":"log","payload":{{"log":"{what}"}}}}')
        until(lambda: len(lab.spooled()) > heard)

    def sample(number: int) -> None:
        lab.relay.publish("spin30-data", f'{{"d":[{number}]}}')
        time.sleep(0.2)

    with Running(lab):
        until(lambda: lab.is_connected() and lab.relay.connection_count("spin30-data") == 1)
        sample(1)
        session("start")
        sample(2)
        lab.relay.publish_frame("spin30-data", '\u200b{"d":[3]}'.encode())
        time.sleep(0.2)
        session("end")
        sample(4)
    kept = [(row["topic"], row["raw_text"]) for row in lab.rows("hardware_messages")]
    assert kept == [("spin30-data", '{"d":[2]}'), ("spin30-data", '{"d":[3]}')]
    assert [row["raw_bytes"].decode() for row in lab.rows("quarantine")] == ["\u200b"]
    assert {row["topic"] for row in lab.rows("capture_events")} == {TOPIC, "spin30-data"}


def test_a_capture_may_use_a_socket_that_it_is_given(lab: Lab) -> None:
    settings = Settings.from_environment(lab.environment, None)
    given = sources(
        settings, ["spin30"], clock=lab.clock, dial=lambda _address: lab.relay.connect()
    )
    service = CaptureService(settings, given, lab.clock)
    thread = threading.Thread(target=service.run)
    thread.start()
    until(lab.is_connected)
    lab.relay.publish(TOPIC, message(1))
    until(lambda: len(lab.spooled()) >= 3)
    service.stop.set()
    thread.join(30)
    assert lab.texts() == [message(1)]


def test_a_session_host_is_followed_without_credentials(lab: Lab) -> None:
    for file in lab.credentials.iterdir():
        file.unlink()
    lab.environment["SOURCES__SPINNER__HOST_URL"] = lab.relay.host_url("{stream}")
    lab.environment["SOURCES__SPINNER__MODE"] = "host"
    with Running(lab):
        until(lambda: lab.relay.connection_count("spin30") == 1)
        lab.relay.publish("spin30", message(1))
        until(lambda: len(lab.spooled()) >= 3)
    assert lab.texts() == [message(1)]
    assert {row["capture_mode"] for row in lab.rows("messages")} == {"host"}


def test_a_second_capture_of_the_same_name_is_refused(lab: Lab) -> None:
    with Running(lab):
        until(lab.is_connected)
        with pytest.raises(TallyhouseError, match="SOURCES__SPINNER__CAPTURE_ID"):
            lab.service().run()
