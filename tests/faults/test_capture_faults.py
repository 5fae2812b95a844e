"""Disturb a capture in every way that its stream, its disk and its machine may disturb it."""

import json
import os
import random
import resource
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dlt_pipelines.connectors.capture_files import Row, read_rows, spools
from flows import capture, stream_writer
from flows.capture import CaptureService
from flows.stream_sources import sources
from sample_world.relay_emulator import RelayEmulator
from tests.faults.tiny_run import COMMAND
from warehouse.clock import Clock
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

TOPIC = "spin30-log"
POINTS = int(os.environ.get("POINTS", "25"))
SEED = int(os.environ.get("SEED", str(random.randrange(10**6))))
SCALE = 40.0


def message(number: int) -> str:
    return json.dumps({"user": "u-1", "t": number, "exp": "spinner", "type": "log", "n": number})


def until(is_so: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


class Lab:
    """An emulated relay, and the capture of its streams."""

    def __init__(self, folder: Path, relay: RelayEmulator, scale: float = 1.0) -> None:
        self.relay, self.clock = relay, Clock(scale)
        self.credentials, self.data = folder / "credentials", folder / "data"
        self.environment = {
            "SOURCES__SPINNER__CREDENTIALS_PATH": str(self.credentials),
            "SOURCES__SPINNER__DATA_PATH": str(self.data),
            "SOURCES__SPINNER__CAPTURE_ID": "lab-a",
            "WAREHOUSE__FOLDER": str(folder / "house"),
        }
        self.credentials.mkdir()

    def start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [*COMMAND, "capture", "spin30"],
            env={**os.environ, **self.environment},
        )

    def service(self) -> CaptureService:
        settings = Settings.from_environment(self.environment, None)
        return CaptureService(settings, sources(settings, ["spin30"], clock=self.clock), self.clock)

    def rows(self, dataset: str) -> list[Row]:
        files = sorted((self.data / "sealed" / dataset).glob("*/*.parquet"))
        return [row for file in files for row in pq.read_table(file).to_pylist()]

    def texts(self) -> list[str]:
        return [row["raw_text"] for row in self.rows("messages")]

    def events(self) -> list[tuple[str, str | None]]:
        return [
            (row["event_name"], row["reason_code"])
            for row in self.rows("capture_events")
            if row["event_name"] not in {"heartbeat", "token_expiring"}
        ]

    def spooled(self) -> list[tuple[str, Row]]:
        files = spools(self.data, "spin30", "lab-a")
        return [row for file in files for row in read_rows(file)[0]]

    def status(self) -> Row:
        found: Row = json.loads((self.data / "status" / "spin30-lab-a.json").read_text())
        return found

    def is_connected(self) -> bool:
        return self.relay.connection_count(TOPIC) == 1


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with RelayEmulator(clock_factor=SCALE) as relay:
        made = Lab(tmp_path, relay, SCALE)
        relay.write_credentials(made.credentials, ["spin30"])
        yield made


def heard_by(systemd: socket.socket) -> bytes | None:
    try:
        return systemd.recv(99)
    except BlockingIOError:
        return None


class Running:
    """A service in a thread, stopped at the end."""

    def __init__(self, lab: Lab) -> None:
        self.service = lab.service()
        self.status: int | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.status = self.service.run()

    def __enter__(self) -> "Running":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.service.stop.set()
        self.thread.join(timeout=60)
        assert not self.thread.is_alive()


def test_a_capture_killed_at_random_moments_has_every_written_message_once(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    is_over = threading.Event()
    numbers = iter(range(10**9))
    with RelayEmulator() as relay:
        lab = Lab(tmp_path, relay)
        relay.write_credentials(lab.credentials, ["spin30"])

        def send() -> None:  # 200 messages a second
            while not is_over.is_set():
                relay.burst(TOPIC, [message(next(numbers)) for _ in range(20)], gap_seconds=0.005)

        sender = threading.Thread(target=send)
        sender.start()
        written: set[str] = set()
        try:
            for _ in range(POINTS):
                heard = len(relay.delivered(TOPIC))
                process = lab.start()
                until(lambda heard=heard: len(relay.delivered(TOPIC)) > heard)  # type: ignore[misc]
                time.sleep(chance.uniform(0, 0.8))
                process.kill()
                process.wait()
                written |= {
                    row["raw_text"] for dataset, row in lab.spooled() if dataset == "messages"
                }
                until(lambda: not lab.is_connected())
            seen = len(relay.delivered(TOPIC))
            process = lab.start()
            until(lambda: len(relay.delivered(TOPIC)) > seen)
        finally:
            is_over.set()
            sender.join()
        last = message(next(numbers) - 1)
        until(lambda: last in {row.get("raw_text") for _, row in lab.spooled()})
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
        delivered = relay.delivered(TOPIC)
    texts = Counter(lab.texts())
    told = f"SEED={SEED}"
    assert set(texts.values()) == {1}, told
    assert written <= texts.keys(), told
    assert texts.keys() <= set(delivered), told
    assert set(delivered[seen:]) <= texts.keys(), told  # of the capture that was let live
    assert lab.spooled() == [], told
    seqs = [
        row["seq"]
        for kind in ("messages", "quarantine", "capture_events")
        for row in lab.rows(kind)
    ]
    assert len(seqs) == len(set(seqs)), told
    names = Counter(name for name, _ in lab.events())
    assert names["process_started"] == POINTS + 1, told
    assert names["process_stopped"] == 1, told


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


def test_an_expired_token_is_refused_until_its_file_is_renewed(
    lab: Lab, caplog: pytest.LogCaptureFixture
) -> None:
    lab.relay.write_credentials(lab.credentials, ["spin30"], lives=60.0)
    with Running(lab):
        until(lab.is_connected)
        token = (lab.credentials / "log.token.spin30").read_text().strip()
        until(lambda: ("access_refused", "refused") in [
            (row.get("event_name"), row.get("reason_code")) for _, row in lab.spooled()
        ])  # fmt: skip
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
    everything = caplog.text + str(lab.rows("capture_events")) + str(lab.status())
    assert token not in everything
    assert token[-20:] not in everything


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
    lab.relay.refuse(status, text)
    with Running(lab):
        until(lambda: "access_refused" in [row.get("event_name") for _, row in lab.spooled()])
        if is_permanent:
            time.sleep(0.5)  # twenty seconds of the relay's
            assert not lab.is_connected()
        else:
            until(lab.is_connected)


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
