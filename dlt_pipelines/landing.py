"""One pipeline per domain: lock, packages, counts, and what happens when something goes wrong.

A load reads its sources as one stream and cuts it into packages, so that memory and what a crash
can cost are bounded. A package is finished parquet files that dlt links and loads. Rows are only
ever inserted, by key, so reading something again changes nothing.
"""

import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any, Final

import dlt
import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from dlt.common.configuration.container import Container
from dlt.common.schema.typing import TColumnSchema
from dlt.common.storages.load_package import LoadPackageStateInjectableContext
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.pipeline.exceptions import PipelineStepFailed

from dlt_pipelines import ledger
from dlt_pipelines.batches import Batch, TableFile, Task, reject_table, write_table
from dlt_pipelines.connectors.documents import OUTFIT_COLUMNS, Reject
from dlt_pipelines.connectors.operator_files import OperatorFile, read_operator_file
from dlt_pipelines.sources import Ended, Ignored, Stream, open_stream, source_names
from dlt_pipelines.workers import Decoder
from dlt_pipelines.wrapped import INSERTED, REPLACED
from warehouse.build_file import mend_build_file
from warehouse.errors import TallyhouseError
from warehouse.progress import Progress, ignore_progress
from warehouse.settings import Settings, WrappedSources
from warehouse.writer_lock import writer_lock

PACKAGE_DOCUMENTS: Final = 2_000_000
"""How much one package holds, which bounds memory and what a crash costs. The fixed cost of a
package (2 s) is small beside reading so many."""

MEMORY_LIMIT: Final = "256MB"
"""Of DuckDB while it loads; what does not fit goes to disk."""

CHECKPOINT: Final = "512MB"
"""Measured: a checkpoint after each file of a package, the default, costs a quarter of the load."""

SHORT_LOAD_SHARE: Final = 0.5
SHORT_LOAD_ROWS: Final = 20
"""A file with fewer than this share of the rows that it had, when it had so many, is refused."""

