"""What a load does with broken input and broken servers: nothing is lost, and all of it is told."""

import gzip
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import bson
import pymongo
import pytest

from dlt_pipelines.landing import land
from tests.dlt_pipelines import telemetry
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

secantus = pytest.importorskip("secantus", reason="secantusdb: install requirements/test.txt")


RIGHT = "right"  # password of a server that lives for one test


def load_dump(folder: Path, collections: dict[str, Any]) -> tuple[Settings, dict[str, Any]]:
    dump = telemetry.write_dump(folder / "dump", collections)
    settings = telemetry.settings_of(folder / "data", SOURCES__WRAPPED__DUMP_PATH=dump)
    return settings, land("wrapped", settings).as_dict()


def rejects(settings: Settings) -> list[tuple[str, str, str]]:
    return telemetry.query(
        settings, "select collection, row_key, reason from raw_wrapped.rejects order by all"
    )


def count(settings: Settings, table: str) -> int:
    return int(telemetry.query(settings, f"select count(*) from raw_wrapped.{table}")[0][0])


def test_every_document_that_does_not_fit_is_a_reject_with_its_reason(tmp_path: Path) -> None:
    ticks = [telemetry.tick(number) for number in range(12)]
    ticks[0]["timestamp"] = "yesterday"
    ticks[1]["data"]["energy"] = 5.5
    ticks[2]["data"]["health"] = True
    ticks[3]["data"]["prayer"] = 40_000
    ticks[4]["data"] = [1, 2]
    ticks[5]["event"] = "stat-changed"
    ticks[6]["_id"] = "seven"
    del ticks[7]["_id"]
    ticks[8]["data"]["energy"] = 9929.0
    frames = [bson.encode(tick) for tick in ticks]
    frames[9] = frames[9].replace(b"Test", b"\xffest")

    settings, summary = load_dump(tmp_path, {"game_ticks": frames})

    assert summary["rejected"] == {"bad_bson": 1, "bad_id": 2, "bad_type": 5, "wrong_event": 1}
    assert (summary["read"], summary["landed"], summary["duplicate"]) == (12, 3, 0)
    assert len(rejects(settings)) == 9
    kept = telemetry.query(
        settings,
        "select row_key, document from raw_wrapped.rejects where reason = 'bad_id' order by all",
    )
    assert kept[0][0] == '"seven"'
    assert "game-tick" in kept[0][1]


def test_a_second_load_rejects_the_same_documents_and_adds_no_reject(tmp_path: Path) -> None:
    ticks = [telemetry.tick(1), {**telemetry.tick(2), "timestamp": "late"}, {"_id": 5}]
    settings, _ = load_dump(tmp_path, {"game_ticks": ticks})
    before = rejects(settings)

    summary = land("wrapped", settings).as_dict()

    assert summary["landed"] == 0
    assert (summary["read"], summary["duplicate"]) == (3, 1)
    assert rejects(settings) == before


@pytest.mark.parametrize("is_gzipped", [False, True])
def test_a_truncated_file_lands_what_precedes_the_cut_and_names_the_place(
    tmp_path: Path, is_gzipped: bool
) -> None:
    frames = [bson.encode(telemetry.stat(number)) for number in range(20)]
    content = b"".join(frames)[:-7]
    offset = len(content) + 7 - len(frames[-1])
    folder = tmp_path / "dump" / telemetry.DATABASE
    folder.mkdir(parents=True)
    if is_gzipped:
        (folder / "stat_changed.bson.gz").write_bytes(gzip.compress(content))
    else:
        (folder / "stat_changed.bson").write_bytes(content)
    settings = telemetry.settings_of(tmp_path / "d", SOURCES__WRAPPED__DUMP_PATH=tmp_path / "dump")

    with pytest.raises(TallyhouseError, match=rf"stat_changed\.bson.* at offset {offset}"):
        land("wrapped", settings)

    assert count(settings, "stat_changed") == 19


