"""The sample world of `wrapped`, loaded and built: every mart row says what the plan says."""

import json
import os
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.landing import land
from sample_world.wrapped import write_world
from tests.truth.planned import Row, dbt_build, differences
from warehouse.progress import ignore_progress
from warehouse.settings import Settings

SIZE = os.environ.get("TRUTH_SIZE", "small")
SEEDS = (1, 2, 3)
LISTED = 40  # differences that a failure writes out


def settings_of(folder: Path, seed: int) -> Settings:
    return Settings.from_environment(
        {
            "SAMPLE_WORLD__SEED": str(seed),
            "SAMPLE_WORLD__SIZE": SIZE,
            "WAREHOUSE__FOLDER": str(folder),
        },
        None,
    )


def refused_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Count what the row rules of staging keep out."""
    tables = (
        "game_ticks",
        "stat_changes",
        "offer_changes",
        "hitsplats",
        "actor_deaths",
        "loot_drops",
    )
    union = " union all ".join(
        f"select reject_reason from staging.stg_wrapped__{table}" for table in tables
    )
    query = (
        f"select reject_reason, count(*) from ({union}) where reject_reason is not null group by 1"
    )
    return dict(connection.execute(query).fetchall())


def compare(folder: Path, truth: Row) -> list[str]:
    with duckdb.connect(str(folder / "build" / "warehouse.duckdb"), read_only=True) as connection:
        found = list(differences(connection, truth["rows"], "mart_wrapped"))
        query = "select reason, count(*) from raw_wrapped.rejects group by 1"
        load_rejects = dict(connection.execute(query).fetchall())
        row_rejects = refused_rows(connection)
    if load_rejects != truth["rejects"]["load"]:
        found.append(f"rejects of the load: {load_rejects}, planned {truth['rejects']['load']}")
    for reason, count in truth["rejects"]["rows"].items():
        if reason in row_rejects and row_rejects[reason] != count:
            found.append(f"rows refused as {reason}: {row_rejects[reason]}, planned {count}")
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_every_mart_row_says_what_was_planned(tmp_path: Path, seed: int) -> None:
    settings = settings_of(tmp_path, seed)
    write_world(settings.world_folder, seed, SIZE)
    truth = json.loads((settings.world_folder / "wrapped" / "truth.json").read_text())
    # The data tests need to look at one of these builds only.
    untested = ("unit_test",) if seed == SEEDS[0] else ("unit_test", "test")
    for times, left_out in (("once", untested), ("twice", ("unit_test", "test"))):
        land("wrapped", settings, ignore_progress)
        dbt_build(tmp_path, "wrapped", left_out=left_out)
        found = compare(tmp_path, truth)
        listed = "\n".join(found[:LISTED])
        assert not found, f"seed {seed}, loaded {times}: {len(found)} differences\n{listed}"
