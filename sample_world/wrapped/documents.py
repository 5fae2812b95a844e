"""Telemetry documents of a planned login, in the shapes that the plugin sent over the years."""

from collections.abc import Iterator
from dataclasses import dataclass

from sample_world.wrapped.plan import FIRST_VERSION_WITH_SESSION, Document, Event, Login, Strip
from sample_world.wrapped.reference import region_of

EVENT_NAMES = {
    "game_ticks": "game-tick",
    "stat_changed": "stat-changed",
    "grand_exchange_offer_changed": "grand-exchange-offer-changed",
    "hitsplat_applied": "hitsplat-applied",
    "actor_death": "actor-death",
    "loot_received": "loot-received",
}
SQLITE_TABLES = {name: name for name in EVENT_NAMES} | {"game_ticks": "game_tick"}
LOCAL_UNITS = 128


@dataclass(frozen=True, slots=True)
class Arrival:
    """A document with the time and the ingest process of its arrival."""

    collection: str
    arrived_ms: int
    process: int
    document: Document


def envelope(login: Login, event: str, ms: int, tick: int) -> Document:
    """Return the outer fields of a document.

    Args:
        login: Whose document it is.
        event: Name of the event.
        ms: Client time.
        tick: Tick number.
    """
    document: Document = {
        "event": event,
        "timestamp": ms + login.shown_ms,
        "username": login.username or login.player.name,
    }
    if login.version >= FIRST_VERSION_WITH_SESSION:
        document["tickCount"] = tick
        document["sessionId"] = f"session-{login.at_ms + login.shown_ms - login.lead_ms}"
    document.update(login.extra)
    return document


def tick_documents(login: Login, strip: Strip) -> Iterator[tuple[int, Document]]:
    """Write the game ticks of a strip.

    Args:
        login: Whose ticks they are.
        strip: What happens in them.

    Yields:
        True time and document of each tick.
    """
    equipment = None if strip.equipment is None else list(strip.equipment)
    for number in range(strip.count):
        ms, tick = strip.start_ms + number * strip.ms, strip.tick + number
        document = envelope(login, "game-tick", ms, tick)
        data: Document = {
            "energy": strip.energy + number * strip.energy_step,
            "health": strip.health,
            "prayer": strip.prayer,
            "sessionTickCount": tick,
        }
        if strip.x is None or strip.y is None:
            data["x"] = 6_400 + LOCAL_UNITS * (number % 10)
            data["y"] = 6_400
        else:
            x, y = strip.x + number * strip.dx, strip.y + number * strip.dy
            data["location"] = {"x": x, "y": y, "regionId": region_of(x, y)}
        if login.shows_equipment:
            data["equipmentIds"] = equipment
        document["data"] = data
        yield ms, document


def event_document(login: Login, event: Event) -> Document:
    """Write one event.

    Args:
        login: Whose event it is.
        event: The event.
    """
    document = envelope(login, EVENT_NAMES[event.collection], event.ms, event.tick)
    document["data"] = event.data
    return document


def arrivals(login: Login) -> Iterator[Arrival]:
    """Write all documents of a login, repeats included.

    Args:
        login: The login.

    Yields:
        Documents with the time of their arrival; not in order.
    """
    for number, (collection, ms, document) in enumerate(planned_documents(login)):
        process = login.process(number)
        arrived = login.arrival(ms, number)
        yield Arrival(collection, arrived, process, document)
        for later in login.repeats:
            yield Arrival(collection, arrived + later, process, document)


def planned_documents(login: Login) -> Iterator[tuple[str, int, Document]]:
    """Write each document of a login once.

    Args:
        login: The login.

    Yields:
        Collection, true time and document.
    """
    for strip in login.strips:
        for ms, document in tick_documents(login, strip):
            yield "game_ticks", ms, document
    for event in login.events:
        yield event.collection, event.ms, event_document(login, event)
