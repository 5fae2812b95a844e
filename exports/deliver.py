"""Delivering: the published rows, the ledger, and the difference between them.

A delivery goes twice over an export. The first time it compares keys and row digests, which DuckDB
computes, with the ledger: that tells what is gone, and leaves the few rows that may have changed.
When too much is gone for any export, nothing is written at all. The second time it turns those rows
into documents and sends the ones that say something else than before, with the deletions, in key
order and in batches. Both times one batch is in memory; the keys between them are in DuckDB.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa

from exports.catalogue import Export, Stamp, read_catalogue
from exports.documents import (
    Converter,
    Document,
    UnfitDocumentError,
    content_hash,
    encoded,
    stamps_as_json,
    stamps_from_json,
    value_at,
)
from exports.ledger import CollectionLedger, DeadLetter, Ledger, LedgerRow, Origin, open_ledger
from exports.targets.files import FolderTarget
from exports.targets.mongo import open_mongo
from exports.targets.target import Change, Outcome, Target
from warehouse.errors import TallyhouseError
from warehouse.progress import Progress, ignore_progress
from warehouse.settings import Settings
from warehouse.writer_lock import writer_lock

# Opens a target when it is configured; otherwise its documents go to a folder.
TARGETS: dict[str, Callable[[Settings, Sequence[Export]], Target | None]] = {
    "files": lambda settings, exports: None,
    "mongo": open_mongo,
}

_ROWS_A_READ = 20_000  # keys and digests
_ROWS_A_CONVERSION = 100  # documents of up to 1 MB
_BATCH_DOCUMENTS = 1_000
_BATCH_BYTES = 8_000_000
_FIRST_KEYS = 5

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class ExportCounts:
    """What one export did, or would do."""

    target: str  # or `folder`, where the target is not configured
    database: str
    collection: str
    new: int = 0
    changed: int = 0
    restored: int = 0  # sent before, lost at the target
    unchanged: int = 0
    deleted: int = 0
    pruned: int = 0  # of the old job
    failed: int = 0
    nulled_numbers: int = 0  # NaN and infinity, in the documents that were looked at
    is_skipped: bool = False  # users were named, and these documents belong to no user
    first_keys: dict[str, list[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)  # the first ones, with reasons

    @property
    def written(self) -> int:
        """Documents sent."""
        return self.new + self.changed + self.restored

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "target": self.target,
            "database": self.database,
            "collection": self.collection,
            "written": self.written,
            "new": self.new,
            "changed": self.changed,
            "restored": self.restored,
            "unchanged": self.unchanged,
            "deleted": self.deleted,
            "pruned": self.pruned,
            "failed": self.failed,
            "nulled_numbers": self.nulled_numbers,
            "is_skipped": self.is_skipped,
            "first_keys": self.first_keys,
            "failures": self.failures,
        }

    def note(self, kind: str, key: str) -> None:
        """Keep the first keys of each kind of difference."""
        keys = self.first_keys.setdefault(kind, [])
        if len(keys) < _FIRST_KEYS:
            keys.append(key)

    def note_failure(self, key: str, reason: str) -> None:
        """Count a document that could not be sent or deleted, and keep the first ones."""
        self.failed += 1
        if len(self.failures) < _FIRST_KEYS:
            self.failures.append(f"{key}: {reason}")


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What a delivery did, or would do."""

    generation: str
    is_dry_run: bool
    is_undo: bool
    exports: Mapping[str, ExportCounts]

    @property
    def failed(self) -> int:
        """Documents that are in the dead letters now."""
        return sum(counts.failed for counts in self.exports.values())

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: the sums, then each export by name."""
        kinds = ("written", "unchanged", "deleted", "pruned", "failed")
        return {
            "generation": self.generation,
            "is_dry_run": self.is_dry_run,
            "is_undo": self.is_undo,
            **{
                kind: sum(getattr(counts, kind) for counts in self.exports.values())
                for kind in kinds
            },
            "exports": {name: counts.as_dict() for name, counts in self.exports.items()},
        }


@dataclass(frozen=True, slots=True)
class Scope:
    """Which documents a run is about."""

    users: frozenset[str] | None  # user keys; None is everybody
    periods: frozenset[str] | None

    def covers(self, export: Export, user: str | None, period: str | None) -> bool:
        """Whether a document of this user and period is meant."""
        is_of_users = self.users is None or (user is not None and user_key(user) in self.users)
        is_of_periods = (
            self.periods is None or export.period_column is None or period in self.periods
        )
        return is_of_users and is_of_periods

    def is_about(self, export: Export) -> bool:
        """Whether documents of this export can be meant at all."""
        return self.users is None or export.user_column is not None


@dataclass(frozen=True, slots=True)
class _Run:
    """What stays the same for every export of a delivery."""

    generation: str
    origin: Origin
    run_id: str
    sent_at: datetime
    scope: Scope
    is_dry_run: bool
    prunes_legacy: bool


@dataclass(slots=True)
class _Job:
    """One export on its way."""

    number: int
    export: Export
    target: Target
    ledger: CollectionLedger
    counts: ExportCounts
    work_count: int = 0
    limited_deletions_count: int = 0  # of documents that a real source gave


def deliver(
    settings: Settings,
    domain: str,
    *,
    dry_run: bool = False,
    undo: bool = False,
    allow_deletions: bool = False,
    users: Collection[str] | None = None,
    periods: Collection[str] | None = None,
    run_id: str = "",
    progress: Progress = ignore_progress,
) -> ExportSummary:
    """Send what is new, changed or gone since the last delivery.

    Args:
        settings: Where the published file, the ledger and the targets are.
        domain: Whose exports.
        dry_run: Only say what would be done.
        undo: Deliver the generation before the one that was delivered last.
        allow_deletions: Delete more than the limit allows.
        users: Only their documents, in any spelling of their names.
        periods: Only documents of these periods, where documents have one.
        run_id: Written into documents that carry it, and into the ledger.
        progress: Told how many documents are compared and sent.

    Returns:
        The counts of each export.

    Raises:
        TallyhouseError: Nothing is published, an export is declared wrongly, a target cannot be
            reached or written, or more would be deleted than is allowed. What was sent until then
            is in the ledger.
    """
    scope = Scope(
        users=frozenset(map(user_key, users)) if users else None,
        # A custom period may come with its dates, `summer:2025-06-01:2025-09-01`.
        periods=frozenset(name.split(":")[0] for name in periods) if periods else None,
    )
    lock_file = settings.ledger_file.with_suffix(".lock")
    with (
        writer_lock(lock_file, f"export {domain}", progress=progress),
        open_ledger(settings.ledger_file) as ledger,
    ):
        folder = _generation_folder(settings, ledger, domain, undo=undo)
        catalogue = read_catalogue(folder / "manifest.json")
        with ExitStack() as opened:
            warehouse = opened.enter_context(_open_warehouse(settings, folder))
            run = _Run(
                generation=folder.name,
                origin=_origin(warehouse, settings, domain),
                run_id=run_id,
                sent_at=datetime.now(tz=UTC),
                scope=scope,
                is_dry_run=dry_run,
                prunes_legacy=settings.prune_legacy,
            )
            exports = [export for export in catalogue if export.domain == domain]
            jobs = _jobs(settings, exports, scope, ledger, opened)
            active = [job for job in jobs if not job.counts.is_skipped]
            for job in active:
                _compare(warehouse, job, run, progress)
            if not (dry_run or allow_deletions):
                _limit_deletions(settings.deletion_limit, active)
            delivery = ledger.begin_delivery(
                domain, run.generation, "undo" if undo else "export", run_id
            )
            _keep(ledger, run)
            for job in active:
                _send(warehouse, ledger, job, run, progress)
            ledger.finish_delivery(delivery)
            _keep(ledger, run)
    return ExportSummary(
        generation=run.generation,
        is_dry_run=dry_run,
        is_undo=undo,
        exports={job.export.name: job.counts for job in jobs},
    )


def user_key(name: str) -> str:
    """The one spelling under which the game knows a name."""
    return name.translate({0xA0: " ", ord("_"): " ", ord("-"): " "}).strip(" ").lower()


def _keep(ledger: Ledger, run: _Run) -> None:
    """Commit the ledger, unless all is only tried; then it is rolled back when it is closed."""
    if not run.is_dry_run:
        ledger.commit()


def _generation_folder(settings: Settings, ledger: Ledger, domain: str, *, undo: bool) -> Path:
    if not undo:
        # The link is followed once, so all of a delivery comes from one generation.
        folder = settings.current_file.parent.resolve()
        if not (folder / settings.current_file.name).is_file():
            raise TallyhouseError(
                f"Nothing is published in {settings.folder}: run `tallyhouse publish` first."
            )
        return folder
    former = ledger.former_generation(domain)
    if former is None:
        raise TallyhouseError(
            f"There is no delivery of {domain} before the last one to go back to."
        )
    folder = settings.generations_folder / former
    if not (folder / settings.current_file.name).is_file():
        raise TallyhouseError(
            f"Generation {former}, which was delivered before, is no longer kept"
            f" (WAREHOUSE__KEEP={settings.keep}), so the delivery cannot be undone."
        )
    return folder


@contextmanager
def _open_warehouse(settings: Settings, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    path = folder / settings.current_file.name
    try:
        connection = duckdb.connect(path, read_only=True)
    except duckdb.IOException as error:
        raise TallyhouseError(f"Cannot read {path}: {error}") from error
    with connection:
        for name, value in (
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
            ("memory_limit", "1GB"),
            # A published folder is never written to, so sorting spills elsewhere.
            ("temp_directory", str(settings.exports_folder / ".spill")),
        ):
            connection.execute(f"set {name} = {_text(value)}")
        connection.execute(
            "create temp table work (job integer, key varchar, is_gone boolean, digest varchar)"
        )
        yield connection


def _origin(warehouse: duckdb.DuckDBPyConnection, settings: Settings, domain: str) -> Origin:
    """Whether the published rows are the sample world's."""
    try:
        found = warehouse.execute(
            "select is_sample_world from raw_ops.source_identity where domain = ?"
            " order by first_loaded_at desc limit 1",
            [domain],
        ).fetchone()
    except duckdb.CatalogException:  # raw_ops need not be published
        found = None
    if found is not None:
        is_sample_world = bool(found[0])
    else:
        is_sample_world = bool(getattr(getattr(settings, domain, None), "is_sample_world", False))
    return "sample_world" if is_sample_world else "source"


