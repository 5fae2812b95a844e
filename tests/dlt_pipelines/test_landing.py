"""Files as the source: what lands, what is counted, and what a second load changes."""

import json
import sqlite3
from pathlib import Path

import pytest

from dlt_pipelines.landing import land
from tests.dlt_pipelines import telemetry
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

COLUMNS = (
    "select table_name, column_name, data_type from information_schema.columns "
    "where table_schema = 'raw_wrapped' and table_name not like '\\_dlt%' escape '\\' order by all"
)


def settings_with_dump(folder: Path, documents: int) -> Settings:
    dump = telemetry.write_dump(folder / "dump", telemetry.world(documents))
    return telemetry.settings_of(folder / "data", SOURCES__WRAPPED__DUMP_PATH=dump)


def test_documents_land_in_typed_columns(tmp_path: Path) -> None:
    settings = settings_with_dump(tmp_path, 2)

    land("wrapped", settings)

    landed = telemetry.landed(settings)
    key, envelope = (1_700_000_000, "aabbccddee", 0), (1_700_000_000_000, "Test\u00a0Goblin", 0)
    session, place = "session-1699999991000", (3250, 3236, 12850, None, None)
    actor = ("Goblin", 1, 3029, 2, *place)
    outfit = landed["outfits"][0]
    assert outfit[1:] == tuple(telemetry.WORN)
    assert {name: rows[0] for name, rows in landed.items() if name != "outfits"} == {
        "actor_death": (*key, *envelope, session, *actor, None),
        "game_ticks": (
            *(*key, *envelope, session, 9929, 54, 43, None, 3222, 3218, 12850),
            *(None, None, outfit[0], None),
        ),
        "grand_exchange_offer_changed": (
            *(*key, *envelope, session, 2, 385, 800, 120, 93_600, 1000),
            *("BUYING", None),
        ),
        "hiscores_entries": ("6553f100aabbccddee000000", "activity", "Zulrah", 9, None, 50),
        "hiscores_fetches": landed["hiscores_fetches"][0],
        "hitsplat_applied": (
            *(*key, *envelope, session, *actor, 5, 16, 12_044),
            *(True, False, None),
        ),
        "loot_received": (*key, *envelope, session, *actor, None),
        "loot_received_items": (*key, 0, 526, 1),
        "stat_changed": (*key, *envelope, session, "FISHING", 309_240, 61, 61, None),
    }


def test_an_outfit_number_is_made_of_the_md5_of_its_slots(tmp_path: Path) -> None:
    settings = settings_with_dump(tmp_path, 1)

    land("wrapped", settings)

    assert telemetry.landed(settings)["outfits"][0][0] == 3_784_071_409_139_523_120


def test_every_table_is_there_after_a_load_of_nothing(tmp_path: Path) -> None:
    full = settings_with_dump(tmp_path / "full", 2)
    empty = settings_with_dump(tmp_path / "empty", 0)

    land("wrapped", full)
    summary = land("wrapped", empty)

    assert summary.as_dict()["read"] == 0
    assert telemetry.query(empty, COLUMNS) == telemetry.query(full, COLUMNS)


def test_a_second_load_changes_nothing(tmp_path: Path) -> None:
    settings = settings_with_dump(tmp_path, 40)
    land("wrapped", settings)
    before = telemetry.landed(settings)

    summary = land("wrapped", settings).as_dict()

    assert (summary["read"], summary["landed"], summary["duplicate"]) == (280, 0, 280)
    assert telemetry.landed(settings) == before


def test_small_packages_and_worker_processes_land_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = settings_with_dump(tmp_path / "whole", 60)
    cut = settings_with_dump(tmp_path / "cut", 60)
    monkeypatch.setattr("dlt_pipelines.workers.INLINE_DOCUMENTS", 0)

    land("wrapped", whole, workers=0)
    summary = land("wrapped", cut, workers=2, package_documents=100)

    assert summary.packages == 4
    assert telemetry.landed(cut) == telemetry.landed(whole)