DOMAINS: Final = ("wrapped",)

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TableCounts:
    """What happened to the documents of one table."""

    read: int = 0
    landed: int = 0
    duplicate: int = 0
    rejected: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What a load did."""

    domain: str
    source_kinds: tuple[str, ...]
    tables: Mapping[str, TableCounts]
    rejected_by_reason: Mapping[str, int]
    packages: int
    seconds: float

    @property
    def totals(self) -> TableCounts:
        """The sums over all tables."""
        return TableCounts(
            **{
                name: sum(getattr(counts, name) for counts in self.tables.values())
                for name in TableCounts.__slots__
            }
        )

    def as_dict(self) -> dict[str, Any]:
        """As the command line prints it."""
        totals = self.totals
        return {
            "domain": self.domain,
            "source_kind": list(self.source_kinds),
            "read": totals.read,
            "landed": totals.landed,
            "duplicate": totals.duplicate,
            "rejected": dict(sorted(self.rejected_by_reason.items())),
            "ignored": totals.ignored,
            "tables": {
                name: {part: getattr(counts, part) for part in TableCounts.__slots__}
                for name, counts in sorted(self.tables.items())
            },
            "packages": self.packages,
            "seconds": round(self.seconds, 3),
        }


@dataclass(slots=True)
class Package:
    """What one package brings, known once its files are written."""

    files: dict[str, list[TableFile]] = field(default_factory=dict)
    counts: ledger.Counts = field(default_factory=ledger.Counts)
    cursors: dict[str, int] = field(default_factory=dict)

    def add(self, file: TableFile) -> None:
        """Keep a finished file."""
        self.files.setdefault(file.table, []).append(file)


def land(
    domain: str,
    settings: Settings,
    progress: Progress = ignore_progress,
    *,
    workers: int | None = None,
    package_documents: int = PACKAGE_DOCUMENTS,
) -> LoadSummary:
    """Load everything of a domain that is not loaded yet.

    Args:
        domain: Which one.
        settings: Where from and where to.
        progress: Told what is read.
        workers: Processes that decode; by default as many as there are cores.
        package_documents: How many documents a package holds at most.

    Returns:
        Counts of what was read, landed, known already, rejected and ignored.

    Raises:
        TallyhouseError: A source is lost, damaged or not what it was. What was read is landed.
    """
    if domain not in DOMAINS:
        raise TallyhouseError(f"there is no domain {domain!r}; known: {', '.join(DOMAINS)}.")
    started = monotonic()
    sources = settings.wrapped_inputs
    settings.dlt_folder.mkdir(parents=True, exist_ok=True)
    settings.build_file.parent.mkdir(parents=True, exist_ok=True)
    os.environ["DLT_PROJECT_DIR"] = str(Path(__file__).parent)  # where dlt finds .dlt/config.toml
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"  # also where that file is not
    os.environ["DLT_DATA_DIR"] = str(settings.dlt_folder)  # nothing is written to the home folder
    with ExitStack() as stack:
        lock_file = settings.dlt_folder / f"{domain}.lock"
        stack.enter_context(writer_lock(lock_file, f"load {domain}", progress=progress))
        _mend(domain, settings, progress)
        _check_world(settings)
        files = _empty_folder(settings.dlt_folder / f"{domain}_files")
        stack.callback(shutil.rmtree, files, ignore_errors=True)
        run = _Run(domain, settings, files, progress)
        run.prepare(sources)
        stream = stack.enter_context(open_stream(sources, run.cursors))
        count = os.cpu_count() or 1 if workers is None else workers
        decoder = stack.enter_context(Decoder(files, count))
        run.read(stream, decoder, package_documents)
        run.check(stream, decoder)
        summary = run.summary(sources, monotonic() - started)
        if stream.failures:
            raise TallyhouseError(" ".join(str(failure) for failure in stream.failures))
    return summary


def _mend(domain: str, settings: Settings, progress: Progress) -> None:
    """Go back to the published file when the build file is damaged, and forget what came since."""
    with writer_lock(settings.lock_file, f"load {domain}", progress=progress):
        is_damaged = mend_build_file(settings, f"raw_{domain}")
    if is_damaged:
        shutil.rmtree(settings.dlt_folder / "pipelines", ignore_errors=True)
        shutil.rmtree(settings.dlt_folder / f"{domain}_counts", ignore_errors=True)


class _Run:
    """Holds dlt's pipeline and what was counted so far."""

    def __init__(self, domain: str, settings: Settings, files: Path, progress: Progress) -> None:
        self.domain = domain
        self.settings = settings
        self.files = files
        self.progress = progress
        self.packages = 0
        self.documents = 0
        self.settled: list[ledger.SettledCount] = []
        self.reasons: Counter[str] = Counter()
        self.cursors: dict[str, int] = {}
        self.is_new = True
        self.outfits: set[int] = set()
        self.held: Task | None = None  # read already, and for the next package
        self.pipeline = self._open_pipeline()

    def prepare(self, sources: WrappedSources) -> None:
        """Finish what a killed run left, and start from what the build file holds."""
        identity = ledger.identity_of(self.settings)
        if self.pipeline.has_pending_data:
            _LOG.info("finishing the load that was interrupted")
            self._load()
        with self._locked(), self._connected() as connection:
            ledger.create_tables(connection)
            ledger.drop_repeats(connection, self.domain, self._journal)
            ledger.settle_all(connection, self.domain, self._journal)
            if ledger.is_other_world(connection, self.domain, identity):
                ledger.forget(connection, self.domain)
                _LOG.info("the sample world gives way; %s starts anew", self.domain)
            ledger.remember_identity(connection, self.domain, identity)
            _refuse_short_files(connection, sources)
            known = ledger.known_tables(connection, self.domain)
            self.is_new = not {*INSERTED, *(table.name for table in REPLACED)} <= known
        # What dlt remembers comes from the build file alone, so the two can never disagree.
        self.pipeline.drop()
        shutil.rmtree(self._journal, ignore_errors=True)
        self.pipeline = self._open_pipeline()
        if known:
            with self._locked():
                self.pipeline.sync_destination()
        state = self.pipeline.state.get("sources", {}).get(self.domain, {})
        self.cursors = dict(state.get("cursors", {}))

    def read(self, stream: Stream, decoder: Decoder, package_documents: int) -> None:
        """Land the stream, package by package."""
        parts = iter(stream)

        def fill(load_id: str) -> Package:
            head = [] if self.held is None else [self.held]
            self.held = None
            rest = chain(head, parts)
            package = self._read_package(rest, decoder, load_id, package_documents)
            if self.packages == 0:
                self._read_operator_files(package, load_id)
            return package

        self._land_package(fill)
        while self.held is not None:
            self._land_package(fill)

    def check(self, stream: Stream, decoder: Decoder) -> None:
        """Compare with the source's own counts; a day that differs is read once more."""
        if missing := self._missing(stream):
            _LOG.warning("reading again: %s", ", ".join(map(str, missing)))
            parts = iter(stream.reread(missing))
            self._land_package(
                lambda load_id: self._read_package(parts, decoder, load_id, PACKAGE_DOCUMENTS)
            )
            if missing := self._missing(stream):
                days = ", ".join(map(str, missing[:5]))
                raise TallyhouseError(
                    f"the source has more documents than were landed: {days}. Run the load again; "
                    "when it stays so, `tallyhouse sql` on raw_ops.load_counts shows the days."
                )

    def summary(self, sources: WrappedSources, seconds: float) -> LoadSummary:
        """What was done so far."""
        totals: dict[str, Counter[str]] = {}
        for count in self.settled:
            totals.setdefault(count.table, Counter()).update(count.parts())
        return LoadSummary(
            domain=self.domain,
            source_kinds=tuple(kind for kind, _ in source_names(sources)),
            tables={table: TableCounts(**parts) for table, parts in totals.items()},
            rejected_by_reason=dict(self.reasons),
            packages=self.packages,
            seconds=seconds,
        )

    def _missing(self, stream: Stream) -> list[ledger.SourceDay]:
        expected = stream.count_days()
        if not expected:
            return []
        with self._locked(), self._connected() as connection:
            return ledger.missing_days(connection, self.domain, expected)

    def _read_package(
        self,
        parts: Iterator[Task | Ended | Ignored],
        decoder: Decoder,
        load_id: str,
        limit: int,
    ) -> Package:
        package = Package()
        outfits: list[pa.Table] = []
        for batch in decoder.batches(self._tasks(parts, package, limit), load_id):
            for file in batch.files:
                package.add(file)
            outfits.append(batch.outfits)
            self._count(package, batch)
        self._add_outfits(package, outfits, load_id)
        for files in package.files.values():
            drop_repeats(files)
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
                        self.held = part
                        return
                    documents += part.documents
                    self.documents += part.documents
                    self.progress(f"reading {part.collection}", self.documents, None)
                    yield part

    def _count(self, package: Package, batch: Batch) -> None:
        package.counts.add(batch)
        for (reason, _), count in batch.rejected.items():
            self.reasons[reason] += count

    def _add_outfits(self, package: Package, outfits: list[pa.Table], load_id: str) -> None:
        table = pa.concat_tables([OUTFIT_COLUMNS.empty_table(), *outfits])
        identifiers = table["outfit_id"].to_pylist()
        is_seen = [identifier in self.outfits for identifier in identifiers]
        table = table.filter(pa.array([not seen for seen in is_seen], pa.bool_()))
        self.outfits.update(identifiers)
        if table.num_rows:
            path = self.files / f"{load_id}-outfits.parquet"
            package.add(write_table(table, "outfits", load_id, path))

    def _read_operator_files(self, package: Package, load_id: str) -> None:
        for declared in REPLACED:
            path = operator_path(declared, self.settings.wrapped_inputs)
            table, rejects = read_operator_file(declared, path)
            target = self.files / f"{load_id}-{declared.name}.parquet"
            package.add(_write_replaced(table, declared.name, load_id, target))
            if rejects:
                package.add(self._write_rejects(declared, rejects, load_id))
                self.reasons["bad_control"] += len(rejects)
        if self.is_new:  # every table is there after the first load, with or without rows
            for name, (schema, _) in INSERTED.items():
                if name not in package.files:
                    target = self.files / f"{load_id}-{name}.parquet"
                    package.add(write_table(schema.empty_table(), name, load_id, target))

    def _write_rejects(
        self, declared: OperatorFile, rejects: list[Reject], load_id: str
    ) -> TableFile:
        table = reject_table(rejects, declared.name, "control")
        path = self.files / f"{load_id}-{declared.name}-rejects.parquet"
        return write_table(table, "rejects", load_id, path)

    def _land_package(self, fill: Callable[[str], Package]) -> None:
        filled: list[Package] = []

        def package() -> Package:
            if not filled:
                filled.append(fill(Container()[LoadPackageStateInjectableContext].load_id))
                state = dlt.current.source_state()
                state["cursors"] = {**state.get("cursors", {}), **filled[0].cursors}
            return filled[0]

        with self._told_of_disk():
            try:
                extracted = self.pipeline.extract(_source(self.domain, package))
            except PipelineStepFailed as error:
                raise _cause(error) from error
            load_id = extracted.loads_ids[-1]
            counts = filled[0].counts
            counts.source_names.update(dict(source_names(self.settings.wrapped_inputs)))
            counts.write(self._journal / f"{load_id}.json")
            self._load()
            with self._locked(), self._connected() as connection:
                self.settled += ledger.settle_all(connection, self.domain, self._journal)
        self.packages += 1
        for file in chain.from_iterable(filled[0].files.values()):
            file.path.unlink(missing_ok=True)

    def _load(self) -> None:
        """Normalize and load what is extracted; a package that fails is kept aside, not retried."""
        try:
            self.pipeline.normalize()
            with self._locked():
                self.pipeline.load()
        except PipelineStepFailed as error:
            kept = (
                self.settings.dlt_folder / "failed" / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
            )
            shutil.copytree(self.pipeline.working_dir, kept, dirs_exist_ok=True)
            self.pipeline.drop()
            raise TallyhouseError(
                f"the warehouse refused a package: {_first_line(_cause(error))} Nothing of the "
                f"source is lost: the next load reads it again. The package is kept in {kept}."
            ) from error

    def _open_pipeline(self) -> dlt.Pipeline:
        credentials = DuckDbCredentials(
            str(self.settings.build_file),
            global_config={"memory_limit": MEMORY_LIMIT, "checkpoint_threshold": CHECKPOINT},
        )
        return dlt.pipeline(
            pipeline_name=self.domain,
            pipelines_dir=str(self.settings.dlt_folder / "pipelines"),
            destination=dlt.destinations.duckdb(credentials),
            dataset_name=f"raw_{self.domain}",
        )

    @property
    def _journal(self) -> Path:
        return self.settings.dlt_folder / f"{self.domain}_counts"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with writer_lock(self.settings.lock_file, f"load {self.domain}", progress=self.progress):
            yield

    @contextmanager
    def _connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(
            str(self.settings.build_file), config={"memory_limit": MEMORY_LIMIT}
        ) as connection:
            yield connection

    @contextmanager
    def _told_of_disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise TallyhouseError(
                f"WAREHOUSE__FOLDER: {self.settings.folder} can not be written: {error.strerror}. "
                "Make room or name another folder, and run the load again; nothing is lost."
            ) from error


