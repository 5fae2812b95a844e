"""The telemetry of the RuneLite plugin: what is read.

The ingest service inserts one document per event, so each collection is one kind of event and lands
as the raw table of its name. The same documents come from a live server, from a mongodump folder
and from the plugin's own SQLite files, and meet in the same tables.

The key is the `_id`, split into three columns because that is nearly free to keep; it is also the
only order of arrival, and so the cursor. No field is left out: what is not declared here lands in
`_unmapped`. Tables named by operators (control files, items, npcs, prices) are replaced as a whole.

Alone: `tallyhouse load wrapped`.
"""

from typing import Final

import pyarrow as pa

from dlt_pipelines.connectors.documents import (
    ITEM_COLUMNS,
    OUTFIT_COLUMNS,
    REJECT_COLUMNS,
    Collection,
)
from dlt_pipelines.connectors.operator_files import OperatorFile

DATABASE: Final = "runelite-wrapped-raw"

ENVELOPE: Final = {
    "event_ms": ("timestamp",),
    "username": ("username",),
    "tick_number": ("tickCount",),
    "session_id": ("sessionId",),
}

ENVELOPE_TYPES: Final = {
    "event_ms": pa.int64(),
    "username": pa.string(),
    "tick_number": pa.int32(),
    "session_id": pa.string(),
}

PLACE_TYPES: Final = {
    "x": pa.int16(),
    "y": pa.int16(),
    "region_id": pa.int32(),
    "local_x": pa.int16(),
    "local_y": pa.int16(),
}

ACTOR_TYPES: Final = {
    "actor_name": pa.string(),
    "actor_type": pa.int16(),
    "actor_id": pa.int32(),
    "combat_level": pa.int16(),
    **PLACE_TYPES,
}


def _actor(*path: str) -> dict[str, tuple[str, ...]]:
    return {
        "actor_name": (*path, "name"),
        "actor_type": (*path, "type"),
        "actor_id": (*path, "id"),
        "combat_level": (*path, "combatLevel"),
    }


COLLECTIONS: Final = (
    Collection(
        name="actor_death",
        event="actor-death",
        plugin_table="actor_death",
        columns=ENVELOPE | _actor("data"),
        types=ENVELOPE_TYPES | ACTOR_TYPES,
        place=("data", "location"),
    ),
    Collection(
        name="game_ticks",
        event="game-tick",
        plugin_table="game_tick",
        columns=ENVELOPE
        | {
            "energy": ("data", "energy"),
            "health": ("data", "health"),
            "prayer": ("data", "prayer"),
            "session_tick_count": ("data", "sessionTickCount"),
        },
        types=ENVELOPE_TYPES
        | {
            "energy": pa.int16(),
            "health": pa.int16(),
            "prayer": pa.int16(),
            "session_tick_count": pa.int32(),
        }
        | PLACE_TYPES
        | {"outfit_id": pa.int64()},
        place=("data", "location"),
        flat_place=("data",),
        outfit=("data", "equipmentIds"),
        null_when_equal=("session_tick_count", "tick_number"),
    ),
    Collection(
        name="grand_exchange_offer_changed",
        event="grand-exchange-offer-changed",
        plugin_table="grand_exchange_offer_changed",
        columns=ENVELOPE
        | {
            "slot": ("data", "slot"),
            "item_id": ("data", "offer", "itemId"),
            "price": ("data", "offer", "price"),
            "quantity_sold": ("data", "offer", "quantitySold"),
            "spent": ("data", "offer", "spent"),
            "total_quantity": ("data", "offer", "totalQuantity"),
            "state": ("data", "offer", "state"),
        },
        types=ENVELOPE_TYPES
        | {
            "slot": pa.int16(),
            "item_id": pa.int32(),
            "price": pa.int32(),
            "quantity_sold": pa.int32(),
            "spent": pa.int32(),
            "total_quantity": pa.int32(),
            "state": pa.string(),
        },
    ),
    Collection(
        name="hitsplat_applied",
        event="hitsplat-applied",
        plugin_table="hitsplat_applied",
        columns=ENVELOPE
        | _actor("data", "actor")
        | {
            "amount": ("data", "hitsplat", "amount"),
            "hitsplat_type": ("data", "hitsplat", "hitsplatType"),
            "disappears_on_game_cycle": ("data", "hitsplat", "disappearsOnGameCycle"),
            "is_mine": ("data", "hitsplat", "mine"),
            "is_others": ("data", "hitsplat", "others"),
        },
        types=ENVELOPE_TYPES
        | ACTOR_TYPES
        | {
            "amount": pa.int32(),
            "hitsplat_type": pa.int16(),
            "disappears_on_game_cycle": pa.int32(),
            "is_mine": pa.bool_(),
            "is_others": pa.bool_(),
        },
        place=("data", "actor", "location"),
    ),
    Collection(
        name="loot_received",
        event="loot-received",
        plugin_table="loot_received",
        columns=ENVELOPE | _actor("data", "actor"),
        types=ENVELOPE_TYPES | ACTOR_TYPES,
        place=("data", "actor", "location"),
        items=("data", "items"),
    ),
    Collection(
        name="stat_changed",
        event="stat-changed",
        plugin_table="stat_changed",
        columns=ENVELOPE
        | {
            "skill": ("data", "skill"),
            "xp": ("data", "xp"),
            "level": ("data", "level"),
            "boosted_level": ("data", "boostedLevel"),
        },
        types=ENVELOPE_TYPES
        | {
            "skill": pa.string(),
            "xp": pa.int32(),
            "level": pa.int16(),
            "boosted_level": pa.int16(),
        },
    ),
)

