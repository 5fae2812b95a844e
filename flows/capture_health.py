"""Whether captures and answers are at work, as their status files and systemd say."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

OLDEST_STATUS = timedelta(minutes=2)
TOKEN_WARNING = timedelta(days=30)
TOKEN_ALARM = timedelta(days=1)
"""Before that, a token that ends is a matter for the daily report."""

_UNITS = ("session*.service", "session*.timer", "spinner-*.service")


@dataclass(frozen=True, slots=True)
class CaptureHealth:
    """One stream in one service, capture or answers, and what is wrong with it."""

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
    if expires_at and datetime.fromisoformat(expires_at) - now < TOKEN_ALARM:
        yield f"token ends at {expires_at}"


def ending_tokens(found: Iterable[CaptureHealth], now: datetime) -> list[str]:
    """The streams whose tokens want renewal within a month, in words."""
    return [
        f"{health.stream} ({health.capture_id}): token ends at {health.token_expires_at}"
        for health in found
        if health.token_expires_at
        and datetime.fromisoformat(health.token_expires_at) - now < TOKEN_WARNING
    ]


def failed_units() -> list[str]:
    """Units of the laboratory that systemd gave up or starts again and again, in words.

    Returns:
        None of them on a machine without systemd.
    """
    systemctl = shutil.which("systemctl")
    if systemctl is None:
        return []
    told = subprocess.run(  # noqa: S603 the arguments are ours
        [systemctl, "list-units", "--all", "--output=json", "--no-pager", *_UNITS],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:  # systemd is installed and not in charge, as in a container
        return []
    return [
        f"{unit['unit']} is {unit['sub']}"
        for unit in json.loads(told.stdout)
        if unit["active"] == "failed" or unit["sub"] == "auto-restart"
    ]
