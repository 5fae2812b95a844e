from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from warehouse.publishing import Build
from warehouse.settings import Settings

BUILT_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data folder with a small build file: a raw table, a view on it, a view on that, a mart."""
    settings = Settings(folder=tmp_path / "data", keep=3)
    settings.build_file.parent.mkdir(parents=True)
    with duckdb.connect(settings.build_file) as connection:
        connection.execute(
            """
            create schema raw_wrapped;
            create table raw_wrapped.game_ticks (id integer, username varchar);
            insert into raw_wrapped.game_ticks values (1, 'a'), (2, 'b'), (3, 'secret name');
            create schema staging;
            create schema intermediate;
            create view staging.stg_ticks as
            select * from "warehouse"."raw_wrapped"."game_ticks";
            create view intermediate.int_ticks as select * from "warehouse"."staging"."stg_ticks";
            create schema mart_wrapped;
            create table mart_wrapped.fct_days (
                player_id varchar not null, day integer, ticks_count bigint
            );
            insert into mart_wrapped.fct_days values ('a', 1, 10), ('a', 2, 20), ('b', 1, 30);
            create schema raw_ops;
            create table raw_ops.data_through (
                domain varchar, source_kind varchar, source_name varchar,
                data_through_at timestamp, loaded_at timestamp
            );
            insert into raw_ops.data_through
            values ('wrapped', 'dump', 'dump', '2026-01-01', '2026-01-02');
            """
        )
    return settings


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """A dbt build whose manifest declares the key of the mart."""
    manifest = tmp_path / "manifest.json"
    manifest.write_text(
        """
        {"nodes": {
            "model.t.stg_ticks": {
                "resource_type": "model", "schema": "staging", "name": "stg_ticks"},
            "model.t.int_ticks": {
                "resource_type": "model", "schema": "intermediate", "name": "int_ticks"},
            "model.t.fct_days": {
                "resource_type": "model", "schema": "mart_wrapped", "name": "fct_days"},
            "test.t.unique": {
                "resource_type": "test", "attached_node": "model.t.fct_days",
                "test_metadata": {
                    "name": "unique_combination_of_columns",
                    "kwargs": {"combination_of_columns": ["player_id", "day"]}}}},
         "exposures": {}}
        """
    )
    return Build(manifest_file=manifest, built_at=BUILT_AT, tests={"passed": 7})