def _jobs(
    settings: Settings, exports: Sequence[Export], scope: Scope, ledger: Ledger, opened: ExitStack
) -> list[_Job]:
    targets: dict[str, Target] = {}
    for name in sorted({export.target for export in exports}):
        if name not in TARGETS:
            raise TallyhouseError(
                f"There is no target {name!r}; exposures may name {', '.join(sorted(TARGETS))}."
            )
        target = TARGETS[name](settings, [each for each in exports if each.target == name])
        targets[name] = target or FolderTarget(settings.exports_folder / name, f"folder/{name}")
        opened.callback(targets[name].close)
    return [
        _Job(
            number=number,
            export=export,
            target=targets[export.target],
            ledger=ledger.collection(
                targets[export.target].address, export.database, export.collection
            ),
            counts=ExportCounts(
                target=targets[export.target].address,
                database=export.database,
                collection=export.collection,
                is_skipped=not scope.is_about(export),
            ),
        )
        for number, export in enumerate(exports)
    ]


def _compare(
    warehouse: duckdb.DuckDBPyConnection, job: _Job, run: _Run, progress: Progress
) -> None:
    """Note in the table `work` what may have to be sent and what is gone."""
    job.target.verify(job.export, job.ledger)
    columns = _columns(warehouse, job.export)
    content = [name for name in columns if name not in job.export.stamps]
    packed = ", ".join(f"{_name(name)} := model.{_name(name)}" for name in content)
    # The cursor has its own results but not the temporary table, so both can go on at once.
    reader = (
        warehouse.cursor()
        .execute(
            f"select {_key_sql(job.export)} as key, {_path_sql(job.export.user_column)} as user,"  # noqa: S608 - quoted names of columns
            f" {_path_sql(job.export.period_column)} as period,"
            f" md5(cast(to_json(struct_pack({packed})) as varchar)) as digest"
            f" from {_table_sql(job.export)} as model order by key nulls first"
        )
        .to_arrow_reader(_ROWS_A_READ)
    )
    last: str | None = None
    done = 0
    for batch in reader:
        values = batch.to_pydict()
        keys = values["key"]
        if not keys:
            continue
        work: list[tuple[str, bool, str | None]] = []
        known = {row.key: row for row in job.ledger.rows(after=last, up_to=keys[-1] or "")}
        for key, user, period, digest in zip(
            keys, values["user"], values["period"], values["digest"], strict=True
        ):
            if key is None or key == last:
                fault = "a row has no key" if key is None else f"two rows have key {key!r}"
                raise TallyhouseError(
                    f"{job.export.table}: {fault}, so {', '.join(job.export.key)} is no key of it;"
                    " mend the model or `export.key`. Nothing was sent."
                )
            last = key
            row = known.pop(key, None)
            if row is not None and not row.is_present:
                work.append((key, False, digest))  # lost at the target, so whoever is meant
            elif run.scope.covers(job.export, user, period):
                is_as_sent = (
                    row is not None and row.row_digest == digest and row.origin == run.origin
                )
                if is_as_sent:
                    job.counts.unchanged += 1
                else:
                    work.append((key, False, digest))
        work += _gone(job, run, known.values())
        _note_work(warehouse, job, work)
        done += len(keys)
        progress(f"comparing {job.export.collection}", done, None)
    for rows in _pages(job.ledger.rows(after=last)):
        _note_work(warehouse, job, _gone(job, run, rows))