def test_the_order_of_slices_does_not_matter(tmp_path: Path) -> None:
    whole = settings_with_dump(tmp_path / "whole", 50)
    land("wrapped", whole)
    for name, begin, end in (("late", 25, 50), ("early", 0, 30)):
        rows = {key: rows[begin:end] for key, rows in telemetry.world(50).items()}
        dump = telemetry.write_dump(tmp_path / name, rows)
        sliced = telemetry.settings_of(tmp_path / "sliced", SOURCES__WRAPPED__DUMP_PATH=dump)
        land("wrapped", sliced)

    assert telemetry.landed(sliced) == telemetry.landed(whole)


def test_counts_per_day_add_up(tmp_path: Path) -> None:
    settings = settings_with_dump(tmp_path, 10)
    land("wrapped", settings)
    land("wrapped", settings)

    counts = telemetry.query(
        settings,
        "select source_kind, cast(day as varchar), read_count, landed_count, duplicate_count, "
        "rejected_count, ignored_count from raw_ops.load_counts "
        "where table_name = 'game_ticks' order by load_id",
    )

    assert counts == [
        ("dump", "2023-11-14", 10, 10, 0, 0, 0),
        ("dump", "2023-11-14", 10, 0, 10, 0, 0),
    ]
    through = telemetry.query(
        settings, "select source_kind, cast(data_through_at as varchar) from raw_ops.data_through"
    )
    assert through == [("dump", "2023-11-14 22:13:29")]


