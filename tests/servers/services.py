"""The laboratory's services as systemd starts them, and the streams on which they work."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Sequence
from itertools import count
from typing import Any, Final, Self

import pyarrow.parquet as pq

from dlt_pipelines.connectors.spool_files import spools
from sample_world.relay_emulator import RelayEmulator
from tests.exports.laboratory import W2, Laboratory, command
from tests.faults.tiny_run import COMMAND
from tests.servers.dashboard import Dashboard, Json, until

STREAMS: Final = [f"spin{30 + number}" for number in range(12)]
_numbers = count(1)


class Service:
    """A `tallyhouse` process, until the block ends, and what it says."""

    def __init__(
        self,
        lab: Laboratory,
        *words: str,
        runner: Sequence[str] = COMMAND,
        **variables: str,
    ) -> None:
        """Start it.

        Args:
            lab: Whose folders it works in.
            words: The command line.
            runner: What runs the command line.
            variables: More of its environment; without any, answers are live.
        """
        self._log = lab.folder / f"{words[0]}-{next(_numbers)}.log"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*runner, "--verbose", *words],
                cwd=lab.folder,
                env={
                    **os.environ,
                    "EXPORTS__SPINNER__ANSWERS": "live",
                    **lab.variables,
                    **variables,
                },
                stderr=log,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def said(self) -> str:
        """All that it logged."""
        return self._log.read_text()

    def awaits(self, text: str) -> None:
        """Wait until it has logged something."""
        until(lambda: text in self.said)

    def stop(self) -> int:
        """End it as systemd does; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


class Traffic:
    """What happens on all streams besides, until the block ends: clicks at a steady rate."""

    def __init__(self, relay: RelayEmulator, rate: float = 20.0) -> None:
        """Nothing is sent yet.

        Args:
            relay: Whose topics they are.
            rate: Messages a second on each stream.
        """
        self._relay, self._rate = relay, rate
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.sent = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _work(self) -> None:
        began = time.monotonic()
        for turn in count(1):
            for stream in STREAMS:
                click = {**command(W2, self.sent, "p"), "type": "log", "hardware": stream}
                self._relay.publish(f"{stream}-log", json.dumps(click))
                self.sent += 1
            if self._is_over.wait(max(began + turn / self._rate - time.monotonic(), 0)):
                return


def dashboard(relay: RelayEmulator, stream: str = "spin30") -> Dashboard:
    """A dashboard that joins a stream at the relay."""
    return Dashboard(relay.access_url(stream), relay.token(stream))


def at_relay(lab: Laboratory, relay: RelayEmulator, *streams: str) -> None:
    """Let the services of a laboratory join at the relay."""
    relay.write_credentials(lab.folder / "credentials", streams)
    lab.environment = {"SOURCES__SPINNER__CREDENTIALS_PATH": str(lab.folder / "credentials")}


def at_session_host(lab: Laboratory, relay: RelayEmulator, streams: Sequence[str]) -> None:
    """Let the services of a laboratory join at the session host, which follows the relay."""
    lab.environment = {
        "SOURCES__SPINNER__HOST_URL": relay.host_url("{stream}"),
        "SOURCES__SPINNER__MODE": "host",
    }
    for stream in streams:
        rule = {
            "destination": relay.access_url(stream),
            "id": stream,
            "stream": stream,
            "token": relay.token(stream),
        }
        body = json.dumps(rule).encode()
        urllib.request.urlopen(f"{relay.origin}/api/destinations", body, timeout=10).close()  # noqa: S310 (loopback only)


def records(lab: Laboratory) -> list[dict[str, Any]]:
    """What is sealed of the answers dataset."""
    files = sorted((lab.settings.spinner_data_path / "sealed" / "answers").glob("*/*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def spooled(lab: Laboratory, capture_id: str = "lab") -> str:
    """What is in the open spools of a capture, or of the answers."""
    folder = lab.settings.spinner_data_path
    files = [file for stream in STREAMS for file in spools(folder, stream, capture_id)]
    return "".join(file.read_text() for file in files)


def is_spooled(lab: Laboratory, message: Json) -> bool:
    """Whether the capture has written a message to its spool."""
    return json.dumps(json.dumps(message)) in spooled(lab)
