"""A laboratory's emulated relay, and captures of its streams: in this process or in their own."""

import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name

import pyarrow.parquet as pq

from dlt_pipelines.connectors.capture_files import SCHEMAS
from dlt_pipelines.connectors.spool_files import Row, read_rows, spools
from flows.capture import CaptureService
from flows.cli import parser
from flows.stream_sources import sources
from sample_world.relay_emulator import RelayEmulator
from tests.faults.tiny_run import PROJECT
from warehouse.clock import Clock
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

TOPIC = "spin30-log"
SCALE = 40.0
WINDOW = 10  # characters of a token or a code that nobody is to tell; its tail is six


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
            "SOURCES__SPINNER__HOST_API": relay.origin,
            "WAREHOUSE__FOLDER": str(folder / "house"),
        }
        self.told: list[str] = []  # what else must hold no secret
        self.credentials.mkdir()

    @property
    def settings(self) -> Settings:
        return Settings.from_environment(self.environment, None)

    def service(self) -> CaptureService:
        found = sources(self.settings, ["spin30"], clock=self.clock)
        return CaptureService(self.settings, found, self.clock)

    def command(self, *words: str) -> None:
        """What an operator types; how it ends is of no interest."""
        arguments = parser().parse_args(["spinner", *words])
        with contextlib.suppress(SystemExit, TallyhouseError):
            resolve_name(arguments.call)(self.settings, arguments)

    def install(self, machine: Path, program: str = "flows.cli") -> None:
        """What the units need, below a folder that stands for the machine's root."""
        self.command("units", "--to", str(machine / "etc/systemd/system"), "spin30")
        home = machine / "opt/analytics"
        (home / "bin").mkdir(parents=True)
        environment = {**self.environment, "PYTHONPATH": str(PROJECT)}
        lines = [f"{name}={value}\n" for name, value in environment.items()]
        (home / ".env").write_text("".join(lines))
        command = home / "bin/tallyhouse"
        command.write_text(
            f"#!{sys.executable}\nimport sys\nfrom {program} import main\nsys.exit(main())\n"
        )
        command.chmod(0o755)

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
        file = self.data / "status" / "spin30-lab-a.json"
        found: Row = json.loads(file.read_text()) if file.exists() else {"state": None}
        return found

    def is_connected(self) -> bool:
        return self.relay.connection_count(TOPIC) == 1

    def secrets_in(self, told: str) -> list[str]:
        """Pieces of tokens and codes that stand in what was told, also in rows and files."""
        told += str([row for kind in SCHEMAS for row in self.rows(kind)])
        told += "".join(
            file.read_text()
            for part in ("spool", "status")
            for file in (self.data / part).glob("*")
        )
        pieces = {
            secret[place : place + WINDOW]
            for secret in self.relay.issued()
            for place in range(len(secret) - WINDOW + 1)
        }
        return sorted(piece for piece in pieces if piece in told)


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
