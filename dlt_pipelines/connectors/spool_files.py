"""Spools: what was captured and is not sealed yet, on disk.

    spool/{stream}-{capture}-{segment}.jsonl     open; one line a row, all datasets

A row is written with one call to an append descriptor, so that a killed process loses none, and the
descriptor is synchronised every second or 200 rows, so that a power cut loses a second at most. The
segment is the `seq` of its first row. Captures live for months and have little memory, so nothing
here needs pyarrow, which takes three times as much as the rest of them.
"""

import base64
import binascii
import errno
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from warehouse.durability import sync_to_disk

Row = dict[str, Any]

SEGMENT_ROWS = 5_000
SEGMENT_SECONDS = 900.0
QUIET_SEGMENT_SECONDS = 3_600.0  # of a segment that holds events alone
SYNC_ROWS = 200
SYNC_SECONDS = 1.0
FILE_MODE = 0o640

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FOLDER_MODE = 0o750
_SEGMENT_WIDTH = 16  # microseconds since 1970 have sixteen digits until 2286


def _columns(names: str, kind: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


_PLACE = {
    **_columns("capture_id stream topic capture_mode segment connection_id", "string"),
    "frame_no": "int64",
    **_columns("part_no frame_parts", "int32"),
    "seq": "int64",
    "received_at": "time",
    **_columns("raw_text message_hash", "string"),
    "is_strict_json": "bool",
    "intake_query": "string",
}
_FORMER = {
    **_columns("capture_id stream segment", "string"),
    "seq": "int64",
    "received_at": "time",
    **_columns("user_id exp course", "string"),
}
COLUMNS: dict[str, dict[str, str]] = {
    "messages": {
        **_PLACE,
        "user_id": "string",
        "t_ms": "int64",
        **_columns("exp hardware course message_type", "string"),
    },
    "quarantine": {
        **_columns("capture_id stream topic segment connection_id", "string"),
        "frame_no": "int64",
        "part_no": "int32",
        "seq": "int64",
        "received_at": "time",
        "raw_bytes": "binary",
        **_columns("error_code error_text", "string"),
        "parsed_parts": "int32",
    },
    "capture_events": {
        **_columns(
            "capture_id stream topic capture_mode segment process_id connection_id", "string"
        ),
        "seq": "int64",
        "event_name": "string",
        **_columns("event_at last_heard_at", "time"),
        **_columns("reason_code detail", "string"),
        **_columns("message_count lost_count", "int64"),
        "token_expires_at": "time",
    },
    "answers": {
        **_columns("capture_id segment", "string"),
        "seq": "int64",
        **_columns("stream user_id exp course content argument", "string"),
        "request_t_ms": "int64",
        **_columns("received_at answered_at", "time"),
        **_columns("outcome error_code", "string"),
        "latency_ms": "float64",
        **_columns("body_text pack_version", "string"),
    },
    "hardware_messages": _PLACE,
    "former_edges": {**_FORMER, **_columns("from_node to_node", "string"), "weight": "int64"},
    "former_feedback": {**_FORMER, **_columns("state subject", "string"), "event_count": "int64"},
}
"""The datasets: columns by name, and what each holds."""

_TIME_COLUMNS = {
    dataset: [name for name, kind in columns.items() if kind == "time"]
    for dataset, columns in COLUMNS.items()
}


@dataclass(frozen=True, slots=True)
class SegmentName:
    """The parts of a spool's or sealed file's name."""

    stream: str  # without a dash
    capture_id: str
    segment: str

    @classmethod
    def of(cls, file: Path) -> "SegmentName":
        """Read a file's name.

        Raises:
            ValueError: It is not named like a segment.
        """
        stream, _, rest = file.stem.partition("-")
        capture_id, _, segment = rest.rpartition("-")
        if not (stream and capture_id and segment.isdigit()):
            raise ValueError(f"{file.name} is not named like a segment")
        return cls(stream, capture_id, segment)

    def __str__(self) -> str:
        return f"{self.stream}-{self.capture_id}-{self.segment}"


class Spool:
    """The open segment of one stream and capture; only one process may have it."""

    def __init__(
        self,
        folder: Path,
        stream: str,
        capture_id: str,
        *,
        next_seq: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Continue a stream; nothing is written yet.

        Args:
            folder: Holds `spool/` and `sealed/`; made when it is not there.
            stream: The stream's name, without a dash.
            capture_id: Tells this capture from others of the stream.
            next_seq: Number of the first row.
            monotonic: The clock that says when to synchronise and when to seal.
        """
        self.folder, self.stream, self.capture_id = folder, stream, capture_id
        self._monotonic = monotonic
        self.next_seq = next_seq
        self.row_count = 0  # of the open segment
        self._descriptor: int | None = None
        self._file: Path | None = None
        self._size = 0
        self._opened = self._synced = 0.0
        self._first_message: float | None = None
        self._unsynced_rows = 0

    def append(self, dataset: str, row: Row) -> int:
        """Write one row; `capture_id`, `stream`, `segment` and `seq` are filled in.

        Args:
            dataset: Name of its dataset.
            row: Other columns by name; those left out are null, times are UTC datetimes.

        Returns:
            The row's `seq`.

        Raises:
            OSError: The row was not written, and may be appended again.
        """
        if self._descriptor is None:
            self._open()
        assert self._descriptor is not None  # noqa: S101 opened above
        seq = self.next_seq
        self._write_line(self._descriptor, _line(dataset, {**row, "seq": seq}))
        self.next_seq += 1
        self.row_count += 1
        self._unsynced_rows += 1
        if dataset != "capture_events" and self._first_message is None:
            self._first_message = self._monotonic()
        return seq

    def sync(self) -> None:
        """Bring what was written to the disk, when 200 rows or a second say that it is time."""
        if self._descriptor is not None and self.sync_due_in() <= 0:
            os.fdatasync(self._descriptor)
            self._unsynced_rows, self._synced = 0, self._monotonic()

    def sync_due_in(self) -> float:
        """Seconds until the next synchronisation, 0 or less when it is due."""
        if not self._unsynced_rows:
            return SYNC_SECONDS
        if self._unsynced_rows >= SYNC_ROWS:
            return 0
        return self._synced + SYNC_SECONDS - self._monotonic()

    @property
    def is_full(self) -> bool:
        """Whether the segment has the rows or the age at which it is sealed."""
        if self._descriptor is None:
            return False
        now = self._monotonic()
        return (
            self.row_count >= SEGMENT_ROWS
            or now - self._opened >= QUIET_SEGMENT_SECONDS
            or (self._first_message is not None and now - self._first_message >= SEGMENT_SECONDS)
        )

    def close(self) -> Path | None:
        """End the segment; the next row begins another one.

        Returns:
            The spool, which can now be sealed, or None when nothing was open.

        Raises:
            OSError: The disk does not take it; the segment stays open.
        """
        if self._descriptor is None:
            return None
        os.fdatasync(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = None
        return self._file

    def _open(self) -> None:
        spool = make_folder(self.folder / "spool")
        name = SegmentName(self.stream, self.capture_id, f"{self.next_seq:0{_SEGMENT_WIDTH}d}")
        file = spool / f"{name}.jsonl"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._descriptor = os.open(file, flags, FILE_MODE)
        self._file, self._size = file, os.fstat(self._descriptor).st_size
        sync_to_disk(spool)
        self._opened = self._synced = self._monotonic()
        self._first_message = None
        self.row_count = self._unsynced_rows = 0

    def _write_line(self, descriptor: int, line: bytes) -> None:
        try:
            written = os.write(descriptor, line)
            if written < len(line):  # the disk became full in the middle of the line
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            os.ftruncate(descriptor, self._size)
            raise
        self._size += len(line)


def _line(dataset: str, row: Row) -> bytes:
    """A row as a line of the spool: times are microseconds since 1970, bytes are base64."""
    plain: Row = {"dataset": dataset}
    for name, value in row.items():
        match value:
            case None:
                continue
            case datetime():
                plain[name] = (value - _EPOCH) // _MICROSECOND
            case bytes():
                plain[name] = base64.b64encode(value).decode()
            case _:
                plain[name] = value
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return text.encode() + b"\n"


def make_folder(folder: Path) -> Path:
    """Make a folder, and those above it, closed to strangers."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    return folder


def read_rows(spool: Path, offset: int = 0) -> tuple[list[tuple[str, Row]], int]:
    """Read the whole lines of a spool that may still be written.

    Args:
        spool: The file.
        offset: Bytes to skip: what a former call returned, to read on from there.

    Returns:
        Dataset and row of each line, with all columns of the dataset, and the offset behind the
        last whole line. Lines that are no row are left out; sealing quarantines them.

    Raises:
        FileNotFoundError: It has been sealed meanwhile.
    """
    with spool.open("rb") as file:
        file.seek(offset)
        content = file.read()
    whole = content[: content.rfind(b"\n") + 1]
    name = SegmentName.of(spool)
    rows = [found for line in whole.split(b"\n") if (found := row_of(line, name)) is not None]
    return rows, offset + len(whole)


def spools(folder: Path, stream: str, capture_id: str) -> list[Path]:
    """The spools of a stream and capture, in the order in which they were written."""
    return sorted(
        file
        for file in (folder / "spool").glob(f"{stream}-{capture_id}-*.jsonl")
        if is_segment_of(file, stream, capture_id)
    )


def is_segment_of(file: Path, stream: str, capture_id: str) -> bool:
    """Whether a file is named like a segment of this stream and capture."""
    # The pattern of the file's name also finds captures whose names begin with this one's.
    try:
        name = SegmentName.of(file)
    except ValueError:
        return False
    return (name.stream, name.capture_id) == (stream, capture_id)


def row_of(line: bytes, name: SegmentName) -> tuple[str, Row] | None:
    """Dataset and row of a line, with all columns, or None when the line is none."""
    try:
        written = json.loads(line)
        dataset = written.pop("dataset")
        row: Row = dict.fromkeys(COLUMNS[dataset])
        row |= {"capture_id": name.capture_id, "stream": name.stream, "segment": name.segment}
        row |= written
        for column in _TIME_COLUMNS[dataset]:
            if row[column] is not None:
                row[column] = _EPOCH + row[column] * _MICROSECOND
        if row.get("raw_bytes") is not None:
            row["raw_bytes"] = base64.b64decode(row["raw_bytes"], validate=True)
        if not isinstance(row["seq"], int):
            return None
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        return None
    return dataset, row
