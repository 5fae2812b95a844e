import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import time_machine

from warehouse.errors import TallyhouseError
from warehouse.generations import (
    current_generation_id,
    find_generation,
    list_generations,
    pin,
    roll_back,
)
from warehouse.publishing import Build, publish
from warehouse.settings import Settings

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

READER = """
import sys
import duckdb
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    for line in sys.stdin:
        days = connection.table("mart_wrapped.fct_days")
        print(days.sum("ticks_count").fetchone()[0], flush=True)
"""


def rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(settings.current_file.resolve(), read_only=True) as connection:
        return connection.execute(query).fetchall()


def change(settings: Settings, statement: str) -> None:
    with duckdb.connect(settings.build_file) as connection:
        connection.execute(statement)


def ids(settings: Settings) -> list[str]:
    return [generation.generation_id for generation in list_generations(settings)]


def test_a_published_file_has_the_same_rows_and_views_that_work(
    settings: Settings, build: Build
) -> None:
    summary = publish(settings, build)
    assert rows(settings, "select * from mart_wrapped.fct_days order by all") == [
        ("a", 1, 10),
        ("a", 2, 20),
        ("b", 1, 30),
    ]
    assert rows(settings, "select count(*) from intermediate.int_ticks") == [(3,)]
    assert (summary.tables_count, summary.views_count, summary.rows_count) == (3, 2, 7)
    assert settings.current_link.readlink() == Path("generations") / summary.generation_id
    assert (settings.current_link / "manifest.json").read_text() == build.manifest_file.read_text()


def test_a_published_file_keeps_constraints(settings: Settings, build: Build) -> None:
    publish(settings, build)
    assert rows(
        settings,
        "select is_nullable from information_schema.columns where column_name = 'player_id'",
    ) == [("NO",)]


def test_a_generation_explains_itself(settings: Settings, build: Build) -> None:
    summary = publish(settings, build)
    [(generation_id, built_at, tests, row_counts, data_through)] = rows(
        settings,
        "select generation_id, built_at, tests, row_counts, data_through from meta.generation",
    )
    assert generation_id == summary.generation_id
    assert built_at == datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 a plain UTC timestamp
    assert tests == {"passed": 7, "failed": 0, "warned": 0, "skipped": 0}
    assert row_counts == [
        {"table_name": "mart_wrapped.fct_days", "rows_count": 3},
        {"table_name": "raw_ops.data_through", "rows_count": 1},
        {"table_name": "raw_wrapped.game_ticks", "rows_count": 3},
    ]
    assert data_through == [
        {
            "domain": "wrapped",
            "source_kind": "dump",
            "source_name": "dump",
            "data_through_at": datetime(2026, 1, 1),  # noqa: DTZ001 a plain UTC timestamp
        }
    ]


def test_chosen_schemas_are_all_that_is_published(settings: Settings, build: Build) -> None:
    settings = replace(settings, publish=("staging", "mart_wrapped"))
    summary = publish(settings, build)
    assert rows(settings, "from (show all tables) select schema, name order by all") == [
        ("mart_wrapped", "fct_days"),
        ("meta", "generation"),
    ]
    assert summary.left_out == ("staging.stg_ticks",)
    assert b"secret name" not in settings.current_file.read_bytes()


def test_deleted_rows_leave_no_trace(settings: Settings, build: Build) -> None:
    change(settings, "checkpoint")
    change(settings, "delete from raw_wrapped.game_ticks where username = 'secret name'")
    publish(settings, build)
    assert b"secret name" not in settings.current_file.read_bytes()


def test_rows_that_are_still_in_the_log_are_published(settings: Settings, build: Build) -> None:
    writer = """
import os, sys
import duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("insert into mart_wrapped.fct_days values ('c', 1, 5)")
os._exit(9)  # no close, no checkpoint
"""
    subprocess.run([sys.executable, "-c", writer, str(settings.build_file)], check=False)
    assert settings.build_file.with_suffix(".duckdb.wal").exists()
    publish(settings, build)
    assert rows(
        settings, "select ticks_count from mart_wrapped.fct_days where player_id = 'c'"
    ) == [(5,)]


