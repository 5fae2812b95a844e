"""Sealed files: what was captured, on disk for good.

    sealed/{dataset}/{yyyy-mm-dd}/{stream}-{capture}-{segment}.parquet     immutable

Names follow from the spool's, so sealing a spool twice gives the same files. A line that is no row,
as a torn last one, is sealed into quarantine.
"""

import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dlt_pipelines.connectors.spool_files import (
    COLUMNS,
    FILE_MODE,
    Row,
    SegmentName,
    is_segment_of,
    make_folder,
    read_rows,
    row_of,
    spools,
)
from warehouse.durability import sync_to_disk

_TYPES = {
    "binary": pa.binary(),
    "bool": pa.bool_(),
    "float64": pa.float64(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "string": pa.string(),
    "time": pa.timestamp("us", tz="UTC"),
}
SCHEMAS: dict[str, pa.Schema] = {
    dataset: pa.schema([(name, _TYPES[kind]) for name, kind in columns.items()])
    for dataset, columns in COLUMNS.items()
}
"""The datasets, with the columns and types of their sealed files."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ROWS_AT_A_TIME = 500
_ROW_TIME = {  # the column that says when a row came about
    "messages": "received_at",
    "quarantine": "received_at",
    "capture_events": "event_at",
    "answers": "received_at",
    "hardware_messages": "received_at",
    "former_edges": "received_at",
    "former_feedback": "received_at",
}


def read_spool(spool: Path) -> dict[str, pa.Table]:
    """Read the whole lines of a spool into tables, one for every dataset, empty ones too."""
    return _tables(read_rows(spool)[0])


def seal(spool: Path, folder: Path) -> list[Path]:
    """Turn a spool that nobody writes any more into sealed files, and delete it.

    Interrupted anywhere, it can be done again: a sealed file is renamed to its name when it is
    whole and on the disk, and is then never written again. Who comes second waits for the first,
    which may outlive the capture that began it.

    Args:
        spool: The file.
        folder: Holds `sealed/`.

    Returns:
        The sealed files, one for each dataset that has rows; none when another sealed it.

    Raises:
        OSError: The disk does not take them; the spool is still there.
    """
    try:
        held = spool.open("rb")
    except FileNotFoundError:
        return []
    with held:
        fcntl.flock(held, fcntl.LOCK_EX)
        files = _sealed(spool, folder) if spool.exists() else []
    pa.default_memory_pool().release_unused()  # who seals does it seldom, and may live for months
    return files


def take_up(folder: Path, streams: Sequence[str], capture_id: str) -> dict[str, int]:
    """Seal what former captures of streams left.

    Args:
        folder: Holds `spool/` and `sealed/`.
        streams: The streams.
        capture_id: The capture.

    Returns:
        For each stream, the number of its next row. What a disk refused is still a spool.
    """
    for stream in streams:
        for leftover in spools(folder, stream, capture_id):
            with suppress(OSError):
                seal(leftover, folder)
    return {stream: next_seq(folder, stream, capture_id) for stream in streams}


def _sealed(spool: Path, folder: Path) -> list[Path]:
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
    sync_to_disk(spool.parent)
    return files


def write_sealed(table: pa.Table, file: Path) -> None:
    """Write one sealed file, so that it is there whole or not at all."""
    make_folder(file.parent)
    unfinished = file.with_name(f"{file.name}.tmp")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
        with os.fdopen(descriptor, "wb") as sink:
            pq.write_table(table, sink, compression="zstd")
            sink.flush()
            os.fsync(descriptor)
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    sync_to_disk(file.parent)


def highest_seq(folder: Path, stream: str, capture_id: str) -> int | None:
    """The highest `seq` on disk, sealed or in a spool, or None when there is none."""
    files = [
        *spools(folder, stream, capture_id),
        *(
            file
            for file in (folder / "sealed").glob(f"*/*/{stream}-{capture_id}-*.parquet")
            if is_segment_of(file, stream, capture_id)
        ),
    ]
    last = max((SegmentName.of(file).segment for file in files), default=None)
    if last is None:
        return None
    return max(
        (seq for file in files if SegmentName.of(file).segment == last for seq in _seqs(file)),
        default=int(last),
    )


def next_seq(folder: Path, stream: str, capture_id: str) -> int:
    """The number of the next row of a stream and capture.

    It follows on the highest on disk, or begins with the microseconds since 1970, so that a lost
    disk repeats no number.
    """
    highest = highest_seq(folder, stream, capture_id)
    return time.time_ns() // 1000 if highest is None else highest + 1


def _seqs(file: Path) -> Iterable[int]:
    if file.suffix == ".parquet":
        seqs: list[int] = pq.read_table(file, columns=["seq"])["seq"].to_pylist()
        return seqs
    return [row["seq"] for _, row in _rows_and_torn_lines(file, SegmentName.of(file))]


def _rows_and_torn_lines(spool: Path, name: SegmentName) -> Iterator[tuple[str, Row]]:
    """The rows of a spool that is closed; a line that is none becomes a row of quarantine."""
    last_seq = int(name.segment) - 1
    last_at = datetime.fromtimestamp(spool.stat().st_mtime, tz=UTC)
    for line in _lines(spool):
        found = row_of(line, name)
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
