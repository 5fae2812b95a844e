"""The commands of the laboratory's streams."""

import argparse
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path

from dlt_pipelines.connectors.credentials import found_streams
from dlt_pipelines.connectors.former_files import import_former, is_former
from dlt_pipelines.connectors.message_files import import_messages
from dlt_pipelines.connectors.session_host import SessionHost, described, read_rules
from flows.capture_health import CaptureHealth, capture_health
from flows.console import as_json, print_table, say, shown_progress
from flows.intake import serve
from flows.notify import notify
from flows.stop_signals import stop_on_signals
from flows.stream_sources import DEFAULT_CREDENTIALS
from flows.units import DEFAULT_DATA_PATH, write_units
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

_MESSAGE_SUFFIXES = frozenset({".json", ".jsonl", ".log", ".ndjson"})


def intake(settings: Settings, _arguments: argparse.Namespace) -> None:
    """`intake`: take posted messages until SIGTERM or Ctrl-C, then seal and end with 0."""
    stop = threading.Event()
    stop_on_signals(stop)
    serve(settings, stop, lambda _: notify("READY=1"))


def health(settings: Settings, arguments: argparse.Namespace) -> None:
    """`health`: what the captures say of themselves; fails when one is not at work."""
    found = capture_health(settings.spinner_capture_path, datetime.now(tz=UTC))
    is_ok = not any(capture.problems for capture in found)
    rows = [asdict(capture) for capture in found]
    if arguments.json:
        print(as_json({"ok": is_ok, "captures": rows}))
    else:
        cells = [[*list(row.values())[:-1], "; ".join(row["problems"])] for row in rows]
        print_table([field.name for field in fields(CaptureHealth)], cells, title="Captures")
    if not is_ok:
        raise SystemExit(1)


def import_files(settings: Settings, arguments: argparse.Namespace) -> None:
    """`import`: take in files; once more changes nothing."""
    files = [found for given in arguments.files for found in _importable(given)]
    folder = settings.spinner_capture_path
    counts: Counter[str] = Counter()
    with shown_progress() as progress:
        for done, file in enumerate(files):
            progress("importing", done, len(files))
            counts.update(
                import_former(file, folder)
                if is_former(file)
                else import_messages(file, folder, arguments.stream)
            )
        progress("importing", len(files), len(files))
    rows = ", ".join(f"{count:,} {dataset}" for dataset, count in sorted(counts.items()))
    say(
        {"ok": True, "folder": str(folder), "files": len(files), "rows": dict(counts)},
        f"{rows or 'Nothing'} sealed in {folder / 'sealed'}; `tallyhouse run spinner` loads it.",
        is_json=arguments.json,
    )


def _importable(given: Path) -> list[Path]:
    """The file, or those of the folder that can be taken in."""
    if given.is_file():
        return [given]
    if not given.is_dir():
        raise TallyhouseError(f"There is no file {given}.")
    found = [
        file
        for file in sorted(given.iterdir())
        if is_former(file) or file.suffix in _MESSAGE_SUFFIXES
    ]
    if not found:
        raise TallyhouseError(
            f"{given} has nothing to import: no {', '.join(sorted(_MESSAGE_SUFFIXES))} file, "
            "and no …-adjacency.csv or …-feedback.csv."
        )
    return found


def rules(settings: Settings, arguments: argparse.Namespace) -> None:
    """`rules`: let the session host hand on our streams."""
    spinner = settings.spinner
    host = SessionHost(spinner.host_api)
    folder = spinner.credentials_path or DEFAULT_CREDENTIALS
    found, problems = read_rules(folder, datetime.now(tz=UTC))
    report: dict[str, Sequence[str]] = {}
    match arguments.action:
        case "apply":
            host.wait(arguments.wait)
            applied = host.apply(found, dry_run=arguments.dry_run)
            report = asdict(applied)
            problems += [f"{id_}: the session host did not take the rule" for id_ in applied.wrong]
        case "delete":
            # A rule whose token has expired is ours too: its id is the stream.
            ids = [*arguments.ids, *(found_streams(folder) if arguments.ours else ())]
            if not ids:
                raise TallyhouseError("Name the ids of the rules to delete, or say --ours.")
            remaining = [] if arguments.dry_run else host.delete(ids)
            report = {"deleted": [id_ for id_ in ids if id_ not in remaining]}
            problems = [f"{id_}: the session host still has the rule" for id_ in remaining]
    present = [described(rule) for rule in host.rules()]
    if arguments.json:
        print(
            as_json(
                {
                    "ok": not problems,
                    "dry_run": arguments.dry_run,
                    **report,
                    "rules": present,
                    "problems": problems,
                }
            )
        )
    else:
        columns = ("id", "stream", "destination", "token", "expires_at")
        print_table(columns, [tuple(rule.values()) for rule in present], title="Rules")
        for done, rule_ids in report.items():
            words = f"would be {done}" if arguments.dry_run else done
            print(f"{words}: {', '.join(rule_ids) or 'none'}")
    if problems and arguments.action != "list":
        for problem in problems:
            print(f"tallyhouse: {problem}", file=sys.stderr)
        raise SystemExit(1)


def units(settings: Settings, arguments: argparse.Namespace) -> None:
    """`units`: write systemd units."""
    folder = settings.spinner.credentials_path or DEFAULT_CREDENTIALS
    streams = sorted(set(arguments.streams)) or found_streams(folder)
    data_path = str(settings.spinner.data_path or DEFAULT_DATA_PATH)
    command = " ".join(write_units(arguments.to, streams, data_path))
    say(
        {"ok": True, "folder": str(arguments.to), "streams": streams, "command": command},
        f"The units are in {arguments.to}. When they are in /etc/systemd/system:\n{command}",
        is_json=arguments.json,
    )
