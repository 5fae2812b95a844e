"""Pages of documents become finished parquet files, in this process or in workers.

A worker decodes a task (about 120,000 documents), sorts it so that it compresses, and writes the
files itself; only counts, keys and paths come back. Measured on 2 cores, decoding is 20 times what
the loading process needs to hand the files on.
"""

import gc
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from dlt_pipelines.connectors.bson_files import Page, frame_offsets
from dlt_pipelines.connectors.bson_shapes import Shapes
from dlt_pipelines.connectors.documents import (
    ITEM_COLUMNS,
    OUTFIT_COLUMNS,
    OUTFIT_SLOTS,
    REJECT_COLUMNS,
    Collection,
    Reject,
    Row,
    read_frame,
)
from dlt_pipelines.connectors.legacy_hiscores import read_hiscores_frame
from dlt_pipelines.connectors.plugin_files import PluginRows, read_plugin_row
from dlt_pipelines.wrapped import (
    COLLECTIONS,
    EVENT_KEY,
    HISCORES_ENTRIES,
    HISCORES_FETCHES,
    INSERTED,
)

BATCH_DOCUMENTS: Final = 120_000
"""One row group of DuckDB, nearly; a sorted one needs half the bytes of an unsorted one."""

SECONDS_PER_DAY: Final = 86_400

Keys = npt.NDArray[np.uint64]
"""Array of shape (rows, 2): 128 bits that identify each row of a table."""

_BY_NAME: Final = {collection.name: collection for collection in COLLECTIONS}
_LOAD_ID: Final = pa.field("_dlt_load_id", pa.string())


@dataclass(frozen=True, slots=True)
class Task:
    """Documents of one collection that become one batch."""

    collection: str
    source_kind: str
    pages: tuple[Page | PluginRows, ...]

    @property
    def documents(self) -> int:
        """How many documents it has."""
        return sum(page.documents for page in self.pages)


