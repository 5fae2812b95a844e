"""How many messages a second one capture process takes without loss, beside the emulated relay.

Its processor time is compared with the least that any client could do: decode each message's JSON,
append it to an open file and flush it. How long a message takes from its receipt to the spool is
seen from outside: when its row can be read there, less the time of receipt that the row tells.
"""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pyarrow.compute as pc
import pyarrow.dataset as ds

from sample_world.relay_emulator import RelayEmulator

_COMMAND = [sys.executable, "-c", "import sys; from flows.cli import main; sys.exit(main())"]
SECONDS = 60
_RATES = ((2_000, 12), (1_000, 48), (240, 12), (20, 1))  # messages a second, streams
_LEAST_MESSAGES = 50_000
_BURST_SECONDS = 0.02
_LOOK_SECONDS = 0.001
_RECEIVED_AT = re.compile(rb'"received_at":(\d+)')
_START_SECONDS = 60.0
_TEXT = (
    '{{"user":"6f0c1c9e-1111-4222-8333-9d5e0a7b1c2d","t":{},"exp":"spinner","hardware":"{}",'
    '"course":"engdes1","type":"analytics","payload":{{"log":"position","data":{{"set":3.14}}}}}}'
)


class _SpoolWatch:
    """Holds the thread that looks when rows can be read in a capture's spools."""

    def __init__(self, folder: Path) -> None:
        """Watch the spools of this data folder from the block's start to its end."""
        self.delays: list[float] = []  # of each message from receipt to spool, in seconds
        self._folder, self._offsets = folder / "spool", dict[Path, int]()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "_SpoolWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(_LOOK_SECONDS):
            for file in self._folder.glob("*.jsonl"):
                try:
                    with file.open("rb") as spool:
                        spool.seek(self._offsets.get(file, 0))
                        found = spool.read()
                except FileNotFoundError:  # sealed meanwhile
                    continue
                now = time.time_ns() / 1e9
                whole = found[: found.rfind(b"\n") + 1]
                self._offsets[file] = self._offsets.get(file, 0) + len(whole)
                self.delays += [now - int(at) / 1e6 for at in _RECEIVED_AT.findall(whole)]


def run(seconds: int = SECONDS) -> None:
    """Measure and print.

    Args:
        seconds: How long each rate is kept.
    """
    least = _least_seconds_a_message()
    print(f"\ndecode and append alone: {least * 1e6:.0f} µs of processor a message")
    for rate, stream_count in _RATES:
        _capture(rate, seconds, stream_count, least)


def _least_seconds_a_message() -> float:
    texts = [_TEXT.format(number, "spin30") for number in range(_LEAST_MESSAGES)]
    began = time.process_time()
    with tempfile.TemporaryFile("w") as file:
        for text in texts:
            json.loads(text)
            file.write(f"{text}\n")
            file.flush()
    return (time.process_time() - began) / len(texts)


def _capture(rate: int, seconds: int, stream_count: int, least: float) -> None:
    """Send messages at a steady rate, and compare what was delivered with what was sealed."""
    print(f"{rate:,} messages/s for {seconds} s on {stream_count} streams, {os.cpu_count()} cores")
    streams = [f"spin{30 + number}" for number in range(stream_count)]
    with tempfile.TemporaryDirectory() as folder, RelayEmulator() as relay:
        relay.write_credentials(Path(folder) / "credentials", streams)
        environment = os.environ | {
            "SOURCES__SPINNER__CREDENTIALS_PATH": f"{folder}/credentials",
            "SOURCES__SPINNER__DATA_PATH": f"{folder}/data",
            "WAREHOUSE__FOLDER": f"{folder}/house",
        }
        with subprocess.Popen(  # noqa: S603 - our own command
            [*_COMMAND, "capture"], env=environment, stderr=subprocess.DEVNULL
        ) as process:
            _await_connections(relay, streams)
            watched = psutil.Process(process.pid)
            before = watched.cpu_times()
            started = time.perf_counter()
            with _SpoolWatch(Path(folder) / "data") as watch:
                _send(relay, streams, rate, seconds)
            took = time.perf_counter() - started
            time.sleep(2)
            after, memory = watched.cpu_times(), watched.memory_full_info()
            process.send_signal(signal.SIGTERM)
            process.wait()
        delivered = sum(len(relay.delivered(f"{stream}-log")) for stream in streams)
        sealed = ds.dataset(f"{folder}/data/sealed/messages").to_table(["message_hash"])
        captured = sealed.num_rows
        distinct = pc.count_distinct(sealed["message_hash"]).as_py()
    cpu = after.user + after.system - before.user - before.system
    print(f"delivered  {delivered:>9,}  {delivered / took:,.0f}/s")
    print(f"captured   {captured:>9,}  {distinct:,} distinct, {delivered - captured:,} lost")
    print(
        f"processor  {cpu / took:>9.2f}  cores, {cpu / delivered * 1e6:.0f} µs a message, "
        f"{cpu / delivered / least:.1f} times the least"
    )
    cuts = statistics.quantiles(watch.delays, n=100)
    print(
        f"to spool   {cuts[94] * 1e3:>9.1f}  ms at p95, {cuts[49] * 1e3:.1f} ms at p50, "
        f"{max(watch.delays) * 1e3:.1f} ms at most, of {len(watch.delays):,}"
    )
    print(f"memory     {memory.rss / 1e6:>9.0f}  MB, {memory.uss / 1e6:.0f} MB of them its own")


def _await_connections(relay: RelayEmulator, streams: list[str]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while any(relay.connection_count(f"{stream}-log") < 1 for stream in streams):
        if time.monotonic() > deadline:
            raise SystemExit("the capture does not connect")
        time.sleep(0.05)


def _send(relay: RelayEmulator, streams: list[str], rate: int, seconds: int) -> None:
    """One frame of a few glued messages a stream and burst, as a busy relay sends them."""
    started, sent = time.perf_counter(), 0
    while (passed := time.perf_counter() - started) < seconds:
        due = int(passed * rate) - sent
        for place, stream in enumerate(streams):
            count = due // len(streams) + (place < due % len(streams))
            if count:
                texts = [_TEXT.format(sent + number, stream) for number in range(count)]
                relay.burst(f"{stream}-log", texts)
                sent += count
        time.sleep(max(_BURST_SECONDS - (time.perf_counter() - started - passed), 0))
