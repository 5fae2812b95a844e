"""The six legacy collections against a plain reimplementation of the old job.

The reimplementation reads all documents of a mongodump one after another, in the order of their
ids, then the rows of a plugin's file in theirs, and knows nothing of the warehouse: also documents
that are refused at loading count, wherever the old job could have read them. Beside the sample
world there are documents that were broken at random.
"""

import copy
import csv
import gzip
import json
import math
import os
import random
import sqlite3
import struct
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
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
Documents = dict[str, list[Document]]
Exports = dict[str, dict[str, Document]]

PROJECT = Path(__file__).parents[2] / "dbt_project"
SEEDS = PROJECT / "seeds" / "wrapped"
DATABASE = "runelite-wrapped-raw"
COLLECTIONS = (
    "hiscores_gains",
    "npc_loot",
    "total_ticks",
    "total_tiles",
    "user_death",
    "user_equipment_count",
)
PLUGIN_TABLES = {
    "actor_death": "actor_death",
    "game_ticks": "game_tick",
    "loot_received": "loot_received",
}
SLOTS = 12
OLD_OFFSET = 512
LONGEST_STEP = 2
LARGEST_EXACT = 2**53
ODD_SEED = 20
ODD_DOCUMENTS = 1_500  # of each collection
NAMES = (
    "Odd Otto",
    "odd\u00a0otto",
    "ODD_OTTO",
    "<script>alert(1)</script>",
    'O\'Brien & "co"',
    "",
)
DUMP_PREFIX, FILE_PREFIX = "Dump ", "File "
PLACES = ((3222, 3218, 12850), (3223, 3219, 12850), (2965, 3380, 11828), (7000, 3218, 27954))


class Parity(NamedTuple):
    """The documents, and what the warehouse makes of them in each form."""

    documents: Documents
    parity: Exports
    corrected: Exports


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Parity:
    folder = tmp_path_factory.mktemp("parity")
    write_world(folder / "world", 1, os.environ.get("TRUTH_SIZE", "small"))
    dump_folder = folder / "world" / "wrapped" / "dump"
    plugin_file = folder / "rlw.db"
    odd = odd_documents(random.Random(ODD_SEED), "", with_types=True)
    write_dump(dump_folder / "odd" / DATABASE, odd, odd_id)
    twins = odd_documents(random.Random(ODD_SEED + 1), DUMP_PREFIX, with_types=False)
    write_dump(dump_folder / "twins" / DATABASE, twins, object_id)
    write_plugin_file(
        plugin_file, odd_documents(random.Random(ODD_SEED + 1), FILE_PREFIX, with_types=False)
    )
    environment = {
        "SOURCES__WRAPPED__DUMP_PATH": str(dump_folder),
        "SOURCES__WRAPPED__SQLITE_PATH": str(plugin_file),
        "WAREHOUSE__FOLDER": str(folder / "data"),
    }
    settings = Settings.from_environment(environment, None)
    land("wrapped", settings, ignore_progress)
    build(folder, environment, "+", "parity")
    parity = exported(settings.build_file)
    build(folder, environment, "", "corrected")
    corrected = exported(settings.build_file)
    return Parity(documents(dump_folder, plugin_file), parity, corrected)


