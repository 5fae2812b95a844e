"""Documents of the hiscores that the old job wrote: one fetch each, with its entries inside."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import bson
import pyarrow as pa
from bson.objectid import ObjectId

from dlt_pipelines.connectors.documents import (
    CODEC,
    Key,
    MisfitError,
    Reject,
    Row,
    bad_id,
    fitted,
    rejected,
    to_json,
    undecodable,
)

_NAME_CHARACTERS: Final = str.maketrans({"\u00a0": " ", "_": " ", "-": " "})
_LATEST_SECOND: Final = 253_402_300_800.0  # first one of the year 10000
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 (UTC, as the column)
_MICROSECOND: Final = timedelta(microseconds=1)
_ENTRIES: Final = {
    "skills": ("skill", {"rank": "rank", "level": "level", "experience": "score"}),
    "bosses": ("activity", {"rank": "rank", "kills": "score"}),
}


def read_hiscores_frame(frame: bytes) -> tuple[Row, list[Row]] | Reject:
    """One document as a fetch and its entries, or the reason why not."""
    try:
        document = bson.decode(frame, CODEC)
    except (bson.errors.BSONError, ValueError, OverflowError, RecursionError):
        return undecodable(frame)
    object_id = document.get("_id")
    if not isinstance(object_id, ObjectId):
        return bad_id(document)
    try:
        return _fetch(document, str(object_id))
    except MisfitError:
        key = Key.of_object_id(object_id)
        return rejected(document, str(key), "bad_type", key.time)


def _fetch(document: Mapping[str, Any], fetch_id: str) -> tuple[Row, list[Row]]:
    unmapped = {
        name: value
        for name, value in document.items()
        if name not in {"_id", "username", "timestamp", *_ENTRIES}
    }
    entries: list[Row] = []
    for name, (kind, columns) in _ENTRIES.items():
        others = _read_entries(document.get(name), fetch_id, kind, columns, entries)
        if others:
            unmapped[name] = others
    username = fitted(document.get("username"), pa.string())
    seconds = document.get("timestamp")
    moment = _moment(seconds)
    if moment is not None and (moment - _EPOCH) / _MICROSECOND / 1_000_000 != seconds:
        unmapped["timestamp"] = seconds  # a float of today is finer than a microsecond
    fetch = {
        "fetch_id": fetch_id,
        "username": username,
        "user_key": username and username.translate(_NAME_CHARACTERS).strip().lower(),
        "format": "legacy",
        "outcome": "ok",
        "fetched_at": moment,
        "_unmapped": to_json(unmapped) if unmapped else None,
    }
    return fetch, entries


def _read_entries(
    group: object, fetch_id: str, kind: str, columns: Mapping[str, str], entries: list[Row]
) -> dict[str, Any]:
    """Append the entries of one kind, and return what else their documents held."""
    others: dict[str, Any] = {}
    if group is None:
        return others
    if not isinstance(group, Mapping):
        raise MisfitError("is no document")
    for name, values in group.items():
        if not isinstance(values, Mapping):
            raise MisfitError(f"{name}: is no document")
        fitted(name, pa.string())
        row = {"fetch_id": fetch_id, "entry_kind": kind, "entry_name": name}
        for field, column in columns.items():
            row[column] = fitted(values.get(field), pa.int64())
        entries.append(row)
        if rest := {field: values[field] for field in values if field not in columns}:
            others[name] = rest
    return others


def _moment(seconds: object) -> datetime | None:
    if seconds is None:
        return None
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 <= seconds < _LATEST_SECOND
    ):
        raise MisfitError("timestamp: is no number of seconds")
    return datetime.fromtimestamp(seconds, tz=UTC).replace(tzinfo=None)