def test_a_reader_sees_the_same_rows_through_three_publishes(
    settings: Settings, build: Build
) -> None:
    settings = replace(settings, keep=1)
    publish(settings, build)
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(settings.current_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        seen = []
        for _ in range(4):
            reader.stdin.write("again\n")
            reader.stdin.flush()
            seen.append(reader.stdout.readline())
            change(settings, "update mart_wrapped.fct_days set ticks_count = ticks_count + 1")
            publish(settings, build)
        reader.stdin.close()
    assert seen == ["60\n"] * 4
    assert rows(settings, "select sum(ticks_count) from mart_wrapped.fct_days") == [(72,)]


def test_publishes_in_one_second_have_ids_of_their_own(settings: Settings, build: Build) -> None:
    with time_machine.travel(NOON, tick=False):
        for _ in range(3):
            publish(settings, build)
    assert ids(settings) == ["20261122T120000Z", "20261122T120001Z", "20261122T120002Z"]


def test_ids_grow_when_the_clock_was_set_back(settings: Settings, build: Build) -> None:
    with time_machine.travel(NOON, tick=False):
        publish(settings, build)
    with time_machine.travel(NOON.replace(year=2025), tick=False):
        publish(settings, build)
    assert current_generation_id(settings) == "20261122T120001Z"


def test_what_a_killed_publish_left_is_removed(settings: Settings, build: Build) -> None:
    publish(settings, build)
    unfinished = settings.generations_folder / "20990101T000000Z.tmp"
    unfinished.mkdir()
    (unfinished / "warehouse.duckdb").write_text("half")
    settings.current_link.with_suffix(".tmp").symlink_to("nowhere")
    summary = publish(settings, build)
    assert not unfinished.exists()
    assert not settings.current_link.with_suffix(".tmp").is_symlink()
    assert current_generation_id(settings) == summary.generation_id


def test_a_failed_copy_leaves_the_former_generation(settings: Settings, build: Build) -> None:
    former = publish(settings, build).generation_id
    with pytest.raises(TallyhouseError, match=f"failed, and {former} stays current"):
        publish(settings, replace(build, manifest_file=Path("/nowhere/manifest.json")))
    assert current_generation_id(settings) == former
    assert ids(settings) == [former]


def test_a_view_that_can_not_be_read_is_not_published_silently(
    settings: Settings, build: Build
) -> None:
    change(settings, "drop view staging.stg_ticks")
    with pytest.raises(TallyhouseError, match=r"intermediate\.int_ticks"):
        publish(settings, build)
    assert list_generations(settings) == []
    assert list(settings.generations_folder.glob("*.tmp")) == []


def test_what_no_model_makes_any_more_is_left_out(settings: Settings, build: Build) -> None:
    change(settings, "create table mart_wrapped.fct_renamed as select 1 as a")
    change(settings, "create view staging.stg_renamed as select * from mart_wrapped.fct_renamed")
    summary = publish(settings, build)
    assert summary.left_out == ("mart_wrapped.fct_renamed", "staging.stg_renamed")


def test_an_unknown_schema_is_named(settings: Settings, build: Build) -> None:
    with pytest.raises(TallyhouseError, match="WAREHOUSE__PUBLISH: nothing is in mart_rapped"):
        publish(replace(settings, publish=("mart_rapped",)), build)


def test_nothing_to_publish_names_the_command(tmp_path: Path, build: Build) -> None:
    with pytest.raises(TallyhouseError, match="tallyhouse run"):
        publish(Settings(folder=tmp_path / "empty"), build)


def test_the_newest_the_pinned_and_the_current_are_kept(settings: Settings, build: Build) -> None:
    settings = replace(settings, keep=2)
    first = publish(settings, build).generation_id
    pin(settings, first)
    second = publish(settings, build).generation_id
    third = publish(settings, build).generation_id
    summary = publish(settings, build)
    assert summary.pruned == (second,)
    assert ids(settings) == [first, third, summary.generation_id]
    pin(settings, first, is_pinned=False)
    last = publish(settings, build)
    assert last.pruned == (first, third)


def test_rollback_goes_to_the_generation_before(settings: Settings, build: Build) -> None:
    first = publish(settings, build).generation_id
    change(settings, "delete from mart_wrapped.fct_days")
    second = publish(settings, build).generation_id
    assert roll_back(settings) == first
    assert rows(settings, "select count(*) from mart_wrapped.fct_days") == [(3,)]
    with pytest.raises(TallyhouseError, match=f"No generation is older than {first}"):
        roll_back(settings)
    assert roll_back(settings, second) == second


def test_an_unknown_generation_is_named(settings: Settings, build: Build) -> None:
    publish(settings, build)
    with pytest.raises(TallyhouseError, match="no generation 20000101T000000Z"):
        roll_back(settings, "20000101T000000Z")
    assert find_generation(settings, "current").is_current


def test_published_files_are_read_only(settings: Settings, build: Build) -> None:
    publish(settings, build)
    assert settings.current_file.stat().st_mode & 0o222 == 0
