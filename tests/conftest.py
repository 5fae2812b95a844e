import fcntl
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.faults.tiny_run import TinyRun, has_fence

settings.register_profile("any machine", deadline=None)  # a busy one is slow now and then
settings.load_profile("any machine")


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Where everything is at hand, a suite that is skipped was not tested."""
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, though CI is set: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_if_skipped(report)
    return report


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