def plugin_file(path: Path, documents: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute("create table game_tick (id integer primary key, data text)")
        rows = [telemetry.tick(number) for number in range(documents)]
        for row in rows:
            del row["_id"]
        connection.executemany(
            "insert into game_tick (data) values (?)", [(json.dumps(row),) for row in rows]
        )
    return path


def test_a_plugin_file_that_grew_or_was_copied_lands_only_its_new_rows(tmp_path: Path) -> None:
    folder = tmp_path / "plugin"
    settings = telemetry.settings_of(tmp_path / "data", SOURCES__WRAPPED__SQLITE_PATH=tmp_path)
    plugin_file(folder / "rlw.db", 20)
    land("wrapped", settings)
    plugin_file(folder / "copy" / "rlw.db", 30)

    summary = land("wrapped", settings).as_dict()

    assert (summary["read"], summary["landed"], summary["duplicate"]) == (50, 10, 40)
    through = telemetry.query(
        settings, "select cast(data_through_at as varchar) from raw_ops.data_through"
    )
    assert through == [("2023-11-14 22:13:37.4",)]


def test_a_plugin_row_has_a_key_of_its_own_text(tmp_path: Path) -> None:
    settings = telemetry.settings_of(
        tmp_path / "data", SOURCES__WRAPPED__SQLITE_PATH=plugin_file(tmp_path / "rlw.db", 1)
    )

    land("wrapped", settings)

    query = "select id_time, id_process, id_counter, source_kind from raw_wrapped.game_ticks"
    assert telemetry.query(settings, query) == [(1_700_000_000, "80cf0a2c35", 1, "sqlite")]


def test_a_write_ahead_log_beside_a_plugin_file_is_read_too(tmp_path: Path) -> None:
    path = plugin_file(tmp_path / "rlw.db", 3)
    writer = sqlite3.connect(path)
    writer.execute("pragma journal_mode = wal")
    writer.execute("insert into game_tick (data) select data from game_tick limit 1")
    writer.commit()
    settings = telemetry.settings_of(tmp_path / "data", SOURCES__WRAPPED__SQLITE_PATH=path)

    summary = land("wrapped", settings).as_dict()
    writer.close()

    assert summary["read"] == 4


def test_control_files_replace_their_tables_and_bad_rows_are_rejects(tmp_path: Path) -> None:
    control = tmp_path / "control"
    control.mkdir()
    (control / "players.csv").write_text(
        "username,time_zone,valid_from,opt_out\n"
        "Test Goblin,Pacific/Auckland,2025-07-01T00:00:00Z,yes\n"
        "Other,Mars/Olympus,,\n"
    )
    (control / "periods.csv").write_text(
        "period_id,label,start_date,end_date\n"
        "summer,Summer,2025-06-01,2025-09-01\n"
        "winter,Winter,2025-12-01,2025-11-01\n"
    )
    dump = telemetry.write_dump(tmp_path / "dump", telemetry.world(1))
    settings = telemetry.settings_of(
        tmp_path / "data",
        SOURCES__WRAPPED__DUMP_PATH=dump,
        SOURCES__WRAPPED__CONTROL_PATH=control,
    )

    land("wrapped", settings)
    summary = land("wrapped", settings).as_dict()

    assert summary["rejected"] == {"bad_control": 2}
    players = telemetry.query(
        settings,
        "select username, time_zone, cast(valid_from as varchar), opt_out, can_compare "
        "from raw_wrapped.players order by all",
    )
    assert players == [
        ("Other", None, None, None, None),
        ("Test Goblin", "Pacific/Auckland", "2025-07-01 00:00:00", True, None),
    ]
    periods = "select period_id, cast(end_date as varchar) from raw_wrapped.periods"
    assert telemetry.query(settings, periods) == [("summer", "2025-09-01")]
    rejected = "select collection, reason from raw_wrapped.rejects order by all"
    assert telemetry.query(settings, rejected) == [
        ("periods", "bad_control"),
        ("players", "bad_control"),
    ]


def test_a_file_that_lost_most_of_its_rows_replaces_nothing(tmp_path: Path) -> None:
    items = tmp_path / "items.csv"
    items.write_text("item_id,name\n" + "".join(f"{n},Thing {n}\n" for n in range(40)))
    dump = telemetry.write_dump(tmp_path / "dump", telemetry.world(1))
    settings = telemetry.settings_of(
        tmp_path / "data", SOURCES__WRAPPED__DUMP_PATH=dump, SOURCES__WRAPPED__ITEMS_PATH=items
    )
    land("wrapped", settings)
    items.write_text("item_id,name\n1,Thing 1\n")

    with pytest.raises(TallyhouseError, match=r"SOURCES__WRAPPED__ITEMS_PATH: .* has 1 rows"):
        land("wrapped", settings)

    assert telemetry.query(settings, "select count(*) from raw_wrapped.items") == [(40,)]


def write_sample_world(settings: Settings, documents: int) -> None:
    folder = settings.world_folder / "wrapped"
    telemetry.write_dump(folder / "dump", telemetry.world(documents))
    plugin_file(folder / "sqlite" / "rlw.db", 1)


def test_a_real_source_replaces_the_sample_world(tmp_path: Path) -> None:
    sample = telemetry.settings_of(tmp_path / "data")
    write_sample_world(sample, 30)
    land("wrapped", sample)
    dump = telemetry.write_dump(tmp_path / "dump", telemetry.world(4))
    real = telemetry.settings_of(tmp_path / "data", SOURCES__WRAPPED__DUMP_PATH=dump)

    land("wrapped", real)

    query = "select source_kind, count(*) from raw_wrapped.game_ticks group by all"
    assert telemetry.query(real, query) == [("dump", 4)]
    identity = "select is_sample_world from raw_ops.source_identity"
    assert telemetry.query(real, identity) == [(False,)]
    with pytest.raises(TallyhouseError, match="SOURCES__WRAPPED__CONNECTION_URL"):
        land("wrapped", sample)
    assert telemetry.query(real, query) == [("dump", 4)]


def test_a_world_that_is_not_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(TallyhouseError, match="tallyhouse world"):
        land("wrapped", telemetry.settings_of(tmp_path))


def test_a_damaged_build_file_is_put_aside_and_everything_read_again(tmp_path: Path) -> None:
    settings = settings_with_dump(tmp_path, 40)
    land("wrapped", settings)
    before = telemetry.landed(settings)
    content = bytearray(settings.build_file.read_bytes())
    for block in range(12_288, len(content), 262_144):
        content[block + 4_096] ^= 0xFF
    settings.build_file.write_bytes(content)

    summary = land("wrapped", settings).as_dict()

    assert summary["landed"] == 280
    assert telemetry.landed(settings) == before
    assert list(settings.build_file.parent.glob("warehouse.duckdb.damaged-*"))