@dataclass(frozen=True, slots=True)
class TableFile:
    """A finished parquet file of one table."""

    table: str
    path: Path
    rows: int
    keys: Keys


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of a task."""

    collection: str
    source_kind: str
    files: tuple[TableFile, ...]
    outfits: pa.Table
    read: Counter[int | None]  # documents by UTC day since 1970; None: without a usable id
    rejected: Counter[tuple[str, int | None]]  # by reason and day
    last_id_time: int | None
    last_event_ms: int | None


@dataclass(slots=True)
class Decoded:
    """Rows of one task by table, before they are sorted."""

    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    outfits: list[pa.Table] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    documents: int = 0

    def add(self, table: str, rows: pa.Table) -> None:
        """Keep rows for a table."""
        if rows.num_rows:
            self.tables.setdefault(table, []).append(rows)


def gather_tasks(
    collection: str, source_kind: str, pages: Iterable[Page | PluginRows]
) -> Iterator[Task]:
    """Gather pages until they make a batch."""
    gathered: list[Page | PluginRows] = []
    documents = 0
    try:
        for page in pages:
            gathered.append(page)
            documents += page.documents
            if documents >= BATCH_DOCUMENTS or len(gathered) >= 3:  # noqa: PLR2004 (48 MiB)
                yield Task(collection, source_kind, tuple(gathered))
                gathered, documents = [], 0
    except Exception:
        if gathered:  # what came before the damage is whole
            yield Task(collection, source_kind, tuple(gathered))
        raise
    if gathered:
        yield Task(collection, source_kind, tuple(gathered))


def write_batch(task: Task, load_id: str, folder: Path, stem: str) -> Batch:
    """Decode a task and write its files.

    Args:
        task: What to decode.
        load_id: Written in each row.
        folder: Where the files go; it exists.
        stem: Begins the name of each file, different for each task of a load.

    Returns:
        Files and counts.
    """
    # Measured: the cyclic collector, running while hundreds of thousands of new objects live,
    # makes decoding two to three times slower; nothing here makes cycles.
    gc.freeze()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        decoded = _decode(task)
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()
    batch = _write(task, decoded, load_id, folder, stem)
    pa.default_memory_pool().release_unused()
    return batch


def day_of(id_time: int | None) -> int | None:
    """UTC day since 1970 of the seconds in an id."""
    return None if id_time is None else id_time // SECONDS_PER_DAY


def _decode(task: Task) -> Decoded:
    decoded = Decoded()
    shapes = None  # those of a task are forgotten with it, which bounds them
    for page in task.pages:
        decoded.documents += page.documents
        if isinstance(page, PluginRows):
            collection = _BY_NAME[task.collection]
            results = [read_plugin_row(*row, collection) for row in page.rows]
            _add_rows(decoded, collection, task.source_kind, results)
        elif task.collection == "hiscores":
            _add_hiscores(decoded, task.source_kind, page.read())
        else:
            shapes = shapes or Shapes(_BY_NAME[task.collection])
            _add_page(decoded, shapes, task.source_kind, page.read())
    return decoded


def _add_page(decoded: Decoded, shapes: Shapes, source_kind: str, content: bytes) -> None:
    collection = shapes.collection
    offsets = frame_offsets(content)
    others: Iterable[int] = range(len(offsets) - 1)
    if collection.items is None:  # a list of documents has a shape for each of its lengths
        shaped = shapes.read(content, offsets, source_kind)
        decoded.add(collection.name, shaped.table)
        decoded.outfits.append(shaped.outfits)
        others = shaped.others
    results = [read_frame(content[offsets[n] : offsets[n + 1]], collection) for n in others]
    if results:
        _add_rows(decoded, collection, source_kind, results)


def _add_rows(
    decoded: Decoded, collection: Collection, source_kind: str, results: list[Row | Reject]
) -> None:
    rows = [result for result in results if not isinstance(result, Reject)]
    if len(rows) < len(results):
        decoded.rejects += [result for result in results if isinstance(result, Reject)]
    for row in rows:
        row["source_kind"] = source_kind
    decoded.add(collection.name, to_table(rows, collection.schema))
    if collection.items is not None:
        items = [
            {
                "id_time": row["id_time"],
                "id_process": row["id_process"],
                "id_counter": row["id_counter"],
                "item_position": position,
                "item_id": item_id,
                "quantity": quantity,
            }
            for row in rows
            for position, (item_id, quantity) in enumerate(row.get("@items", ()))
        ]
        decoded.add("loot_received_items", to_table(items, ITEM_COLUMNS))
    if collection.outfit is not None:
        outfits = {row["outfit_id"]: row["@outfit"] for row in rows if "@outfit" in row}
        decoded.outfits.append(outfit_table(outfits))


def outfit_table(outfits: Mapping[int, tuple[int, ...]]) -> pa.Table:
    """Outfits as a table, one row each."""
    rows = [
        {"outfit_id": outfit, **dict(zip(OUTFIT_SLOTS, slots, strict=True))}
        for outfit, slots in outfits.items()
    ]
    return to_table(rows, OUTFIT_COLUMNS)


def to_table(rows: list[Row], schema: pa.Schema) -> pa.Table:
    """Rows as a table; a column that a row lacks is null."""
    return pa.table(
        [pa.array([row.get(name) for row in rows], kind) for name, kind in _columns(schema)],
        schema=schema,
    )


def _columns(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    return [(column.name, column.type) for column in schema]


def _add_hiscores(decoded: Decoded, source_kind: str, content: bytes) -> None:
    offsets = frame_offsets(content)
    fetches: list[Row] = []
    entries: list[Row] = []
    for begin, end in itertools.pairwise(offsets):
        result = read_hiscores_frame(content[begin:end])
        if isinstance(result, Reject):
            decoded.rejects.append(result)
        else:
            fetches.append({**result[0], "source_kind": source_kind})
            entries += result[1]
    decoded.add("hiscores_fetches", to_table(fetches, HISCORES_FETCHES))
    decoded.add("hiscores_entries", to_table(entries, HISCORES_ENTRIES))


def _write(task: Task, decoded: Decoded, load_id: str, folder: Path, stem: str) -> Batch:
    read: Counter[int | None] = Counter()
    last_id_time = last_event_ms = None
    files = []
    for name, parts in decoded.tables.items():
        table = pa.concat_tables(parts).combine_chunks()
        if name == task.collection:
            table = table.take(_order(table))
            read += _documents_by_day(table["id_time"])
            last_id_time = _greatest(table["id_time"])
            last_event_ms = _greatest(table["event_ms"])
        elif name == "hiscores_fetches":
            seconds = [int(fetch_id[:8], 16) for fetch_id in table["fetch_id"].to_pylist()]
            read += Counter(day_of(second) for second in seconds)
            last_id_time = max(seconds)
        files.append(write_table(table, name, load_id, folder / f"{stem}-{name}.parquet"))
    if decoded.rejects:
        read += Counter(day_of(reject.id_time) for reject in decoded.rejects)
        table = reject_table(decoded.rejects, task.collection, task.source_kind)
        files.append(write_table(table, "rejects", load_id, folder / f"{stem}-rejects.parquet"))
    return Batch(
        collection=task.collection,
        source_kind=task.source_kind,
        files=tuple(files),
        outfits=pa.concat_tables([OUTFIT_COLUMNS.empty_table(), *decoded.outfits]),
        read=read,
        rejected=Counter((reject.reason, day_of(reject.id_time)) for reject in decoded.rejects),
        last_id_time=last_id_time,
        last_event_ms=last_event_ms,
    )


def reject_table(rejects: list[Reject], collection: str, source_kind: str) -> pa.Table:
    """Rejects as a table, one row each."""
    now = datetime.now(tz=UTC).replace(tzinfo=None)
    rows = [
        {
            "collection": collection,
            "row_key": reject.row_key,
            "source_kind": source_kind,
            "reason": reject.reason,
            "document": reject.document,
            "rejected_at": now,
        }
        for reject in rejects
    ]
    return to_table(rows, REJECT_COLUMNS)


def write_table(table: pa.Table, name: str, load_id: str, path: Path) -> TableFile:
    """Write one finished file, with the load in each row."""
    load_ids = pa.repeat(pa.scalar(load_id, pa.string()), table.num_rows)
    pq.write_table(
        table.append_column(_LOAD_ID, load_ids),
        path,
        compression="lz4",  # measured: 0.5 microseconds a row less to load than zstd
        use_dictionary=[column.name for column in table.schema if column.type == pa.string()]
        + [_LOAD_ID.name],
        write_statistics=False,
    )
    return TableFile(name, path, table.num_rows, row_keys(table, name))


def row_keys(table: pa.Table, name: str) -> Keys:
    """What identifies each row, for finding repeats among the files of one load.

    Args:
        table: n rows of one table.
        name: Which table.

    Returns:
        Array of shape (n, 2).
    """
    columns = INSERTED[name][1]
    keys: Keys = np.zeros((table.num_rows, 2), dtype=np.uint64)
    if columns[: len(EVENT_KEY)] == EVENT_KEY:
        seconds = table["id_time"].to_numpy().astype(np.uint32).astype(np.uint64)
        counters = table["id_counter"].to_numpy().astype(np.uint32).astype(np.uint64)
        keys[:, 0] = seconds << np.uint64(32) | counters
        keys[:, 1] = _process_numbers(table["id_process"]) << np.uint64(16)
        if "item_position" in columns:
            keys[:, 1] |= table["item_position"].to_numpy().astype(np.uint64)
    elif name == "outfits":
        keys[:, 0] = table["outfit_id"].to_numpy().view(np.uint64)
    else:
        texts = zip(*(table[column].to_pylist() for column in columns), strict=True)
        digests = b"".join(
            md5("\x1f".join(parts).encode(), usedforsecurity=False).digest() for parts in texts
        )
        keys[:] = np.frombuffer(digests, dtype=np.uint64).reshape(-1, 2)
    return keys


def _process_numbers(column: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    numbers = np.array([int(text, 16) for text in encoded.dictionary.to_pylist()], dtype=np.uint64)
    picked: npt.NDArray[np.uint64] = numbers[encoded.indices.to_numpy()]
    return picked


def _order(table: pa.Table) -> npt.NDArray[np.int64]:
    """Where each row of (username, session_id, tick_number) order is now; ties stay as they are."""
    ranks = _ranks(table["username"]) * np.int64(2**31) + _ranks(table["session_id"])
    ticks = table["tick_number"].fill_null(-1).to_numpy()
    order: npt.NDArray[np.int64] = np.lexsort((ticks, ranks))
    return order


def _ranks(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """The place of each value among the sorted distinct ones; 0 is null."""
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    values = encoded.dictionary.to_pylist()
    places = {value: place for place, value in enumerate(sorted(values), start=1)}
    ranks = np.array([0, *(places[value] for value in values)], dtype=np.int64)
    picked: npt.NDArray[np.int64] = ranks[encoded.indices.fill_null(-1).to_numpy() + 1]
    return picked


def _documents_by_day(seconds: pa.ChunkedArray) -> Counter[int | None]:
    days, counts = np.unique(seconds.to_numpy() // SECONDS_PER_DAY, return_counts=True)
    return Counter(dict(zip(days.tolist(), counts.tolist(), strict=True)))


def _greatest(column: pa.ChunkedArray) -> Any:  # noqa: ANN401 (any type)
    values = column.drop_null()
    return int(values.to_numpy().max()) if len(values) else None
