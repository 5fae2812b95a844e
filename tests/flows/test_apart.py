"""Work in a process of its own: what it gives, raises, and leaves behind in ours."""

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from flows.apart import apart


def test_what_a_function_returns_comes_back() -> None:
    assert apart("pathlib:Path", "a", "b") == Path("a/b")


def test_what_a_disk_refuses_is_raised_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        apart("os:listdir", tmp_path / "nothing")
    assert raised.value.errno == errno.ENOENT
    assert raised.value.strerror == "No such file or directory"


@pytest.mark.parametrize(("work", "argument"), [("os:_exit", 7), ("math:sqrt", -1)])
def test_a_process_without_an_answer_is_an_error_that_names_the_work(
    work: str, argument: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OSError, match=f"the process of {work} ended with [17]"):
        apart(work, argument)
    assert ("ValueError" in capfd.readouterr().err) == (work == "math:sqrt")


def test_a_capture_does_not_hold_what_seals() -> None:
    found = "import flows.capture, sys; print({'numpy', 'pyarrow'} & sys.modules.keys())"
    told = subprocess.run([sys.executable, "-c", found], capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"