HISCORES_FETCHES: Final = pa.schema(
    [
        pa.field("fetch_id", pa.string(), nullable=False),
        pa.field("source_kind", pa.string()),
        pa.field("username", pa.string()),
        pa.field("user_key", pa.string()),
        pa.field("table_suffix", pa.string()),
        pa.field("format", pa.string()),
        pa.field("outcome", pa.string()),
        pa.field("http_status", pa.int32()),
        pa.field("attempts_count", pa.int32()),
        pa.field("fetched_at", pa.timestamp("us")),
        pa.field("_unmapped", pa.string()),
    ]
)

HISCORES_ENTRIES: Final = pa.schema(
    [
        pa.field("fetch_id", pa.string(), nullable=False),
        pa.field("entry_kind", pa.string(), nullable=False),
        pa.field("entry_name", pa.string(), nullable=False),
        pa.field("rank", pa.int64()),
        pa.field("level", pa.int64()),
        pa.field("score", pa.int64()),
    ]
)

EVENT_KEY: Final = ("id_time", "id_process", "id_counter")

INSERTED: Final = {
    **{collection.name: (collection.schema, EVENT_KEY) for collection in COLLECTIONS},
    "hiscores_entries": (HISCORES_ENTRIES, ("fetch_id", "entry_kind", "entry_name")),
    "hiscores_fetches": (HISCORES_FETCHES, ("fetch_id",)),
    "loot_received_items": (ITEM_COLUMNS, (*EVENT_KEY, "item_position")),
    "outfits": (OUTFIT_COLUMNS, ("outfit_id",)),
    "rejects": (REJECT_COLUMNS, ("collection", "row_key")),
}
"""Tables that only ever grow, with their key: a row that is there is never inserted again."""

REPLACED: Final = (
    OperatorFile(
        name="clan_members",
        schema=pa.schema(
            [
                ("clan_id", pa.string()),
                ("clan_name", pa.string()),
                ("clan_kind", pa.string()),
                ("username", pa.string()),
                ("member_from", pa.date32()),
                ("member_to", pa.date32()),
                ("role", pa.string()),
            ]
        ),
        required=("clan_id", "username"),
    ),
    OperatorFile(
        name="excluded_ranges",
        schema=pa.schema(
            [
                ("username", pa.string()),
                ("from_at", pa.timestamp("us")),
                ("to_at", pa.timestamp("us")),
                ("reason", pa.string()),
            ]
        ),
        required=("username",),
    ),
    OperatorFile(
        name="item_prices",
        schema=pa.schema(
            [
                ("item_id", pa.int32()),
                ("price_date", pa.date32()),
                ("average_high_gp", pa.float64()),
                ("average_low_gp", pa.float64()),
                ("volume", pa.int64()),
            ]
        ),
        required=("item_id", "price_date"),
        key=("item_id", "price_date"),
        setting="SOURCES__WRAPPED__PRICES_PATH",
    ),
    OperatorFile(
        name="items",
        schema=pa.schema(
            [
                ("item_id", pa.int32()),
                ("name", pa.string()),
                ("noted_of_item_id", pa.int32()),
                ("is_members", pa.bool_()),
                ("high_alchemy_gp", pa.int64()),
                ("buy_limit", pa.int32()),
                ("icon_file", pa.string()),
            ]
        ),
        required=("item_id", "name"),
        key=("item_id",),
        setting="SOURCES__WRAPPED__ITEMS_PATH",
    ),
    OperatorFile(
        name="npcs",
        schema=pa.schema(
            [
                ("npc_id", pa.int32()),
                ("name", pa.string()),
                ("combat_level", pa.int32()),
                ("image_file", pa.string()),
            ]
        ),
        required=("npc_id", "name"),
        key=("npc_id",),
        setting="SOURCES__WRAPPED__NPCS_PATH",
    ),
    OperatorFile(
        name="periods",
        schema=pa.schema(
            [
                ("period_id", pa.string()),
                ("label", pa.string()),
                ("start_date", pa.date32()),
                ("end_date", pa.date32()),
            ]
        ),
        required=("period_id", "start_date", "end_date"),
        patterns={"period_id": r"(?!all$)[a-z][a-z0-9-]{0,39}"},
        key=("period_id",),
        ordered=("start_date", "end_date"),
    ),
    OperatorFile(
        name="players",
        schema=pa.schema(
            [
                ("username", pa.string()),
                ("time_zone", pa.string()),
                ("valid_from", pa.timestamp("us")),
                ("hiscores_suffix", pa.string()),
                ("opt_out", pa.bool_()),
                ("can_compare", pa.bool_()),
                ("visibility", pa.string()),
            ]
        ),
        required=("username",),
        zone="time_zone",
    ),
    OperatorFile(
        name="profile_overrides",
        schema=pa.schema(
            [
                ("username", pa.string()),
                ("from_at", pa.timestamp("us")),
                ("to_at", pa.timestamp("us")),
                ("label", pa.string()),
            ]
        ),
        required=("username",),
    ),
    OperatorFile(
        name="renames",
        schema=pa.schema(
            [
                ("old_name", pa.string()),
                ("new_name", pa.string()),
                ("effective_at", pa.timestamp("us")),
            ]
        ),
        required=("old_name", "new_name", "effective_at"),
    ),
)
"""Tables that an operator's file replaces as a whole."""
