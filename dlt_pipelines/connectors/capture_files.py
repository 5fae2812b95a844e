"""Spool and sealed files: what was captured, on disk.

    spool/{stream}-{capture}-{segment}.jsonl               open; one line a row, all datasets
    sealed/{dataset}/{yyyy-mm-dd}/{the same name}.parquet  immutable

A row is written with one call to an append descriptor, so that a killed process loses none, and the
descriptor is synchronised every second or 200 rows, so that a power cut loses a second at most. The
segment is the `seq` of its first row, and the sealed names follow from it: sealing a spool twice
gives the same files. A line that is no row, as a torn last one, is sealed into quarantine.
"""

import base64
import binascii
import errno
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = dict[str, Any]

SEGMENT_ROWS = 5_000
SEGMENT_SECONDS = 900.0
QUIET_SEGMENT_SECONDS = 3_600.0  # of a segment that holds events alone
SYNC_ROWS = 200
SYNC_SECONDS = 1.0

_TIME = pa.timestamp("us", tz="UTC")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FILE_MODE, _FOLDER_MODE = 0o640, 0o750
_ROWS_AT_A_TIME = 500
_SEGMENT_WIDTH = 16  # microseconds since 1970 have sixteen digits until 2286


def _fields(names: str, kind: pa.DataType) -> list[pa.Field]:
    return [pa.field(name, kind) for name in names.split()]


_PLACE = [
    *_fields("capture_id stream topic capture_mode segment connection_id", pa.string()),
    pa.field("frame_no", pa.int64()),
    *_fields("part_no frame_parts", pa.int32()),
    pa.field("seq", pa.int64()),
    pa.field("received_at", _TIME),
    *_fields("raw_text message_hash", pa.string()),
    pa.field("is_strict_json", pa.bool_()),
    pa.field("intake_query", pa.string()),
]
_FORMER = [
    *_fields("capture_id stream segment", pa.string()),
    pa.field("seq", pa.int64()),
    pa.field("received_at", _TIME),
    *_fields("user_id exp course", pa.string()),
]
SCHEMAS: dict[str, pa.Schema] = {
    "messages": pa.schema(
        [
            *_PLACE,
            pa.field("user_id", pa.string()),
            pa.field("t_ms", pa.int64()),
            *_fields("exp hardware course message_type", pa.string()),
        ]
    ),
    "quarantine": pa.schema(
        [
            *_fields("capture_id stream topic segment connection_id", pa.string()),
            pa.field("frame_no", pa.int64()),
            pa.field("part_no", pa.int32()),
            pa.field("seq", pa.int64()),
            pa.field("received_at", _TIME),
            pa.field("raw_bytes", pa.binary()),
            *_fields("error_code error_text", pa.string()),
            pa.field("parsed_parts", pa.int32()),
        ]
    ),
    "capture_events": pa.schema(
        [
            *_fields(
                "capture_id stream topic capture_mode segment process_id connection_id",
                pa.string(),
            ),
            pa.field("seq", pa.int64()),
            pa.field("event_name", pa.string()),
            *_fields("event_at last_heard_at", _TIME),
            *_fields("reason_code detail", pa.string()),
            *_fields("message_count lost_count", pa.int64()),
            pa.field("token_expires_at", _TIME),
        ]
    ),
    "answers": pa.schema(
        [
            *_fields("capture_id segment", pa.string()),
            pa.field("seq", pa.int64()),
            *_fields("stream user_id exp course content argument", pa.string()),
            pa.field("request_t_ms", pa.int64()),
            *_fields("received_at answered_at", _TIME),
            *_fields("outcome error_code", pa.string()),
            pa.field("latency_ms", pa.float64()),
            *_fields("body_text pack_version", pa.string()),
        ]
    ),
    "hardware_messages": pa.schema(_PLACE),
    "former_edges": pa.schema(
        [*_FORMER, *_fields("from_node to_node", pa.string()), pa.field("weight", pa.int64())]
    ),
    "former_feedback": pa.schema(
        [*_FORMER, *_fields("state subject", pa.string()), pa.field("event_count", pa.int64())]
    ),
}
"""The datasets, with the columns and types of their sealed files."""

