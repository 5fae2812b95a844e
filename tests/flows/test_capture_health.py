import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.capture_health import capture_health, ending_tokens, failed_units

NOW = datetime(2026, 2, 9, 14, 0, tzinfo=UTC)
GOOD = {
    "written_at": (NOW - timedelta(minutes=2)).isoformat(),
    "state": "connected",
    "alarm": None,
    "last_heard_at": NOW.isoformat(),
    "token_expires_at": (NOW + timedelta(days=30)).isoformat(),
}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, None),
        ({"written_at": (NOW - timedelta(seconds=121)).isoformat()}, "says nothing any more"),
        ({"state": "refused"}, "is refused"),
        ({"alarm": "the spool takes no rows"}, "the spool takes no rows"),
        ({"token_expires_at": (NOW + timedelta(hours=23)).isoformat()}, "token ends at"),
        ({"token_expires_at": None}, None),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, change: dict[str, str | None], problem: str | None
) -> None:
    (tmp_path / "status").mkdir()
    (tmp_path / "status" / "spin30-lab-a.json").write_text(json.dumps(GOOD | change))
    (found,) = capture_health(tmp_path, NOW)
    assert (found.stream, found.capture_id) == ("spin30", "lab-a")
    assert [text.startswith(problem or "") for text in found.problems] == [True] * bool(problem)


def test_a_file_that_is_no_status_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "status").mkdir()
    (tmp_path / "status" / "spin30-lab-a.json").write_text("")
    (found,) = capture_health(tmp_path, NOW)
    assert found.problems == ("cannot be read (JSONDecodeError)",)


@pytest.mark.parametrize(
    ("left", "is_ending"), [(timedelta(days=29), True), (timedelta(days=30), False)]
)
def test_a_token_is_reported_a_month_ahead(
    tmp_path: Path, left: timedelta, is_ending: bool
) -> None:
    (tmp_path / "status").mkdir()
    status = GOOD | {"token_expires_at": (NOW + left).isoformat()}
    (tmp_path / "status" / "spin30-lab-a.json").write_text(json.dumps(status))
    told = ending_tokens(capture_health(tmp_path, NOW), NOW)
    assert [text.startswith("spin30 (lab-a): token ends at") for text in told] == [True] * is_ending


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (0, ["spinner-capture@spin30.service is auto-restart", "session.service is failed"]),
        (1, []),  # no systemd in charge
    ],
)
def test_units_that_failed_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, told: list[str]
) -> None:
    listed = [
        {"unit": "spinner-capture@spin30.service", "active": "activating", "sub": "auto-restart"},
        {"unit": "spinner-capture@spin31.service", "active": "active", "sub": "running"},
        {"unit": "session.service", "active": "failed", "sub": "failed"},
    ]
    command = tmp_path / "systemctl"
    command.write_text(f"#!/bin/sh\necho '{json.dumps(listed)}'\nexit {status}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert failed_units() == told
