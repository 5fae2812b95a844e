"""A stand-in for systemd: runs one service as its unit file says, and starts it again."""

import configparser
import os
import shlex
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from warehouse.clock import Clock

LOOK_SECONDS = 0.02
ALWAYS = {  # started again after any end, and any number of times
    "Restart": "always",
    "StartLimitIntervalSec": "0",
    "Type": "notify",
}
NEEDS_SYSTEMD = {  # what only the real one can do
    *("Description", "Wants", "After", "User", "WantedBy"),
    *("NoNewPrivileges", "ProtectSystem", "ReadWritePaths"),
}


@dataclass(frozen=True)
class Unit:
    """What a unit file says of running its service; a word that is not known is refused."""

    command: str
    environment_file: str
    restart_seconds: float
    watchdog_seconds: float
    stop_seconds: float

    @classmethod
    def read(cls, file: Path) -> "Unit":
        found = configparser.RawConfigParser()
        found.optionxform = str  # type: ignore[assignment,method-assign]
        found.read_string(file.read_text())
        words = {name: value for part in found.sections() for name, value in found[part].items()}
        made = cls(
            command=words.pop("ExecStart"),
            environment_file=words.pop("EnvironmentFile"),
            restart_seconds=float(words.pop("RestartSec")),
            watchdog_seconds=float(words.pop("WatchdogSec")),
            stop_seconds=float(words.pop("TimeoutStopSec")),
        )
        for name, value in ALWAYS.items():
            assert words.pop(name, None) == value, f"{file.name}: {name} must be {value}"
        assert words.keys() <= NEEDS_SYSTEMD
        return made


class Systemd:
    """Runs an instance of `unit` until the block ends; paths of the unit lie below `root`."""

    def __init__(
        self, root: Path, unit: str, instance: str, clock: Clock, *, shown: list[str]
    ) -> None:
        self.unit = Unit.read(root / "etc/systemd/system" / unit)
        self.root, self.instance, self.clock = root, instance, clock
        self.process: subprocess.Popen[bytes] | None = None
        self.died: Callable[[], None] = lambda: None  # called before the next start
        self.ends: list[tuple[int, bool]] = []  # status, and whether the watchdog asked for it
        self.heard: list[str] = []
        self.shown = shown  # gets what the machine shows of each process
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="systemd")

    def __enter__(self) -> "Systemd":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notices:
            notices.bind(str(self.root / "notify"))
            notices.settimeout(LOOK_SECONDS)
            while not self._stop.is_set():
                self.process = self._started()
                self._oversee(self.process, notices)
                self.died()
                self._stop.wait(self.clock.real(self.unit.restart_seconds))

    def _started(self) -> "subprocess.Popen[bytes]":
        lines = self._below(self.unit.environment_file).read_text().splitlines()
        program, *words = shlex.split(self.unit.command.replace("%i", self.instance))
        process = subprocess.Popen(
            [self._below(program), *words],
            cwd="/",
            env={
                "PATH": os.environ["PATH"],
                "NOTIFY_SOCKET": str(self.root / "notify"),
                **dict(line.split("=", 1) for line in lines),
            },
        )
        told = Path(f"/proc/{process.pid}")
        self.shown += [(told / "cmdline").read_text(), (told / "environ").read_text()]
        return process

    def _oversee(self, process: "subprocess.Popen[bytes]", notices: socket.socket) -> None:
        fed_at, is_late = None, False
        while process.poll() is None:
            try:
                self.heard.append(notices.recv(99).decode())
                fed_at = self.clock.monotonic()
            except TimeoutError:
                pass
            if fed_at and self.clock.monotonic() - fed_at > self.unit.watchdog_seconds:
                is_late = True
                self._end(process, signal.SIGABRT)
            elif self._stop.is_set():
                self._end(process, signal.SIGTERM)
        self.ends.append((process.returncode, is_late))

    def _end(self, process: "subprocess.Popen[bytes]", how: signal.Signals) -> None:
        process.send_signal(how)
        try:
            process.wait(self.unit.stop_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _below(self, path: str) -> Path:
        return self.root / Path(path).relative_to("/")
