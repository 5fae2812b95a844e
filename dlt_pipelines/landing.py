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
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any, Final

import dlt
import duckdb
import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.schema.typing import TColumnSchema
from dlt.common.storages.load_package import LoadPackageStateInjectableContext
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials
from dlt.pipeline.exceptions import PipelineStepFailed

from dlt_pipelines import ledger
from dlt_pipelines.capture_reading import SPINNER
from dlt_pipelines.document_reading import WRAPPED
from dlt_pipelines.packages import Domain, Package, Reading, Start
from warehouse.build_file import mend_build_file
from warehouse.errors import TallyhouseError
from warehouse.progress import Progress, ignore_progress
from warehouse.settings import Settings
from warehouse.writer_lock import writer_lock

PACKAGE_DOCUMENTS: Final = 2_000_000
"""How much one package holds, which bounds memory and what a crash costs. The fixed cost of a
package (2 s) is small beside reading so many."""

MEMORY_LIMIT: Final = "256MB"
"""Of DuckDB while it loads; what does not fit goes to disk."""

CHECKPOINT: Final = "512MB"
"""Measured: a checkpoint after each file of a package, the default, costs a quarter of the load."""

DOMAINS: Final = {domain.name: domain for domain in (SPINNER, WRAPPED)}

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
    declared = DOMAINS[domain]
    settings.dlt_folder.mkdir(parents=True, exist_ok=True)
    settings.build_file.parent.mkdir(parents=True, exist_ok=True)
    os.environ["DLT_PROJECT_DIR"] = str(Path(__file__).parent)  # where dlt finds .dlt/config.toml
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"  # also where that file is not
    os.environ["DLT_DATA_DIR"] = str(settings.dlt_folder)  # nothing is written to the home folder
    with ExitStack() as stack:
        lock_file = settings.dlt_folder / f"{domain}.lock"
        stack.enter_context(writer_lock(lock_file, f"load {domain}", progress=progress))
        _mend(domain, settings, progress)
        _check_world(declared, settings)
        files = _empty_folder(settings.dlt_folder / f"{domain}_files")
        stack.callback(shutil.rmtree, files, ignore_errors=True)
        run = _Run(declared, settings, progress)
        run.prepare()
        start = Start(
            settings=settings,
            files=files,
            progress=progress,
            connect=run.connected,
            cursors=run.cursors,
            is_new=run.is_new,
            workers=os.cpu_count() or 1 if workers is None else workers,
            package_documents=package_documents,
        )
        reading = stack.enter_context(declared.open(start))
        run.read(reading)
        run.check(reading)
        summary = run.summary(reading, monotonic() - started)
        if reading.failures:
            raise TallyhouseError(" ".join(str(failure) for failure in reading.failures))
    return summary


def _mend(domain: str, settings: Settings, progress: Progress) -> None:
    """Go back to the published file when the build file is damaged, and forget what came since."""
    with writer_lock(settings.lock_file, f"load {domain}", progress=progress):
        is_damaged = mend_build_file(settings)
    if is_damaged:
        shutil.rmtree(settings.dlt_folder / "pipelines", ignore_errors=True)
        shutil.rmtree(settings.dlt_folder / f"{domain}_counts", ignore_errors=True)


