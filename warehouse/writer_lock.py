"""One writer at a time.

The lock is `flock` on a file that is never deleted (deleting it would let two processes lock two
files of one name). It ends with the process that holds it, however that ends, so a lock can not be
left behind. The file says who holds it; that text is for people, the lock itself is the kernel's.
"""

import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.errors import TallyhouseError
from warehouse.progress import Progress, ignore_progress

STEP_WAIT_SECONDS = 600.0
"""How long a step waits for another one to finish writing: a load step, a build or a publish."""

_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as the lock file says it."""

    pid: int
    host: str
    step: str
    since: str

    def __str__(self) -> str:
        return f"`{self.step}` (process {self.pid} on {self.host}, since {self.since})"


class LockHeldError(TallyhouseError):
    """Somebody else holds the lock, and the time to wait for it is over."""


def read_holder(lock_file: Path) -> Holder | None:
    """Who holds the lock now.

    Returns:
        The holder, or None when nobody holds it.
    """
    try:
        descriptor = os.open(lock_file, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder_text(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


@contextmanager
def writer_lock(
    lock_file: Path,
    step: str,
    *,
    wait_seconds: float = STEP_WAIT_SECONDS,
    progress: Progress = ignore_progress,
) -> Iterator[int]:
    """Hold the lock while the block runs.

    Args:
        lock_file: Locked; made when it is not there, and never deleted.
        step: What the holder does, for the messages of those who wait.
        wait_seconds: How long to wait for another holder; 0 fails at once.
        progress: Told whom this process waits for.

    Yields:
        The descriptor of the lock. A child process that is given it (`pass_fds`) keeps the lock
        held after this process was killed, for as long as the child lives.

    Raises:
        LockHeldError: Another process held the lock all that time.
    """
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o644)
    owner = os.getpid()
    is_open = True

    def leave_to_parent() -> None:
        # A forked worker that outlives a killed parent must not keep the lock.
        if is_open:
            os.close(descriptor)

    os.register_at_fork(after_in_child=leave_to_parent)
    try:
        _acquire(descriptor, lock_file, wait_seconds, progress)
        holder = Holder(
            pid=owner,
            host=socket.gethostname(),
            step=step,
            since=datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(asdict(holder)).encode(), 0)
        yield descriptor
    finally:
        is_open = False
        if os.getpid() == owner:
            os.close(descriptor)


def _acquire(descriptor: int, lock_file: Path, wait_seconds: float, progress: Progress) -> None:
    started = time.monotonic()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder_text(descriptor)
            waited = time.monotonic() - started
            if waited >= wait_seconds:
                raise LockHeldError(
                    f"{holder or 'another process'} holds {lock_file}. Wait until it is done, "
                    "or end that process; `tallyhouse run --wait SECONDS` waits for it."
                ) from None
            progress(f"waiting for {holder or 'another process'}", int(waited), int(wait_seconds))
            time.sleep(_POLL_SECONDS)
        else:
            return


def _holder_text(descriptor: int) -> Holder | None:
    try:
        return Holder(**json.loads(os.pread(descriptor, 4096, 0)))
    except (ValueError, TypeError):  # between locking and writing its name
        return None
