"""A live MongoDB-protocol server as the source."""

from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest

from dlt_pipelines.landing import land
from tests.dlt_pipelines import telemetry

secantus = pytest.importorskip(
    "secantus", reason="secantusdb is missing: install requirements/test.txt"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with secantus.SecantusDBServer(storage_path=str(tmp_path_factory.mktemp("mongo"))) as running:
        yield running.uri


@pytest.fixture
def client(server: str) -> Iterator[pymongo.MongoClient]:
    with pymongo.MongoClient(server) as connected:
        connected.drop_database(telemetry.DATABASE)
        yield connected


def fill(client: pymongo.MongoClient, documents: int) -> None:
    for name, rows in telemetry.world(documents).items():
        client[telemetry.DATABASE][name].insert_many(rows)


def test_a_live_server_lands_what_its_dump_lands(
    tmp_path: Path, server: str, client: pymongo.MongoClient
) -> None:
    fill(client, 50)
    dump = telemetry.write_dump(tmp_path / "dump", telemetry.world(50))
    live = telemetry.settings_of(tmp_path / "live", SOURCES__WRAPPED__CONNECTION_URL=server)
    dumped = telemetry.settings_of(tmp_path / "dumped", SOURCES__WRAPPED__DUMP_PATH=dump)
    land("wrapped", dumped)

    summary = land("wrapped", live)

    assert summary.as_dict()["landed"] == 350
    assert telemetry.landed(live) == telemetry.landed(dumped)
    assert telemetry.query(live, "select distinct source_kind from raw_wrapped.game_ticks") == [
        ("mongo",)
    ]


def test_a_second_load_reads_the_overlap_only_and_lands_what_is_new(
    tmp_path: Path, server: str, client: pymongo.MongoClient
) -> None:
    fill(client, 20)
    live = telemetry.settings_of(tmp_path / "live", SOURCES__WRAPPED__CONNECTION_URL=server)
    land("wrapped", live)
    client[telemetry.DATABASE]["game_ticks"].insert_one(
        telemetry.tick(5) | {"_id": pymongo.collection.ObjectId()}
        if hasattr(pymongo.collection, "ObjectId")
        else telemetry.tick(5)
    )
    summary = land("wrapped", live).as_dict()

    assert summary["read"] <= 1
