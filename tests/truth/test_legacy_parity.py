"""The six legacy collections in parity form against a plain reimplementation of the old job.

The reimplementation reads the documents of a mongodump one after another, in the order of their
ids, and knows nothing of the warehouse but which documents were refused while loading.
"""

import csv
import gzip
import json
import os
import struct
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import bson
import duckdb
import pytest
from bson.objectid import ObjectId

from dlt_pipelines.landing import land
from sample_world.wrapped import write_world
from warehouse.progress import ignore_progress
from warehouse.settings import Settings

Document = dict[str, Any]

PROJECT = Path(__file__).parents[2] / "dbt_project"
SEEDS = PROJECT / "seeds" / "wrapped"
COLLECTIONS = (
    "hiscores_gains",
    "npc_loot",
    "total_ticks",
    "total_tiles",
    "user_death",
    "user_equipment_count",
)
SLOTS = 12
OLD_OFFSET = 512
LONGEST_STEP = 2


class Parity(NamedTuple):
    """Where to read the documents, and where the warehouse built from them is."""

    dump_folder: Path
    warehouse_file: Path


@pytest.fixture(scope="module")
def parity(tmp_path_factory: pytest.TempPathFactory) -> Parity:
    folder = tmp_path_factory.mktemp("parity")
    write_world(folder / "world", 1, os.environ.get("TRUTH_SIZE", "small"))
    dump_folder = folder / "world" / "wrapped" / "dump"
    environment = {
        "SOURCES__WRAPPED__DUMP_PATH": str(dump_folder),
        "WAREHOUSE__FOLDER": str(folder / "data"),
    }
    settings = Settings.from_environment(environment, None)
    land("wrapped", settings, ignore_progress)
    command = [
        *(str(Path(sys.executable).parent / "dbt"), "build", "--target", "prod"),
        *("--select", *(f"+exp_wrapped__{collection}" for collection in COLLECTIONS)),
        *("--exclude", "resource_type:test", "resource_type:unit_test"),
        *("--target-path", str(folder / "dbt"), "--log-path", str(folder / "dbt")),
    ]
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4_000:]
    return Parity(dump_folder, settings.build_file)


def exported(parity: Parity, collection: str) -> dict[str, Document]:
    with duckdb.connect(str(parity.warehouse_file), read_only=True) as connection:
        found = connection.execute(f"select * from export_wrapped.exp_wrapped__{collection}")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert len({row["_id"] for row in rows}) == len(rows)
    return {row["_id"]: row for row in rows}


def refused(parity: Parity) -> set[tuple[str, str]]:
    with duckdb.connect(str(parity.warehouse_file), read_only=True) as connection:
        found = connection.execute("select collection, row_key from raw_wrapped.rejects")
        return {(collection, row_key) for collection, row_key in found.fetchall()}


def frames(path: Path) -> Iterator[bytes]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    start = 0
    while start < len(content):
        (length,) = struct.unpack_from("<i", content, start)
        yield content[start : start + length]
        start += length


def documents(parity: Parity, collection: str) -> list[Document]:
    """The documents that were landed, in the order of their ids."""
    left_out = refused(parity)
    found: dict[ObjectId, Document] = {}
    for path in sorted(parity.dump_folder.glob(f"*/{collection}.bson*")):
        for frame in frames(path):
            try:
                document = bson.decode(frame)
            except bson.errors.InvalidBSON:
                continue
            key = document["_id"]
            if isinstance(key, ObjectId) and (collection, str(key)) not in left_out:
                found[key] = document
    return [found[key] for key in sorted(found)]


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def usernames(parity: Parity) -> set[str]:
    ticks = documents(parity, "game_ticks")
    return {tick["username"] for tick in ticks if tick.get("username") is not None}


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_spelling_with_ticks_has_one_document(parity: Parity, collection: str) -> None:
    found = exported(parity, collection)
    assert len(found) > 1
    assert set(found) == usernames(parity)
    assert all(row["username"] == key and row["timestamp"] is None for key, row in found.items())


def test_total_ticks_equal_the_plain_count(parity: Parity) -> None:
    expected = Counter(tick["username"] for tick in documents(parity, "game_ticks"))
    expected.pop(None, None)
    assert {key: row["value"] for key, row in exported(parity, "total_ticks").items()} == expected


def test_equipment_equals_the_plain_count(parity: Parity) -> None:
    counts: dict[str, list[Counter[int]]] = defaultdict(lambda: [Counter() for _ in range(SLOTS)])
    for tick in documents(parity, "game_ticks"):
        worn = tick.get("data", {}).get("equipmentIds")
        if worn is None or len(worn) != SLOTS:
            continue
        for slot, value in enumerate(worn):
            if value > OLD_OFFSET:
                counts[tick["username"]][slot][value - OLD_OFFSET] += 1
    for username, row in exported(parity, "user_equipment_count").items():
        expected = [
            sorted((count, item) for item, count in slot.items()) for slot in counts[username]
        ]
        found = [
            [(entry["count"], entry["item"]["id"]) for entry in slot["counts"]]
            for slot in row["value"]
        ]
        assert found == expected, username
        for slot in row["value"]:
            for entry in slot["counts"]:
                assert set(entry["item"]) == {"id", "name", "type", "duplicate"}
                assert (entry["item"]["type"], entry["item"]["duplicate"]) == ("Unknown", False)
                assert entry["item"]["name"]


