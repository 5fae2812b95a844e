import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from flows import steps
from flows.build_record import BuildRecord
from flows.cli import main
from flows.steps import Request, StepFailedError, Summary
from warehouse.errors import TallyhouseError
from warehouse.generations import list_generations
from warehouse.progress import Progress
from warehouse.publishing import Build, publish
from warehouse.settings import Settings
from warehouse.writer_lock import writer_lock

Steps = dict[str, Callable[[Progress], Summary]]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREHOUSE__FOLDER", str(tmp_path / "data"))
    return Settings.from_environment()


@pytest.fixture
def published(settings: Settings, tmp_path: Path) -> Settings:
    settings.build_file.parent.mkdir(parents=True)
    with duckdb.connect(settings.build_file) as connection:
        connection.execute(
            """
            create schema mart_wrapped;
            create table mart_wrapped.fct_days as select 1 as day, 'nan'::double as hours
            """
        )
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"nodes": {}, "exposures": {}}')
    build = Build(manifest, datetime.now(tz=UTC), {})
    publish(settings, build)
    publish(settings, build)
    return settings


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> Steps:
    """Steps that do nothing, taken in place of the real ones."""
    names = ("load", "build", "publish", "export")
    planned: Steps = {name: lambda progress: {} for name in names}
    planned["publish"] = lambda progress: {"rows_count": 7}

    def sequence(settings: Settings, request: Request) -> tuple[object, ...]:
        return tuple(planned.items())

    monkeypatch.setattr("flows.work_commands.sequence", sequence)
    return planned


def last_line(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    report: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return report


@pytest.mark.usefixtures("settings", "planned")
def test_a_run_takes_all_steps_and_says_what_they_did(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--json"]) == 0
    report = last_line(capsys)
    assert report["ok"] is True
    assert report["publish"] == {"rows_count": 7}
    assert {"load", "build", "publish", "export"} <= report.keys()


@pytest.mark.usefixtures("settings", "planned")
def test_a_step_alone_is_taken_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", "--json"]) == 0
    assert not {"load", "build", "export"} & last_line(capsys).keys()


@pytest.mark.usefixtures("settings")
def test_a_failed_step_ends_the_run(planned: Steps, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(progress: Progress) -> Summary:
        raise StepFailedError("build", "1 failed test", {"tests_failed": 1})

    planned["build"] = fail
    assert main(["run", "--json"]) == 1
    report = last_line(capsys)
    assert (report["ok"], report["failed_step"], report["error"]) == (
        False,
        "build",
        "1 failed test",
    )
    assert report["build"] == {"tests_failed": 1}
    assert "publish" not in report


@pytest.mark.usefixtures("planned")
def test_a_second_run_names_the_first(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with writer_lock(settings.run_lock_file, "refresh wrapped"):
        assert main(["run"]) == 1
    assert "`refresh wrapped` (process" in capsys.readouterr().err


@pytest.mark.usefixtures("settings", "planned")
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["run", "nowhere"], "no domain nowhere"),
        (["run", "--periods", "25"], "--periods: '25'"),
        (["rollback"], "Nothing is published yet"),
        (["sql", "select 1"], "Nothing is published yet"),
    ],
)
def test_an_error_is_one_line_and_status_1(
    words: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    said = capsys.readouterr().err
    assert said.startswith("tallyhouse: ")
    assert text in said
    assert "Traceback" not in said


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("form", "text"),
    [("csv", "day,hours\n1,nan\n"), ("json", '[{"day": 1, "hours": null}]\n')],
)
def test_a_query_is_answered_in_the_form_asked_for(
    form: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sql", "from mart_wrapped.fct_days", "--format", form]) == 0
    assert capsys.readouterr().out == text


@pytest.mark.usefixtures("published")
def test_a_query_can_not_write(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sql", "drop table mart_wrapped.fct_days"]) == 1
    assert "read-only" in capsys.readouterr().err


def test_generations_are_listed_pinned_compared_and_rolled_back(
    published: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (generation.generation_id for generation in list_generations(published))
    assert main(["pin", first, "--json"]) == 0
    assert main(["rollback", "--json"]) == 0
    assert last_line(capsys) == {"ok": True, "current": first}
    assert main(["diff", first, second]) == 0
    assert capsys.readouterr().out == "0 of 1 marts differ.\n"
    assert main(["generations", "--json"]) == 0
    listed = last_line(capsys)["generations"]
    assert isinstance(listed, list)
    assert [(one["generation"], one["is_current"], one["is_pinned"]) for one in listed] == [
        (first, True, True),
        (second, False, False),
    ]


def test_what_a_failed_build_left_is_not_published(settings: Settings) -> None:
    record = BuildRecord(settings)
    with pytest.raises(TallyhouseError, match="Nothing is built yet"):
        steps.publish(settings, lambda *_: None)
    record.write(is_complete=False, sources=[])
    with pytest.raises(TallyhouseError, match="tallyhouse build"):
        steps.publish(settings, lambda *_: None)


@pytest.mark.usefixtures("settings")
def test_the_command_does_not_import_prefect() -> None:
    program = """
import sys, flows.cli, flows.work_commands, flows.read_commands
print("prefect" in sys.modules)
"""
    root = str(Path(__file__).parents[2])
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root
    )
    assert told.stdout == "False\n"
