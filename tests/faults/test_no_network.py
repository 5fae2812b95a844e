import os
import subprocess

import pytest

from tests.faults.tiny_run import FENCE, TinyRun, has_fence

pytestmark = pytest.mark.xdist_group("tiny run")


@pytest.fixture(autouse=True)
def fence() -> None:
    if not has_fence():
        pytest.skip(f"`{' '.join(FENCE)}` is refused: allow user namespaces, or run as root")


def test_the_fence_keeps_out_of_the_network() -> None:
    told = subprocess.run(
        [*FENCE, "cat", "/proc/net/dev"], capture_output=True, text=True, check=True
    )
    assert [line.split(":")[0].strip() for line in told.stdout.splitlines()[2:]] == ["lo"]


def test_a_whole_run_needs_no_network(undisturbed: TinyRun) -> None:
    documents = undisturbed.documents()
    assert len(documents["total_ticks"]) > 0
    parts = {file.partition("/")[0] for file in undisturbed.files()}
    assert parts == {"documents", "pictures", "site"}
    assert (undisturbed.folder / "current/warehouse.duckdb").exists()


def test_a_second_run_sends_nothing(undisturbed: TinyRun) -> None:
    exported = undisturbed.run("run", is_fenced=True)["export"]
    assert exported.keys() == {"spinner", "wrapped"}
    for each in exported.values():
        assert (each["written"], each["deleted"], each["failed"]) == (0, 0, 0)
        assert each["unchanged"] > 0


def test_a_run_leaves_the_home_directory_alone(undisturbed: TinyRun) -> None:
    home = undisturbed.environment["HOME"]
    assert os.listdir(home) == []  # noqa: PTH208 names only