_TIME_COLUMNS = {
    dataset: [field.name for field in schema if field.type == _TIME]
    for dataset, schema in SCHEMAS.items()
}
_ROW_TIME = {  # the column that says when a row came about
    "messages": "received_at",
    "quarantine": "received_at",
    "capture_events": "event_at",
    "answers": "received_at",
    "hardware_messages": "received_at",
    "former_edges": "received_at",
    "former_feedback": "received_at",
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
        next_seq: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Continue a stream; nothing is written yet.

        Args:
            folder: Holds `spool/` and `sealed/`; made when it is not there.
            stream: The stream's name, without a dash.
            capture_id: Tells this capture from others of the stream.
            next_seq: Number of the first row; None continues from the highest on disk, or begins
                with the microseconds since 1970, so that a lost disk repeats no number.
            monotonic: The clock that says when to synchronise and when to seal.
        """
        self.folder, self.stream, self.capture_id = folder, stream, capture_id
        self._monotonic = monotonic
        if next_seq is None:
            highest = highest_seq(folder, stream, capture_id)
            next_seq = time.time_ns() // 1000 if highest is None else highest + 1
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
        self._descriptor = os.open(file, flags, _FILE_MODE)
        self._file, self._size = file, os.fstat(self._descriptor).st_size
        _sync_folder(spool)
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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
    rows = [found for line in whole.split(b"\n") if (found := _row(line, name)) is not None]
    return rows, offset + len(whole)


def read_spool(spool: Path) -> dict[str, pa.Table]:
    """Read the whole lines of a spool into tables, one for every dataset, empty ones too."""
    return _tables(read_rows(spool)[0])


def seal(spool: Path, folder: Path) -> list[Path]:
    """Turn a spool that nobody writes any more into sealed files, and delete it.

    Interrupted anywhere, it can be done again: a sealed file is renamed to its name when it is
    whole and on the disk, and is then never written again.

    Args:
        spool: The file.
        folder: Holds `sealed/`.

    Returns:
        The sealed files, one for each dataset that has rows.

    Raises:
        OSError: The disk does not take them; the spool is still there.
    """
    name = SegmentName.of(spool)
    rows = _rows_and_torn_lines(spool, name)
    files = []
    if (first := next(rows, None)) is not None:
        day = _row_time(*first).date().isoformat()
        for dataset, table in _tables(chain([first], rows)).items():
            if table.num_rows:
                file = folder / "sealed" / dataset / day / f"{name}.parquet"
                if not file.exists():
                    write_sealed(table, file)
                files.append(file)
    spool.unlink()
    _sync_folder(spool.parent)
    pa.default_memory_pool().release_unused()  # a capture seals seldom, and lives for months
    return files


def write_sealed(table: pa.Table, file: Path) -> None:
    """Write one sealed file, so that it is there whole or not at all."""
    make_folder(file.parent)
    unfinished = file.with_name(f"{file.name}.tmp")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
        with os.fdopen(descriptor, "wb") as sink:
            pq.write_table(table, sink, compression="zstd")
            sink.flush()
            os.fsync(descriptor)
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(file.parent)


def spools(folder: Path, stream: str, capture_id: str) -> list[Path]:
    """The spools of a stream and capture, in the order in which they were written."""
    return sorted(
        file
        for file in (folder / "spool").glob(f"{stream}-{capture_id}-*.jsonl")
        if _is_segment_of(file, stream, capture_id)
    )


def highest_seq(folder: Path, stream: str, capture_id: str) -> int | None:
    """The highest `seq` on disk, sealed or in a spool, or None when there is none."""
    files = [
        *spools(folder, stream, capture_id),
        *(
            file
            for file in (folder / "sealed").glob(f"*/*/{stream}-{capture_id}-*.parquet")
            if _is_segment_of(file, stream, capture_id)
        ),
    ]
    last = max((SegmentName.of(file).segment for file in files), default=None)
    if last is None:
        return None
    return max(
        (seq for file in files if SegmentName.of(file).segment == last for seq in _seqs(file)),
        default=int(last),
    )


def _seqs(file: Path) -> Iterable[int]:
    if file.suffix == ".parquet":
        seqs: list[int] = pq.read_table(file, columns=["seq"])["seq"].to_pylist()
        return seqs
    return [row["seq"] for _, row in _rows_and_torn_lines(file, SegmentName.of(file))]


def _is_segment_of(file: Path, stream: str, capture_id: str) -> bool:
    # The pattern of the file's name also finds captures whose names begin with this one's.
    try:
        name = SegmentName.of(file)
    except ValueError:
        return False
    return (name.stream, name.capture_id) == (stream, capture_id)


def _row(line: bytes, name: SegmentName) -> tuple[str, Row] | None:
    """Dataset and row of a line, with all columns, or None when the line is none."""
    try:
        written = json.loads(line)
        dataset = written.pop("dataset")
        row: Row = dict.fromkeys(SCHEMAS[dataset].names)
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


def _rows_and_torn_lines(spool: Path, name: SegmentName) -> Iterator[tuple[str, Row]]:
    """The rows of a spool that is closed; a line that is none becomes a row of quarantine."""
    last_seq = int(name.segment) - 1
    last_at = datetime.fromtimestamp(spool.stat().st_mtime, tz=UTC)
    for line in _lines(spool):
        found = _row(line, name)
        if found is None:
            # Its own number, if it had one, follows on the number before.
            torn: Row = dict.fromkeys(SCHEMAS["quarantine"].names) | {
                "capture_id": name.capture_id,
                "stream": name.stream,
                "segment": name.segment,
                "part_no": 0,
                "parsed_parts": 0,
                "seq": last_seq + 1,
                "received_at": last_at,
                "raw_bytes": line,
                "error_code": "bad_json",
                "error_text": "a torn line of the spool",
            }
            found = ("quarantine", torn)
        last_seq, last_at = found[1]["seq"], _row_time(*found)
        yield found


def _lines(spool: Path) -> Iterator[bytes]:
    with spool.open("rb") as lines:
        for line in lines:
            if text := line.rstrip(b"\n"):
                yield text


def _row_time(dataset: str, row: Row) -> datetime:
    at: datetime | None = row[_ROW_TIME[dataset]]
    return at or _EPOCH


def _tables(rows: Iterable[tuple[str, Row]]) -> dict[str, pa.Table]:
    """The rows of each dataset, of which only a few hundred are Python's at a time."""
    tables = {dataset: [schema.empty_table()] for dataset, schema in SCHEMAS.items()}
    found = iter(rows)
    while few := list(islice(found, _ROWS_AT_A_TIME)):
        for dataset, schema in SCHEMAS.items():
            if some := [row for kind, row in few if kind == dataset]:
                tables[dataset].append(pa.Table.from_pylist(some, schema=schema))
    return {dataset: pa.concat_tables(parts) for dataset, parts in tables.items()}
