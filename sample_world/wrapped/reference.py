"""The small game of the sample world: its skills, places, mobs, items and prices.

The lists are the world's own copies of the facts in the domain's specification, so that a wrong
seed of the warehouse shows up as a difference instead of being repeated here.
"""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

SKILLS = (
    "ATTACK",
    "DEFENCE",
    "STRENGTH",
    "HITPOINTS",
    "RANGED",
    "PRAYER",
    "MAGIC",
    "COOKING",
    "WOODCUTTING",
    "FLETCHING",
    "FISHING",
    "FIREMAKING",
    "CRAFTING",
    "SMITHING",
    "MINING",
    "HERBLORE",
    "AGILITY",
    "THIEVING",
    "SLAYER",
    "FARMING",
    "RUNECRAFT",
    "HUNTER",
    "CONSTRUCTION",
    "SAILING",
)
LEGACY_SKILL_NAMES = {"DEFENCE": "defense", "RUNECRAFT": "runecrafting"}
SAILING_LIVE_FROM_MS = int(datetime(2025, 11, 19, tzinfo=UTC).timestamp() * 1000)
MOST_XP = 200_000_000
HIGHEST_LEVEL, HIGHEST_VIRTUAL_LEVEL = 99, 126
NEW_EQUIPMENT_FROM_MS = int(datetime(2024, 8, 3, tzinfo=UTC).timestamp() * 1000)
OLD_EQUIPMENT_OFFSET, NEW_EQUIPMENT_OFFSET = 512, 2048


