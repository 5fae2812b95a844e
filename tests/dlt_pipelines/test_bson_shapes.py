"""Decoding by shape gives what decoding one by one gives."""

import random
from copy import deepcopy
from typing import Any

import bson
import pyarrow as pa
import pytest
from bson.decimal128 import Decimal128
from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_pipelines.batches import to_table
from dlt_pipelines.connectors.bson_files import frame_offsets
from dlt_pipelines.connectors.bson_shapes import Shapes
from dlt_pipelines.connectors.documents import Collection, Reject, read_frame
from dlt_pipelines.wrapped import COLLECTIONS
from tests.dlt_pipelines import telemetry

ODD = [
    None,
    True,
    -1,
    0,
    32_767,
    32_768,
    -32_769,
    2**31,
    bson.Int64(7),
    bson.Int64(2**62),
    5.0,
    -0.0,
    5.5,
    1e300,
    float("nan"),
    float("inf"),
    "12",
    "",
    "\u00a0\u00df",
    "\x00",
    [],
    [1] * 11,
    [1] * 12,
    [1.0] * 12,
    [None] * 12,
    {},
    {"x": 3},
    {"x": 3, "y": 4},
    {"x": 3, "y": 4, "regionId": None},
    {"x": 3, "y": 4, "regionId": 5},
    Decimal128("1"),
    b"bytes",
]


def rows_of(frames: list[bytes], collection: Collection) -> tuple[list[Any], list[Any]]:
    """Sorted rows and outfits, decoded one by one."""
    results = [read_frame(frame, collection) for frame in frames]
    rows = [{**row, "source_kind": "dump"} for row in results if not isinstance(row, Reject)]
    outfits = {row["outfit_id"]: row["@outfit"] for row in rows if "@outfit" in row}
    return table_rows(to_table(rows, collection.schema)), sorted(outfits.items())


def shaped_rows(frames: list[bytes], collection: Collection) -> tuple[list[Any], list[Any], int]:
    content = b"".join(frames)
    shaped = Shapes(collection).read(content, frame_offsets(content), "dump")
    others, _ = rows_of([frames[place] for place in shaped.others], collection)
    outfits = {row[0]: row[1:] for row in table_rows(shaped.outfits)}
    left = rows_of([frames[place] for place in shaped.others], collection)[1]
    merged = sorted({**outfits, **dict(left)}.items())
    return sorted(table_rows(shaped.table) + others, key=str), merged, len(shaped.others)


def table_rows(table: pa.Table) -> list[Any]:
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=str)


SHAPED = [collection for collection in COLLECTIONS if collection.items is None]


@pytest.mark.parametrize("collection", SHAPED, ids=lambda collection: collection.name)
def test_plain_documents_are_all_decoded_by_shape(collection: Collection) -> None:
    frames = [bson.encode(telemetry.MAKERS[collection.name](number)) for number in range(50)]

    rows, outfits, left = shaped_rows(frames, collection)

    assert left == 0
    assert (rows, outfits) == rows_of(frames, collection)
    assert len(rows) == 50


def spoil(document: dict[str, Any], chance: random.Random) -> None:
    """Change one thing, anywhere in a document."""
    target = document
    while True:
        name = chance.choice([*target, "unknown"])
        if isinstance(target.get(name), dict) and chance.random() < 0.8:
            target = target[name]
            continue
        if name == "_id":
            return
        match chance.randrange(3):
            case 0:
                target[name] = deepcopy(chance.choice(ODD))
            case 1:
                target.pop(name, None)
            case _:
                target["x"] = deepcopy(chance.choice(ODD))
        return


@given(seed=st.integers(0, 2**32), collection=st.sampled_from(SHAPED))
@settings(max_examples=150, deadline=None)
def test_spoiled_documents_become_the_same_rows(seed: int, collection: Collection) -> None:
    chance = random.Random(seed)
    kinds = []
    for _ in range(6):
        document = telemetry.MAKERS[collection.name](0)
        for _ in range(chance.randrange(3)):
            spoil(document, chance)
        kinds.append(document)
    frames = []
    for number in range(120):
        document = {**chance.choice(kinds), "_id": telemetry.object_id(number)}
        document["username"] = chance.choice(["Ab", "Xy", "Longer", None])
        frames.append(bson.encode(document))

    rows, outfits, _ = shaped_rows(frames, collection)

    assert (rows, outfits) == rows_of(frames, collection)


def test_a_flipped_byte_is_decoded_as_the_driver_does() -> None:
    chance = random.Random(7)
    collection = next(one for one in COLLECTIONS if one.name == "game_ticks")
    plain = [bson.encode(telemetry.tick(number)) for number in range(400)]
    frames = []
    for frame in plain:
        place = chance.randrange(4, len(frame))
        changed = bytearray(frame)
        changed[place] ^= 1 << chance.randrange(8)
        frames.append(bytes(changed))

    rows, outfits, _ = shaped_rows(frames + plain, collection)

    assert (rows, outfits) == rows_of(frames + plain, collection)
