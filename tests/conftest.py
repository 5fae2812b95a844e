from pathlib import Path

import pytest

from tests.faults.tiny_run import TinyRun, has_fence


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> TinyRun:
    """One whole run that nothing disturbs; without a network, where the machine can do that."""
    run = TinyRun(Path(tmp_path_factory.mktemp("undisturbed")) / "data")
    run.run("run", is_fenced=has_fence())
    return run