class _Run:
    """Holds dlt's pipeline and what was counted so far."""

    def __init__(self, declared: Domain, settings: Settings, progress: Progress) -> None:
        self.declared = declared
        self.domain = declared.name
        self.settings = settings
        self.progress = progress
        self.packages = 0
        self.settled: list[ledger.SettledCount] = []
        self.cursors: dict[str, int] = {}
        self.is_new = True
        self.pipeline = self._open_pipeline()

    def prepare(self) -> None:
        """Finish what a killed run left, and start from what the build file holds."""
        identity = ledger.identity_of(
            self.settings, is_sample_world=self.declared.is_sample_world(self.settings)
        )
        if self.pipeline.has_pending_data:
            _LOG.info("finishing the load that was interrupted")
            self._load()
        with self._locked(), self.connected() as connection:
            ledger.create_tables(connection)
            keys = {table: key for table, (_, key) in self.declared.inserted.items()}
            ledger.drop_repeats(connection, self.domain, self._journal, keys)
            self._settle(connection)
            if ledger.is_other_world(
                connection, self.domain, identity, self.declared.source_settings
            ):
                ledger.forget(connection, self.domain)
                _LOG.info("the sample world gives way; %s starts anew", self.domain)
            ledger.remember_identity(connection, self.domain, identity)
            self.declared.refuse(connection, self.settings)
            known = ledger.known_tables(connection, self.domain)
            self.is_new = not {*self.declared.inserted, *self.declared.replaced} <= known
        # What dlt remembers comes from the build file alone, so the two can never disagree.
        self.pipeline.drop()
        shutil.rmtree(self._journal, ignore_errors=True)
        self.pipeline = self._open_pipeline()
        if known:
            with self._locked():
                self.pipeline.sync_destination()
        state = self.pipeline.state.get("sources", {}).get(self.domain, {})
        self.cursors = dict(state.get("cursors", {}))

    def read(self, reading: Reading) -> None:
        """Land what is read, package by package."""
        self._land_package(reading.fill)
        while reading.has_more:
            self._land_package(reading.fill)

    def check(self, reading: Reading) -> None:
        """Compare with the source's own counts; a day that differs is read once more."""
        if missing := self._missing(reading):
            _LOG.warning("reading again: %s", ", ".join(map(str, missing)))
            self._land_package(lambda load_id: reading.reread(missing, load_id))
            if missing := self._missing(reading):
                days = ", ".join(map(str, missing[:5]))
                raise TallyhouseError(
                    f"the source has more documents than were landed: {days}. Run the load again; "
                    "when it stays so, `tallyhouse sql` on raw_ops.load_counts shows the days."
                )

    def summary(self, reading: Reading, seconds: float) -> LoadSummary:
        """What was done so far."""
        totals: dict[str, Counter[str]] = {}
        for count in self.settled:
            totals.setdefault(count.table, Counter()).update(count.parts())
        return LoadSummary(
            domain=self.domain,
            source_kinds=tuple(kind for kind, _ in self.declared.source_names(self.settings)),
            tables={table: TableCounts(**parts) for table, parts in totals.items()},
            rejected_by_reason=dict(reading.reasons),
            packages=self.packages,
            seconds=seconds,
        )

    def _missing(self, reading: Reading) -> list[ledger.SourceDay]:
        expected = reading.count_days()
        if not expected:
            return []
        with self._locked(), self.connected() as connection:
            return ledger.missing_days(connection, self.domain, expected)

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
                extracted = self.pipeline.extract(_source(self.declared, package))
            except PipelineStepFailed as error:
                raise _cause(error) from error
            load_id = extracted.loads_ids[-1]
            counts = filled[0].counts
            counts.source_names.update(dict(self.declared.source_names(self.settings)))
            counts.write(self._journal / f"{load_id}.json")
            self._load()
            with self._locked(), self.connected() as connection:
                self.settled += self._settle(connection)
        self.packages += 1
        for file in chain.from_iterable(filled[0].files.values()):
            file.path.unlink(missing_ok=True)

    def _settle(self, connection: duckdb.DuckDBPyConnection) -> list[ledger.SettledCount]:
        return ledger.settle_all(connection, self.domain, self._journal, self.declared.landed)

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
    def connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The build file, open for writing; only under the lock, and before dlt loads."""
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


def _source(domain: Domain, package: Callable[[], Package]) -> Any:  # noqa: ANN401 (dlt's source has no type)
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
        for name, (schema, key) in domain.inserted.items()
    ]
    resources += [
        dlt.resource(
            files,
            name=name,
            columns=_columns(schema, ()),
            write_disposition="replace",
        )(name)
        for name, schema in domain.replaced.items()
    ]

    @dlt.source(name=domain.name, max_table_nesting=0)
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
        pa.binary(): {"data_type": "binary"},
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


def _check_world(domain: Domain, settings: Settings) -> None:
    if domain.is_sample_world(settings) and not domain.world_path(settings).exists():
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