def xp_of_levels() -> tuple[int, ...]:
    """Return the least xp of each level; index 0 is level 1.

    Returns:
        126 numbers, ascending.
    """
    minimum, points = [0], 0
    for level in range(1, HIGHEST_VIRTUAL_LEVEL):
        points += math.floor(level + 300 * 2 ** (level / 7))
        minimum.append(points // 4)
    return tuple(minimum)


LEVEL_XP = xp_of_levels()


def level_of(xp: int) -> int:
    """Return the level that the game shows for this xp, at most 99.

    Args:
        xp: Xp of one skill.
    """
    return sum(1 for least in LEVEL_XP[:HIGHEST_LEVEL] if xp >= least)


@dataclass(frozen=True, slots=True)
class Place:
    """A tile that players start from, in the middle of its region where possible."""

    x: int
    y: int


GRAND_EXCHANGE = Place(3164, 3487)
VARROCK = Place(3213, 3428)
LUMBRIDGE = Place(3222, 3218)
FALADOR = Place(2964, 3378)
SLAYER_TOWER = Place(3428, 3550)
GOD_WARS = Place(2920, 5275)
ZULRAH_SHRINE = Place(2268, 3070)
CASTLE_WARS = Place(2400, 3100)
EDGEVILLE = Place(3095, 3494)
CATHERBY = Place(2810, 3440)
WILDS = Place(1500, 3900)
HOUSE_COPY = Place(6_500, 1_200)
RELLEKKA_WOODS = Place(2720, 3600)

INSTANCE_MIN_X = 6_400
AREAS = {
    12598: ("Grand Exchange", False),
    12597: ("Varrock", False),
    12852: ("Varrock", False),
    12853: ("Varrock", False),
    12854: ("Varrock", False),
    13108: ("Varrock", False),
    13109: ("Varrock", False),
    13110: ("Varrock", False),
    12850: ("Lumbridge", False),
    12593: ("Lumbridge Swamp", False),
    12849: ("Lumbridge Swamp", False),
    11572: ("Falador", False),
    11827: ("Falador", False),
    11828: ("Falador", False),
    12084: ("Falador", False),
    12342: ("Edgeville", False),
    11061: ("Catherby", False),
    11317: ("Catherby", False),
    11318: ("Catherby", False),
    10806: ("Seers' Village", False),
    10297: ("Rellekka", False),
    10553: ("Rellekka", False),
    13623: ("Slayer Tower", False),
    13723: ("Slayer Tower", False),
    9007: ("Zulrah", False),
    11346: ("God Wars Dungeon", False),
    11347: ("God Wars Dungeon", False),
    11578: ("God Wars Dungeon", False),
    11602: ("God Wars Dungeon", False),
    11603: ("God Wars Dungeon", False),
    9520: ("Castle Wars", True),
    9620: ("Castle Wars", True),
    9776: ("Castle Wars", True),
    13105: ("Al Kharid", False),
    13106: ("Al Kharid", False),
    12338: ("Draynor", False),
    12339: ("Draynor", False),
    12341: ("Barbarian Village", False),
}


def region_of(x: int, y: int) -> int:
    """Return the number of the 64 x 64 square that holds a tile.

    Args:
        x: Tile, west to east.
        y: Tile, south to north.
    """
    return ((x >> 6) << 8) | (y >> 6)


def area_of(x: int | None, y: int | None) -> tuple[str | None, str | None, bool | None]:
    """Return id, name and safety of the area that holds a tile.

    Args:
        x: Tile, west to east; None when the place is unknown.
        y: Tile, south to north.

    Returns:
        Area id, area name, whether deaths are safe there; all None when the place is unknown.
    """
    if x is None or y is None:
        return None, None, None
    if x >= INSTANCE_MIN_X:
        return "instance", "Instance", None
    region = region_of(x, y)
    if region not in AREAS:
        return f"region-{region}", f"Region {region}", False
    name, is_safe = AREAS[region]
    return name.lower().replace("'", "").replace(" ", "-"), name, is_safe


@dataclass(frozen=True, slots=True)
class Mob:
    """A kind of NPC as telemetry names it."""

    name: str
    npc_id: int
    combat_level: int
    is_boss: bool = False

    @property
    def key(self) -> str:
        """The name without game tags, in lower case."""
        name = self.name
        while "<" in name and ">" in name:
            name = name[: name.index("<")] + name[name.index(">") + 1 :]
        return name.replace("\u00a0", " ").strip().lower()


GOBLIN = Mob("Goblin", 3029, 2)
OTHER_GOBLIN = Mob("Goblin", 3028, 5)
TAGGED_GOBLIN = Mob("<col=00ffff>Goblin</col>", 3030, 2)
COW = Mob("Cow", 2790, 2)
HILL_GIANT = Mob("Hill Giant", 2098, 28)
ABYSSAL_DEMON = Mob("Abyssal demon", 415, 124)
ZULRAH = Mob("Zulrah", 2042, 725, is_boss=True)
VORKATH = Mob("Vorkath", 8061, 732, is_boss=True)
KREEARRA = Mob("Kree'arra", 3162, 580, is_boss=True)
GIANT_MOLE = Mob("Giant Mole", 5779, 230, is_boss=True)
MOBS = (
    GOBLIN,
    OTHER_GOBLIN,
    COW,
    HILL_GIANT,
    ABYSSAL_DEMON,
    ZULRAH,
    VORKATH,
    KREEARRA,
    GIANT_MOLE,
)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the operator's item file."""

    item_id: int
    name: str
    high_alchemy_gp: int
    noted_of_item_id: int | None = None
    daily_gp: int | None = None  # mean price of the first listed day; None = never listed
    is_one_sided: bool = False  # only the low price is known


BONES, BIG_BONES, COINS = 526, 532, 995
SHARK, NOTED_SHARK = 385, 386
WHIP, CLAWS, NATURE_RUNE, VISAGE, SCIMITAR, UNKNOWN_ITEM = 4151, 13652, 561, 11286, 1333, 99_991
TAGGED_ITEM = 26_001
ITEMS = (
    Item(SHARK, "Shark", 120, daily_gp=800, is_one_sided=True),
    Item(NOTED_SHARK, "Shark", 120, noted_of_item_id=SHARK),
    Item(BONES, "Bones", 0, daily_gp=90),
    Item(BIG_BONES, "Big bones", 0, daily_gp=300),
    Item(NATURE_RUNE, "Nature rune", 108, daily_gp=100),
    Item(1305, "Dragon longsword", 60_000),
    Item(SCIMITAR, "Rune scimitar", 15_360),
    Item(WHIP, "Abyssal whip", 72_000, daily_gp=1_400_000),
    Item(VISAGE, "Draconic visage", 2_100_000),
    Item(CLAWS, "Dragon claws", 102_000, daily_gp=52_000_000),
    Item(1163, "Rune full helm", 21_120),
    Item(1127, "Rune platebody", 39_000),
    Item(1079, "Rune platelegs", 38_400),
    Item(TAGGED_ITEM, "Bob's <b>&co</b>", 1_000),
)
CONSTANT_PRICES = {COINS: 1, 13_204: 1_000}
PRICE_DATES = tuple(
    date(year, month, day)
    for year in (2023, 2024, 2025)
    for month in range(1, 13)
    for day in (1, 15)
    if date(year, month, day) < date(2025, 11, 20)
)
VISAGE_PRICE_DATE, VISAGE_PRICE = date(2024, 1, 1), 3_000_000
PRICE_MAX_AGE = timedelta(days=30)
ITEM_BY_ID = {item.item_id: item for item in ITEMS}


def listed_price(item: Item, position: int) -> int:
    """Return the mean price of an item on a listed day.

    Args:
        item: The item, which has a price at all.
        position: Number of the day in `PRICE_DATES`.
    """
    return (item.daily_gp or 0) + 2 * position


def unit_price(item_id: int, day: date) -> tuple[int, str]:
    """Return what one of an item is worth on a day, and why.

    Args:
        item_id: The item, unnoted.
        day: UTC date of the event.

    Returns:
        Price in gp and its source.
    """
    if item_id in CONSTANT_PRICES:
        return CONSTANT_PRICES[item_id], "constant"
    item = ITEM_BY_ID.get(item_id)
    if item is None:
        return 0, "none"
    if item.daily_gp is not None and day >= PRICE_DATES[0]:
        position = max(n for n, listed in enumerate(PRICE_DATES) if listed <= day)
        source = "daily" if PRICE_DATES[position] == day else "earlier"
        return listed_price(item, position), source
    if item_id == VISAGE and timedelta(0) <= day - VISAGE_PRICE_DATE <= PRICE_MAX_AGE:
        return VISAGE_PRICE, "daily" if day == VISAGE_PRICE_DATE else "earlier"
    if item.high_alchemy_gp:
        return item.high_alchemy_gp, "alchemy"
    return 0, "none"
