"""Captures as a machine runs them: killed or hung, and started again as their units say."""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from dlt_pipelines.connectors.spool_files import Row
from flows import capture
from sample_world.relay_emulator import RelayEmulator
from tests.faults.capture_lab import TOPIC, Lab, message, until
from tests.faults.hanging_capture import HANG
from tests.faults.systemd import Systemd
from warehouse.clock import Clock

POINTS = int(os.environ.get("POINTS", "25"))
RATE = int(os.environ.get("RATE", "200"))  # messages a second
SEED = int(os.environ.get("SEED", str(random.randrange(10**6))))
UNIT = "spinner-capture@.service"


@contextmanager
def sender(relay: RelayEmulator) -> Iterator[list[str]]:
    """Send RATE messages a second while the block runs; the list is what was sent."""
    is_over, numbers, sent = threading.Event(), count(), list[str]()

    def send() -> None:
        while not is_over.is_set():
            texts = [message(next(numbers)) for _ in range(max(RATE // 10, 1))]
            relay.burst(TOPIC, texts, gap_seconds=1 / RATE)
            sent.extend(texts)

    sending = threading.Thread(target=send)
    sending.start()
    try:
        yield sent
    finally:
        is_over.set()
        sending.join()


def heard_spans(events: list[Row]) -> list[tuple[datetime, datetime]]:
    """From when until when each connection is known to have heard anything."""
    connected = {
        row["connection_id"]: row["event_at"] for row in events if row["event_name"] == "connected"
    }
    heard = {
        row["connection_id"]: row["last_heard_at"]
        for row in sorted(events, key=lambda row: row["seq"])
        if row["last_heard_at"]
    }
    return [(connected[connection], until) for connection, until in heard.items()]


def test_a_capture_killed_at_random_moments_has_every_written_message_once(
    unhurried_lab: Lab, tmp_path: Path
) -> None:
    lab, relay = unhurried_lab, unhurried_lab.relay
    chance, told = random.Random(SEED), f"SEED={SEED}"
    written: set[str] = set()
    kills: list[datetime] = []

    def look() -> None:
        written.update(row["raw_text"] for kind, row in lab.spooled() if kind == "messages")

    def has_beaten() -> bool:
        return "heartbeat" in {row.get("event_name") for _, row in lab.spooled()}

    lab.install(tmp_path)
    with Systemd(tmp_path, UNIT, "spin30", Clock(5), shown=lab.told) as systemd:
        systemd.died = look
        with sender(relay) as sent:
            until(has_beaten)
            for point in range(POINTS):
                heard, process = len(relay.delivered(TOPIC)), systemd.process
                assert process is not None, told
                if point % 4:  # else perhaps while it starts or seals
                    until(lambda heard=heard: len(relay.delivered(TOPIC)) > heard)  # type: ignore[misc]
                time.sleep(chance.uniform(0, 0.8))
                kills.append(datetime.now(tz=UTC))
                process.kill()
                until(lambda process=process: systemd.process is not process)  # type: ignore[misc]
            seen = len(relay.delivered(TOPIC))
            until(lambda: len(relay.delivered(TOPIC)) > seen)
        until(lambda: sent[-1] in {row.get("raw_text") for _, row in lab.spooled()})
    delivered, texts = relay.delivered(TOPIC), Counter(lab.texts())
    assert set(texts.values()) == {1}, told
    assert len(written) > POINTS, told
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
    assert [status for status, _ in systemd.ends] == [-9] * POINTS + [0], told
    events = lab.rows("capture_events")
    assert Counter(row["event_name"] for row in events)["process_stopped"] == 1, told
    spans = heard_spans(events)
    for kill in kills:  # that nothing said to have been heard may span
        assert not any(begin < kill < end for begin, end in spans), told
    assert len(spans) > POINTS // 4, told
    ended = {row["connection_id"] for row in events if row["event_name"] == "disconnected"}
    assert len(ended) == 1, told  # by the stop; of all others the marts say `crash`


@pytest.mark.parametrize("stall_seconds", [70.0, 2.0])
def test_a_reader_that_hangs_is_started_again(
    unhurried_lab: Lab, tmp_path: Path, stall_seconds: float
) -> None:
    """By systemd; and by itself, should nobody watch."""
    lab = unhurried_lab
    lab.environment["STALL_SECONDS"] = str(stall_seconds)
    lab.install(tmp_path, program="tests.faults.hanging_capture")
    with Systemd(tmp_path, UNIT, "spin30", Clock(10), shown=lab.told) as systemd:
        assert capture.FEED_SECONDS + systemd.unit.watchdog_seconds <= 70
        until(lab.is_connected)
        lab.relay.publish(TOPIC, message(1), HANG)
        until(lambda: systemd.ends)
        until(lab.is_connected)
        lab.relay.publish(TOPIC, message(2))
        until(lambda: message(2) in {row.get("raw_text") for _, row in lab.spooled()})
    (status, is_late), (last_status, _) = systemd.ends
    assert (status, is_late) == ((-6, True) if stall_seconds == 70 else (1, False))
    assert last_status == 0
    assert lab.texts() == [message(1), HANG, message(2)]
    assert systemd.heard[:2] == ["READY=1", "WATCHDOG=1"]
    assert [name for name, _ in lab.events()] == [
        "process_started",
        "connected",
        "process_started",
        "connected",
        "disconnected",
        "process_stopped",
    ]
