import fcntl
import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.faults.tiny_run import TinyRun, has_fence

settings.register_profile("any machine", deadline=None)  # a busy one is slow now and then
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> TinyRun:
    """One whole run that nothing disturbs; without a network, where the machine can do that."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # of all workers, so that it runs once for all
    run = TinyRun(folder / "undisturbed")
    with Path(folder / "undisturbed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (run.folder / "current").exists():
            run.run("run", is_fenced=has_fence())
    return run
