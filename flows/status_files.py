"""Status files: what a service of the laboratory says of itself, one file a stream.

Operators and the health check read them, so nothing needs to ask a service.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from dlt_pipelines.connectors.spool_files import make_folder

STATUS_SECONDS = 10.0
"""How often a service writes."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The state of one stream in one service."""

    stream: str
    capture_id: str
    process_id: str
    written_at: datetime
    state: str  # connected, or why not
    last_heard_at: datetime | None
    token_expires_at: datetime | None
    alarm: str | None
    counts: Mapping[str, int] = field(default_factory=dict)  # what the service has besides


def write_status(folder: Path, status: Status) -> None:
    """Replace the file of a stream; a disk that takes it not is told of and no reason to end.

    Args:
        folder: Holds `status/`.
        status: What is written.
    """
    file = _file(folder, status.stream, status.capture_id)
    words = asdict(status)
    words.update(words.pop("counts"))
    try:
        make_folder(file.parent)
        _replace(file, json.dumps(words, default=datetime.isoformat))
    except OSError as error:
        _LOG.error("%s cannot be written: %s", file.name, error.strerror)


def told_loss(folder: Path, stream: str, capture_id: str) -> int:
    """How many lost messages the service before this one could put on no record.

    Args:
        folder: Holds `status/`.
        stream: The stream.
        capture_id: The capture.
    """
    try:
        return int(json.loads(_file(folder, stream, capture_id).read_text()).get("lost_count", 0))
    except (OSError, ValueError):
        return 0


def _file(folder: Path, stream: str, capture_id: str) -> Path:
    return folder / "status" / f"{stream}-{capture_id}.json"


def _replace(file: Path, text: str) -> None:
    unfinished = file.with_name(f"{file.name}.tmp")
    try:
        unfinished.write_text(text)
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        _write_over(file, text)


def _write_over(file: Path, text: str) -> None:
    """Write where the last words stand: a full disk takes that, and an alarm is to be seen."""
    with file.open("r+") as opened:
        opened.write(text)
        opened.truncate()
