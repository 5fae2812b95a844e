"""Captured files as the source: each once, in any order, from spool, folder or address."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dlt_pipelines.connectors.capture_files import seal
from dlt_pipelines.connectors.spool_files import Spool
from dlt_pipelines.landing import land
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

BEGAN = datetime(2026, 2, 9, 23, 59, 58, tzinfo=UTC)


def capture(folder: Path, *, capture_id: str = "a", first: int = 1, messages: int = 3) -> Path:
    """A spool of one event, some messages and what was none."""
    spool = Spool(folder, "spin30", capture_id, next_seq=first)
    spool.append("capture_events", {"event_name": "connected", "event_at": BEGAN})
    for number in range(messages):
        at = BEGAN + timedelta(seconds=number)
        spool.append("messages", {"raw_text": f'{{"n":{first + number}}}', "received_at": at})
    row = {"raw_bytes": b"\x00\xff", "error_code": "binary", "received_at": BEGAN}
    spool.append("quarantine", row)
    file = spool.close()
    assert file is not None
    return file


def settings_of(folder: Path, data_path: Path | None, **more: str) -> Settings:
    environment = {"WAREHOUSE__FOLDER": str(folder), **more}
    if data_path is not None:
        environment["SOURCES__SPINNER__DATA_PATH"] = str(data_path)
    return Settings.from_environment(environment, dotenv=None)


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(settings.build_file, read_only=True) as connection:
        return connection.execute(sql).fetchall()


MESSAGES = (
    "select capture_id, seq, raw_text, cast(received_at as varchar) from raw_spinner.messages "
    "order by all"
)


def test_sealed_files_land_once_and_are_counted_by_day(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data", tmp_path / "capture")
    seal(capture(tmp_path / "capture"), tmp_path / "capture")

    first = land("spinner", settings).as_dict()
    second = land("spinner", settings).as_dict()

    assert (first["read"], first["landed"]) == (5, 5)
    assert (second["read"], second["landed"]) == (0, 0)
    assert query(settings, MESSAGES) == [
        ("a", 2, '{"n":1}', "2026-02-09 23:59:58"),
        ("a", 3, '{"n":2}', "2026-02-09 23:59:59"),
        ("a", 4, '{"n":3}', "2026-02-10 00:00:00"),
    ]
    assert query(settings, "select raw_bytes from raw_spinner.quarantine") == [(b"\x00\xff",)]
    counts = (
        "select table_name, cast(day as varchar), read_count, landed_count "
        "from raw_ops.load_counts where domain = 'spinner' order by all"
    )
    assert query(settings, counts) == [
        ("capture_events", "2026-02-09", 1, 1),
        ("messages", "2026-02-09", 2, 2),
        ("messages", "2026-02-10", 1, 1),
        ("quarantine", "2026-02-09", 1, 1),
    ]
    through = "select cast(data_through_at as varchar) from raw_ops.data_through"
    assert query(settings, through) == [("2026-02-10 00:00:00",)]


def test_a_spool_and_its_sealed_files_land_as_one(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data", tmp_path / "capture")
    spool = capture(tmp_path / "capture")
    land("spinner", settings)
    before = query(settings, MESSAGES)
    seal(spool, tmp_path / "capture")

    again = land("spinner", settings).as_dict()

    assert len(before) == 3
    assert query(settings, MESSAGES) == before
    assert (again["read"], again["landed"], again["duplicate"]) == (5, 0, 5)


def test_every_table_is_there_after_a_load_of_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data", tmp_path / "capture")

    land("spinner", settings)

    tables = (
        "select table_name from information_schema.tables where table_schema = 'raw_spinner' "
        "and table_name not like '\\_dlt%' escape '\\' order by all"
    )
    assert [name for (name,) in query(settings, tables)] == [
        "answers",
        "capture_events",
        "former_edges",
        "former_feedback",
        "hardware_messages",
        "messages",
        "quarantine",
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_in_which_files_come_does_not_matter(tmp_path: Path, seed: int) -> None:
    firsts = [1, 11, 21, 31]
    whole = tmp_path / "whole"
    for first in firsts:
        seal(capture(whole, first=first), whole)
    land("spinner", settings_of(tmp_path / "one", whole))
    random.Random(seed).shuffle(firsts)
    parts = tmp_path / "parts"
    settings = settings_of(tmp_path / "many", parts)
    for first in firsts:
        seal(capture(parts, first=first), parts)
        land("spinner", settings)

    assert query(settings, MESSAGES) == query(settings_of(tmp_path / "one", whole), MESSAGES)


def test_an_address_is_read_like_a_folder(tmp_path: Path) -> None:
    seal(capture(tmp_path / "capture"), tmp_path / "capture")
    address = (tmp_path / "capture" / "sealed").as_uri()
    settings = settings_of(tmp_path / "data", None, SOURCES__SPINNER__SEALED_URL=address)

    assert land("spinner", settings).as_dict()["landed"] == 5


def test_a_broken_file_is_named_and_the_others_land(tmp_path: Path) -> None:
    folder = tmp_path / "capture"
    settings = settings_of(tmp_path / "data", folder)
    seal(capture(folder), folder)
    broken = folder / "sealed" / "messages" / "2026-02-09" / "spin30-b-0000000000000001.parquet"
    broken.write_bytes(b"PAR1 and no more")

    with pytest.raises(TallyhouseError, match="spin30-b-0000000000000001"):
        land("spinner", settings)

    assert len(query(settings, MESSAGES)) == 3


def test_files_that_were_loaded_and_are_gone_stop_the_load(tmp_path: Path) -> None:
    seal(capture(tmp_path / "capture"), tmp_path / "capture")
    land("spinner", settings_of(tmp_path / "data", tmp_path / "capture"))

    with pytest.raises(TallyhouseError, match="SOURCES__SPINNER__DATA_PATH"):
        land("spinner", settings_of(tmp_path / "data", tmp_path / "elsewhere"))