def build(folder: Path, environment: dict[str, str], ancestors: str, form: str) -> None:
    command = [
        *(str(Path(sys.executable).parent / "dbt"), "build", "--target", "prod"),
        *("--select", *(f"{ancestors}exp_wrapped__{collection}" for collection in COLLECTIONS)),
        *("--exclude", "resource_type:test", "resource_type:unit_test"),
        *("--vars", json.dumps({"wrapped_legacy_form": form})),
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


def exported(warehouse_file: Path) -> Exports:
    exports: Exports = {}
    with duckdb.connect(str(warehouse_file), read_only=True) as connection:
        for collection in COLLECTIONS:
            found = connection.execute(f"select * from export_wrapped.exp_wrapped__{collection}")
            names = [column[0] for column in found.description]
            rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
            exports[collection] = {row["_id"]: row for row in rows}
            assert len(exports[collection]) == len(rows)
    return exports


def documents(dump_folder: Path, plugin_file: Path) -> Documents:
    """All documents that can be read at all, in the order in which the old job met them."""
    found: Documents = {}
    for collection in (*PLUGIN_TABLES, "hiscores"):
        by_id: dict[str, Document] = {}
        for path in sorted(dump_folder.rglob(f"{collection}.bson*")):
            for frame in frames(path):
                try:
                    document = bson.decode(frame)
                except bson.errors.InvalidBSON:
                    continue
                by_id.setdefault(repr(document["_id"]), document)
        found[collection] = sorted(by_id.values(), key=lambda document: id_order(document["_id"]))
    with sqlite3.connect(plugin_file) as connection:
        for collection, table in PLUGIN_TABLES.items():
            rows = connection.execute(f"select data from {table} order by id")
            found[collection] += [json.loads(data) for (data,) in rows]
    for collection, all_documents in found.items():
        found[collection] = [one for one in all_documents if isinstance(one.get("username"), str)]
    return found


def id_order(key: object) -> tuple[int, Any]:
    """MongoDB sorts by type before it sorts by value."""
    match key:
        case int() | float():
            return 1, key
        case str():
            return 2, key
        case ObjectId():
            return 3, key
        case _:
            return 4, repr(key)


def frames(path: Path) -> Iterator[bytes]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    start = 0
    while start < len(content):
        (length,) = struct.unpack_from("<i", content, start)
        yield content[start : start + length]
        start += length


def object_id(number: int) -> ObjectId:
    """One of an ingest service that stores three documents a second."""
    return ObjectId(struct.pack(">IIHBB", 1_700_000_000 + number // 3, 7, 9, 0, number % 3))


def odd_id(number: int) -> ObjectId | str | int:
    """Mostly one of another ingest service, whose clock has run away."""
    if number % 97 == 0:
        return number
    seconds = 2_147_483_000 + number
    return f"id {number:05}" if number % 101 == 0 else ObjectId(struct.pack(">IQ", seconds, 5))


def write_dump(
    folder: Path, documents_written: Documents, id_of: Callable[[int], ObjectId | str | int]
) -> None:
    folder.mkdir(parents=True)
    for collection, odd in documents_written.items():
        content = b"".join(
            bson.encode({"_id": id_of(number), **document}) for number, document in enumerate(odd)
        )
        (folder / f"{collection}.bson").write_bytes(content)


def write_plugin_file(path: Path, documents_written: Documents) -> None:
    with sqlite3.connect(path) as connection:
        for collection, table in PLUGIN_TABLES.items():
            connection.execute(f"create table {table} (id integer primary key, data text)")
            connection.executemany(
                f"insert into {table} (data) values (?)",
                [(json.dumps(document),) for document in documents_written[collection]],
            )


def odd_documents(chance: random.Random, prefix: str, *, with_types: bool) -> Documents:
    """Documents of all schema versions, broken at random, some of them sent again."""
    makers: dict[str, Callable[[random.Random, str, int], Document]] = {
        "actor_death": a_death,
        "game_ticks": a_tick,
        "loot_received": a_drop,
        "hiscores": a_snapshot,
    }
    found: Documents = {}
    for collection, maker in makers.items():
        odd: list[Document] = []
        for number in range(ODD_DOCUMENTS):
            if odd and chance.random() < 0.1:
                odd.append(copy.deepcopy(chance.choice(odd)))
                continue
            document = maker(chance, prefix + chance.choice(NAMES), number)
            for _ in range(chance.choice((0, 0, 1, 1, 2))):
                break_somewhere(chance, document, with_types=with_types)
            odd.append(document)
        found[collection] = odd
    return found


def a_tick(chance: random.Random, username: str, number: int) -> Document:
    x, y, region = chance.choice(PLACES)
    document = envelope("game-tick", username, number)
    version = chance.randrange(4)
    data: Document = {"energy": 9_000, "health": 50, "prayer": 40, "sessionTickCount": number}
    if version == 0:
        data |= {"x": 6_400, "y": 6_400}
    else:
        data["location"] = {"x": x + chance.randrange(5), "y": y, "regionId": region}
    if version > 0:
        data["equipmentIds"] = chance.choice(
            (None, [0] * SLOTS, [chance.choice((0, 300, 512, 513, 6_199)) for _ in range(SLOTS)])
        )
    if version < 3:
        del document["tickCount"], document["sessionId"]
    return {**document, "data": data}


def a_death(chance: random.Random, username: str, number: int) -> Document:
    x, y, region = chance.choice(PLACES)
    name = chance.choice((username, username, username, "Goblin"))
    data = {"name": name, "combatLevel": 90, "location": {"x": x, "y": y, "regionId": region}}
    return {**envelope("actor-death", username, number), "data": data}


def a_drop(chance: random.Random, username: str, number: int) -> Document:
    actor = {"name": "Goblin", "combatLevel": 2, "type": chance.choice((1, 1, 2)), "id": 3_029}
    items: list[Document] = [
        {"id": chance.choice((526, 995, 99_999)), "quantity": chance.randrange(1, 9)}
        for _ in range(chance.randrange(4))
    ]
    actor["id"] = chance.choice((3_029, 3_030, 77_777))
    return {
        **envelope("loot-received", username, number),
        "data": {"actor": actor, "items": items},
    }


def a_snapshot(chance: random.Random, username: str, number: int) -> Document:
    skills = {
        skill: {"rank": 5, "level": 50, "experience": 101_333 + number}
        for skill in chance.sample(("total", "attack", "defense", "runecrafting"), 3)
    }
    bosses = {
        boss: {"rank": 7, "kills": number}
        for boss in chance.sample(("Zulrah", "Kree'Arra", "Vorkath"), 2)
    }
    moment = 1_700_000_000 + chance.random() * 1e6
    return {"username": username, "timestamp": moment, "skills": skills, "bosses": bosses}


def envelope(event: str, username: str, number: int) -> Document:
    return {
        "event": event,
        "timestamp": 1_700_000_000_000 + 600 * number,
        "username": username,
        "tickCount": number,
        "sessionId": "session-1699999991000",
    }


def break_somewhere(chance: random.Random, document: Document, *, with_types: bool) -> None:
    """Change, remove or add one field, anywhere."""
    place: Any = document
    while True:
        names = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not names:
            return
        name = chance.choice(names)
        inner = place[name]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.85:
            place = inner
            continue
        break
    odd_values: list[Any] = ["text", "7", 1.5, -3.0, True, -1, 2**40, 70_000, [], {}, None]
    odd_values += [math.nan, math.inf, 1e300, "", "session-1"]
    if with_types:
        odd_values += [b"bytes", ObjectId(b"twelve bytes"), bson.Decimal128("1")]
    change = chance.random()
    if change < 0.2 and isinstance(place, dict):
        del place[name]
    elif change < 0.3 and isinstance(place, dict):
        place["extra"] = chance.choice(odd_values)
    else:
        place[name] = chance.choice(odd_values)


def whole(value: object) -> int | None:
    """The value as an integer, if it is one that every reader of JSON can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not math.isfinite(value) or value != math.floor(value) or abs(value) > LARGEST_EXACT:
        return None
    return int(value)


def number_of(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def part(document: object, *path: str) -> Any:
    """What is at a path of documents; nothing where one of them is none."""
    for name in path:
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def place_of(document: Document) -> tuple[int, int, int] | None:
    numbers = [whole(part(document, "data", "location", name)) for name in ("x", "y", "regionId")]
    x, y, region = numbers
    return None if x is None or y is None or region is None else (x, y, region)


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_spelling_with_ticks_has_one_document(built: Parity) -> None:
    expected = {tick["username"] for tick in built.documents["game_ticks"]}
    for found in built.parity.values():
        assert set(found) == expected
        assert all(row["username"] == key for key, row in found.items())
        assert all(row["timestamp"] is None for row in found.values())


def test_total_ticks_equal_the_plain_count(built: Parity) -> None:
    expected = Counter(tick["username"] for tick in built.documents["game_ticks"])
    assert {key: row["value"] for key, row in built.parity["total_ticks"].items()} == expected


def test_equipment_equals_the_plain_count(built: Parity) -> None:
    counts: dict[str, list[Counter[int]]] = defaultdict(lambda: [Counter() for _ in range(SLOTS)])
    for tick in built.documents["game_ticks"]:
        worn = part(tick, "data", "equipmentIds")
        if not isinstance(worn, list) or len(worn) != SLOTS:
            continue
        values = [value for value in map(whole, worn) if value is not None]
        if len(values) != SLOTS:
            continue
        for slot, value in enumerate(values):
            if value > OLD_OFFSET:
                counts[tick["username"]][slot][value - OLD_OFFSET] += 1
    for username, row in built.parity["user_equipment_count"].items():
        expected = [
            sorted((count, item) for item, count in slot.items()) for slot in counts[username]
        ]
        found = [
            [(entry["count"], entry["item"]["id"]) for entry in slot["counts"]]
            for slot in row["value"]
        ]
        assert found == expected, username


def test_npc_loot_equals_the_plain_sums(built: Parity) -> None:
    kills: dict[str, Counter[int]] = defaultdict(Counter)
    items: dict[tuple[str, int], Counter[int]] = defaultdict(Counter)
    for drop in built.documents["loot_received"]:
        npc = whole(part(drop, "data", "actor", "id"))
        stacks = part(drop, "data", "items")
        if number_of(part(drop, "data", "actor", "type")) != 1 or npc is None:
            continue
        if not isinstance(stacks, list | None) or not all(map(is_summable, stacks or [])):
            continue
        kills[drop["username"]][npc] += 1
        for stack in stacks or []:
            if stack.get("id") is not None and stack.get("quantity") is not None:
                items[drop["username"], npc][int(stack["id"])] += int(stack["quantity"])
    for username, row in built.parity["npc_loot"].items():
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


def is_summable(stack: object) -> bool:
    return isinstance(stack, dict) and all(
        stack.get(name) is None or whole(stack[name]) is not None for name in ("id", "quantity")
    )


def test_deaths_equal_the_plain_list(built: Parity) -> None:
    area_names = {area["area_id"]: area["area_name"] for area in seed("wrapped_areas")}
    regions = {
        int(row["region_id"]): area_names[row["area_id"]] for row in seed("wrapped_area_regions")
    }
    expected: dict[str, list[Document]] = defaultdict(list)
    for death in built.documents["actor_death"]:
        place, moment = place_of(death), number_of(death.get("timestamp"))
        if (
            part(death, "data", "name") != death["username"]
            or None in (death.get("tickCount"), death.get("sessionId"), moment)
            or place is None
        ):
            continue
        x, y, region = place
        name = regions.get(region, "Unknown")
        location = {"x": x, "y": y, "regionId": region, "name": name}
        expected[death["username"]].append({"timestamp": moment, "location_data": location})
    found = {key: row["value"] for key, row in built.parity["user_death"].items()}
    assert found == {username: expected[username] for username in found}
    assert any(found.values())


def test_tiles_equal_the_plain_walk(built: Parity) -> None:
    tiles: Counter[str] = Counter()
    visits: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    last: dict[str, tuple[int, int, int]] = {}
    for tick in built.documents["game_ticks"]:
        username, place = tick["username"], place_of(tick)
        if place is None:
            continue
        x, y, region = place
        visits[username][x, y] += 1
        last_x, last_y, last_region = last.get(username, place)
        step = max(abs(x - last_x), abs(y - last_y))
        if step <= LONGEST_STEP or region == last_region:
            tiles[username] += step
        last[username] = place
    for username, row in built.parity["total_tiles"].items():
        assert row["tilecount"] == tiles[username], username
        ranked = sorted((-count, tile) for tile, count in visits[username].items())
        assert row["favourite_tile"] == (list(ranked[0][1]) if ranked else None), username


def test_hiscores_equal_the_plain_series(built: Parity) -> None:
    bosses = list(dict.fromkeys(row["hiscores_name"] for row in seed("wrapped_bosses")))
    skills = {row["legacy_name"] for row in seed("wrapped_skills")} | {"total"}
    snapshots: dict[str, list[Document]] = defaultdict(list)
    for document in built.documents["hiscores"]:
        if is_listable(document):
            snapshots[document["username"]].append(document)
    for username, row in built.parity["hiscores_gains"].items():
        newest_first = sorted(
            snapshots[username], key=lambda document: document["timestamp"], reverse=True
        )
        times = [document["timestamp"] for document in newest_first]
        bosses_found = [document.get("bosses") or {} for document in newest_first]
        experience: dict[str, list[int]] = {}
        for document in newest_first:
            for skill, entry in (document.get("skills") or {}).items():
                if skill in skills:
                    experience.setdefault(skill, []).append(or_unranked(entry.get("experience")))
        assert row["boss_gains"] == {
            "timestamps": times,
            "boss_counts": boss_series(bosses, bosses_found, "kills"),
            "boss_ranks": boss_series(bosses, bosses_found, "rank"),
        }, username
        assert row["skill_gains"] == {"timestamps": times, "experience_gains": experience}, username
        assert list(row["boss_gains"]["boss_counts"]) == bosses


def boss_series(bosses: Iterable[str], found: list[Document], field: str) -> dict[str, list[int]]:
    return {
        boss: [or_unranked(entries.get(boss, {}).get(field)) for entries in found]
        for boss in bosses
    }


def or_unranked(value: int | None) -> int:
    return -1 if value is None else value


def is_listable(document: Document) -> bool:
    """Whether the old job could read the document."""
    if number_of(document.get("timestamp")) is None:
        return False
    for name, fields in (("skills", ("experience",)), ("bosses", ("kills", "rank"))):
        entries = document.get(name)
        if not isinstance(entries, dict | None):
            return False
        for entry in (entries or {}).values():
            if not isinstance(entry, dict):
                return False
            values = [entry.get(field) for field in fields]
            if any(value is not None and whole(value) is None for value in values):
                return False
    return True


def test_a_plugin_file_gives_what_the_same_documents_give(built: Parity) -> None:
    for collection in set(COLLECTIONS) - {"hiscores_gains"}:
        found = built.parity[collection]
        in_file = without_names(found, FILE_PREFIX)
        assert in_file == without_names(found, DUMP_PREFIX)
        assert set(in_file) == set(NAMES)
    assert all(
        row["value"] for row in without_names(built.parity["user_death"], FILE_PREFIX).values()
    )


def without_names(found: dict[str, Document], prefix: str) -> dict[str, Document]:
    return {
        name.removeprefix(prefix): {
            field: value for field, value in row.items() if field not in {"_id", "username"}
        }
        for name, row in found.items()
        if name.startswith(prefix)
    }


ITEM = {"id": int, "name": str, "type": str, "duplicate": bool}
SERIES = {"*": [int]}
ENVELOPE = {"_id": str, "timestamp": None, "username": str}
PLACE_TYPES = {"x": int, "y": int, "regionId": int, "name": str}
SHAPES: dict[str, Any] = {
    "hiscores_gains": {
        **ENVELOPE,
        "boss_gains": {"timestamps": [float], "boss_counts": SERIES, "boss_ranks": SERIES},
        "skill_gains": {"timestamps": [float], "experience_gains": SERIES},
    },
    "npc_loot": {
        **ENVELOPE,
        "value": [
            {
                "name": str,
                "id": int,
                "kill_count": int,
                "loot": [{"item": ITEM, "quantity": int}],
            }
        ],
    },
    "total_ticks": {**ENVELOPE, "value": int},
    "total_tiles": {**ENVELOPE, "tilecount": int, "favourite_tile": [int]},
    "user_death": {**ENVELOPE, "value": [{"timestamp": float, "location_data": PLACE_TYPES}]},
    "user_equipment_count": {**ENVELOPE, "value": [{"counts": [{"item": ITEM, "count": int}]}]},
}


def misshapen(value: Any, shape: Any, path: str) -> Iterator[str]:
    """Where a value differs from its shape, key by key and type by type."""
    if isinstance(shape, dict) and "*" in shape:
        for name, inner in value.items():
            yield from misshapen(inner, shape["*"], f"{path}.{name}")
    elif isinstance(shape, dict):
        if not isinstance(value, dict) or set(value) != set(shape):
            yield f"{path}: {value!r:.80}"
            return
        for name, inner in value.items():
            yield from misshapen(inner, shape[name], f"{path}.{name}")
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{path}: {value!r:.80}"
            return
        for inner in value:
            yield from misshapen(inner, shape[0], f"{path}[]")
    elif (value is not None) if shape is None else type(value) is not shape:
        yield f"{path}: {value!r:.80}"


@pytest.mark.parametrize("form", ["parity", "corrected"])
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_documents_have_the_shape_of_their_collection(
    built: Parity, collection: str, form: str
) -> None:
    found = built.parity if form == "parity" else built.corrected
    unlike: list[str] = []
    for key, row in found[collection].items():
        document = dict(row)
        if collection == "total_tiles" and document["favourite_tile"] is None:
            document["favourite_tile"] = []
        if form == "corrected":
            document = without_unknown(document)
        unlike += misshapen(document, SHAPES[collection], key)
        json.dumps(document, allow_nan=False)
    assert not unlike[:10]
    assert found[collection]


def without_unknown(document: Document) -> Document:
    """The document with something in each place that may be unknown in the corrected form."""
    for death in document["value"] if isinstance(document.get("value"), list) else []:
        if "location_data" in death:
            unknown = {name: 0 for name, value in death["location_data"].items() if value is None}
            death["location_data"] = death["location_data"] | unknown
    for group, name in (("skill_gains", "experience_gains"), ("boss_gains", "boss_counts")):
        if group in document:
            gains = document[group][name]
            filled = {entry: [or_unranked(gain) for gain in gains[entry]] for entry in gains}
            document[group] = document[group] | {name: filled}
    return document


def test_both_forms_have_twelve_slots_and_whole_lists(built: Parity) -> None:
    for exports in (built.parity, built.corrected):
        for row in exports["user_equipment_count"].values():
            assert len(row["value"]) == SLOTS
        for row in exports["total_tiles"].values():
            assert row["favourite_tile"] is None or len(row["favourite_tile"]) == len("xy")
        for row in exports["hiscores_gains"].values():
            length = len(row["boss_gains"]["timestamps"])
            for series in row["boss_gains"]["boss_counts"].values():
                assert len(series) == length
