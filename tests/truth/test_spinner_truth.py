"""The laboratory's sample world, captured, loaded and built: marts say what the plan says.

Of the crowd and of all others, every mart that messages alone can fill is also what a second
implementation says, which was written from the definitions and shares nothing with the SQL.
"""

import json
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.landing import land
from flows.replay import replay
from sample_world.spinner import write_lab
from sample_world.spinner.students import FREE_TEXT
from tests.truth.live_answers import answer_differences
from tests.truth.planned import Row, dbt_build, differences
from tests.truth.spinner_reference.compare import captured, reference_differences
from warehouse.settings import Settings

SIZE = "small"
LISTED = 40


@pytest.mark.parametrize("seed", [1])
def test_every_mart_row_says_what_was_planned(tmp_path: Path, seed: int) -> None:
    settings = Settings.from_environment({"WAREHOUSE__FOLDER": str(tmp_path)}, None)
    write_lab(settings.world_folder, seed, SIZE, replay)
    truths: list[Row] = json.loads(
        (settings.world_folder / "spinner" / "truth.json").read_text(encoding="utf-8")
    )["rows"]
    land("spinner", settings)
    dbt_build(tmp_path, "spinner", left_out=("unit_test", "test"))
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        found = list(differences(connection, truths, "mart_spinner"))
        found += reference_differences(connection, captured(connection))
        exported = connection.execute(
            "select table_name from information_schema.tables "
            "where table_schema in ('export_spinner', 'mart_spinner')"
        ).fetchall()
        for (name,) in exported:
            schema = "export_spinner" if name.startswith("exp_") else "mart_spinner"
            leaked = connection.execute(
                f"select count(*) from {schema}.{name} as leaving "
                "where contains(cast(leaving as varchar), ?)",
                [FREE_TEXT],
            ).fetchone()
            if leaked != (0,):
                found.append(f"{schema}.{name} holds free text")
    found += answer_differences(settings, tmp_path / "dbt" / "manifest.json")
    listed = "\n".join(found[:LISTED])
    assert not found, f"seed {seed}: {len(found)} differences\n{listed}"
