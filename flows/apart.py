"""Work in a process of its own, whose memory ends with it.

A capture lives for months beside many others, and seals for a second every quarter of an hour. The
libraries that this takes would be two thirds of its memory.
"""

import errno
import pickle
import signal
import subprocess
import sys
from pkgutil import resolve_name
from typing import Any


def apart(work: str, *arguments: Any) -> Any:  # noqa: ANN401 - whatever the work takes and gives
    """Call a function in a process of its own.

    Args:
        work: The function, as `package.module:name`; its module is not imported here.
        arguments: What it is called with.

    Returns:
        What it returns.

    Raises:
        OSError: It raised one, or its process ended without an answer.
    """
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", __name__],
        input=pickle.dumps((work, arguments)),
        stdout=subprocess.PIPE,
        check=False,
        start_new_session=True,  # a Ctrl-C is for the service, which waits for this
    )
    if done.returncode:
        raise OSError(errno.ECHILD, f"the process of {work} ended with {done.returncode}")
    answer = pickle.loads(done.stdout)  # noqa: S301 - from our own process
    if isinstance(answer, OSError):
        raise answer
    return answer


def _answer() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # systemd ends all of a service at once
    work, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our own process
    try:
        answer = resolve_name(work)(*arguments)
    except OSError as error:
        answer = error
    pickle.dump(answer, sys.stdout.buffer)


if __name__ == "__main__":
    _answer()
