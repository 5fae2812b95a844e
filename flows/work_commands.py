"""The commands that work: those that take steps, and the one that writes the sample world."""

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flows.console import as_json, print_table, say, shown_progress
from flows.domains import domains_of
from flows.steps import Request, StepFailedError, Summary, one_run, sequence
from flows.summaries import step_tables
from flows.worlds import WORLDS
from warehouse.progress import Progress
from warehouse.settings import Settings


def run(settings: Settings, arguments: argparse.Namespace) -> None:
    """`run`, `load`, `build`, `publish`, `export`: the steps that the command consists of."""
    request = _request(settings, arguments)
    started = time.monotonic()
    report: Summary = {"ok": False, "run_id": request.run_id, "folder": str(settings.folder)}
    what = " ".join([arguments.command, *request.domains])
    try:
        with (
            shown_progress() as progress,
            one_run(settings, what, arguments.wait, progress),
        ):
            for name, step in sequence(settings, request):
                if name in arguments.steps:
                    _take(name, step, report, progress)
        report["ok"] = True
    except BaseException as error:
        report["error"] = str(error) or type(error).__name__
        raise
    finally:
        report["seconds"] = round(time.monotonic() - started, 3)
        _show_report(settings, arguments, report)


def _request(settings: Settings, arguments: argparse.Namespace) -> Request:
    """The request of a command; what it has no argument for stays as it is by default."""
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(arguments).items()
        if name in Request.__slots__ and value != []
    }
    return Request(**{"domains": domains_of(settings), **given})


def _take(
    name: str, step: Callable[[Progress], Summary], report: Summary, progress: Progress
) -> None:
    """Take one step and keep what it says, also when it fails."""
    report["failed_step"] = name
    progress(f"{name} begins", 0, None)
    try:
        report[name] = step(progress)
    except StepFailedError as error:
        report[name] = error.summary
        raise
    del report["failed_step"]


def _show_report(settings: Settings, arguments: argparse.Namespace, report: Summary) -> None:
    if arguments.json:
        print(as_json(report))
        return
    for name in arguments.steps:
        for table in step_tables(name, report[name]) if name in report else ():
            print_table(table.columns, table.rows, title=table.title)
    if report["ok"]:
        print(f"Done in {report['seconds']:.1f} s.")
        if settings.current_file.exists():
            print(f"The warehouse: {settings.current_file} (tallyhouse sql)")
        if "export" in report and settings.exports_folder.exists():
            print(f"The documents: {settings.exports_folder}")


def world(settings: Settings, arguments: argparse.Namespace) -> None:
    """`world`: write the sample world."""
    folder = (arguments.out or settings.world_folder).absolute()
    seed = settings.sample_seed if arguments.seed is None else arguments.seed
    size = arguments.size or settings.sample_size
    with shown_progress() as progress:
        written = {name: write(folder, seed, size, progress) for name, write in WORLDS.items()}
    report = {
        "ok": True,
        "folder": str(folder),
        **{name: asdict(summary) for name, summary in written.items()},
    }
    say(
        report,
        f"The sample world (seed {seed}) is in {folder}: {', '.join(WORLDS)}.",
        is_json=arguments.json,
    )
