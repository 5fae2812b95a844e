"""Files that an operator keeps by hand: CSV or JSON, read whole, each row checked."""

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pyarrow as pa

from dlt_pipelines.connectors.documents import Reject, to_json
from warehouse.errors import TallyhouseError

_TRUE = frozenset({"true", "1", "yes", "y", "t"})
_FALSE = frozenset({"false", "0", "no", "n", "f"})


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatorFile:
    """One file, landed as the raw table of the same name."""

    name: str
    schema: pa.Schema
    required: tuple[str, ...]  # a row without these is rejected
    setting: str | None = None  # variable of the file; None: `<name>.csv` of the control folder
    zone: str | None = None  # column of an IANA zone; a bad one is rejected, the row stays without
    patterns: Mapping[str, str] = field(default_factory=dict)
    ordered: tuple[str, str] | None = None  # from, to: a row that ends before it begins is rejected
    key: tuple[str, ...] = ()  # a row that says again what these columns say is rejected

    def __post_init__(self) -> None:
        if unknown := {*self.required, *self.key} - set(self.schema.names):
            raise ValueError(f"{self.name}: declare these columns: {sorted(unknown)}")


def read_operator_file(declared: OperatorFile, path: Path | None) -> tuple[pa.Table, list[Reject]]:
    """All rows of a file.

    Args:
        declared: What is read; it has n columns.
        path: CSV with a header, or a JSON list of objects; None or a missing file has no rows.

    Returns:
        The table, of n columns, and the rows that do not fit.

    Raises:
        TallyhouseError: The file can not be read at all, or lacks a required column.
    """
    rows: list[dict[str, Any]] = []
    rejects: list[Reject] = []
    keys: set[tuple[object, ...]] = set()
    if path is not None and path.exists():
        for number, raw in enumerate(_raw_rows(declared, path), start=1):
            row, is_whole = _typed_row(declared, raw)
            key = tuple(row[name] for name in declared.key) if row is not None else ()
            if key and key in keys:
                row, is_whole = None, False
            if row is not None:
                rows.append(row)
                keys.add(key)
            if not is_whole:
                text = to_json(raw)
                digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
                rejects.append(Reject(f"row-{number}-{digest}", "bad_control", text))
    return pa.Table.from_pylist(rows, schema=declared.schema), rejects


def _raw_rows(declared: OperatorFile, path: Path) -> Iterable[Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        rows: list[Any] = (
            json.loads(text) if path.suffix == ".json" else list(csv.DictReader(text.splitlines()))
        )
    except (OSError, ValueError, csv.Error) as error:
        raise TallyhouseError(f"{path}: can not be read: {error}.") from None
    if isinstance(rows, dict):
        rows = list(rows.values())
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TallyhouseError(f"{path}: must hold a list of objects.")
    header = set(rows[0]) if rows else set(declared.required)
    if missing := set(declared.required) - header:
        raise TallyhouseError(f"{path}: has no column {', '.join(sorted(missing))}.")
    return rows


def _typed_row(
    declared: OperatorFile, raw: Mapping[str, Any]
) -> tuple[dict[str, Any] | None, bool]:
    """The row, or None when it is of no use, and whether nothing of it was lost."""
    row: dict[str, Any] = {}
    try:
        for column in declared.schema:
            row[column.name] = _typed(raw.get(column.name), column.type)
    except ValueError:
        return None, False
    has_required = all(row[name] is not None for name in declared.required)
    has_shape = all(re.fullmatch(rule, row[name]) for name, rule in declared.patterns.items())
    if not has_required or not has_shape:
        return None, False
    if declared.ordered is not None:
        begin, end = declared.ordered
        if row[begin] >= row[end]:
            return None, False
    zone = None if declared.zone is None else row[declared.zone]
    if declared.zone is not None and zone is not None and zone not in _zones():
        return {**row, declared.zone: None}, False
    return row, True


@cache
def _zones() -> frozenset[str]:
    """Zones that mean the same everywhere; `localtime` is whatever this machine has."""
    return frozenset(available_timezones()) - {"localtime"}


def _typed(value: object, kind: pa.DataType) -> object:  # noqa: PLR0911 (a kind each)
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    if kind == pa.string():
        return text
    if kind == pa.bool_():
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise ValueError(text)
    if kind == pa.date32():
        return date.fromisoformat(text)
    if pa.types.is_timestamp(kind):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    if pa.types.is_integer(kind):
        return _whole(text, kind)
    return float(text)


def _whole(text: str, kind: pa.DataType) -> int:
    number = float(text)
    if not number.is_integer() or abs(number) >= 2.0 ** (kind.bit_width - 1):
        raise ValueError(text)
    return int(text) if text.lstrip("+-").isdigit() else int(number)
