"""The steps of a run as a Prefect flow, and its deployments.

Prefect schedules, shows and logs. What must hold after a kill or with two runs at once holds
without it: by the locks and by steps that can be repeated.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from prefect import Flow, flow, get_run_logger, serve, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Schedule

from flows.capture_health import (
    CaptureHealth,
    capture_health,
    ending_tokens,
    failed_units,
)
from flows.steps import Request, StepFailedError, Summary, one_run, sequence
from flows.summaries import SummaryTable, as_markdown, step_tables
from warehouse.errors import TallyhouseError
from warehouse.progress import Progress
from warehouse.settings import Settings

DEPLOYMENTS_FILE = Path(__file__).resolve().parents[1] / "prefect.yaml"

_LOG_SECONDS = 10.0


@flow(name="refresh", log_prints=False)
def refresh(
    domain: str = "wrapped",
    users: list[str] | None = None,
    periods: list[str] | None = None,
    full_refresh: bool = False,
    dry_run: bool = False,
    allow_deletions: bool = False,
    wait_seconds: float = 3600,
) -> Summary:
    """Load, build, publish and export one domain.

    Args:
        domain: What is refreshed.
        users: User names in any spelling; only these are built and exported. Empty: all.
        periods: 2025, 2025-03, all, or one of your own: summer:2025-06-01:2025-09-01.
        full_refresh: Whether incremental models are built anew.
        dry_run: Whether the export only says what it would send.
        allow_deletions: Whether more may be deleted than EXPORTS__DELETION_LIMIT allows.
        wait_seconds: How long to wait for a run that was started elsewhere.

    Returns:
        The counts of each step.
    """
    logger = get_run_logger()
    settings = Settings.from_environment()
    request = Request(
        domains=(domain,),
        users=tuple(users or ()),
        periods=tuple(periods or ()),
        full_refresh=full_refresh,
        dry_run=dry_run,
        allow_deletions=allow_deletions,
    )
    progress = _logged_progress(logger)
    report: Summary = {}
    try:
        with one_run(settings, f"refresh {domain}", wait_seconds, progress):
            for name, step in sequence(settings, request):
                report[name] = _take_step.with_options(name=name)(name, step)
    except StepFailedError as error:
        report[error.step] = error.summary
        raise
    finally:
        tables = [table for name in report for table in step_tables(name, report[name])]
        create_markdown_artifact(
            key=f"refresh-{domain}",
            markdown="\n\n".join(map(as_markdown, tables)) or "No step was completed.",
            description=f"Row counts of a refresh of {domain}",
        )
    return report


@flow(name="capture-health")
def watch_captures() -> None:
    """Look whether the laboratory's streams are captured and answered.

    Raises:
        TallyhouseError: Some are not, or a unit failed; the message names them.
    """
    found = _show_captures("capture-health", "State of each capture and of the answers")
    problems = [f"{health.stream}: {problem}" for health in found for problem in health.problems]
    if problems := [*problems, *failed_units()]:
        raise TallyhouseError("; ".join(problems))


@flow(name="token-expiry")
def report_tokens() -> None:
    """Say how long the tokens of the streams are good for.

    Raises:
        TallyhouseError: Some want renewal within 30 days; the message names them.
    """
    found = _show_captures("token-expiry", "When the tokens of the streams end")
    if ending := ending_tokens(found, datetime.now(tz=UTC)):
        raise TallyhouseError("; ".join(ending))


def _show_captures(key: str, description: str) -> list[CaptureHealth]:
    """Read the status files, and keep them as an artifact."""
    settings = Settings.from_environment()
    found = capture_health(settings.spinner_capture_path, datetime.now(tz=UTC))
    columns = ("stream", "capture_id", "state", "last_heard_at", "token_expires_at", "problems")
    rows = [tuple(asdict(health)[column] for column in columns) for health in found]
    table = SummaryTable("Streams", columns, [tuple(map(str, row)) for row in rows])
    create_markdown_artifact(key=key, markdown=as_markdown(table), description=description)
    return found


@task(cache_policy=NO_CACHE)
def _take_step(name: str, step: Callable[[Progress], Summary]) -> Summary:
    logger = get_run_logger()
    summary = step(_logged_progress(logger))
    for table in step_tables(name, summary):
        for row in table.rows:
            counts = zip(table.columns, row, strict=True)
            logger.info(
                "%s: %s", table.title, ", ".join(f"{what} {count}" for what, count in counts)
            )
    return summary


def _logged_progress(logger: "logging.Logger | logging.LoggerAdapter[Any]") -> Progress:
    last_time = 0.0

    def listen(label: str, done: int, total: int | None) -> None:
        nonlocal last_time
        if time.monotonic() - last_time >= _LOG_SECONDS:
            last_time = time.monotonic()
            logger.info("%s: %s of %s", label, done, total if total is not None else "?")

    return listen


def serve_deployments() -> None:
    """Serve what prefect.yaml declares, until the process is told to stop."""
    declared = yaml.safe_load(DEPLOYMENTS_FILE.read_text())["deployments"]
    serve(*map(_deployment, declared), pause_on_shutdown=False)


def _deployment(declared: Mapping[str, Any]) -> RunnerDeployment:
    flows: dict[str, Flow[..., Any]] = {
        "flows/refresh.py:refresh": refresh,
        "flows/refresh.py:report_tokens": report_tokens,
        "flows/refresh.py:watch_captures": watch_captures,
    }
    deployment = flows[declared["entrypoint"]].to_deployment(
        name=declared["name"],
        description=declared["description"],
        parameters=declared["parameters"],
        schedules=[Schedule(**schedule) for schedule in declared["schedules"]],
        tags=declared["tags"],
    )
    if not isinstance(deployment, RunnerDeployment):  # a coroutine, were there an event loop
        raise TypeError(type(deployment))
    return deployment


if __name__ == "__main__":
    serve_deployments()
