"""Captures on a disk that is really full: a small one, of a process that may mount it."""

import contextlib
import json
import mmap
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlt_pipelines.connectors.spool_files import spools
from flows import stream_writer
from tests.faults.capture_lab import TOPIC, Lab, Running, message, until

PAGE = mmap.PAGESIZE
MOUNT = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
MOUNTED = 'mount -t tmpfs -o size=256k none "$0" && echo mounted && exec cat'


@pytest.fixture
def small_lab(lab: Lab) -> Iterator[Lab]:
    """A laboratory whose data folder is a disk of 256 kB."""
    lab.data.mkdir()
    with subprocess.Popen(
        [*MOUNT, MOUNTED, str(lab.data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        if holder.stdout.readline() != b"mounted\n":
            reason = f"`{' '.join(MOUNT)} mount` is refused: allow user namespaces, or run as root"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        outside, lab.data = lab.data, Path(f"/proc/{holder.pid}/root{lab.data}")
        lab.environment["SOURCES__SPINNER__DATA_PATH"] = str(lab.data)
        yield lab
        shutil.copytree(lab.data, outside, dirs_exist_ok=True)
        lab.data = outside
        assert holder.stdin is not None
        holder.stdin.close()


@contextlib.contextmanager
def filled(disk: Path) -> Iterator[None]:
    """No room is left on the disk while the block runs."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(1024))
    yield
    filler.unlink()


def has_row(lab: Lab, number: int) -> bool:
    return message(number) in {row.get("raw_text") for _, row in lab.spooled()}


def test_a_full_disk_with_a_full_queue_is_told_counted_and_outlived(
    small_lab: Lab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(stream_writer, "QUEUE_FRAMES", 10)
    lab, relay = small_lab, small_lab.relay
    with Running(lab):
        until(lab.is_connected)
        relay.publish(TOPIC, message(1))
        until(lambda: has_row(lab, 1) and lab.status()["state"] == "connected")
        with filled(lab.data):
            relay.publish(TOPIC, *map(message, range(2, 61)))
            until(lambda: "the queue is full, messages are lost" in caplog.text)
            alarm = "the spool takes no rows: No space left on device"
            until(lambda: lab.status()["alarm"] == alarm)
        until(lambda: lab.status()["alarm"] is None)
        relay.publish(TOPIC, message(61))
        until(lambda: has_row(lab, 61))
    assert len(relay.delivered(TOPIC)) == 61
    texts, events = lab.texts(), lab.rows("capture_events")
    assert len(texts) == len(set(texts))
    assert set(texts) <= set(relay.delivered(TOPIC))
    lost_counts = {row["event_name"]: row["lost_count"] for row in events if row["lost_count"]}
    assert lost_counts == {"heartbeat": 61 - len(texts)}
    assert len(texts) < 50
    assert len({row["process_id"] for row in events}) == 1  # it never started again
    assert lab.rows("quarantine") == []


def fitting_message(lab: Lab) -> str:
    """A message whose row leaves less of the spool's last page than any row needs."""
    (spool,) = spools(lab.data, "spin30", "lab-a")
    lines = spool.read_text().splitlines(keepends=True)
    line = next(line for line in lines if '"dataset":"messages"' in line)
    shortest = message(2).replace("}", ', "pad": ""}')
    added = len(line) + len(json.dumps(shortest)) - len(json.dumps(message(1)))
    padding = (PAGE - 100 - spool.stat().st_size - added) % PAGE
    return shortest.replace('""', f'"{padding * "x"}"')


def test_what_a_stop_on_a_full_disk_loses_is_counted_by_the_next_start(small_lab: Lab) -> None:
    lab, relay = small_lab, small_lab.relay
    with Running(lab):
        until(lab.is_connected)
        relay.publish(TOPIC, message(1))
        until(lambda: "heartbeat" in {row.get("event_name") for _, row in lab.spooled()})
        second = fitting_message(lab)
        relay.publish(TOPIC, second)
        until(lambda: second in {row.get("raw_text") for _, row in lab.spooled()})
        until(lambda: lab.status()["state"] == "connected")
        disk = contextlib.ExitStack()
        disk.enter_context(filled(lab.data))
        relay.publish(TOPIC, *map(message, range(3, 61)))
        until(lambda: lab.status()["alarm"])
    lost = 60 - sum(kind == "messages" for kind, _ in lab.spooled())
    assert lost == 58
    status = lab.status()
    assert (status["state"], status["lost_count"]) == ("stopped", lost)
    disk.close()
    for number in (61, 62):
        with Running(lab):
            until(lab.is_connected)
            relay.publish(TOPIC, message(number))
            until(lambda number=number: has_row(lab, number))  # type: ignore[misc]
            until(lambda: lab.status()["lost_count"] == 0)
    assert len(lab.texts()) == 62 - lost
    counted = [
        (row["event_name"], row["lost_count"])
        for row in lab.rows("capture_events")
        if row["lost_count"]
    ]
    assert counted == [("process_started", lost)]