def test_a_gzip_stream_cut_in_the_middle_lands_its_whole_documents(tmp_path: Path) -> None:
    folder = tmp_path / "dump" / telemetry.DATABASE
    folder.mkdir(parents=True)
    content = gzip.compress(b"".join(bson.encode(telemetry.stat(n)) for n in range(3000)))
    (folder / "stat_changed.bson.gz").write_bytes(content[: len(content) // 2])
    settings = telemetry.settings_of(tmp_path / "d", SOURCES__WRAPPED__DUMP_PATH=tmp_path / "dump")

    with pytest.raises(TallyhouseError, match="gzip"):
        land("wrapped", settings)

    assert 0 < count(settings, "stat_changed") < 3000


def test_a_length_that_can_not_be_stops_the_file_and_not_the_others(tmp_path: Path) -> None:
    ticks = [bson.encode(telemetry.tick(number)) for number in range(3)]
    dump = telemetry.write_dump(
        tmp_path / "dump",
        {
            "game_ticks": [*ticks, b"\xff\xff\xff\xff", *ticks],
            "actor_death": [telemetry.death(number) for number in range(4)],
        },
    )
    settings = telemetry.settings_of(tmp_path / "data", SOURCES__WRAPPED__DUMP_PATH=dump)

    with pytest.raises(TallyhouseError, match=f"is damaged at offset {3 * len(ticks[0])}"):
        land("wrapped", settings)

    assert (count(settings, "game_ticks"), count(settings, "actor_death")) == (3, 4)


def test_unknown_fields_anywhere_are_kept_in_their_place(tmp_path: Path) -> None:
    tick = telemetry.tick(1)
    tick["accountHash"] = bson.Int64(2**60)
    tick["data"]["location"]["plane"] = 2
    tick["data"]["worldTypes"] = ["MEMBERS", {"since": bson.Decimal128("1.5")}]
    loot = telemetry.loot(1)
    loot["data"]["items"][1]["noted"] = True
    offer = telemetry.offer(1)
    offer["data"]["offer"] |= {"ab": 5, "ac": None}

    settings, summary = load_dump(
        tmp_path,
        {"game_ticks": [tick], "loot_received": [loot], "grand_exchange_offer_changed": [offer]},
    )

    assert summary["landed"] == 3
    kept = {
        name: telemetry.query(settings, f"select _unmapped from raw_wrapped.{name}")[0][0]
        for name in ("game_ticks", "loot_received", "grand_exchange_offer_changed")
    }
    assert kept == {
        "game_ticks": '{"data": {"location": {"plane": 2}, "worldTypes": ["MEMBERS", {"since": '
        '{"$numberDecimal": "1.5"}}]}, "accountHash": 1152921504606846976}',
        "grand_exchange_offer_changed": '{"data": {"offer": {"ab": 5, "ac": null}}}',
        "loot_received": '{"data": {"items": [{}, {"noted": true}]}}',
    }


def test_documents_of_16_mb_land_whole(tmp_path: Path) -> None:
    ticks = [telemetry.tick(number) for number in range(3)]
    ticks[1]["blob"] = "x" * (16 * 1024 * 1024 - 1024)

    settings, summary = load_dump(tmp_path, {"game_ticks": ticks})

    assert summary["landed"] == 3
    assert telemetry.query(
        settings, "select max(length(_unmapped)) from raw_wrapped.game_ticks"
    ) == [(16 * 1024 * 1024 - 1024 + len('{"blob": ""}'),)]


def test_repeated_ids_land_once_whether_in_one_file_or_in_many(tmp_path: Path) -> None:
    rows = telemetry.world(30)
    twice = {name: documents + documents for name, documents in rows.items()}
    telemetry.write_dump(tmp_path / "dump" / "copy", rows)

    settings, summary = load_dump(tmp_path, twice)

    assert (summary["read"], summary["landed"], summary["duplicate"]) == (630, 210, 420)
    assert count(settings, "loot_received_items") == 60
    assert count(settings, "hiscores_entries") == 90
    assert count(settings, "outfits") == 1


def test_late_and_future_timestamps_land_as_they_are(tmp_path: Path) -> None:
    ticks = [telemetry.tick(number) for number in range(3)]
    ticks[0]["timestamp"] = bson.Int64(-5)
    ticks[1]["timestamp"] = bson.Int64(2**62)
    ticks[2]["timestamp"] = None

    settings, _ = load_dump(tmp_path, {"game_ticks": ticks})

    assert telemetry.query(
        settings, "select event_ms from raw_wrapped.game_ticks order by tick_number"
    ) == [(-5,), (2**62,), (None,)]


def test_a_foreign_collection_is_counted_and_not_read(tmp_path: Path) -> None:
    settings, summary = load_dump(
        tmp_path, {"posts": [{"_id": number} for number in range(4)], "game_ticks": []}
    )

    assert (summary["read"], summary["ignored"], summary["landed"]) == (4, 4, 0)
    assert telemetry.query(
        settings, "select table_name, ignored_count from raw_ops.load_counts"
    ) == [("posts", 4)]


def test_rows_of_a_plugin_file_that_are_no_json_are_rejects(tmp_path: Path) -> None:
    path = tmp_path / "rlw.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table game_tick (id integer primary key, data text)")
        connection.executemany(
            "insert into game_tick (data) values (?)",
            [("{",), ("[1]",), (None,), ('{"event": "game-tick", "username": "\\ud800"}',)],
        )
    settings = telemetry.settings_of(tmp_path / "d", SOURCES__WRAPPED__SQLITE_PATH=path)

    summary = land("wrapped", settings).as_dict()

    assert summary["rejected"] == {"bad_json": 3, "bad_type": 1}
    assert len(rejects(settings)) == 4


def test_a_file_that_is_no_sqlite_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rlw.db"
    path.write_bytes(b"this is no database, at all" * 50)
    settings = telemetry.settings_of(tmp_path / "d", SOURCES__WRAPPED__SQLITE_PATH=path)

    with pytest.raises(TallyhouseError, match=r"rlw\.db: can not be read as a SQLite file"):
        land("wrapped", settings)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with secantus.SecantusDBServer(storage_path=str(tmp_path_factory.mktemp("mongo"))) as running:
        with pymongo.MongoClient(running.uri) as client:
            client[telemetry.DATABASE]["game_ticks"].insert_many(
                [{**telemetry.tick(number), "pad": "x" * 40_000} for number in range(1500)]
            )
        yield running.uri


@contextmanager
def dropping_proxy(uri: str, after_bytes: int, times: int) -> Iterator[tuple[str, list[int]]]:
    """A way to the server that breaks, so many times, when so many bytes have come back.

    Yields:
        The address, and how often it is still going to break.
    """
    host, port = pymongo.uri_parser.parse_uri(uri)["nodelist"][0]
    left = [times]
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        passed = 0
        with suppress(OSError):
            while data := source.recv(65_536):
                passed += len(data)
                if is_answer and left[0] > 0 and passed > after_bytes:
                    left[0] -= 1
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                upstream = socket.create_connection((host, port))
                for way in ((client, upstream, False), (upstream, client, True)):
                    threading.Thread(target=pump, args=way, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"mongodb://127.0.0.1:{listener.getsockname()[1]}/?directConnection=true", left
    finally:
        listener.close()


def test_a_connection_that_breaks_in_a_cursor_is_taken_up_where_it_broke(
    tmp_path: Path, server: str
) -> None:
    with dropping_proxy(server, after_bytes=20_000_000, times=2) as (address, left):
        settings = telemetry.settings_of(
            tmp_path / "data", SOURCES__WRAPPED__CONNECTION_URL=address
        )
        summary = land("wrapped", settings).as_dict()

    assert left == [0]
    assert (summary["read"], summary["landed"]) == (1500, 1500)


def test_a_connection_that_keeps_breaking_is_told_and_the_next_load_lands_the_rest(
    tmp_path: Path, server: str
) -> None:
    folder = tmp_path / "data"
    with dropping_proxy(server, after_bytes=1_000_000, times=1000) as (address, _):
        settings = telemetry.settings_of(folder, SOURCES__WRAPPED__CONNECTION_URL=address)
        with pytest.raises(TallyhouseError, match=r"SOURCES__WRAPPED__CONNECTION_URL: .* broke"):
            land("wrapped", settings)
    assert count(settings, "game_ticks") < 1500

    settings = telemetry.settings_of(folder, SOURCES__WRAPPED__CONNECTION_URL=server)
    land("wrapped", settings)

    assert count(settings, "game_ticks") == 1500


def test_an_address_where_nobody_answers_is_told_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlt_pipelines.connectors.mongo.ANSWER_WITHIN_MS", 500)
    settings = telemetry.settings_of(
        tmp_path, SOURCES__WRAPPED__CONNECTION_URL="mongodb://somebody:hidden@127.0.0.1:9"
    )

    with pytest.raises(TallyhouseError, match=r"no server answers at 127\.0\.0\.1:9") as raised:
        land("wrapped", settings)

    assert "hidden" not in str(raised.value)


def test_a_wrong_password_is_told_without_it(tmp_path: Path) -> None:
    storage = str(tmp_path / "mongo")
    with (
        secantus.SecantusDBServer(storage_path=storage) as running,
        pymongo.MongoClient(running.uri) as client,
    ):
        client.admin.command("createUser", "reader", pwd=RIGHT, roles=["readAnyDatabase"])
    with secantus.SecantusDBServer(storage_path=storage, require_auth=True) as running:
        address = running.uri.replace("mongodb://", "mongodb://reader:wrong@")
        settings = telemetry.settings_of(
            tmp_path / "data", SOURCES__WRAPPED__CONNECTION_URL=address
        )

        with pytest.raises(TallyhouseError, match="refuses the user or the password") as raised:
            land("wrapped", settings)

    assert "wrong" not in str(raised.value)
