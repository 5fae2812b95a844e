"""A live MongoDB-protocol server as the source."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pymongo
import pytest
from bson.objectid import ObjectId

from dlt_pipelines.connectors import mongo
from dlt_pipelines.landing import land
from tests.dlt_pipelines import telemetry
from warehouse.errors import TallyhouseError

secantus = pytest.importorskip("secantus", reason="secantusdb: install requirements/test.txt")

Client = pymongo.MongoClient[dict[str, Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with secantus.SecantusDBServer(storage_path=str(tmp_path_factory.mktemp("mongo"))) as running:
        yield running.uri


@pytest.fixture
def client(server: str) -> Iterator[Client]:
    with pymongo.MongoClient(server) as connected:
        connected.drop_database(telemetry.DATABASE)
        yield connected


def fill(client: Client, documents: int) -> None:
    for name, rows in telemetry.world(documents).items():
        client[telemetry.DATABASE][name].insert_many(rows)


def test_a_live_server_lands_what_its_dump_lands(
    tmp_path: Path, server: str, client: Client
) -> None:
    fill(client, 50)
    client[telemetry.DATABASE]["posts"].insert_one({"title": "Hello"})
    dump = telemetry.write_dump(tmp_path / "dump", telemetry.world(50))
    live = telemetry.settings_of(tmp_path / "live", SOURCES__WRAPPED__CONNECTION_URL=server)
    dumped = telemetry.settings_of(tmp_path / "dumped", SOURCES__WRAPPED__DUMP_PATH=dump)
    land("wrapped", dumped)

    summary = land("wrapped", live).as_dict()

    assert (summary["landed"], summary["ignored"]) == (350, 1)
    assert telemetry.landed(live) == telemetry.landed(dumped)
    kinds = telemetry.query(live, "select distinct source_kind from raw_wrapped.game_ticks")
    assert kinds == [("mongo",)]


def test_live_server_and_dump_together_land_each_document_once(
    tmp_path: Path, server: str, client: Client
) -> None:
    fill(client, 30)
    dump = telemetry.write_dump(tmp_path / "dump", telemetry.world(40))
    both = telemetry.settings_of(
        tmp_path / "both",
        SOURCES__WRAPPED__CONNECTION_URL=server,
        SOURCES__WRAPPED__DUMP_PATH=dump,
    )

    summary = land("wrapped", both).as_dict()

    assert (summary["read"], summary["landed"], summary["duplicate"]) == (490, 280, 210)


def test_the_next_load_reads_from_the_overlap_on(
    tmp_path: Path, server: str, client: Client
) -> None:
    fill(client, 20)
    ticks = client[telemetry.DATABASE]["game_ticks"]
    recent = datetime.now(tz=UTC) - timedelta(seconds=300)
    ticks.insert_one({**telemetry.tick(1), "_id": ObjectId.from_datetime(recent)})
    live = telemetry.settings_of(tmp_path / "live", SOURCES__WRAPPED__CONNECTION_URL=server)
    land("wrapped", live)
    later = recent - timedelta(seconds=60)  # made earlier by another process, inserted later
    ticks.insert_one({**telemetry.tick(2), "_id": ObjectId.from_datetime(later)})

    summary = land("wrapped", live).as_dict()

    assert (summary["read"], summary["landed"], summary["duplicate"]) == (2, 1, 1)


def test_a_cursor_does_not_outlive_the_rows_that_it_stands_for(
    tmp_path: Path, server: str, client: Client
) -> None:
    fill(client, 20)
    live = telemetry.settings_of(tmp_path / "live", SOURCES__WRAPPED__CONNECTION_URL=server)
    land("wrapped", live)
    live.build_file.unlink()

    summary = land("wrapped", live).as_dict()

    assert summary["landed"] == 140


def test_ids_of_other_types_are_rejects(tmp_path: Path, server: str, client: Client) -> None:
    ticks = client[telemetry.DATABASE]["game_ticks"]
    ticks.insert_many([telemetry.tick(1), {**telemetry.tick(2), "_id": 7}])
    live = telemetry.settings_of(tmp_path / "live", SOURCES__WRAPPED__CONNECTION_URL=server)

    summary = land("wrapped", live).as_dict()

    assert (summary["landed"], summary["rejected"]) == (1, {"bad_id": 1})


def test_days_are_counted_at_the_source_and_a_lost_one_is_read_again(
    tmp_path: Path, server: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = client[telemetry.DATABASE]["game_ticks"]
    moment = datetime.now(tz=UTC) - timedelta(days=2)
    ticks.insert_many(
        {
            **telemetry.tick(number),
            "_id": ObjectId.from_datetime(moment + timedelta(seconds=number)),
        }
        for number in range(10)
    )
    live = telemetry.settings_of(tmp_path / "live", SOURCES__WRAPPED__CONNECTION_URL=server)
    monkeypatch.setattr(
        "dlt_pipelines.sources._live_parts", lambda *_: iter(())
    )  # a read that brings nothing

    summary = land("wrapped", live).as_dict()

    assert summary["landed"] == 10


def test_a_day_that_stays_short_fails_the_load(
    tmp_path: Path, server: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = client[telemetry.DATABASE]["game_ticks"]
    moment = datetime.now(tz=UTC) - timedelta(days=2)
    ticks.insert_one({**telemetry.tick(1), "_id": ObjectId.from_datetime(moment)})
    live = telemetry.settings_of(tmp_path / "live", SOURCES__WRAPPED__CONNECTION_URL=server)
    monkeypatch.setattr(mongo, "read_pages", lambda *_: iter(()))

    with pytest.raises(TallyhouseError, match="more documents than were landed: game_ticks on"):
        land("wrapped", live)
