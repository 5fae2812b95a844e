"""All unit tests of the models, on empty tables: they bring their own rows."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from tests.dbt_project.raw_tables import create_raw_tables

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "dbt_project"


def dbt(folder: Path, *words: str) -> None:
    told = subprocess.run(
        [
            Path(sys.prefix) / "bin" / "dbt",
            "--quiet",
            "--no-use-colors",
            *words,
            f"--project-dir={PROJECT}",
            f"--profiles-dir={PROJECT}",
            f"--target-path={folder / 'target'}",
            f"--log-path={folder / 'logs'}",
        ],
        env={**os.environ, "WAREHOUSE__FOLDER": str(folder), "DO_NOT_TRACK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout[-6000:]


def test_every_unit_test_of_the_models_passes(tmp_path: Path) -> None:
    build_file = tmp_path / "build" / "warehouse.duckdb"
    build_file.parent.mkdir()
    with duckdb.connect(build_file) as connection:
        create_raw_tables(connection)
        connection.execute("create table raw_ops.built_domains as select 'wrapped' as domain")
    dbt(tmp_path, "seed")
    with duckdb.connect(build_file) as connection:  # nothing counts as built any more
        assert "built_domains" not in [
            name for (name,) in connection.execute("show tables from raw_ops").fetchall()
        ]
    dbt(tmp_path, "run", "--empty")
    dbt(tmp_path, "test", "--select", "test_type:unit")
