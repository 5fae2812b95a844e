import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from flows.dbt_build import read_counts, run_dbt
from warehouse.errors import TallyhouseError
from warehouse.progress import ignore_progress
from warehouse.settings import Settings
from warehouse.writer_lock import read_holder, writer_lock


def result(unique_id: str, status: str, message: str | None = None) -> dict[str, Any]:
    return {"unique_id": unique_id, "status": status, "message": message}


def test_results_are_counted_by_kind_and_outcome() -> None:
    counts = read_counts(
        {
            "results": [
                result("seed.t.skills", "success"),
                result("model.t.fct_days", "success"),
                result("model.t.fct_hours", "error", "Binder Error:\n  no column x"),
                result("model.t.fct_weeks", "skipped"),
                result("test.t.unique_day.1a2b", "pass"),
                result("test.t.not_null_day.3c4d", "fail", "Got 3 results"),
                result("test.t.not_null_week.5e6f", "warn"),
                result("test.t.not_null_hour.7a8b", "skipped"),
            ]
        }
    )
    assert (counts.models, counts.seeds, counts.errors, counts.skipped) == (1, 1, 1, 2)
    assert (counts.tests_passed, counts.tests_failed, counts.tests_warned) == (1, 1, 1)
    assert counts.failures == (
        "model fct_hours: Binder Error: no column x",
        "test not_null_day: Got 3 results",
    )


def test_a_dbt_that_does_not_start_tells_why(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    with (
        writer_lock(settings.lock_file, "build") as lock,
        pytest.raises(TallyhouseError, match="No such command"),
    ):
        run_dbt(settings, ["erect"], {}, lock, ignore_progress)


KILLED = """
import os, sys
from pathlib import Path
from flows.dbt_build import _child
from warehouse.writer_lock import writer_lock
with writer_lock(Path(sys.argv[1]), "build") as lock:
    with _child(["/bin/sh", "-c", "sleep 60 & echo $! $$; wait"], os.environ, lock) as (_, output):
        print(output.readline(), end="", flush=True)
        input()
"""


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_killed_parent_takes_dbt_with_it(tmp_path: Path) -> None:
    lock_file = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(lock_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        grandchild, child = map(int, parent.stdout.readline().split())
        parent.kill()
    deadline = time.monotonic() + 10
    while lives(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not lives(child)
    # What dbt might have started outlives it here, and still holds the lock for as long.
    assert read_holder(lock_file) is not None
    os.kill(grandchild, 9)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_ended_parent_ends_the_whole_group(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        grandchild, child = map(int, parent.stdout.readline().split())
        parent.stdin.close()
        parent.wait(20)
    assert not lives(child)
    assert not lives(grandchild)