def _gone(job: _Job, run: _Run, rows: Iterable[LedgerRow]) -> list[tuple[str, bool, str | None]]:
    """The rows that the run is about, of documents that the model no longer has."""
    gone: list[tuple[str, bool, str | None]] = []
    for row in rows:
        if not row.is_present or run.scope.covers(job.export, row.user, row.period):
            gone.append((row.key, True, None))
            job.limited_deletions_count += row.is_present and row.origin == "source"
    return gone


def _note_work(
    warehouse: duckdb.DuckDBPyConnection, job: _Job, work: list[tuple[str, bool, str | None]]
) -> None:
    if not work:
        return
    keys, are_gone, digests = zip(*work, strict=True)
    found = pa.table({"key": keys, "is_gone": are_gone, "digest": pa.array(digests, pa.string())})
    warehouse.register("found", found)
    warehouse.execute("insert into work select ?, key, is_gone, digest from found", [job.number])
    warehouse.unregister("found")
    job.work_count += len(work)


def _limit_deletions(limit: float, jobs: Sequence[_Job]) -> None:
    over = []
    for job in jobs:
        known_count = job.ledger.count(origin="source")
        if job.limited_deletions_count > limit * known_count:
            over.append(f"{job.export}: {job.limited_deletions_count} of {known_count} documents")
    if over:
        raise TallyhouseError(
            f"More than {limit:.0%} of the documents would be deleted, and nothing was sent:\n  "
            + "\n  ".join(over)
            + "\nLook with `tallyhouse export --dry-run`. If it is meant, run `tallyhouse export"
            " --allow-deletions`, or raise EXPORTS__DELETION_LIMIT."
        )


