"""The documents of `wrapped`, read from its sources and cut into packages."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dlt_pipelines import ledger
from dlt_pipelines.batches import Batch, TableFile, Task, reject_table, write_table
from dlt_pipelines.connectors.documents import OUTFIT_COLUMNS, Reject
from dlt_pipelines.connectors.operator_files import OperatorFile, read_operator_file
from dlt_pipelines.packages import Domain, Package, Start, drop_all_repeats, write_empty_tables
from dlt_pipelines.sources import Ended, Ignored, Stream, open_stream, source_names
from dlt_pipelines.workers import Decoder
from dlt_pipelines.wrapped import COLLECTIONS, INSERTED, REPLACED
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings, WrappedSources

SHORT_LOAD_SHARE: Final = 0.5
SHORT_LOAD_ROWS: Final = 20
"""A file with fewer than this share of the rows that it had, when it had so many, is refused."""

_LANDED: Final = {
    **{
        collection.name: f"""
            select source_kind, cast(floor(id_time / 86400.0) as bigint) as day, count(*)
            from raw_wrapped.{collection.name}
            where _dlt_load_id = ?
            group by source_kind, day
        """  # noqa: S608 (names of our own tables)
        for collection in COLLECTIONS
    },
    "hiscores": """
        select
            source_kind,
            cast(floor(('0x' || fetch_id[:8])::bigint / 86400.0) as bigint) as day,
            count(*)
        from raw_wrapped.hiscores_fetches
        where _dlt_load_id = ?
        group by source_kind, day
    """,
}
"""Rows of one load by source kind and UTC day of the id; the keys are collections."""


class DocumentReading:
    """Reads the stream of all sources, and with the first package the operator's files."""

    def __init__(self, start: Start, stream: Stream, decoder: Decoder) -> None:
        """Begin at the start of the stream."""
        self.failures = stream.failures
        self.reasons: Counter[str] = Counter()
        self._start = start
        self._stream = stream
        self._decoder = decoder
        self._parts = iter(stream)
        self._documents = 0
        self._outfits: set[int] = set()
        self._held: Task | None = None  # read already, and for the next package
        self._is_first = True

    @property
    def has_more(self) -> bool:
        """Whether something is read already that did not fit in the last package."""
        return self._held is not None

    def fill(self, load_id: str) -> Package:
        """The next package."""
        head = [] if self._held is None else [self._held]
        self._held = None
        rest = chain(head, self._parts)
        package = self._read_package(rest, load_id, self._start.package_documents)
        if self._is_first:
            self._read_operator_files(package, load_id)
        self._is_first = False
        return package

    def count_days(self) -> list[ledger.SourceDay]:
        """What the live server counts."""
        return self._stream.count_days()

    def reread(self, missing: list[ledger.SourceDay], load_id: str) -> Package:
        """Single days of the live server once more."""
        parts = iter(self._stream.reread(missing))
        return self._read_package(parts, load_id, self._start.package_documents)

    def _read_package(
        self,
        parts: Iterator[Task | Ended | Ignored],
        load_id: str,
        limit: int,
    ) -> Package:
        package = Package()
        outfits: list[pa.Table] = []
        for batch in self._decoder.batches(self._tasks(parts, package, limit), load_id):
            for file in batch.files:
                package.add(file)
            outfits.append(batch.outfits)
            self._count(package, batch)
        self._add_outfits(package, outfits, load_id)
        drop_all_repeats(package.files.values())
        return package

    def _tasks(
        self, parts: Iterator[Task | Ended | Ignored], package: Package, limit: int
    ) -> Iterator[Task]:
        documents = 0
        for part in parts:
            match part:
                case Ignored():
                    package.counts.ignore(part)
                case Ended():
                    package.counts.end(part)
                    if part.cursor is not None:
                        package.cursors[part.collection] = part.cursor
                case Task():
                    if documents >= limit:
                        self._held = part
                        return
                    documents += part.documents
                    self._documents += part.documents
                    self._start.progress(f"reading {part.collection}", self._documents, None)
                    yield part

    def _count(self, package: Package, batch: Batch) -> None:
        package.counts.add(batch)
        for (reason, _), count in batch.rejected.items():
            self.reasons[reason] += count

    def _add_outfits(self, package: Package, outfits: list[pa.Table], load_id: str) -> None:
        table = pa.concat_tables([OUTFIT_COLUMNS.empty_table(), *outfits])
        identifiers = table["outfit_id"].to_pylist()
        is_seen = [identifier in self._outfits for identifier in identifiers]
        table = table.filter(pa.array([not seen for seen in is_seen], pa.bool_()))
        self._outfits.update(identifiers)
        if table.num_rows:
            path = self._start.files / f"{load_id}-outfits.parquet"
            package.add(write_table(table, "outfits", load_id, path))

    def _read_operator_files(self, package: Package, load_id: str) -> None:
        for declared in REPLACED:
            path = operator_path(declared, self._start.settings.wrapped_inputs)
            table, rejects = read_operator_file(declared, path)
            target = self._start.files / f"{load_id}-{declared.name}.parquet"
            package.add(_write_replaced(table, declared.name, load_id, target))
            if rejects:
                package.add(self._write_rejects(declared, rejects, load_id))
                self.reasons["bad_control"] += len(rejects)
        if self._start.is_new:
            write_empty_tables(
                package,
                INSERTED,
                lambda table, name: write_table(
                    table, name, load_id, self._start.files / f"{load_id}-{name}.parquet"
                ),
            )

    def _write_rejects(
        self, declared: OperatorFile, rejects: list[Reject], load_id: str
    ) -> TableFile:
        table = reject_table(rejects, declared.name, "control")
        path = self._start.files / f"{load_id}-{declared.name}-rejects.parquet"
        return write_table(table, "rejects", load_id, path)


