"""Matrices and reflections of the replaced setup, whose messages are gone, taken in once.

The setup kept, for each student, `{user}-{exp}-{course}-adjacency.csv`, a square matrix of counts
with a row and a column for each command, and `{user}-{exp}-{course}-feedback.csv`, a table of
states by subjects. Both are read with names in the first row and column; a matrix may also be bare
numbers, in the order of the commands' rank. They become sealed files like messages, named after
what is in them, so that a file taken in twice counts once.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dlt_pipelines.connectors.capture_files import seal
from dlt_pipelines.connectors.spool_files import Row, Spool

STREAM = "former"

_NAME = re.compile(
    r"(?P<user>.+)-(?P<exp>[^-]*)-(?P<course>[^-]*)-(?P<kind>adjacency|feedback)\.csv"
)
_USER = re.compile(r"[A-Za-z0-9-]{1,64}")  # as of messages: files and keys are named after it
_DATASETS = {"adjacency": "former_edges", "feedback": "former_feedback"}
_COLUMNS = {
    "adjacency": ("from_node", "to_node", "weight"),
    "feedback": ("state", "subject", "event_count"),
}


def is_former(file: Path) -> bool:
    """Whether a file's name is one that the replaced setup gave."""
    return _NAME.fullmatch(file.name) is not None


def import_former(file: Path, folder: Path) -> dict[str, int]:
    """Take in a file; one that is not what its name says goes to quarantine, with the reason.

    Args:
        file: A matrix or a table of reflections.
        folder: Holds `spool/` and `sealed/`.

    Returns:
        Rows by dataset.
    """
    content = file.read_bytes()
    named = hashlib.sha256(file.name.encode() + b"\0" + content).hexdigest()[:16]
    written_at = datetime.fromtimestamp(int(file.stat().st_mtime), tz=UTC)
    match = _NAME.fullmatch(file.name)
    if match is None:
        raise ValueError(file.name)
    student: Row = {name: match[name] for name in ("exp", "course")} | {"user_id": match["user"]}
    first, second, third = _COLUMNS[match["kind"]]
    dataset, rows = _DATASETS[match["kind"]], list[Row]()
    try:
        if not _USER.fullmatch(match["user"]):
            raise ValueError("its name begins with no user")
        for cell in _cells(content.decode("utf-8-sig"), is_square=match["kind"] == "adjacency"):
            rows.append({**student, **dict(zip((first, second, third), cell, strict=True))})
    except ValueError as error:
        dataset = "quarantine"
        rows = [
            {
                "topic": STREAM,
                "connection_id": "import",
                "frame_no": 1,
                "part_no": 1,
                "raw_bytes": content,
                "error_code": "bad_matrix",
                "error_text": f"{file.name}: {error}",
                "parsed_parts": 0,
            }
        ]
    spool = Spool(folder, STREAM, f"former-{named}", next_seq=1)
    for row in rows:
        spool.append(dataset, row | {"received_at": written_at})
    if (closed := spool.close()) is not None:
        seal(closed, folder)
    return {dataset: len(rows)}


def _cells(text: str, *, is_square: bool) -> Iterator[tuple[str, str, int]]:
    """The cells: names of row and column, or their numbers from 1, and the count.

    Raises:
        ValueError: It is no table of counts; says where.
    """
    lines = [[cell.strip() for cell in line] for line in csv.reader(text.splitlines()) if line]
    if not lines:
        raise ValueError("the file is empty")
    if any(len(line) != len(lines[0]) for line in lines):
        raise ValueError("not every line has as many cells as the first one")
    if all(map(_is_number, lines[0])):
        columns = [str(number) for number in range(1, len(lines[0]) + 1)]
        names, counts = [str(number) for number in range(1, len(lines) + 1)], lines
        if not is_square:
            raise ValueError("its rows and columns have no names")
    else:
        columns = lines[0][1:]
        names, counts = [line[0] for line in lines[1:]], [line[1:] for line in lines[1:]]
    if is_square and names != columns:
        raise ValueError("it is not square, or its rows and columns are not the same")
    if len(set(names)) != len(names) or len(set(columns)) != len(columns):
        raise ValueError("a name stands twice")
    for name, line in zip(names, counts, strict=True):
        for column, cell in zip(columns, line, strict=True):
            yield name, column, _count(name, column, cell)


def _count(name: str, column: str, cell: str) -> int:
    value = float(cell) if _is_number(cell) else -1.0
    if value < 0 or not value.is_integer():
        raise ValueError(f"{name}, {column}: {cell[:40]!r} is no count")
    return int(value)


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", cell) is not None
