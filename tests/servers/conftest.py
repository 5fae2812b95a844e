"""The laboratory that is built once for all tests of live answers."""

from pathlib import Path

import pytest

from tests.exports.laboratory import Laboratory, history


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """Students whose messages two captures heard, built and published."""
    made = Laboratory(Path(tmp_path_factory.mktemp("laboratory")))
    made.capture(history(), "a")
    made.capture(history(), "b")
    made.build()
    return made
