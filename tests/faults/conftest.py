import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pkgutil import resolve_name

import pytest

from flows import capture, stream_writer
from sample_world.relay_emulator import RelayEmulator
from tests.faults.capture_lab import SCALE, Lab


@contextmanager
def discreet_lab(
    folder: Path, scale: float, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[Lab]:
    """A laboratory of which, whatever happens to it, no token and no code is told."""
    caplog.set_level(logging.DEBUG)
    with RelayEmulator(clock_factor=scale) as relay:
        lab = Lab(folder, relay, scale)
        relay.write_credentials(lab.credentials, ["spin30"])
        yield lab
        relay.write_credentials(lab.credentials, ["spin30"])
        lab.command("rules", "apply", "--wait", "1")
        lab.command("rules", "list", "--json")
        printed = capfd.readouterr()
        assert '"token": "…' in printed.out
        records = caplog.get_records("call")
        logged = [caplog.handler.format(record) for record in records]
        told = [printed.out, printed.err, *logged, *map(repr, records), *lab.told]
        assert lab.secrets_in("\n".join(told)) == []


@pytest.fixture
def lab(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Lab]:
    """A laboratory whose time is short, and whose captures are threads of this process."""

    def here(work: str, *arguments: object) -> object:
        return resolve_name(work)(*arguments)

    monkeypatch.setattr(capture, "apart", here)
    monkeypatch.setattr(stream_writer, "apart", here)
    monkeypatch.setattr(capture, "WATCH_SECONDS", 0.1)
    monkeypatch.setattr(capture, "STATUS_SECONDS", 0.1)
    with discreet_lab(tmp_path, SCALE, caplog, capfd) as made:
        yield made


@pytest.fixture
def unhurried_lab(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[Lab]:
    """A laboratory for captures in processes of their own."""
    with discreet_lab(tmp_path, 1.0, caplog, capfd) as made:
        yield made
