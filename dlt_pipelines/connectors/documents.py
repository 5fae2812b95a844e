"""What a document is, and how one document becomes one row.

A `Collection` declares the fields that have a column. Everything else in a document is kept, in its
original place, as JSON in `_unmapped`. A document that does not fit is a `Reject`, never lost.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import bson
import pyarrow as pa
from bson import json_util
from bson.codec_options import CodecOptions, DatetimeConversion
from bson.objectid import ObjectId

Row = dict[str, Any]
"""Values by column name; a column that is absent is null."""

CODEC: Final = CodecOptions[dict[str, Any]](datetime_conversion=DatetimeConversion.DATETIME_AUTO)
"""Also dates that Python has none for decode."""

INTEGER_BOUNDS: Final = {
    pa.int16(): (-(2**15), 2**15 - 1),
    pa.int32(): (-(2**31), 2**31 - 1),
    pa.int64(): (-(2**63), 2**63 - 1),
}

REJECT_BYTES: Final = 64 * 1024
"""How much of a rejected document is kept."""

OUTFIT_SLOTS: Final = tuple(f"slot_{number:02d}" for number in range(12))

PLACE: Final = ("x", "y", "region_id", "local_x", "local_y")

KEY_FIELDS: Final = (
    pa.field("id_time", pa.int32(), nullable=False),
    pa.field("id_process", pa.string(), nullable=False),
    pa.field("id_counter", pa.int32(), nullable=False),
)

ITEM_COLUMNS: Final = pa.schema(
    [
        *KEY_FIELDS,
        pa.field("item_position", pa.int16(), nullable=False),
        pa.field("item_id", pa.int32()),
        pa.field("quantity", pa.int32()),
    ]
)

OUTFIT_COLUMNS: Final = pa.schema(
    [
        pa.field("outfit_id", pa.int64(), nullable=False),
        *(pa.field(slot, pa.int32()) for slot in OUTFIT_SLOTS),
    ]
)

REJECT_COLUMNS: Final = pa.schema(
    [
        pa.field("collection", pa.string(), nullable=False),
        pa.field("row_key", pa.string(), nullable=False),
        pa.field("source_kind", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("document", pa.string()),
        pa.field("rejected_at", pa.timestamp("us")),
    ]
)


class MisfitError(ValueError):
    """A known field does not fit its type; the text names the field."""


@dataclass(frozen=True, slots=True)
class Key:
    """The twelve bytes of an `_id`, as the three columns that are nearly free to keep."""

    time: int
    process: str
    counter: int

    @classmethod
    def of_object_id(cls, object_id: ObjectId) -> "Key":
        """Split the bytes of an ObjectId."""
        binary = object_id.binary
        return cls(
            time=int.from_bytes(binary[:4], "big", signed=True),
            process=binary[4:9].hex(),
            counter=int.from_bytes(binary[9:], "big"),
        )

    def __str__(self) -> str:
        return f"{self.time & 0xFFFFFFFF:08x}{self.process}{self.counter:06x}"


@dataclass(frozen=True, slots=True)
class Reject:
    """A document that can not be landed, and why."""

    row_key: str
    reason: str
    document: str
    id_time: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Collection:
    """One collection of events, landed as the raw table of the same name."""

    name: str
    event: str
    plugin_table: str
    columns: Mapping[str, tuple[str, ...]]  # own columns and the fields that they come from
    types: Mapping[str, pa.DataType]
    place: tuple[str, ...] | None = None  # document of x, y and regionId
    flat_place: tuple[str, ...] | None = None  # document that once held x and y itself
    outfit: tuple[str, ...] | None = None
    items: tuple[str, ...] | None = None
    null_when_equal: tuple[str, str] | None = None  # first column is null where it says the same
    schema: pa.Schema = field(init=False, repr=False)
    tree: dict[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if unknown := set(self.columns) ^ (set(self.types) & set(self.columns)):
            raise ValueError(f"{self.name}: give each column a type: {sorted(unknown)}")
        object.__setattr__(self, "schema", self._schema())
        object.__setattr__(self, "tree", self._tree())

    def _schema(self) -> pa.Schema:
        fields = [*KEY_FIELDS, pa.field("source_kind", pa.string())]
        fields += [pa.field(name, kind) for name, kind in self.types.items()]
        return pa.schema([*fields, pa.field("_unmapped", pa.string())])

    def _tree(self) -> dict[str, Any]:
        """Nested like a document, with what to do at each known field."""
        tree: dict[str, Any] = {"_id": Leaf("ignored"), "event": Leaf("event")}
        for column, path in self.columns.items():
            _plant(tree, path, Leaf("value", column, self.types[column]))
        if self.place is not None:
            for source, column in (("x", "x"), ("y", "y"), ("regionId", "region_id")):
                kind = pa.int32() if column == "region_id" else pa.int16()
                _plant(tree, (*self.place, source), Leaf("value", f"@{column}", kind))
        if self.flat_place is not None:
            for column in ("x", "y"):
                path = (*self.flat_place, column)
                _plant(tree, path, Leaf("value", f"@flat_{column}", pa.int16()))
        if self.outfit is not None:
            _plant(tree, self.outfit, Leaf("outfit", "@outfit"))
        if self.items is not None:
            _plant(tree, self.items, Leaf("items", "@items"))
        return tree


@dataclass(frozen=True, slots=True)
class Leaf:
    """What becomes of a known field."""

    kind: Literal["value", "outfit", "items", "event", "ignored"]
    column: str = ""
    type: pa.DataType | None = None


def _plant(tree: dict[str, Any], path: tuple[str, ...], leaf: Leaf) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    tree[path[-1]] = leaf


def fitted(value: object, kind: pa.DataType) -> Any:  # noqa: ANN401 (of that kind)
    """The value as its column holds it.

    Raises:
        MisfitError: It does not fit without loss.
    """
    if value is None:
        return None
    if kind in INTEGER_BOUNDS:
        low, high = INTEGER_BOUNDS[kind]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
    elif kind == pa.string():
        if isinstance(value, str) and _is_unicode(value):
            return value
    elif kind == pa.bool_() and isinstance(value, bool):
        return value
    raise MisfitError(f"{type(value).__name__} is no {kind}")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can say and UTF-8 can not
        return False
    return True


def to_json(document: object) -> str:
    """MongoDB Extended JSON, relaxed."""
    return json_util.dumps(document, json_options=json_util.RELAXED_JSON_OPTIONS)


def outfit_id(slots: tuple[int, ...]) -> int:
    """The number that stands for what is worn."""
    digest = hashlib.md5(struct.pack("<12i", *slots), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "little", signed=True)


def to_row(document: Mapping[str, Any], collection: Collection) -> Row:
    """One document as one row, all of it.

    Args:
        document: As decoded from BSON or JSON.
        collection: What is declared of it.

    Returns:
        Values by column, without the key; `@outfit` is the tuple of slots or absent, and `@items` a
        list of (item_id, quantity).

    Raises:
        MisfitError: A known field does not fit.
    """
    row: Row = {}
    unmapped = _take(document, collection.tree, row)
    _settle_place(row, unmapped, collection)
    if collection.null_when_equal is not None:
        column, other = collection.null_when_equal
        if row.get(column) == row.get(other):
            row[column] = None
    if "@bad_outfit" in row and collection.outfit is not None:
        _put(unmapped, collection.outfit, row.pop("@bad_outfit"))
    if slots := row.get("@outfit"):
        row["outfit_id"] = outfit_id(slots)
    row["_unmapped"] = to_json(unmapped) if unmapped else None
    return row


def _take(document: Mapping[str, Any], tree: dict[str, Any], row: Row) -> dict[str, Any]:
    """Move the known fields into the row, and return the others."""
    unmapped: dict[str, Any] = {}
    for name, value in document.items():
        node = tree.get(name)
        if node is None:
            unmapped[name] = value
        elif isinstance(node, dict):
            if isinstance(value, Mapping):
                if inner := _take(value, node, row):
                    unmapped[name] = inner
            elif value is not None:
                raise MisfitError(f"{name}: {type(value).__name__} is no document")
        elif node.kind == "value":
            try:
                row[node.column] = fitted(value, node.type)
            except MisfitError as error:
                raise MisfitError(f"{name}: {error}") from None
        elif node.kind == "outfit":
            _take_outfit(name, value, row)
        elif node.kind == "items" and value is not None:
            _take_items(name, value, row, unmapped)
    return unmapped


def _take_outfit(name: str, value: object, row: Row) -> None:
    if value is None:
        return
    if not isinstance(value, list):
        raise MisfitError(f"{name}: {type(value).__name__} is no list")
    if len(value) != len(OUTFIT_SLOTS):
        row["@bad_outfit"] = value
        return
    slots = tuple(fitted(slot, pa.int32()) for slot in value)
    if None in slots:
        raise MisfitError(f"{name}: null is no {pa.int32()}")
    row["@outfit"] = slots


def _take_items(name: str, value: object, row: Row, unmapped: dict[str, Any]) -> None:
    if not isinstance(value, list):
        raise MisfitError(f"{name}: {type(value).__name__} is no list")
    if len(value) >= 2**15:
        raise MisfitError(f"{name}: {len(value)} items are too many for a position")
    items, others = [], []
    for item in value:
        if not isinstance(item, Mapping):
            raise MisfitError(f"{name}: {type(item).__name__} is no document")
        items.append(tuple(fitted(item.get(part), pa.int32()) for part in ("id", "quantity")))
        others.append({key: item[key] for key in item if key not in {"id", "quantity"}})
    row["@items"] = items
    if any(others):
        unmapped[name] = others


def _settle_place(row: Row, unmapped: dict[str, Any], collection: Collection) -> None:
    """A place with a region is a world tile; one without is in units of the scene."""
    x, y, region = row.pop("@x", None), row.pop("@y", None), row.pop("@region_id", None)
    flat = {name: row.pop(f"@flat_{name}", None) for name in ("x", "y")}
    if region is not None:
        row["x"], row["y"], row["region_id"] = x, y, region
        x = y = None
    if x is None and y is None:
        x, y = flat["x"], flat["y"]
    else:  # both kinds of scene units in one document: keep the other pair too
        for name, value in flat.items():
            if value is not None and collection.flat_place is not None:
                _put(unmapped, (*collection.flat_place, name), value)
    if x is not None or y is not None:
        row["local_x"], row["local_y"] = x, y


def _put(document: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for name in path[:-1]:
        document = document.setdefault(name, {})
    document[path[-1]] = value


def read_document(document: Mapping[str, Any], collection: Collection, key: Key) -> Row | Reject:
    """One decoded document as a row with its key, or the reason why not."""
    event = document.get("event")
    if event is not None and event != collection.event:
        return rejected(document, str(key), "wrong_event", key.time)
    try:
        row = to_row(document, collection)
    except MisfitError:
        return rejected(document, str(key), "bad_type", key.time)
    row["id_time"], row["id_process"], row["id_counter"] = key.time, key.process, key.counter
    return row


def read_frame(frame: bytes, collection: Collection) -> Row | Reject:
    """One BSON document as a row with its key, or the reason why not."""
    try:
        document = bson.decode(frame, CODEC)
    except (bson.errors.BSONError, ValueError, OverflowError, RecursionError):
        return undecodable(frame)
    object_id = document.get("_id")
    if not isinstance(object_id, ObjectId):
        return bad_id(document)
    return read_document(document, collection, Key.of_object_id(object_id))


def undecodable(frame: bytes) -> Reject:
    """The reject of a frame that is no BSON; its key is its `_id` when that can still be seen."""
    kept = to_json({"bson": frame[:REJECT_BYTES]})[:REJECT_BYTES]
    if frame[4:9] == b"\x07_id\x00" and len(frame) >= 9 + 12:
        key = Key.of_object_id(ObjectId(frame[9:21]))
        return Reject(str(key), "bad_bson", kept, key.time)
    digest = hashlib.md5(frame, usedforsecurity=False).hexdigest()
    return Reject(f"frame-{digest}", "bad_bson", kept)


def bad_id(document: Mapping[str, Any]) -> Reject:
    """The reject of a document whose `_id` says nothing about its arrival."""
    if "_id" in document:
        key = to_json(document["_id"])
        if len(key) > 200:  # noqa: PLR2004 (keeps it short)
            key = f"id-{hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()}"
    else:
        text = to_json(document).encode()
        key = f"document-{hashlib.md5(text, usedforsecurity=False).hexdigest()}"
    return rejected(document, key, "bad_id", None)


def rejected(document: Mapping[str, Any], row_key: str, reason: str, id_time: int | None) -> Reject:
    """The reject of a document that can still be read."""
    return Reject(row_key, reason, to_json(document)[:REJECT_BYTES], id_time)