def _send(
    warehouse: duckdb.DuckDBPyConnection,
    ledger: Ledger,
    job: _Job,
    run: _Run,
    progress: Progress,
) -> None:
    """Send what `_compare` has noted and what is different indeed."""
    failed: set[str] = set()
    done = 0
    for batch in _batches(_differences(warehouse, job, run, failed)):
        changes = [difference.change for difference in batch]
        outcomes = (
            [Outcome(change.key) for change in changes]
            if run.is_dry_run
            else job.target.write(job.export, job.ledger, changes)
        )
        _record(job, run, batch, outcomes, failed)
        if job.target.is_batch_durable:
            _keep(ledger, run)
        done += len(batch)
        progress(f"sending {job.export.collection}", done, job.work_count)
    # What is neither failing now nor left out of this run is over: sent, the same, or gone.
    job.ledger.end_dead_letters(
        letter.key
        for letter in job.ledger.dead_letters()
        if letter.key not in failed and run.scope.covers(job.export, letter.user, letter.period)
    )
    if not run.is_dry_run:
        job.target.finish(job.export, job.ledger)
    if run.prunes_legacy and job.export.scope == "users":
        users = [user for user in job.ledger.users() if run.scope.covers(job.export, user, None)]
        job.counts.pruned = job.target.prune(job.export, job.ledger, users, dry_run=run.is_dry_run)
    _keep(ledger, run)


