"""Whether the captures are at work, as their status files say."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

OLDEST_STATUS = timedelta(minutes=2)
TOKEN_WARNING = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CaptureHealth:
    """One stream's capture, and what is wrong with it."""

    stream: str
    capture_id: str
    state: str
    written_at: str
    last_heard_at: str
    token_expires_at: str
    problems: tuple[str, ...]


def capture_health(folder: Path, now: datetime) -> list[CaptureHealth]:
    """Read the status files.

    Args:
        folder: Holds `status/`.
        now: Against which a status is old and a token about to end.

    Returns:
        One for each stream and capture, by name.
    """
    return [_health(file, now) for file in sorted((folder / "status").glob("*.json"))]


def _health(file: Path, now: datetime) -> CaptureHealth:
    stream, _, capture_id = file.stem.partition("-")
    try:
        status: dict[str, Any] = json.loads(file.read_text())
        problems = tuple(_problems(status, now))
    except (OSError, ValueError, KeyError, TypeError) as error:
        status, problems = {}, (f"cannot be read ({type(error).__name__})",)
    return CaptureHealth(
        stream=stream,
        capture_id=capture_id,
        state=str(status.get("state") or "unknown"),
        written_at=status.get("written_at") or "",
        last_heard_at=status.get("last_heard_at") or "",
        token_expires_at=status.get("token_expires_at") or "",
        problems=problems,
    )


def _problems(status: dict[str, Any], now: datetime) -> Iterator[str]:
    if now - datetime.fromisoformat(status["written_at"]) > OLDEST_STATUS:
        yield "says nothing any more: is the service running?"
    if status["state"] != "connected":
        yield f"is {status['state']}"
    if status["alarm"]:
        yield status["alarm"]
    expires_at = status["token_expires_at"]
    if expires_at and datetime.fromisoformat(expires_at) - now < TOKEN_WARNING:
        yield f"token ends at {expires_at}"
