"""A local Prefect server and the deployments, until Ctrl-C: what `make serve` runs.

Both are child processes in groups of their own, ended with this one. Nothing of it is needed for a
run. This module does not import prefect: its settings must be in the environment before that.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

_START_SECONDS = 90
_STOP_SECONDS = 15
_POLL_SECONDS = 0.5
_DEFAULT_PORT = "4200"


def server_environment(settings: Settings, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of Prefect's processes: at home in the data folder, telling nobody.

    Args:
        settings: Says where the data folder is.
        environment: Passed on; its PREFECT_SERVER_API_PORT is kept.

    Returns:
        The whole environment.
    """
    port = environment.get("PREFECT_SERVER_API_PORT", _DEFAULT_PORT)
    return {
        **environment,
        "WAREHOUSE__FOLDER": str(settings.folder),
        "PREFECT_HOME": str(settings.folder / "prefect"),
        "PREFECT_SERVER_API_HOST": "127.0.0.1",
        "PREFECT_SERVER_API_PORT": port,
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLI_PROMPT": "false",
        "DO_NOT_TRACK": "1",
        "MPLCONFIGDIR": str(settings.folder / "matplotlib"),
    }


def main() -> int:
    """Serve until Ctrl-C.

    Returns:
        The exit status: 0 after Ctrl-C, 1 if the server did not start or did not stay.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    try:
        settings = Settings.from_environment()
        environment = server_environment(settings, os.environ)
        (settings.folder / "prefect").mkdir(parents=True, exist_ok=True)
        with ExitStack() as children:
            prefect = str(Path(sys.prefix) / "bin" / "prefect")
            server = children.enter_context(_child([prefect, "server", "start"], environment))
            _wait_until_healthy(server, environment["PREFECT_API_URL"])
            runner = children.enter_context(
                _child([sys.executable, "-m", "flows.refresh"], environment)
            )
            address = environment["PREFECT_API_URL"].removesuffix("/api")
            print(f"The deployments are at {address}/deployments; Ctrl-C stops.", file=sys.stderr)
            while server.poll() is None and runner.poll() is None:
                time.sleep(_POLL_SECONDS)
        raise TallyhouseError("Prefect's server or the serving process ended; see above.")
    except TallyhouseError as error:
        print(f"tallyhouse: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _wait_until_healthy(server: "subprocess.Popen[bytes]", api_url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{api_url}/health", timeout=_POLL_SECONDS):  # noqa: S310 our own
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(_POLL_SECONDS)
    raise TallyhouseError(
        f"Prefect's server did not start at {api_url}. If the port is taken, set "
        "PREFECT_SERVER_API_PORT to another one."
    )


@contextmanager
def _child(
    command: Sequence[str], environment: Mapping[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """A running process whose whole group ends with the block."""
    with subprocess.Popen(command, env=environment, start_new_session=True) as process:  # noqa: S603 ours
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
