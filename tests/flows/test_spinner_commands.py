import configparser
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.cli import main
from flows.stream_sources import sources
from flows.units import units, write_units
from sample_world.relay_emulator import RelayEmulator
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings


@pytest.fixture
def relay() -> Iterator[RelayEmulator]:
    with RelayEmulator() as made:
        yield made


@pytest.fixture(autouse=True)
def credentials(tmp_path: Path, relay: RelayEmulator, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "credentials"
    relay.write_credentials(folder, ["spin30", "spin31"])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREHOUSE__FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("SOURCES__SPINNER__CREDENTIALS_PATH", str(folder))
    monkeypatch.setenv("SOURCES__SPINNER__HOST_API", relay.origin)
    return folder


def service(words: str) -> dict[str, dict[str, str]]:
    """A service of ours that runs for ever."""
    return {
        "Unit": {
            "Wants": "network-online.target",
            "After": "network-online.target session-rules.service",
            "StartLimitIntervalSec": "0",
        },
        "Service": {
            "Type": "notify",
            "WatchdogSec": "60",
            "User": "analytics",
            "EnvironmentFile": "/opt/analytics/.env",
            "ExecStart": f"/opt/analytics/bin/tallyhouse spinner {words}",
            "Restart": "always",
            "RestartSec": "2",
            "TimeoutStopSec": "30",
            "NoNewPrivileges": "yes",
            "ProtectSystem": "strict",
            "ReadWritePaths": "/var/analytics/data",
        },
        "Install": {"WantedBy": "multi-user.target"},
    }


UNITS = {
    "session.service": {
        "Unit": {
            "Wants": "network-online.target",
            "After": "network-online.target",
            "StartLimitIntervalSec": "0",
        },
        "Service": {
            "User": "practable",
            "Environment": "VW_PORT=8888 VW_LOG_LEVEL=WARN",
            "ExecStart": "/usr/local/bin/session-relay host",
            "Restart": "always",
            "RestartSec": "2",
        },
        "Install": {"WantedBy": "multi-user.target"},
    },
    "session-rules.service": {
        "Unit": {"Wants": "session.service", "After": "session.service"},
        "Service": {
            "Type": "oneshot",
            "User": "analytics",
            "EnvironmentFile": "/opt/analytics/.env",
            "ExecStart": "/opt/analytics/bin/tallyhouse spinner rules apply --wait 60",
        },
    },
    "session-rules.timer": {
        "Unit": {},
        "Timer": {"OnBootSec": "10s", "OnUnitInactiveSec": "60s"},
        "Install": {"WantedBy": "timers.target"},
    },
    "spinner-answers.service": service("answers"),
    "spinner-capture@.service": service("capture %i"),
}


def read(**values: str) -> Settings:
    return Settings.from_environment(values, dotenv=None)


def test_rules_are_applied_listed_and_deleted(
    credentials: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (credentials / "log.token.spin31").unlink()
    with pytest.raises(SystemExit) as ended:
        main(["spinner", "rules", "apply", "--wait", "1"])
    assert ended.value.code == 1
    assert "spin31: log.token.spin31: FileNotFoundError" in capsys.readouterr().err
    assert main(["spinner", "rules", "list", "--json"]) == 0
    printed = capsys.readouterr().out
    assert [rule["id"] for rule in json.loads(printed)["rules"]] == ["spin30"]
    assert (credentials / "log.token.spin30").read_text().strip() not in printed
    assert main(["spinner", "rules", "delete", "spin30", "--dry-run"]) == 0
    assert "would be deleted: spin30\n" in capsys.readouterr().out
    assert main(["spinner", "rules", "list", "--json"]) == 0
    assert [rule["id"] for rule in json.loads(capsys.readouterr().out)["rules"]] == ["spin30"]
    assert main(["spinner", "rules", "delete", "spin30", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rules"] == []
    assert main(["spinner", "rules", "delete"]) == 1


def test_our_rules_are_deleted_whatever_their_tokens_are_good_for(
    relay: RelayEmulator, credentials: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["spinner", "rules", "apply", "--wait", "1", "--json"]) == 0
    relay.write_credentials(credentials, ["spin30"], exp=1)
    (credentials / "log.token.spin31").unlink()
    capsys.readouterr()
    assert main(["spinner", "rules", "delete", "--ours", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["deleted"], report["rules"]) == (["spin30", "spin31"], [])


def test_a_file_is_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "messages.jsonl").write_text('{"user":"u","t":5,"type":"log"}\n')
    assert main(["spinner", "import", "messages.jsonl", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == {"messages": 1}
    assert not read(WAREHOUSE__FOLDER=str(tmp_path / "data")).spinner.is_sample_world
    assert main(["spinner", "import", "nothing.jsonl"]) == 1


def test_units_restart_for_ever_and_run_without_root(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["spinner", "units", "--to", str(tmp_path / "units")]) == 0
    assert (
        "spinner-capture@spin30.service spinner-capture@spin31.service" in capsys.readouterr().out
    )
    written = {file.name: file.read_text() for file in (tmp_path / "units").iterdir()}
    assert {name: _told(text) for name, text in written.items()} == UNITS


def _told(text: str) -> dict[str, dict[str, str]]:
    """What a unit says, but its description."""
    unit = configparser.RawConfigParser()
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(text)
    told = {name: dict(section) for name, section in unit.items() if section}
    del told["Unit"]["Description"]
    return told


def test_every_unit_is_told_how_to_start(tmp_path: Path) -> None:
    command = write_units(tmp_path, ["spin30"], "/srv/data")
    assert command[:3] == ["systemctl", "enable", "--now"]
    assert "ReadWritePaths=/srv/data" in units("/srv/data")["spinner-answers.service"]


def test_without_names_every_stream_with_credentials_is_captured(credentials: Path) -> None:
    settings = read(SOURCES__SPINNER__CREDENTIALS_PATH=str(credentials))
    assert [source.topic for source in sources(settings)] == ["spin30-log", "spin31-log"]
    assert [source.topic for source in sources(settings, ["spin31"])] == ["spin31-log"]


def test_the_session_host_may_be_all_that_is_configured() -> None:
    (source,) = sources(read(LOG_URL="ws://localhost:8888/ws/spin30"))
    assert (source.topic, source.host_url) == ("spin30-log", "ws://localhost:8888/ws/spin30")
    assert source.credentials_path is None


def test_hardware_is_captured_when_it_is_asked_for(credentials: Path) -> None:
    settings = read(
        SOURCES__SPINNER__CREDENTIALS_PATH=str(credentials), SOURCES__SPINNER__HARDWARE="true"
    )
    topics = [source.topic for source in sources(settings, ["spin30"])]
    assert topics == ["spin30-log", "spin30-data"]


def test_nothing_to_capture_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(TallyhouseError, match="SOURCES__SPINNER__CREDENTIALS_PATH"):
        sources(read(SOURCES__SPINNER__CREDENTIALS_PATH=str(tmp_path)))
    with pytest.raises(TallyhouseError, match="is no stream"):
        sources(read(), ["../spin30"])
    with pytest.raises(TallyhouseError, match="SOURCES__SPINNER__HOST_URL"):
        sources(read(LOG_URL="ws://localhost:8888/ws/spin30"), ["spin30", "spin31"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["spinner"], "register the laboratory's streams"),
        (["spinner", "capture"], "STREAM"),
        (["capture"], "STREAM"),
    ],
)
def test_help_is_there(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    assert ended.value.code == 0
    assert told in capsys.readouterr().out
