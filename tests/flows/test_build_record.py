"""A build is left out only when it would make what is there already."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import time_machine

from flows import build_record, steps
from flows.build_record import (
    BuildRecord,
    built_fingerprints,
    fingerprints,
    manifest_file,
    merge_manifest,
    remember_built,
)
from tests.dbt_project.raw_tables import create_raw_tables
from warehouse.generations import list_generations
from warehouse.progress import ignore_progress
from warehouse.settings import Settings

MODEL = "models/fct_days.sql"
NOON = datetime(2026, 2, 9, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A warehouse with empty raw tables, and a project of one model."""
    made = Settings(folder=tmp_path / "data")
    made.build_file.parent.mkdir(parents=True)
    with duckdb.connect(made.build_file) as connection:
        create_raw_tables(connection)
    (tmp_path / "project" / "models").mkdir(parents=True)
    (tmp_path / "project" / "models" / "fct_days.sql").write_text("select 1 as day")
    monkeypatch.setattr(build_record, "PROJECT_FOLDER", tmp_path / "project")
    return made


def write(settings: Settings, sql: str) -> None:
    with duckdb.connect(settings.build_file) as connection:
        connection.execute(sql)


def landed(load_id: str) -> str:
    return (
        "insert into raw_spinner.messages by name select 'a' as capture_id, 'spin30' as stream, "
        f"{load_id} as seq, '{load_id}' as _dlt_load_id"
    )


def period(label: str) -> str:
    return (
        "insert into raw_ops.requested_periods values "
        f"('wrapped', '{label}', '2025-06-01', '2025-09-01', now())"
    )


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda settings: None, set()),
        (lambda settings: write(settings, landed("2")), {"spinner"}),
        (lambda settings: write(settings, "delete from raw_spinner.messages"), {"spinner"}),
        (
            lambda settings: write(settings, "update raw_wrapped.periods set label = 'Other'"),
            {"wrapped"},
        ),
        (
            lambda settings: write(settings, "update raw_wrapped.periods set _dlt_load_id = '9'"),
            set(),
        ),
        (lambda settings: write(settings, period("summer")), {"wrapped"}),
        (
            lambda settings: (build_record.PROJECT_FOLDER / "models/fct_days.sql").write_text(
                "select 2"
            ),
            {"spinner", "wrapped"},
        ),
        (
            lambda settings: (build_record.PROJECT_FOLDER / MODEL).rename(
                build_record.PROJECT_FOLDER / "models/fct_weeks.sql"
            ),
            {"spinner", "wrapped"},
        ),
    ],
)
def test_what_changes_what_a_domain_is_made_from(
    settings: Settings, change: Callable[[Settings], object], changed: set[str]
) -> None:
    write(settings, landed("1"))
    write(settings, "insert into raw_wrapped.periods by name select 'One' as label")
    with time_machine.travel(NOON, tick=False):
        before = fingerprints(settings, {})
        change(settings)
        after = fingerprints(settings, {})
    assert {domain for domain in after if after[domain] != before[domain]} == changed


def test_a_day_and_a_variable_change_every_domain(settings: Settings) -> None:
    with time_machine.travel(NOON, tick=False):
        before = fingerprints(settings, {})
        other = fingerprints(settings, {"spinner_use_former_matrices": True})
    with time_machine.travel(NOON.replace(day=10), tick=False):
        next_day = fingerprints(settings, {})
    assert not set(before.values()) & {*other.values(), *next_day.values()}


def test_nothing_counts_as_built_without_its_manifest(settings: Settings) -> None:
    remember_built(settings, {"spinner": "a", "wrapped": "b"})
    assert built_fingerprints(settings) == {}
    manifest_file(settings).parent.mkdir(parents=True)
    manifest_file(settings).write_text("{}")
    assert built_fingerprints(settings) == {"spinner": "a", "wrapped": "b"}


def test_a_manifest_keeps_the_sql_of_what_was_not_built(settings: Settings) -> None:
    def node(sql: str | None) -> dict[str, object]:
        return {"compiled": True, "compiled_code": sql} if sql else {}

    target = settings.dbt_folder / "target" / "manifest.json"
    target.parent.mkdir(parents=True)
    target.write_text(json.dumps({"nodes": {"m.one": node("one"), "m.two": node("two")}}))
    merge_manifest(settings, ["spinner", "wrapped"])
    target.write_text(json.dumps({"nodes": {"m.one": node("newer"), "m.two": node(None)}}))
    merge_manifest(settings, ["spinner"])
    merged = json.loads(manifest_file(settings).read_text())["nodes"]
    assert {name: each["compiled_code"] for name, each in merged.items()} == {
        "m.one": "newer",
        "m.two": "two",
    }


def test_a_build_is_published_once_and_again_after_a_rollback(settings: Settings) -> None:
    manifest_file(settings).parent.mkdir(parents=True)
    manifest_file(settings).write_text('{"nodes": {}}')
    record = BuildRecord(settings)
    record.write(is_complete=True, sources=[])
    first = steps.publish(settings, ignore_progress)
    assert "unchanged" not in first
    again = steps.publish(settings, ignore_progress)
    assert again["unchanged"]
    counts = ("generation_id", "tables_count", "views_count", "rows_count")
    assert [again[name] for name in counts] == [first[name] for name in counts]
    record.write(is_complete=True, sources=[])
    second = steps.publish(settings, ignore_progress)
    settings.current_link.unlink()
    settings.current_link.symlink_to(f"generations/{first['generation_id']}")
    third = steps.publish(settings, ignore_progress)
    assert "unchanged" not in third
    assert [generation.generation_id for generation in list_generations(settings)] == [
        first["generation_id"],
        second["generation_id"],
        third["generation_id"],
    ]