@dataclass(frozen=True, slots=True)
class _Difference:
    """One change, and what the ledger says when it is done."""

    kind: Literal["new", "changed", "restored", "deleted"]
    change: Change
    row: LedgerRow


def _differences(
    warehouse: duckdb.DuckDBPyConnection, job: _Job, run: _Run, failed: set[str]
) -> Iterator[_Difference]:
    """The changes of an export, in key order; what cannot be sent is buried on the way."""
    if not job.work_count:
        return
    export = job.export
    reader = warehouse.execute(
        "select work.key, work.is_gone, work.digest, model.*"  # noqa: S608 - quoted names
        f" from work left join {_table_sql(export)} as model on work.key = {_key_sql(export)}"
        " where work.job = ? order by work.key",
        [job.number],
    ).to_arrow_reader(_ROWS_A_CONVERSION)
    places = list(range(3, len(reader.schema)))
    converter = Converter(export.table, pa.schema([reader.schema.field(place) for place in places]))
    for whole in reader:
        for start in range(0, whole.num_rows, _ROWS_A_CONVERSION):
            batch = whole.slice(start, _ROWS_A_CONVERSION)
            keys, are_gone, digests = (batch.column(place).to_pylist() for place in range(3))
            documents = converter.documents(batch.select(places))
            for key, is_gone, digest, document in zip(
                keys, are_gone, digests, documents, strict=True
            ):
                known = job.ledger.get(key)
                if is_gone and known is not None:
                    yield _Difference("deleted", Change(key, None), known)
                elif not is_gone:
                    try:
                        yield from _difference(job, run, key, digest, document, known)
                    except UnfitDocumentError as error:
                        user, period = (known.user, known.period) if known else (None, None)
                        if not isinstance(document, UnfitDocumentError):
                            user = value_at(document, export.user_column)
                            period = value_at(document, export.period_column)
                        letter = DeadLetter(key, "write", str(error), user, period)
                        _bury(job, run, letter, failed)
    job.counts.nulled_numbers = converter.nulled_count


def _difference(
    job: _Job,
    run: _Run,
    key: str,
    digest: str,
    converted: Document | UnfitDocumentError,
    known: LedgerRow | None,
) -> Iterator[_Difference]:
    """The change that makes the target have this document, if it has not."""
    if isinstance(converted, UnfitDocumentError):
        raise converted
    export = job.export
    document: Document = {"_id": key, **converted}
    document["_id"] = key
    hashed = content_hash(document, export.stamps)
    is_same = known is not None and known.content_hash == hashed
    if known is not None and is_same and known.is_present:
        job.counts.unchanged += 1
        job.ledger.touch([replace(known, row_digest=digest, origin=run.origin)])
        return
    if known is not None and is_same:
        # It says nothing else than before, so it was sent when it was sent.
        document.update(stamps_from_json(known.stamps))
    else:
        document.update({name: _stamp(kind, run, hashed) for name, kind in export.stamps.items()})
    kind: Literal["new", "changed", "restored"] = "new" if known is None else "changed"
    yield _Difference(
        "restored" if is_same else kind,
        Change(key, document, encoded(document)),
        LedgerRow(
            key=key,
            content_hash=hashed,
            row_digest=digest,
            generation=run.generation,
            origin=run.origin,
            stamps=stamps_as_json(document, export.stamps),
            user=value_at(document, export.user_column),
            period=value_at(document, export.period_column),
        ),
    )


