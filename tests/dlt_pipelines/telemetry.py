"""Small made-up telemetry for the tests of the loaders."""

import gzip
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import bson
import duckdb
from bson.objectid import ObjectId

from warehouse.settings import Settings

FIRST_SECOND = 1_700_000_000
DATABASE = "runelite-wrapped-raw"
WORN = [0, 7082, 0, 4663, 0, 0, 317, 0, 301, 0, 0, 335]
GOBLIN = {
    "combatLevel": 2,
    "location": {"x": 3250, "y": 3236, "regionId": 12850},
    "name": "Goblin",
    "type": 1,
    "id": 3029,
}


def object_id(number: int, second: int = FIRST_SECOND) -> ObjectId:
    return ObjectId(
        (second + number).to_bytes(4, "big")
        + b"\xaa\xbb\xcc\xdd\xee"
        + (number % 2**24).to_bytes(3, "big")
    )


def envelope(number: int, event: str, data: Mapping[str, Any] | None) -> dict[str, Any]:
    return {
        "_id": object_id(number),
        "event": event,
        "timestamp": bson.Int64(FIRST_SECOND * 1000 + number * 600),
        "username": "Test\u00a0Goblin",
        "tickCount": number,
        "sessionId": "session-1699999991000",
        "data": deepcopy(data),  # a test that spoils a document leaves the next one alone
    }


def tick(number: int) -> dict[str, Any]:
    data = {
        "energy": 9929,
        "health": 54,
        "prayer": 43,
        "sessionTickCount": number,
        "location": {"x": 3222 + number % 5, "y": 3218, "regionId": 12850},
        "equipmentIds": list(WORN),
    }
    return envelope(number, "game-tick", data)


def stat(number: int) -> dict[str, Any]:
    data = {"boostedLevel": 61, "level": 61, "skill": "FISHING", "xp": 309_240 + number}
    return envelope(number, "stat-changed", data)


def offer(number: int) -> dict[str, Any]:
    inner = {
        "itemId": 385,
        "price": 800,
        "quantitySold": 120,
        "spent": 93_600,
        "state": "BUYING",
        "totalQuantity": 1000,
    }
    return envelope(number, "grand-exchange-offer-changed", {"offer": inner, "slot": 2})


def hit(number: int) -> dict[str, Any]:
    hitsplat = {
        "amount": 5,
        "disappearsOnGameCycle": 12_044,
        "hitsplatType": 16,
        "mine": True,
        "others": False,
    }
    return envelope(number, "hitsplat-applied", {"actor": dict(GOBLIN), "hitsplat": hitsplat})


def death(number: int) -> dict[str, Any]:
    return envelope(number, "actor-death", dict(GOBLIN))


def loot(number: int) -> dict[str, Any]:
    items = [{"id": 526, "quantity": 1}, {"id": 995, "quantity": 5}]
    return envelope(number, "loot-received", {"actor": dict(GOBLIN), "items": items})


def hiscores(number: int) -> dict[str, Any]:
    return {
        "_id": object_id(number),
        "username": "Test\u00a0Goblin",
        "timestamp": 1_700_000_000.5,
        "skills": {
            "total": {"rank": 5, "level": 1500, "experience": 9_000_000},
            "fishing": {"rank": 7, "level": 61, "experience": 309_240, "next_level_exp": 333_804},
        },
        "bosses": {"Zulrah": {"rank": 9, "kills": 50}},
    }


MAKERS = {
    "actor_death": death,
    "game_ticks": tick,
    "grand_exchange_offer_changed": offer,
    "hiscores": hiscores,
    "hitsplat_applied": hit,
    "loot_received": loot,
    "stat_changed": stat,
}


def world(documents: int) -> dict[str, list[dict[str, Any]]]:
    """So many documents of each collection."""
    return {name: [maker(number) for number in range(documents)] for name, maker in MAKERS.items()}


def write_dump(folder: Path, collections: Mapping[str, Iterable[Any]]) -> Path:
    """Documents (or raw bytes) as a mongodump folder; `stat_changed` is gzipped."""
    target = folder / DATABASE
    target.mkdir(parents=True, exist_ok=True)
    for name, documents in collections.items():
        content = b"".join(
            document if isinstance(document, bytes) else bson.encode(document)
            for document in documents
        )
        if name == "stat_changed":
            (target / f"{name}.bson.gz").write_bytes(gzip.compress(content))
        else:
            (target / f"{name}.bson").write_bytes(content)
    return folder


def settings_of(folder: Path, **names: str | Path) -> Settings:
    environment = {"WAREHOUSE__FOLDER": str(folder)}
    environment |= {name: str(value) for name, value in names.items()}
    return Settings.from_environment(environment, None)


def query(settings: Settings, text: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        return connection.execute(text).fetchall()


LANDED = (
    "actor_death",
    "game_ticks",
    "grand_exchange_offer_changed",
    "hiscores_entries",
    "hiscores_fetches",
    "hitsplat_applied",
    "loot_received",
    "loot_received_items",
    "outfits",
    "stat_changed",
)


def landed(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every landed row of every table, without the load and the kind of source."""
    return {
        name: query(
            settings,
            "select columns(c -> c not in ('_dlt_load_id', 'source_kind')) "
            f"from raw_wrapped.{name} order by all",
        )
        for name in LANDED
    }
