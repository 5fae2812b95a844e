"""Rows become documents, documents become bytes and hashes.

The types of a document are those of BSON: whole numbers of 32 or 64 bits (the encoder chooses),
doubles, texts, booleans, dates with milliseconds, documents, arrays and null. A document looks the
same in every target, and its canonical JSON is the same text wherever and whenever it is made.
"""

import hashlib
import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import bson
import bson.errors
import pyarrow as pa

from warehouse.errors import TallyhouseError

Document = dict[str, Any]

MAX_DOCUMENT_BYTES = 1_000_000
MAX_SAFE_INTEGER = 2**53
"""JavaScript, which reads the documents, keeps greater whole numbers only roughly."""

_Convert = Callable[[Any], Any]


class UnfitDocumentError(Exception):
    """A row that cannot leave as a document; the message says why."""


@dataclass(slots=True)
class Converter:
    """Turns the rows of one model into documents."""

    model: str  # for messages
    schema: pa.Schema
    nulled_count: int = 0  # NaN and infinity, which JSON lacks, so far
    _columns: list[tuple[str, _Convert]] = field(init=False)

    def __post_init__(self) -> None:
        self._columns = [
            (column.name, self._convert(column.type, column.name)) for column in self.schema
        ]

    def documents(self, batch: pa.RecordBatch) -> Iterator[Document | UnfitDocumentError]:
        """Convert a batch.

        Args:
            batch: Rows in the schema of this converter, shape (n, fields).

        Yields:
            One document a row, its fields in the order of the columns; or why there is none.
        """
        for row in batch.to_pylist():
            try:
                yield {name: convert(row[name]) for name, convert in self._columns}
            except UnfitDocumentError as error:
                yield error

    def _convert(self, kind: pa.DataType, path: str) -> _Convert:
        """The function for values of one Arrow type, found once and not once a value."""
        if pa.types.is_struct(kind):
            return self._convert_struct(kind, path)
        if pa.types.is_map(kind):
            return self._convert_map(kind, path)
        if pa.types.is_list(kind):
            item = self._convert(kind.value_type, f"{path}[]")
            return lambda value: None if value is None else [item(each) for each in value]
        if pa.types.is_integer(kind):
            return lambda value: _safe_integer(value, path)
        if pa.types.is_floating(kind):
            return self._finite
        for is_kind, convert in _PLAIN:
            if is_kind(kind):
                return convert
        raise TallyhouseError(
            f"{self.model}: column {path} has type {kind}, which no document has; "
            "cast it in the model (whole numbers to bigint, decimals to double)."
        )

    def _convert_struct(self, kind: pa.DataType, path: str) -> _Convert:
        fields = [
            (each.name, self._convert(each.type, f"{path}.{each.name}")) for each in kind.fields
        ]
        return lambda value: (
            None if value is None else {name: convert(value[name]) for name, convert in fields}
        )

    def _convert_map(self, kind: pa.DataType, path: str) -> _Convert:
        if not pa.types.is_string(kind.key_type):
            raise TallyhouseError(f"{self.model}: the keys of map {path} must be texts.")
        convert = self._convert(kind.item_type, f"{path}.*")
        return lambda value: (
            None if value is None else {name: convert(each) for name, each in value}
        )

    def _finite(self, value: float | None) -> float | None:
        if value is None or math.isfinite(value):
            return value
        self.nulled_count += 1
        return None


def _as_it_is(value: Any) -> Any:  # noqa: ANN401 - whatever Arrow gives
    return value


def _safe_integer(value: int | None, path: str) -> int | None:
    if value is not None and abs(value) > MAX_SAFE_INTEGER:
        raise UnfitDocumentError(f"{path} is {value}, a whole number beyond 2^53")
    return value


def _utc_milliseconds(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    value = value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _iso_date(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


_PLAIN: tuple[tuple[Callable[[pa.DataType], bool], _Convert], ...] = (
    (pa.types.is_boolean, _as_it_is),
    (pa.types.is_date, _iso_date),
    (pa.types.is_dictionary, _as_it_is),  # an enumeration; its values are texts
    (pa.types.is_null, _as_it_is),
    (pa.types.is_string, _as_it_is),
    (pa.types.is_timestamp, _utc_milliseconds),
)


def _extended(value: object) -> object:
    """Dates in the way of MongoDB's relaxed extended JSON."""
    if isinstance(value, datetime):
        text = value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        return {"$date": text.replace("+00:00", "Z")}
    raise TypeError(type(value).__name__)


# Made once: `json.dumps` with options builds an encoder for every call.
_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_extended
)


def canonical_json(document: Mapping[str, Any]) -> str:
    """The one text of a document: sorted keys, no spaces, dates as `{"$date": …}`."""
    return _encoder.encode(document)


def content_hash(document: Mapping[str, Any], stamped: Collection[str]) -> str:
    """The hash of what a document says, without the fields that say when it was sent."""
    content = {name: value for name, value in document.items() if name not in stamped}
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def stamps_as_json(document: Mapping[str, Any], stamped: Collection[str]) -> dict[str, Any]:
    """The stamped fields of a document, as they stand in its canonical JSON."""
    stamps: dict[str, Any] = json.loads(canonical_json({name: document[name] for name in stamped}))
    return stamps


def stamps_from_json(stamps: Mapping[str, Any]) -> Document:
    """The stamped fields of a document, as they were before `stamps_as_json`."""
    return {
        name: datetime.fromisoformat(value["$date"]) if isinstance(value, dict) else value
        for name, value in stamps.items()
    }


def encoded(document: Document) -> bytes:
    """The BSON of a document.

    Raises:
        UnfitDocumentError: It is over the limit, or BSON has no such document.
    """
    try:
        data = bson.encode(document)
    except (bson.errors.InvalidDocument, OverflowError, ValueError) as error:
        raise UnfitDocumentError(f"not a document: {error}") from None
    if len(data) > MAX_DOCUMENT_BYTES:
        raise UnfitDocumentError(
            f"{len(data)} bytes, which is more than the limit of {MAX_DOCUMENT_BYTES}"
        )
    return data
