"""Deliveries to a server that speaks MongoDB's protocol."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from bson import ObjectId
from pymongo import MongoClient, monitoring
from secantus import SecantusDBServer

from exports.targets import mongo
from tests.exports.small_house import DATABASE, TICKS, SmallHouse, counts
from warehouse.errors import TallyhouseError
from warehouse.settings import Secret, WrappedSources

G1, G2 = "20261120T030000Z", "20261121T030000Z"
NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecantusDBServer]:
    with SecantusDBServer(storage_path=str(tmp_path_factory.mktemp("server"))) as server:
        yield server


@pytest.fixture
def client(server: SecantusDBServer) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient(server.uri, tz_aware=True) as client:
        client.drop_database(DATABASE)
        yield client


@pytest.fixture
def house(
    tmp_path: Path, server: SecantusDBServer, client: MongoClient[dict[str, Any]]
) -> SmallHouse:
    return SmallHouse.in_folder(tmp_path, server.uri)


def _ticks(client: MongoClient[dict[str, Any]]) -> dict[Any, Any]:
    return {doc["_id"]: doc.get("value") for doc in client[DATABASE]["total_ticks"].find()}


def test_documents_arrive_with_their_types(
    house: SmallHouse, client: MongoClient[dict[str, Any]]
) -> None:
    house.publish(G1, {"Ann": 5}, {("ann", "2025"): ["<b>hello</b>"]})
    with time_machine.travel(NOW, tick=False):
        house.deliver(run_id="run-7")
    assert list(client[DATABASE]["total_ticks"].find()) == [
        {"_id": "Ann", "timestamp": 1795143600.0, "value": 5, "username": "Ann"}
    ]
    (report,) = client[DATABASE]["wrapped_reports"].find()
    assert list(report) == [
        "_id", "user_key", "period", "slides", "content_hash", "run_id", "generated_at",
    ]  # fmt: skip
    assert report["generated_at"] == NOW
    assert report["period"] == {"id": "2025", "start_date": "2025-01-01"}


def test_server_and_folder_get_the_same_documents(
    house: SmallHouse, client: MongoClient[dict[str, Any]], tmp_path: Path
) -> None:
    reports = {("ann", "2025"): ["a", "b"], ("ann", "all"): []}
    folder = SmallHouse.in_folder(tmp_path / "folder")
    with time_machine.travel(NOW, tick=False):
        for each in (house, folder):
            each.publish(G1, {"Ann": 5, "Bob": 2**40}, reports)
            each.deliver()
    for collection in ("total_ticks", "wrapped_reports"):
        found = {doc["_id"]: doc for doc in client[DATABASE][collection].find()}
        for document in found.values():
            if "generated_at" in document:
                document["generated_at"] = {"$date": "2026-11-20T03:00:00Z"}
        assert found == folder.documents(collection)


def test_second_delivery_sends_no_write(house: SmallHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house.publish(G1, {"Ann": 5, "Bob": 6}, {("ann", "2025"): ["x"]})
    house.deliver()
    commands = _Commands()
    monkeypatch.setattr(mongo, "MongoClient", commands.client)
    assert house.deliver().as_dict()["unchanged"] == 3
    assert "aggregate" in commands.names
    assert not {"update", "delete", "insert", "bulkWrite"} & set(commands.names)


def test_new_changed_and_gone_are_sent(
    house: SmallHouse, client: MongoClient[dict[str, Any]]
) -> None:
    house.publish(G1, {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1})
    house.deliver()
    house.publish(G2, {"a": 1, "b": 2, "c": 1, "d": 1, "f": 1})
    assert counts(house.deliver()) == (2, 3, 1, 0)
    assert _ticks(client) == {"a": 1, "b": 2, "c": 1, "d": 1, "f": 1}
    house.deliver(undo=True)
    assert _ticks(client) == {"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}


def test_dry_run_writes_nothing(house: SmallHouse, client: MongoClient[dict[str, Any]]) -> None:
    house.publish(G1, {"a": 1})
    assert counts(house.deliver(dry_run=True)) == (1, 0, 0, 0)
    assert _ticks(client) == {}


def test_refused_document_is_a_dead_letter_and_is_tried_again(
    house: SmallHouse, client: MongoClient[dict[str, Any]]
) -> None:
    client[DATABASE].create_collection("total_ticks", validator={"value": {"$lt": 10}})
    house.publish(G1, {"a": 1, "b": 99, "c": 3})
    summary = house.deliver()
    assert counts(summary) == (2, 0, 0, 1)
    (failure,) = summary.exports["wrapped_total_ticks"].failures
    assert failure.startswith("b: refused by the server: ")
    assert _ticks(client) == {"a": 1, "c": 3}
    client[DATABASE].command("collMod", "total_ticks", validator={})
    assert counts(house.deliver()) == (1, 2, 0, 0)
    assert _ticks(client) == {"a": 1, "b": 99, "c": 3}


def test_documents_of_the_old_job_survive(
    house: SmallHouse, client: MongoClient[dict[str, Any]]
) -> None:
    old = ObjectId()
    client[DATABASE]["total_ticks"].insert_one({"_id": old, "username": "Ann", "value": 1})
    house.publish(G1, {"Ann": 5})
    assert counts(house.deliver()) == (1, 0, 0, 0)
    assert _ticks(client) == {old: 1, "Ann": 5}


def test_pruning_removes_what_the_old_job_wrote_of_exported_users(
    house: SmallHouse, client: MongoClient[dict[str, Any]]
) -> None:
    stays = ObjectId()
    client[DATABASE]["total_ticks"].insert_many(
        [
            {"_id": ObjectId(), "username": "Ann", "value": 1},
            {"_id": "run 1 of Ann", "username": "Ann", "value": 2},
            {"_id": stays, "username": "Zed", "value": 3},
        ]
    )
    house.publish(G1, {"Ann": 5})
    house.set(prune_legacy=True)
    assert house.deliver(dry_run=True).exports["wrapped_total_ticks"].pruned == 2
    house.deliver(users=["Bob"])
    assert len(_ticks(client)) == 3
    assert house.deliver().exports["wrapped_total_ticks"].pruned == 2
    assert _ticks(client) == {"Ann": 5, stays: 3}
    assert house.deliver().exports["wrapped_total_ticks"].pruned == 0


def test_documents_that_the_server_lost_are_sent_again_as_they_were(
    house: SmallHouse, client: MongoClient[dict[str, Any]]
) -> None:
    house.publish(G1, {"a": 1, "b": 2, "c": 3})
    house.deliver()
    before = list(client[DATABASE]["total_ticks"].find())
    client[DATABASE]["total_ticks"].delete_one({"_id": "b"})
    assert counts(house.deliver()) == (1, 2, 0, 0)
    assert sorted(client[DATABASE]["total_ticks"].find(), key=lambda doc: doc["_id"]) == before


def test_another_server_gets_everything(
    house: SmallHouse, client: MongoClient[dict[str, Any]], tmp_path: Path
) -> None:
    house.publish(G1, {"a": 1})
    house.deliver()
    with SecantusDBServer(storage_path=str(tmp_path / "other")) as other:
        house.set(mongo_export_url=Secret(other.uri))
        assert counts(house.deliver()) == (1, 0, 0, 0)


def test_thousands_of_documents_arrive(
    house: SmallHouse, client: MongoClient[dict[str, Any]]
) -> None:
    ticks = {f"player {number:05}": number for number in range(5_000)}
    house.publish(G1, ticks)
    assert counts(house.deliver()) == (5_000, 0, 0, 0)
    assert _ticks(client) == ticks


def test_raw_database_is_never_written_to(
    house: SmallHouse, server: SecantusDBServer, client: MongoClient[dict[str, Any]]
) -> None:
    raw = server.uri.replace("127.0.0.1", "localhost") + DATABASE
    house.set(wrapped=WrappedSources(mongo_url=Secret(raw)))
    house.publish(G1, {"a": 1})
    with pytest.raises(TallyhouseError, match=f"would write to {DATABASE}, the database that"):
        house.deliver()
    assert _ticks(client) == {}


def test_raw_database_of_the_default_name_is_never_written_to(
    house: SmallHouse, server: SecantusDBServer
) -> None:
    house.set(wrapped=WrappedSources(mongo_url=Secret(server.uri)))
    house.publish_sql(
        G1,
        {"total_ticks": {**TICKS, "database": "runelite-wrapped-raw"}},
        total_ticks="select 'a' as _id, 'a' as username, null::double as timestamp",
    )
    with pytest.raises(TallyhouseError, match="would write to runelite-wrapped-raw"):
        house.deliver()


def test_database_of_the_raw_name_on_another_server_is_written_to(
    house: SmallHouse, client: MongoClient[dict[str, Any]]
) -> None:
    raw = Secret(f"mongodb://127.0.0.1:1/{DATABASE}")
    house.set(wrapped=WrappedSources(mongo_url=raw))
    house.publish(G1, {"a": 1})
    assert counts(house.deliver()) == (1, 0, 0, 0)


def test_wrong_password_names_the_variable_and_tells_no_secret(
    house: SmallHouse, tmp_path: Path
) -> None:
    storage = str(tmp_path / "guarded")
    with SecantusDBServer(storage_path=storage, require_auth=True) as guarded:
        address = guarded.uri.replace("mongodb://", "mongodb://someone:hunter2@")
        house.set(mongo_export_url=Secret(address))
        house.publish(G1, {"a": 1})
        with pytest.raises(TallyhouseError, match="EXPORTS__MONGO__CONNECTION_URL") as refused:
            house.deliver()
    assert "hunter2" not in str(refused.value)
    assert "refuses this user or password" in str(refused.value)


def test_address_that_cannot_be_read_tells_no_secret(house: SmallHouse) -> None:
    house.set(mongo_export_url=Secret("mongodb://someone:hunter/2@host:1/"))
    house.publish(G1, {"a": 1})
    with pytest.raises(TallyhouseError, match="not a valid address") as refused:
        house.deliver()
    assert "hunter" not in str(refused.value)
    assert refused.value.__suppress_context__


class _Commands(monitoring.CommandListener):
    """The names of the commands that a client sends."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def client(self, address: str, **options: Any) -> MongoClient[dict[str, Any]]:
        return MongoClient(address, event_listeners=[self], **options)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        pass

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        pass
