import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from warehouse.writer_lock import LockHeldError, read_holder, writer_lock

HOLD = """
import sys, time
from pathlib import Path
from warehouse.writer_lock import writer_lock
with writer_lock(Path(sys.argv[1]), "build wrapped"):
    print("held", flush=True)
    time.sleep(60)
"""


def hold_in_child(lock_file: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock_file)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate()


def test_a_second_writer_fails_naming_the_first(tmp_path: Path) -> None:
    child = hold_in_child(tmp_path / "lock")
    try:
        with (
            pytest.raises(
                LockHeldError, match=rf"^`build wrapped` \(process {child.pid} on .+since 2"
            ),
            writer_lock(tmp_path / "lock", "load wrapped", wait_seconds=0),
        ):
            pass
        holder = read_holder(tmp_path / "lock")
        assert holder is not None
        assert (holder.pid, holder.step) == (child.pid, "build wrapped")
    finally:
        end(child)


def test_a_killed_writer_leaves_no_lock_behind(tmp_path: Path) -> None:
    end(hold_in_child(tmp_path / "lock"))
    assert read_holder(tmp_path / "lock") is None
    with writer_lock(tmp_path / "lock", "load wrapped", wait_seconds=0):
        pass


def test_a_waiting_writer_goes_on_when_the_first_is_done(tmp_path: Path) -> None:
    child = hold_in_child(tmp_path / "lock")
    heard: list[str] = []

    def listen(label: str, done: int, total: int | None) -> None:
        heard.append(label)
        os.kill(child.pid, signal.SIGKILL)

    with writer_lock(tmp_path / "lock", "load wrapped", wait_seconds=30, progress=listen):
        pass
    assert heard[0].startswith("waiting for `build wrapped`")
    end(child)


def test_a_forked_worker_does_not_keep_the_lock(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with writer_lock(tmp_path / "lock", "load wrapped"):
        worker = os.fork()
        if worker == 0:
            os.write(writing, b"forked")
            time.sleep(60)
            os._exit(0)
        assert os.read(reading, 6) == b"forked"
    try:
        assert read_holder(tmp_path / "lock") is None
    finally:
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)


def test_a_child_that_is_given_the_descriptor_keeps_the_lock(tmp_path: Path) -> None:
    with writer_lock(tmp_path / "lock", "build wrapped") as descriptor:
        child = subprocess.Popen(["/bin/sleep", "60"], pass_fds=[descriptor])
    assert read_holder(tmp_path / "lock") is not None
    child.kill()
    child.wait()
    assert read_holder(tmp_path / "lock") is None


def test_the_lock_file_is_never_deleted(tmp_path: Path) -> None:
    with writer_lock(tmp_path / "lock", "load wrapped"):
        number = (tmp_path / "lock").stat().st_ino
    with writer_lock(tmp_path / "lock", "load wrapped"):
        assert (tmp_path / "lock").stat().st_ino == number
