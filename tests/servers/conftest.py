"""The laboratory that is built once for all tests of live answers."""

import fcntl
import os
from pathlib import Path

import pytest

from tests.exports.laboratory import Laboratory, history


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """Students whose messages two captures heard, built and published."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of all workers, so that it is built once for all
    built = folder / "laboratory"
    with Path(folder / "laboratory.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            made = Laboratory(Path(tmp_path_factory.mktemp("unfinished")))
            made.capture(history(), "a")
            made.capture(history(), "b")
            made.build()
            made.folder.rename(built)
    return Laboratory(built).copied_to(tmp_path_factory.mktemp("laboratory"))


@pytest.fixture
def own_laboratory(laboratory: Laboratory, tmp_path: Path) -> Laboratory:
    """The same students in a folder that a test may change as it likes."""
    return laboratory.copied_to(tmp_path)