@contextmanager
def _open(start: Start) -> Iterator[DocumentReading]:
    with ExitStack() as stack:
        stream = stack.enter_context(open_stream(start.settings.wrapped_inputs, start.cursors))
        decoder = stack.enter_context(Decoder(start.files, start.workers))
        yield DocumentReading(start, stream, decoder)


def operator_path(declared: OperatorFile, sources: WrappedSources) -> Path | None:
    """Where a file of the operator is, if it is anywhere."""
    if declared.setting is None:
        folder = sources.control_path
        return None if folder is None else folder / f"{declared.name}.csv"
    return {
        "SOURCES__WRAPPED__ITEMS_PATH": sources.items_path,
        "SOURCES__WRAPPED__NPCS_PATH": sources.npcs_path,
        "SOURCES__WRAPPED__PRICES_PATH": sources.prices_path,
    }[declared.setting]


def _refuse_short_files(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """An external file that lost most of its rows is more likely broken than meant."""
    sources = settings.wrapped_inputs
    for declared in REPLACED:
        path = operator_path(declared, sources)
        if declared.setting is None or path is None or not path.exists():
            continue
        before = ledger.count_rows(connection, f"raw_wrapped.{declared.name}")
        now = read_operator_file(declared, path)[0].num_rows
        if before >= SHORT_LOAD_ROWS and now < before * SHORT_LOAD_SHARE:
            raise TallyhouseError(
                f"{declared.setting}: {path} has {now} rows, and had {before}; the table is left "
                "as it was. If that is meant, load once without the setting and then with it."
            )


def _write_replaced(table: pa.Table, name: str, load_id: str, path: Path) -> TableFile:
    load_ids = pa.repeat(pa.scalar(load_id, pa.string()), table.num_rows)
    pq.write_table(table.append_column("_dlt_load_id", load_ids), path)
    keys = np.zeros((table.num_rows, 2), dtype=np.uint64)
    keys[:, 0] = np.arange(table.num_rows)  # each row is one of its own
    return TableFile(name, path, table.num_rows, keys)


WRAPPED: Final = Domain(
    name="wrapped",
    inserted=INSERTED,
    replaced={declared.name: declared.schema for declared in REPLACED},
    landed=_LANDED,
    source_settings="SOURCES__WRAPPED__CONNECTION_URL (or _DUMP_PATH, _SQLITE_PATH)",
    is_sample_world=lambda settings: settings.wrapped.is_sample_world,
    world_path=lambda settings: settings.world_folder / "wrapped" / "dump",
    source_names=lambda settings: source_names(settings.wrapped_inputs),
    refuse=_refuse_short_files,
    open=_open,
)
