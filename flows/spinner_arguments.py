"""What the command line takes for the laboratory's streams."""

import argparse
from collections.abc import Callable
from pathlib import Path

Add = Callable[[str, str, str], argparse.ArgumentParser]
"""Adds a command: its name, what it calls and its help."""

_COMMANDS = "flows.spinner_commands"
_CAPTURE = "record the streams until stopped"
_ANSWERS = "answer the dashboards on the streams until stopped"


def add_spinner(add: Add) -> None:
    """Add `tallyhouse spinner …` and the short names of its services."""
    group = add("spinner", "", "capture, import and register the laboratory's streams")
    subparsers = group.add_subparsers(required=True, metavar="COMMAND", dest="spinner_command")

    def add_below(name: str, call: str, text: str) -> argparse.ArgumentParser:
        added = subparsers.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        added.set_defaults(call=call)
        added.add_argument(
            "--json",
            action="store_true",
            default=argparse.SUPPRESS,  # may stand before the name too
            help="print one JSON object as the last line of output",
        )
        return added

    for service in (
        add("capture", "flows.capture:serve", _CAPTURE),
        add_below("capture", "flows.capture:serve", _CAPTURE),
        add("answer", "flows.answers:serve", _ANSWERS),
        add_below("answers", "flows.answers:serve", _ANSWERS),
    ):
        service.add_argument(
            "streams",
            nargs="*",
            metavar="STREAM",
            help="such as spin30 (default: all that the credentials' folder has)",
        )

    imported = add_below("import", f"{_COMMANDS}:import_files", "take in files of messages")
    imported.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="one JSON message a line, or a …-adjacency.csv or …-feedback.csv of the former setup; "
        "a folder stands for all such files in it",
    )
    imported.add_argument(
        "--stream", help="of all messages (default: the hardware that each one names)"
    )

    add_below("health", f"{_COMMANDS}:health", "say whether the streams are captured")
    add_below("intake", f"{_COMMANDS}:intake", "take messages that newer lab pages post")

    rules = add_below("rules", f"{_COMMANDS}:rules", "register streams at the session host")
    rules.add_argument("action", choices=("apply", "list", "delete"))
    rules.add_argument("ids", nargs="*", metavar="ID", help="rules to delete")
    rules.add_argument("--ours", action="store_true", help="delete those of our streams")
    rules.add_argument(
        "--dry-run", action="store_true", help="say what would be posted or deleted, and do nothing"
    )
    rules.add_argument(
        "--wait",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="how long apply waits for the session host (default: 60)",
    )

    units = add_below("units", f"{_COMMANDS}:units", "write systemd units for the streams")
    units.add_argument("--to", type=Path, required=True, metavar="DIR", help="where they go")
    units.add_argument("streams", nargs="*", metavar="STREAM", help="default: all with credentials")
