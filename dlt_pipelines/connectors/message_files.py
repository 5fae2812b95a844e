"""Files of messages, one JSON message a line, taken in as if captured.

Everything follows from the file's content: the capture's name, the numbers (line by line) and the
times (a message counts as received when it says that it was sent). So a file taken in twice gives
the same sealed files once.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from dlt_pipelines.connectors.capture_files import seal
from dlt_pipelines.connectors.recording import frame_rows
from dlt_pipelines.connectors.spool_files import SEGMENT_ROWS, Row, Spool, make_folder

STREAM_WITHOUT_HARDWARE = "import"

_HARDWARE = re.compile(r"(spin|pend)[0-9]{2}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 2000, 2100


def import_messages(file: Path, folder: Path, stream: str | None = None) -> dict[str, int]:
    """Take in a file.

    Args:
        file: One JSON message a line, of either format; lines that are none go to quarantine.
        folder: Holds `spool/` and `sealed/`.
        stream: The stream of all messages; None takes the hardware that a message names, or the
            last one that its user was at.

    Returns:
        Rows by dataset.
    """
    with file.open("rb") as lines:
        capture_id = f"import-{hashlib.file_digest(lines, 'sha256').hexdigest()[:16]}"
        lines.seek(0)
        counts: dict[str, int] = {}
        spools: dict[str, Spool] = {}
        _remove_unfinished(folder, capture_id)
        for seq, found, dataset, row in _rows(lines, stream):
            spool = spools.get(found)
            if spool is None:
                spool = spools[found] = Spool(folder, found, capture_id, next_seq=seq)
            if spool.row_count >= SEGMENT_ROWS:
                _seal(spool, folder)
            spool.next_seq = seq
            spool.append(dataset, row | {"topic": f"{found}-log"})
            counts[dataset] = counts.get(dataset, 0) + 1
    for spool in spools.values():
        _seal(spool, folder)
    return counts


def _remove_unfinished(folder: Path, capture_id: str) -> None:
    """Leave nothing of an import that was interrupted; sealed files are the same anyway."""
    for spool in make_folder(folder / "spool").glob(f"*-{capture_id}-*.jsonl"):
        spool.unlink()


def _seal(spool: Spool, folder: Path) -> None:
    if (closed := spool.close()) is not None:
        seal(closed, folder)


def _rows(lines: BinaryIO, stream: str | None) -> Iterator[tuple[int, str, str, Row]]:
    """Number, stream, dataset and row of all parts of all lines."""
    received_at, seq = _EPOCH, 0
    last_streams: dict[str, str] = {}
    for frame_no, line in enumerate(lines, start=1):
        rows = frame_rows(
            line.rstrip(b"\r\n"),
            topic="",
            capture_mode="import",
            connection_id="import",
            frame_no=frame_no,
            received_at=received_at,
        )
        for dataset, row in rows:
            seq += 1
            document = _document(row)
            received_at = _sent_at(document) or received_at
            user = _user(document)
            found = stream or _hardware(document) or last_streams.get(user)
            if found is not None:
                last_streams[user] = found
            yield seq, found or STREAM_WITHOUT_HARDWARE, dataset, row | {"received_at": received_at}


def _document(row: Row) -> dict[str, Any]:
    return json.loads(row["raw_text"]) if "raw_text" in row else {}


def _sent_at(document: dict[str, Any]) -> datetime | None:
    sent = document.get("t", document.get("timestamp"))
    if isinstance(sent, bool) or not isinstance(sent, int):
        return None
    try:
        at = _EPOCH + timedelta(milliseconds=sent)
    except OverflowError:
        return None
    return at if _FIRST_YEAR <= at.year < _LAST_YEAR else None


def _user(document: dict[str, Any]) -> str:
    return str(document.get("user", _part(document, "actor").get("id")))


def _hardware(document: dict[str, Any]) -> str | None:
    named = (
        document.get("hardware"),
        _part(document, "context").get("exp_id"),
        _part(document, "object").get("exp_id"),
    )
    return next(
        (text for text in named if isinstance(text, str) and _HARDWARE.fullmatch(text)), None
    )


def _part(document: dict[str, Any], name: str) -> dict[str, Any]:
    part = document.get(name)
    return part if isinstance(part, dict) else {}