def drop_repeats(files: list[TableFile]) -> None:
    """Leave out rows whose key is in an earlier row of the same load.

    dlt's insert-only merge compares with what is landed, not within a package. Sorting 64-bit
    digests of the keys is cheap; only when two are equal are the keys themselves compared.

    Args:
        files: Files of one table, in reading order; those with repeats are replaced in the list.
    """
    keys = np.concatenate([file.keys for file in files])
    mixed = keys[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ keys[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed.sort()
    if not (mixed[1:] == mixed[:-1]).any():
        return
    order = np.lexsort((keys[:, 1], keys[:, 0]))  # stable: the first one stays in front
    is_repeat = np.zeros(len(keys), dtype=bool)
    is_repeat[order[1:]] = (keys[order[1:]] == keys[order[:-1]]).all(axis=1)
    begin = 0
    for place, file in enumerate(files):
        end = begin + len(file.keys)
        if is_repeat[begin:end].any():
            kept = ~is_repeat[begin:end]
            table = pq.read_table(file.path).filter(pa.array(kept))
            path = file.path.with_suffix(".once.parquet")
            pq.write_table(table, path, compression="lz4", write_statistics=False)
            file.path.unlink()
            files[place] = TableFile(file.table, path, table.num_rows, file.keys[kept])
        begin = end


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


def _refuse_short_files(connection: duckdb.DuckDBPyConnection, sources: WrappedSources) -> None:
    """An external file that lost most of its rows is more likely broken than meant."""
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


def _source(domain: str, package: Callable[[], Package]) -> Any:  # noqa: ANN401
    """The tables of a package, for dlt."""

    def files(name: str) -> Iterator[Any]:
        for file in package().files.get(name, ()):
            yield dlt.mark.with_file_import(str(file.path), "parquet", file.rows)

    resources = [
        dlt.resource(
            files,
            name=name,
            columns=_columns(schema, key),
            primary_key=list(key),
            write_disposition={"disposition": "merge", "strategy": "insert-only"},
            selected=True,
        )(name)
        for name, (schema, key) in INSERTED.items()
    ]
    resources += [
        dlt.resource(
            files,
            name=declared.name,
            columns=_columns(declared.schema, ()),
            write_disposition="replace",
        )(declared.name)
        for declared in REPLACED
    ]

    @dlt.source(name=domain, max_table_nesting=0)
    def source() -> Iterable[Any]:
        return resources

    return source()


def _columns(schema: pa.Schema, key: tuple[str, ...]) -> dict[str, TColumnSchema]:
    columns = {column.name: _hint(column, column.name not in key) for column in schema}
    columns["_dlt_load_id"] = {"data_type": "text", "nullable": True}
    return columns


def _hint(column: pa.Field, is_nullable: bool) -> TColumnSchema:
    """The column as dlt declares it; precision is in bits."""
    hints: dict[pa.DataType, TColumnSchema] = {
        pa.bool_(): {"data_type": "bool"},
        pa.date32(): {"data_type": "date"},
        pa.float64(): {"data_type": "double"},
        pa.int16(): {"data_type": "bigint", "precision": 16},
        pa.int32(): {"data_type": "bigint", "precision": 32},
        pa.int64(): {"data_type": "bigint"},
        pa.string(): {"data_type": "text"},
        pa.timestamp("us"): {"data_type": "timestamp", "timezone": False},
    }
    return {**hints[column.type], "nullable": is_nullable}


def _write_replaced(table: pa.Table, name: str, load_id: str, path: Path) -> TableFile:
    load_ids = pa.repeat(pa.scalar(load_id, pa.string()), table.num_rows)
    pq.write_table(table.append_column("_dlt_load_id", load_ids), path)
    keys = np.zeros((table.num_rows, 2), dtype=np.uint64)
    keys[:, 0] = np.arange(table.num_rows)  # each row is one of its own
    return TableFile(name, path, table.num_rows, keys)


def _check_world(settings: Settings) -> None:
    if (
        settings.wrapped.is_sample_world
        and not (settings.wrapped_inputs.dump_path or Path()).exists()
    ):
        raise TallyhouseError(
            "no source is configured and the sample world is not written; "
            "`tallyhouse run` or `tallyhouse world` writes it."
        )


def _empty_folder(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _cause(error: BaseException) -> BaseException:
    """What really happened, below dlt's own errors."""
    cause: BaseException = error
    while True:
        if isinstance(cause, TallyhouseError | OSError):
            return cause
        inner = cause.__cause__ or getattr(cause, "exception", None)
        if inner is None or inner is cause:
            return cause
        cause = inner


def _first_line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{text[0].rstrip('.')}." if text else f"{type(error).__name__}."
