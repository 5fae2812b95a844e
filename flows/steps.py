"""The steps of a run: plain functions, one after the other, for every domain.

`tallyhouse` and the Prefect flow both go through `sequence`; neither knows more about the order.
"""

import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import duckdb

from dlt_pipelines import ledger
from dlt_pipelines.landing import land
from exports.deliver import deliver
from flows.build_record import (
    BuildRecord,
    built_fingerprints,
    fingerprints,
    loaded_domains,
    manifest_file,
    merge_manifest,
    remember_built,
    source_identities,
)
from flows.dbt_build import BuildCounts, run_dbt
from flows.domains import DOMAINS, IS_SAMPLE_WORLD
from flows.periods import parse_periods
from flows.worlds import WORLDS
from warehouse.errors import TallyhouseError
from warehouse.progress import Progress, ignore_progress
from warehouse.publishing import Build, published_already
from warehouse.publishing import publish as publish_generation
from warehouse.settings import Settings
from warehouse.writer_lock import writer_lock

Summary = dict[str, Any]

_PARTS = ("models/*", "seeds", "tests")
"""Where each domain has a folder of its own in the dbt project."""


class StepFailedError(TallyhouseError):
    """A step did not do all that was asked for; its counts say how far it came."""

    def __init__(self, step: str, message: str, summary: Summary) -> None:
        """Say what failed, and how far the step came."""
        super().__init__(message)
        self.step = step
        self.summary = summary


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is asked to do."""

    domains: tuple[str, ...] = DOMAINS
    users: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    full_refresh: bool = False
    dry_run: bool = False
    undo: bool = False
    allow_deletions: bool = False
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        parse_periods(self.periods)
        for domain in self.domains:
            if domain not in DOMAINS:
                raise TallyhouseError(
                    f"There is no domain {domain}; there are {', '.join(DOMAINS)}."
                )


@contextmanager
def one_run(
    settings: Settings, what: str, wait_seconds: float = 0, progress: Progress = ignore_progress
) -> Iterator[None]:
    """Hold the warehouse for one command, so that a second one neither repeats nor disturbs it.

    Readers of the published file are not concerned.

    Raises:
        LockHeldError: Another command holds it, and did so for as long as this one waits.
    """
    with writer_lock(settings.run_lock_file, what, wait_seconds=wait_seconds, progress=progress):
        yield


def sequence(
    settings: Settings, request: Request
) -> tuple[tuple[str, Callable[[Progress], Summary]], ...]:
    """The steps of a whole run, in order."""
    return (
        ("load", partial(load, settings, request.domains)),
        (
            "build",
            partial(
                build,
                settings,
                request.domains,
                request.full_refresh,
                users=request.users,
                periods=request.periods,
            ),
        ),
        ("publish", partial(publish, settings)),
        ("export", partial(export, settings, request)),
    )


def load(settings: Settings, domains: tuple[str, ...], progress: Progress) -> Summary:
    """Land what is new in the sources; with none configured, those of the sample world."""
    summaries: Summary = {}
    for domain in domains:
        if IS_SAMPLE_WORLD[domain](settings):
            WORLDS[domain](
                settings.world_folder, settings.sample_seed, settings.sample_size, progress
            )
        summaries[domain] = land(domain, settings, progress).as_dict()
    return summaries


def build(
    settings: Settings,
    domains: tuple[str, ...],
    full_refresh: bool,
    progress: Progress,
    *,
    users: tuple[str, ...] = (),
    periods: tuple[str, ...] = (),
) -> Summary:
    """Build and test the models.

    Args:
        settings: Says where.
        domains: Built anew with `full_refresh` or `users`. Else every loaded domain is built that
            has something new: raw rows, models, or a day that has begun.
        full_refresh: Whether incremental models are built anew.
        progress: Told how many models and tests are done.
        users: Users whose partitions are rebuilt also where nothing about them is new.
        periods: Periods, of which those that define themselves are added, for good.

    Returns:
        Counts of models, seeds and tests; `unchanged` names the domains when there was no work.

    Raises:
        StepFailedError: A model or a test failed.
    """
    started = time.monotonic()
    if not settings.build_file.exists():
        raise TallyhouseError("Nothing is loaded yet; `tallyhouse load` does it.")
    record = BuildRecord(settings)
    with writer_lock(settings.lock_file, f"build {' '.join(domains)}", progress=progress) as lock:
        _remember_periods(settings, periods)
        sources = source_identities(settings)
        built_from = record.read().get("sources", sources)
        is_full = full_refresh or built_from != sources
        loaded = loaded_domains(settings)
        variables: dict[str, Any] = {
            "spinner_use_former_matrices": settings.spinner.has_former_matrices
        }
        made_from = fingerprints(settings, variables)
        chosen = domains if is_full or users else ()
        new = _domains_to_build(settings, made_from, chosen)
        if not new and record.read().get("is_complete"):
            summary = BuildCounts().as_dict()
            return {**summary, "unchanged": loaded, "built_at": record.read()["built_at"]}
        record.write(is_complete=False, sources=built_from)
        # Models of a domain that was never loaded have no tables to read.
        left_out = [domain for domain in DOMAINS if domain not in new]
        arguments = ["build", "--exclude", "resource_type:unit_test"]
        arguments += [f"path:{part}/{domain}" for domain in left_out for part in _PARTS]
        if is_full:
            arguments.append("--full-refresh")
        variables["wrapped_users"] = list(users)
        counts = run_dbt(settings, arguments, variables, lock, progress)
        summary = {**counts.as_dict(), "seconds": round(time.monotonic() - started, 3)}
        if counts.errors or counts.tests_failed:
            raise StepFailedError("build", _failure_text(settings, counts), summary)
        merge_manifest(settings, new)
        remember_built(settings, made_from)
        record.write(is_complete=True, sources=sources, counts=counts)
    return summary


def publish(settings: Settings, progress: Progress) -> Summary:
    """Copy the last complete build into a new generation, unless the current one is of that build.

    Raises:
        TallyhouseError: The last build failed or was interrupted, or the copy failed.
    """
    record = BuildRecord(settings).read()
    if not record:
        raise TallyhouseError("Nothing is built yet; `tallyhouse build` does it.")
    if not record["is_complete"]:
        raise TallyhouseError(
            "The last build failed or was interrupted; `tallyhouse build` completes it."
        )
    finished = Build(
        manifest_file=manifest_file(settings),
        built_at=datetime.fromisoformat(record["built_at"]),
        tests=record["tests"],
    )
    if published := published_already(settings, finished):
        return {**published.as_dict(), "unchanged": True}
    return publish_generation(settings, finished, progress).as_dict()


def export(settings: Settings, request: Request, progress: Progress) -> Summary:
    """Send what is new, changed or gone in the published generation.

    Raises:
        StepFailedError: Some documents were not delivered.
    """
    summaries: Summary = {}
    if not settings.current_file.exists():
        raise TallyhouseError("Nothing is published yet; `tallyhouse publish` does it.")
    period_ids, _ = parse_periods(request.periods)
    for domain in request.domains:
        summary = deliver(
            settings,
            domain,
            dry_run=request.dry_run,
            undo=request.undo,
            allow_deletions=request.allow_deletions,
            users=request.users or None,
            periods=period_ids or None,
            run_id=request.run_id,
            progress=progress,
        )
        summaries[domain] = summary.as_dict()
        if summary.failed:
            raise StepFailedError(
                "export",
                f"{summary.failed} documents of {domain} were not delivered; they are kept, and "
                "the next `tallyhouse export` sends them again.",
                summaries,
            )
    return summaries


def _domains_to_build(
    settings: Settings, made_from: Mapping[str, str], chosen: Collection[str]
) -> list[str]:
    """The loaded domains that have something new, and those that are chosen in any case."""
    built_from = built_fingerprints(settings)
    return [
        domain
        for domain, fingerprint in made_from.items()
        if domain in chosen or built_from.get(domain) != fingerprint
    ]


def _remember_periods(settings: Settings, periods: tuple[str, ...]) -> None:
    """Write the periods that define themselves to the build file."""
    _, custom = parse_periods(periods)
    if not custom:
        return
    with duckdb.connect(settings.build_file) as connection:
        ledger.create_tables(connection)
        for period in custom:
            bounds = (period.period_id, period.start_date, period.end_date)
            ledger.request_period(connection, "wrapped", bounds)


def _failure_text(settings: Settings, counts: BuildCounts) -> str:
    failed = "\n".join(f"  {failure}" for failure in counts.failures)
    return (
        f"The build failed: {counts.errors} errors, {counts.tests_failed} failed tests, "
        f"{counts.skipped} skipped; nothing is published. The SQL is under "
        f"{settings.dbt_folder / 'target' / 'compiled'}.\n{failed}"
    )
