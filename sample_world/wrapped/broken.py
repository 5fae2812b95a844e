"""Input that is broken on purpose: each reason of refusal, foreign and unknown things.

`EXPECTED_REJECTS` says how many documents each reason must get; they are written by hand beside the
documents, so that a loader that refuses one too many or too few is seen.
"""

from collections.abc import Iterator
from typing import Any

from bson.objectid import ObjectId

from sample_world.wrapped.documents import Arrival
from sample_world.wrapped.instants import utc_ms
from sample_world.wrapped.plan import Document

BILL = "Broken Bill"
BILL_SESSION = utc_ms("2025-04-01 10:00") - 8_300
BILL_MS = utc_ms("2025-04-01 10:20")
SECOND = 1_000

# Length, then an element of a type that BSON does not have; a whole frame that cannot be decoded.
BROKEN_BSON = b"\x0e\x00\x00\x00\x7ename\x00\xff\xff\x00\x00"

LOAD_REJECTS = {"bad_bson": 1, "bad_id": 2, "bad_json": 1, "wrong_event": 2, "bad_type": 6}
ROW_REJECTS = {
    "null_username": 2,
    "invalid_username": 1,
    "missing_timestamp": 1,
    "ancient_timestamp": 1,
    "future_timestamp": 1,  # Future Fay's session comes on top
    "out_of_range": 6,
    "unknown_skill": 1,
    "unknown_state": 1,
}
BILL_ROW_REJECTS = 9  # those that name him and fall into April 2025


def tick(number: int, **changes: Any) -> Document:  # noqa: ANN401 (passed on as it is)
    """Return a game tick of Broken Bill, with changes.

    Args:
        number: Number of the tick after those that are well.
        changes: Fields of the envelope, or `data_<field>` of the payload; a missing field is `...`.
    """
    ms = BILL_MS + number * 600
    document: Document = {
        "event": "game-tick",
        "timestamp": ms,
        "username": BILL,
        "tickCount": 5_000 + number,
        "sessionId": f"session-{BILL_SESSION}",
        "data": {
            "energy": 5_000,
            "health": 50,
            "prayer": 40,
            "sessionTickCount": 5_000 + number,
            "location": {"x": 3222, "y": 3218, "regionId": 12850},
            "equipmentIds": [0] * 12,
        },
    }
    for name, value in changes.items():
        target, field = (
            (document["data"], name.removeprefix("data_"))
            if name.startswith("data_")
            else (document, name)
        )
        if value is ...:
            del target[field]
        else:
            target[field] = value
    return document


def stat(number: int, **changes: Any) -> Document:  # noqa: ANN401 (passed on as it is)
    """Return a stat change of Broken Bill, with changes of its payload.

    Args:
        number: Number of the tick after those that are well.
        changes: Fields of the payload.
    """
    document = tick(number, event="stat-changed")
    document["data"] = {"boostedLevel": 1, "level": 1, "skill": "FISHING", "xp": 10} | changes
    return document


def offer(number: int, **changes: Any) -> Document:  # noqa: ANN401 (passed on as it is)
    """Return an offer change of Broken Bill, with changes of the offer.

    Args:
        number: Number of the tick after those that are well.
        changes: Fields of the offer.
    """
    document = tick(number, event="grand-exchange-offer-changed")
    values = {
        "itemId": 385,
        "price": 800,
        "quantitySold": 0,
        "spent": 0,
        "state": "BUYING",
        "totalQuantity": 10,
    }
    document["data"] = {"offer": values | changes, "slot": 3}
    return document


def broken_documents() -> Iterator[tuple[str, Document]]:
    """Write the broken documents, each of the numbers in `LOAD_REJECTS` and `ROW_REJECTS`.

    Yields:
        Collection and document.
    """
    # Load rejects
    yield "game_ticks", {"_id": "a text", **tick(0)}
    yield "stat_changed", {"_id": 17, **stat(1)}
    yield "game_ticks", tick(2, event="stat-changed")
    yield "loot_received", tick(3, event="actor-death")
    yield "game_ticks", tick(4, data_energy="full")
    yield "game_ticks", tick(5, data_health=49.5)
    yield "game_ticks", tick(6, data_prayer=True)
    yield "game_ticks", tick(7, data_energy=70_000)
    yield "game_ticks", tick(8, timestamp="yesterday")
    yield "stat_changed", stat(9, xp=3_000_000_000)
    # Row rules
    yield "game_ticks", tick(10, username=None)
    yield "game_ticks", tick(11, username="  ")
    yield "game_ticks", tick(12, username="Much Too Long A Name")
    yield "game_ticks", tick(13, timestamp=...)
    yield "game_ticks", tick(14, timestamp=utc_ms("2019-01-01 00:00"))
    yield "game_ticks", tick(15, timestamp=BILL_MS + 3 * 86_400_000)
    yield "game_ticks", tick(16, data_energy=10_001)
    yield "game_ticks", tick(17, data_health=-1)
    yield "game_ticks", tick(18, data_location={"x": 20_000, "y": 3218, "regionId": 12850})
    yield "stat_changed", stat(19, level=120)
    yield "stat_changed", stat(20, xp=200_000_001)
    yield "grand_exchange_offer_changed", offer(21, quantitySold=11)
    yield "stat_changed", stat(22, skill="JUGGLING")
    yield "grand_exchange_offer_changed", offer(23, state="HAGGLING")


def broken_arrivals() -> Iterator[Arrival]:
    """Return the broken documents with their times of arrival.

    Yields:
        Documents, one second apart.
    """
    for number, (collection, document) in enumerate(broken_documents()):
        yield Arrival(collection, BILL_MS + number * SECOND, 0, document)


def broken_sqlite_rows() -> Iterator[tuple[str, str]]:
    """Return rows of a plugin file that are no JSON.

    Yields:
        Table and text.
    """
    yield "game_tick", '{"event": "game-tick", "timestamp": 17'


def foreign_documents() -> Iterator[Document]:
    """Return documents of a collection that is none of ours.

    Yields:
        Documents with their ids.
    """
    for number in range(3):
        yield {"_id": ObjectId(f"64000000000000000000000{number}"), "title": f"Post {number}"}


HISCORES_TIMES = ("2025-01-05 12:00", "2025-02-05 12:00", "2025-03-05 12:00")


def hiscores_documents() -> Iterator[Document]:
    """Return the hiscores documents that the old job left behind.

    Yields:
        Documents with their ids: three snapshots of one player, in which a boss appears later.
    """
    skills = ("attack", "defense", "strength", "hitpoints", "runecrafting")
    for number, when in enumerate(HISCORES_TIMES):
        at = utc_ms(when)
        entries = {
            name: {"rank": 9_000 - 10 * number, "level": 50, "experience": 101_400 + 500 * number}
            for name in skills
        }
        entries["total"] = {"rank": 800_000, "level": 700, "experience": 9_000_000 + 2_500 * number}
        bosses = {"Giant Mole": {"rank": 70_000 - number, "kills": 10 + 4 * number}}
        if number:
            bosses["Zulrah"] = {"rank": 90_000, "kills": 6 + number}
        yield {
            "_id": ObjectId(f"{at // 1000:08x}5a110e0000ff000{number}"),
            "username": "Boss Bea",
            "timestamp": at / 1000 + 0.25,
            "skills": entries,
            "bosses": bosses,
        }
