"""Build the models with dbt, as a child process in its own process group.

An in-process dbt keeps the build file locked after it returns; a child gives it back when it ends.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from warehouse.errors import TallyhouseError
from warehouse.progress import Progress
from warehouse.settings import Settings

PROJECT_FOLDER = Path(__file__).resolve().parents[1] / "dbt_project"

_STOP_SECONDS = 10
_SHOWN_FAILURES = 20
_PR_SET_PDEATHSIG = 1
_QUIET = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "PYTHONUNBUFFERED": "1",
}


@dataclass(frozen=True, slots=True)
class BuildCounts:
    """How many nodes of a dbt build ended how."""

    models: int = 0
    seeds: int = 0
    tests_passed: int = 0
    tests_failed: int = 0
    tests_warned: int = 0
    errors: int = 0
    skipped: int = 0
    failures: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For the JSON summary."""
        return asdict(self)


def run_dbt(
    settings: Settings,
    arguments: Sequence[str],
    variables: Mapping[str, Any],
    lock: int,
    progress: Progress,
) -> BuildCounts:
    """Run dbt against the build file; the caller holds the writer lock.

    Args:
        settings: Says where the warehouse and dbt's artifacts are.
        arguments: dbt's command and what it selects.
        variables: Values for the project's variables.
        lock: Descriptor of the writer lock, handed to dbt: should this process be killed, the lock
            is held until dbt has ended too.
        progress: Told how many nodes are done.

    Returns:
        What was built and tested, and what failed.

    Raises:
        TallyhouseError: dbt ended before it built anything; the message has its own words.
    """
    target_folder = settings.dbt_folder / "target"
    target_folder.mkdir(parents=True, exist_ok=True)
    settings.build_file.parent.mkdir(parents=True, exist_ok=True)
    results_file = target_folder / "run_results.json"
    results_file.unlink(missing_ok=True)
    command = [
        str(Path(sys.prefix) / "bin" / "dbt"),
        "--log-format=json",
        "--no-use-colors",
        *arguments,
        "--target=prod",
        f"--project-dir={PROJECT_FOLDER}",
        f"--profiles-dir={PROJECT_FOLDER}",
        f"--target-path={target_folder}",
        f"--log-path={settings.dbt_folder / 'logs'}",
    ]
    if variables:
        command.append(f"--vars={json.dumps(dict(variables))}")
    environment = {
        **os.environ,
        **_QUIET,
        "WAREHOUSE__FOLDER": str(settings.folder),
        "WAREHOUSE__MEMORY_LIMIT": settings.memory_limit,
    }
    said: list[str] = []
    with _child(command, environment, lock) as (process, output):
        for line in output:
            _listen(line, said, progress)
        status = process.wait()
    if not results_file.exists():
        raise TallyhouseError(
            f"dbt ended with status {status} before it built anything; "
            f"{settings.dbt_folder / 'logs' / 'dbt.log'} has more:\n" + "\n".join(said[-20:])
        )
    return read_counts(json.loads(results_file.read_text()))


def read_counts(run_results: Mapping[str, Any]) -> BuildCounts:
    """Count the results of a dbt build and put its failures in words.

    Args:
        run_results: dbt's `run_results.json`.

    Returns:
        The counts; at most some failures in words, the real causes first.
    """
    ended: dict[tuple[str, str], int] = {}
    failures = []
    for result in run_results["results"]:
        kind = result["unique_id"].split(".")[0]
        status = result["status"]
        ended[kind, status] = ended.get((kind, status), 0) + 1
        if status in {"fail", "error", "runtime error"}:
            name = result["unique_id"].split(".")[2]
            message = " ".join(str(result.get("message") or status).split())
            failures.append(f"{kind} {name}: {message}")
    errors = sum(count for (_, status), count in ended.items() if status.endswith("error"))
    return BuildCounts(
        models=ended.get(("model", "success"), 0),
        seeds=ended.get(("seed", "success"), 0),
        tests_passed=ended.get(("test", "pass"), 0),
        tests_failed=ended.get(("test", "fail"), 0),
        tests_warned=ended.get(("test", "warn"), 0),
        errors=errors,
        skipped=sum(count for (_, status), count in ended.items() if status == "skipped"),
        failures=tuple(failures[:_SHOWN_FAILURES]),
    )


def _listen(line: str, said: list[str], progress: Progress) -> None:
    """Turn one line of dbt's log into progress; what is no progress but an error is kept."""
    try:
        event = json.loads(line)
        info, data = event["info"], event["data"]
    except (ValueError, KeyError, TypeError):  # not dbt's log: the interpreter or a library
        said.append(line.rstrip())
        return
    if info["name"].endswith("Result") and "index" in data and "total" in data:
        progress("build", int(data["index"]), int(data["total"]))
    elif info["level"] == "error":
        said.append(str(info["msg"]))


@contextmanager
def _child(
    command: Sequence[str], environment: Mapping[str, str], lock: int
) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """The running command, whose whole process group ends with the block."""
    # A copy, for a fork closes the lock's own descriptor in the child.
    passed = os.dup(lock)
    with subprocess.Popen(  # noqa: S603 the command is ours
        command,
        env=environment,
        pass_fds=[passed],
        preexec_fn=_die_with_parent(),  # noqa: PLW1509 makes one system call
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        os.close(passed)
        if process.stdout is None:
            raise RuntimeError("Popen was asked for a pipe")
        try:
            yield process, process.stdout
        finally:
            _end_group(process)


def _end_group(process: subprocess.Popen[str]) -> None:
    """End the process and all that it started: politely, then not."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _die_with_parent() -> Callable[[], None] | None:
    """Where the kernel can do it: have the child killed when this process is."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
