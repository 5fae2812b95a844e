"""Ticks as a mongodump holds them, by the million in seconds.

The bytes of one encoded tick are repeated and the values in them overwritten, column by column.
"""

from pathlib import Path
from typing import Final

import bson
import numpy as np
from bson.objectid import ObjectId

from dlt_pipelines.wrapped import DATABASE

PLAYERS: Final = tuple(f"Player{'s' * (number % 5)} {number:02d}" for number in range(10))
BLOCK: Final = 500_000
_FIRST_SECOND: Final = 1_700_000_000
_WORN: Final = (0, 9130, 3254, 6711, 3183, 3249, 317, 3127, 301, 9507, 3153, 335)


def write_ticks(folder: Path, documents: int) -> Path:
    """Write a dump of ticks: ten players at once, as they would arrive.

    Args:
        folder: Dump folder.
        documents: How many.

    Returns:
        The file.
    """
    target = folder / DATABASE / "game_ticks.bson"
    target.parent.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(1)
    with target.open("wb") as file:
        for first in range(0, documents, BLOCK):
            count = min(BLOCK, documents - first)
            file.write(_block(first, count, chance))
    return target


def _block(first: int, count: int, chance: np.random.Generator) -> bytes:
    numbers = np.arange(first, first + count)
    players = numbers % len(PLAYERS)
    lengths = np.array([len(_template(name)) for name in PLAYERS])[players]
    begins = np.concatenate([[0], np.cumsum(lengths)])
    content = np.zeros(begins[-1], dtype=np.uint8)
    for player, name in enumerate(PLAYERS):
        mine = numbers[players == player]
        rows = np.tile(np.frombuffer(_template(name), dtype=np.uint8), (len(mine), 1))
        _overwrite(rows, name, mine, chance)
        places = begins[:-1][players == player]
        content[(places[:, None] + np.arange(rows.shape[1])).ravel()] = rows.ravel()
    return content.tobytes()


def _overwrite(
    rows: np.ndarray, name: str, numbers: np.ndarray, chance: np.random.Generator
) -> None:
    template = _template(name)
    tick = numbers // len(PLAYERS)
    seconds = (_FIRST_SECOND + tick * 0.6).astype(">u4")
    rows[:, 9:13] = seconds.view(np.uint8).reshape(-1, 4)
    rows[:, 18:21] = (numbers % 2**24).astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:]
    steps = chance.integers(-1, 2, (2, len(tick))).cumsum(axis=1)
    energy = 10_000 - (tick * 69) % 9_000
    arrival = chance.integers(-40, 40, len(tick))
    values = {
        b"\x12timestamp\0": (_FIRST_SECOND * 1000 + tick * 600 + arrival).astype("<i8"),
        b"\x10tickCount\0": tick.astype("<i4"),
        b"\x10sessionTickCount\0": tick.astype("<i4"),
        b"\x10energy\0": energy.astype("<i4"),
        b"\x10x\0": (3200 + steps[0] % 128).astype("<i4"),
        b"\x10y\0": (3200 + steps[1] % 128).astype("<i4"),
        b"\x103\0": (4663 + tick // 2000 % 40).astype("<i4"),  # what the hand holds
    }
    for field, column in values.items():
        begin = template.index(field) + len(field)
        width = column.dtype.itemsize
        rows[:, begin : begin + width] = column.view(np.uint8).reshape(-1, width)


def _template(name: str) -> bytes:
    return bson.encode(
        {
            "_id": ObjectId(b"\0\0\0\0\xaa\xbb\xcc\xdd\xee\0\0\0"),
            "event": "game-tick",
            "timestamp": bson.Int64(1),
            "username": name.replace(" ", "\u00a0"),
            "tickCount": 1,
            "sessionId": "session-1699999991000",
            "data": {
                "energy": 1,
                "health": 54,
                "prayer": 43,
                "sessionTickCount": 1,
                "location": {"x": 1, "y": 1, "regionId": 12850},
                "equipmentIds": list(_WORN),
            },
        }
    )
