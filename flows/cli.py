"""The `tallyhouse` command."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from pkgutil import resolve_name
from types import FrameType

from flows.console import as_json
from flows.domains import DOMAINS
from flows.spinner_arguments import add_spinner
from warehouse.errors import TallyhouseError
from warehouse.settings import SAMPLE_SIZES, Settings

_STEPS = ("load", "build", "publish", "export")


def main(words: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        words: The command line without the program's name; None takes the process's own.

    Returns:
        The exit status: 0 only if everything was done, 1 after an error that has a message,
        130 and 143 after an interrupt.
    """
    arguments = parser().parse_args(words)
    logging.basicConfig(
        level=logging.INFO if arguments.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    signal.signal(signal.SIGTERM, _stop)
    try:
        settings = Settings.from_environment()
        # Where matplotlib keeps its list of fonts; its default is the home folder.
        os.environ.setdefault("MPLCONFIGDIR", str(settings.folder / "matplotlib"))
        # Loaded by name, for the libraries that load and build take seconds to import.
        call: Callable[[Settings, argparse.Namespace], None] = resolve_name(arguments.call)
        call(settings, arguments)
    except TallyhouseError as error:
        print(f"tallyhouse: {error}", file=sys.stderr)
        if arguments.json and not hasattr(arguments, "steps"):  # which report themselves
            print(as_json({"ok": False, "error": str(error)}))
        return 1
    except KeyboardInterrupt:
        print("tallyhouse: stopped; what was published stays as it was.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output had enough
        sys.stderr.close()
        return 0
    return 0


def _stop(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # so that child processes are ended and locks given back


def parser() -> argparse.ArgumentParser:
    """What can be typed after `tallyhouse`."""
    made = argparse.ArgumentParser(
        prog="tallyhouse",
        description="A telemetry warehouse: load, build, publish, export.",
        epilog="Settings are read from the environment and .env; .env.example lists them.",
    )
    made.add_argument("--verbose", action="store_true", help="log what happens, step by step")
    subparsers = made.add_subparsers(required=True, metavar="COMMAND", dest="command")

    def add(name: str, call: str, text: str) -> argparse.ArgumentParser:
        added = subparsers.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        added.set_defaults(call=call)
        added.add_argument(
            "--json", action="store_true", help="print one JSON object as the last line of output"
        )
        return added

    def add_steps(name: str, text: str) -> argparse.ArgumentParser:
        added = add(name, "flows.work_commands:run", text)
        added.set_defaults(steps=_STEPS if name == "run" else (name,))
        added.add_argument(
            "--wait",
            type=float,
            default=0,
            metavar="SECONDS",
            help="how long to wait for another command that is at work (default: fail at once)",
        )
        if name != "publish":
            added.add_argument(
                "domains", nargs="*", metavar="DOMAIN", help=f"{', '.join(DOMAINS)} (default: all)"
            )
        if name in {"run", "build", "export"}:
            added.add_argument("--users", nargs="+", default=[], help="only these, in any spelling")
            added.add_argument(
                "--periods",
                nargs="+",
                default=[],
                help="2025, 2025-03, all, or one of your own: summer:2025-06-01:2025-09-01",
            )
        return added

    run = add_steps("run", "load, build, publish, export")
    add_steps("load", "land what is new in the sources")
    build = add_steps("build", "build and test the models")
    add_steps("publish", "publish the last complete build")
    export = add_steps("export", "send what is new, changed or gone")
    for step in (run, build):
        step.add_argument(
            "--full-refresh", action="store_true", help="build incremental models anew"
        )
    for step in (run, export):
        step.add_argument("--dry-run", action="store_true", help="only say what would be sent")
        step.add_argument(
            "--allow-deletions",
            action="store_true",
            help="delete more than EXPORTS__DELETION_LIMIT allows",
        )
    export.add_argument(
        "--undo", action="store_true", help="send the documents of the generation before again"
    )

    add("generations", "flows.read_commands:generations", "list what is published")
    rollback = add("rollback", "flows.read_commands:rollback", "make an older generation current")
    rollback.add_argument("id", nargs="?", help="default: the one before the current one")
    pin = add("pin", "flows.read_commands:keep", "keep a generation until it is unpinned")
    pin.add_argument("id", help="a generation's id, or current")
    pin.add_argument("--remove", action="store_true", help="unpin it")
    diff = add("diff", "flows.read_commands:diff", "compare the marts of two generations")
    diff.add_argument("before", help="a generation's id, or current")
    diff.add_argument("after", nargs="?", default="current", help="default: current")
    diff.add_argument("--mart", help="only this one")

    sql = add("sql", "flows.read_commands:sql", "query the published file, read-only")
    sql.add_argument("query", nargs="?", help="default: what is piped in or typed")
    sql.add_argument("--format", choices=("table", "csv", "json"), default="table")

    world = add("world", "flows.work_commands:world", "write the sample world")
    world.add_argument("--out", type=Path, help="folder (default: world in the data folder)")
    world.add_argument("--seed", type=int, help="default: SAMPLE_WORLD__SEED, or 1")
    world.add_argument("--size", choices=SAMPLE_SIZES, help="default: SAMPLE_WORLD__SIZE, or small")
    add_spinner(add)
    add("doctor", "flows.read_commands:doctor", "look at everything that a run needs")
    return made