def _stamp(kind: Stamp, run: _Run, hashed: str) -> Any:  # noqa: ANN401 - any type of BSON
    match kind:
        case "content_hash":
            return hashed
        case "date":
            return run.sent_at.replace(
                tzinfo=None, microsecond=run.sent_at.microsecond // 1000 * 1000
            )
        case "epoch_seconds":
            return run.sent_at.timestamp()
        case "run_id":
            return run.run_id


def _batches(differences: Iterator[_Difference]) -> Iterator[list[_Difference]]:
    batch: list[_Difference] = []
    size = 0
    for difference in differences:
        batch.append(difference)
        size += len(difference.change.bson)
        if len(batch) == _BATCH_DOCUMENTS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _record(
    job: _Job,
    run: _Run,
    batch: Sequence[_Difference],
    outcomes: Sequence[Outcome],
    failed: set[str],
) -> None:
    """Write into the ledger what became of a batch, and count it."""
    written: list[LedgerRow] = []
    deleted: list[str] = []
    for difference, outcome in zip(batch, outcomes, strict=True):
        key, row = outcome.key, difference.row
        if outcome.failure is not None:
            operation = "delete" if difference.kind == "deleted" else "write"
            letter = DeadLetter(key, operation, outcome.failure, row.user, row.period)
            _bury(job, run, letter, failed)
            continue
        setattr(job.counts, difference.kind, getattr(job.counts, difference.kind) + 1)
        job.counts.note(difference.kind, key)
        if difference.kind == "deleted":
            deleted.append(key)
        else:
            written.append(replace(row, remote_revision=outcome.remote_revision))
    job.ledger.write(written, run.run_id)
    job.ledger.remove(deleted)


def _bury(job: _Job, run: _Run, letter: DeadLetter, failed: set[str]) -> None:
    failed.add(letter.key)
    job.counts.note_failure(letter.key, letter.reason)
    job.ledger.bury([letter], run.generation, run.run_id)
    _logger.warning("%s: a document could not be sent: %s", job.export, letter.reason)


def _columns(warehouse: duckdb.DuckDBPyConnection, export: Export) -> list[str]:
    """The columns of the model, after a look at whether documents can be made of them."""
    try:
        schema = (
            warehouse.execute(f"select * from {_table_sql(export)} limit 0")  # noqa: S608 - quoted
            .to_arrow_reader()
            .schema
        )
    except duckdb.CatalogException:
        raise TallyhouseError(
            f"exposure {export.name}: the published file has no table {export.schema}."
            f"{export.table}. Build it with `tallyhouse build`, and let WAREHOUSE__PUBLISH have"
            f" {export.schema}."
        ) from None
    Converter(export.table, schema)
    needed = {*export.key, *export.stamps}
    needed |= {path.split(".")[0] for path in (export.user_column, export.period_column) if path}
    if missing := needed - set(schema.names):
        raise TallyhouseError(
            f"exposure {export.name}: {export.table} has no column {', '.join(sorted(missing))}."
        )
    return list(schema.names)


def _pages(rows: Iterator[LedgerRow]) -> Iterator[list[LedgerRow]]:
    while page := list(islice(rows, _ROWS_A_READ)):
        yield page


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _table_sql(export: Export) -> str:
    return f"{_name(export.schema)}.{_name(export.table)}"


def _path_sql(path: str | None) -> str:
    if path is None:
        return "cast(null as varchar)"
    return f"cast(model.{'.'.join(map(_name, path.split('.')))} as varchar)"


def _key_sql(export: Export) -> str:
    return " || '|' || ".join(f"cast(model.{_name(name)} as varchar)" for name in export.key)
