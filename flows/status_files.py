"""Status files: what a service of the laboratory says of itself, one file a stream.

Operators and the health check read them, so nothing needs to ask a service.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from dlt_pipelines.connectors.capture_files import make_folder

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
    file = folder / "status" / f"{status.stream}-{status.capture_id}.json"
    unfinished = file.with_name(f"{file.name}.tmp")
    words = asdict(status)
    words.update(words.pop("counts"))
    try:
        make_folder(file.parent)
        unfinished.write_text(json.dumps(words, default=datetime.isoformat))
        unfinished.replace(file)
    except OSError as error:
        _LOG.error("%s cannot be written: %s", file.name, error.strerror)
