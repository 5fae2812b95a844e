import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.capture_health import capture_health

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
        ({"token_expires_at": (NOW + timedelta(days=29)).isoformat()}, "token ends at"),
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
