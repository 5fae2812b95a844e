"""Delivering: every export of a domain is compared with the ledger, then the difference is sent.

All exports are compared before the first document is sent, so that a run which would delete too
much of any of them changes nothing. The difference goes out in key order and in batches, and the
ledger is written after the target, so a killed run is mended by the next one.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime

import duckdb

from exports.catalogue import Export, read_catalogue
from exports.difference import Difference, Job, Run, Scope, compare, differences, user_key
from exports.ledger import DeadLetter, Ledger, LedgerRow, open_ledger
from exports.published import generation_folder, open_warehouse, origin
from exports.summary import ExportCounts, ExportSummary
from exports.targets.files import FolderTarget
from exports.targets.mongo import open_mongo
from exports.targets.renderings import open_documents, open_pictures
from exports.targets.site import open_site
from exports.targets.target import Outcome, Target
from warehouse.errors import TallyhouseError
from warehouse.progress import Progress, ignore_progress
from warehouse.settings import Settings
from warehouse.writer_lock import writer_lock

# Opens a target when it is configured; otherwise its documents go to a folder.
TARGETS: dict[str, Callable[[Settings, Sequence[Export]], Target | None]] = {
    "documents": open_documents,
    "files": lambda settings, exports: None,
    "mongo": open_mongo,
    "pictures": open_pictures,
    "site": open_site,
}

_BATCH_BYTES = 8_000_000

_logger = logging.getLogger(__name__)


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
        folder = generation_folder(settings, ledger, domain, undo=undo)
        catalogue = read_catalogue(folder / "manifest.json")
        with ExitStack() as opened:
            warehouse = opened.enter_context(open_warehouse(settings, folder))
            run = Run(
                generation=folder.name,
                origin=origin(warehouse, settings, domain),
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
                compare(warehouse, job, run, progress)
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


def _keep(ledger: Ledger, run: Run) -> None:
    """Commit the ledger, unless all is only tried; then it is rolled back when it is closed."""
    if not run.is_dry_run:
        ledger.commit()


def _jobs(
    settings: Settings, exports: Sequence[Export], scope: Scope, ledger: Ledger, opened: ExitStack
) -> list[Job]:
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
        Job(
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


def _limit_deletions(limit: float, jobs: Sequence[Job]) -> None:
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
    job: Job,
    run: Run,
    progress: Progress,
) -> None:
    """Send what `compare` has noted and what is different indeed."""
    failed: set[str] = set()

    def bury(letter: DeadLetter) -> None:
        failed.add(letter.key)
        job.counts.note_failure(letter.key, letter.reason)
        job.ledger.bury([letter], run.generation, run.run_id)

    done = 0
    # Left half read in the frames of an error, it would keep the published file from being opened
    # once more by this process.
    with closing(differences(warehouse, job, run, bury)) as changed:
        for batch in _batches(changed, job.target.batch_documents):
            changes = [difference.change for difference in batch]
            outcomes = (
                [Outcome(change.key) for change in changes]
                if run.is_dry_run
                else job.target.write(job.export, job.ledger, changes)
            )
            _record(job, run, batch, outcomes, bury)
            if job.target.is_batch_durable:
                _keep(ledger, run)
            done += len(batch)
            progress(f"sending {job.export.collection}", done, job.work_count)
    if failed:
        _logger.warning("%s: %d documents could not be sent", job.export, len(failed))
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


def _batches(differences: Iterable[Difference], most: int) -> Iterator[list[Difference]]:
    batch: list[Difference] = []
    size = 0
    for difference in differences:
        batch.append(difference)
        size += len(difference.change.bson)
        if len(batch) == most or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _record(
    job: Job,
    run: Run,
    batch: Sequence[Difference],
    outcomes: Sequence[Outcome],
    bury: Callable[[DeadLetter], None],
) -> None:
    """Write into the ledger what became of a batch, and count it."""
    written: list[LedgerRow] = []
    deleted: list[str] = []
    for difference, outcome in zip(batch, outcomes, strict=True):
        key, row = outcome.key, difference.row
        if outcome.failure is not None:
            operation = "delete" if difference.kind == "deleted" else "write"
            bury(DeadLetter(key, operation, outcome.failure, row.user, row.period))
            continue
        setattr(job.counts, difference.kind, getattr(job.counts, difference.kind) + 1)
        job.counts.note(difference.kind, key)
        if difference.kind == "deleted":
            deleted.append(key)
        else:
            written.append(replace(row, remote_revision=outcome.remote_revision))
    job.ledger.write(written, run.run_id)
    job.ledger.remove(deleted)