def test_npc_loot_equals_the_plain_sums(parity: Parity) -> None:
    kills: dict[str, Counter[int]] = defaultdict(Counter)
    items: dict[tuple[str, int], Counter[int]] = defaultdict(Counter)
    for drop in documents(parity, "loot_received"):
        actor = drop["data"].get("actor") or {}
        if actor.get("type") != 1 or actor.get("id") is None:
            continue
        kills[drop["username"]][actor["id"]] += 1
        for item in drop["data"].get("items") or []:
            items[drop["username"], actor["id"]][item["id"]] += item["quantity"]
    for username, row in exported(parity, "npc_loot").items():
        expected = [
            (npc, count, sorted(items[username, npc].items()))
            for npc, count in sorted(kills[username].items())
            if items[username, npc]
        ]
        found = [
            (
                npc["id"],
                npc["kill_count"],
                [(entry["item"]["id"], entry["quantity"]) for entry in npc["loot"]],
            )
            for npc in row["value"]
        ]
        assert found == expected, username
        assert all(npc["name"] for npc in row["value"])


def test_deaths_equal_the_plain_list(parity: Parity) -> None:
    area_names = {area["area_id"]: area["area_name"] for area in seed("wrapped_areas")}
    regions = {
        int(row["region_id"]): area_names[row["area_id"]] for row in seed("wrapped_area_regions")
    }
    expected: dict[str, list[Document]] = defaultdict(list)
    for death in documents(parity, "actor_death"):
        data = death["data"]
        place = data.get("location") or {}
        if data.get("name") != death["username"] or None in (
            death.get("tickCount"),
            death.get("sessionId"),
            place.get("regionId"),
        ):
            continue
        expected[death["username"]].append(
            {
                "timestamp": float(death["timestamp"]),
                "location_data": {
                    "x": place["x"],
                    "y": place["y"],
                    "regionId": place["regionId"],
                    "name": regions.get(place["regionId"], "Unknown"),
                },
            }
        )
    found = {key: row["value"] for key, row in exported(parity, "user_death").items()}
    assert found == {username: expected[username] for username in found}
    assert any(found.values())


def test_tiles_equal_the_plain_walk(parity: Parity) -> None:
    tiles: Counter[str] = Counter()
    visits: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    last: dict[str, Document] = {}
    for tick in documents(parity, "game_ticks"):
        place = tick.get("data", {}).get("location")
        if place is None or tick.get("username") is None:
            continue
        username = tick["username"]
        visits[username][place["x"], place["y"]] += 1
        if username in last:
            before = last[username]
            step = abs(place["x"] - before["x"]), abs(place["y"] - before["y"])
            if max(step) <= LONGEST_STEP or place["regionId"] == before["regionId"]:
                tiles[username] += max(step)
        last[username] = place
    for username, row in exported(parity, "total_tiles").items():
        assert row["tilecount"] == tiles[username], username
        seen = visits[username]
        ranked = sorted((-count, tile) for tile, count in seen.items())
        favourite = list(ranked[0][1]) if ranked else None
        assert row["favourite_tile"] == favourite, username


def test_hiscores_equal_the_plain_series(parity: Parity) -> None:
    bosses = list(dict.fromkeys(row["hiscores_name"] for row in seed("wrapped_bosses")))
    snapshots: dict[str, list[Document]] = defaultdict(list)
    for document in documents(parity, "hiscores"):
        snapshots[document["username"]].append(document)
    for username, row in exported(parity, "hiscores_gains").items():
        newest_first = sorted(
            snapshots[username], key=lambda document: document["timestamp"], reverse=True
        )
        times = [document["timestamp"] for document in newest_first]
        bosses_found = [document["bosses"] for document in newest_first]
        experience: dict[str, list[int]] = {}
        for document in newest_first:
            for skill, entry in document["skills"].items():
                experience.setdefault(skill, []).append(entry["experience"])
        assert row["boss_gains"] == {
            "timestamps": times,
            "boss_counts": {
                boss: [entries.get(boss, {}).get("kills", -1) for entries in bosses_found]
                for boss in bosses
            },
            "boss_ranks": {
                boss: [entries.get(boss, {}).get("rank", -1) for entries in bosses_found]
                for boss in bosses
            },
        }
        assert row["skill_gains"] == {"timestamps": times, "experience_gains": experience}
        assert list(row["boss_gains"]["boss_counts"]) == bosses


def test_documents_can_be_written_as_plain_json(parity: Parity) -> None:
    for collection in COLLECTIONS:
        for row in exported(parity, collection).values():
            json.dumps(row, allow_nan=False)
