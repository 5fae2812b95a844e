"""How many messages a second one capture process takes without loss, beside the emulated relay.

Usage: python -m benchmarks.capture [RATE] [SECONDS] [STREAMS]
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pyarrow.compute as pc
import pyarrow.dataset as ds

from sample_world.relay_emulator import RelayEmulator

_COMMAND = [sys.executable, "-c", "import sys; from flows.cli import main; sys.exit(main())"]
_BURST_SECONDS = 0.02
_START_SECONDS = 60.0
_TEXT = (
    '{{"user":"6f0c1c9e-1111-4222-8333-9d5e0a7b1c2d","t":{},"exp":"spinner","hardware":"{}",'
    '"course":"engdes1","type":"analytics","payload":{{"log":"position","data":{{"set":3.14}}}}}}'
)


def main(rate: int, seconds: int, stream_count: int) -> None:
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
        with subprocess.Popen([*_COMMAND, "capture"], env=environment) as process:  # noqa: S603
            _await_connections(relay, streams)
            watched = psutil.Process(process.pid)
            before = watched.cpu_times()
            started = time.perf_counter()
            _send(relay, streams, rate, seconds)
            took = time.perf_counter() - started
            time.sleep(2)
            after, memory = watched.cpu_times(), watched.memory_info().rss
            process.send_signal(signal.SIGTERM)
            process.wait()
        delivered = sum(len(relay.delivered(f"{stream}-log")) for stream in streams)
        sealed = ds.dataset(f"{folder}/data/sealed/messages").to_table(["message_hash"])
        captured = sealed.num_rows
        distinct = pc.count_distinct(sealed["message_hash"]).as_py()
    cpu = after.user + after.system - before.user - before.system
    print(f"delivered  {delivered:>9,}  {delivered / took:,.0f}/s")
    print(f"captured   {captured:>9,}  {distinct:,} distinct, {delivered - captured:,} lost")
    print(f"processor  {cpu / took:>9.2f}  cores, {cpu / delivered * 1e6:.0f} µs a message")
    print(f"memory     {memory / 1e6:>9.0f}  MB")


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


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [2_000, 60, 12][len(given) :]))
