"""Which topics the laboratory's services follow, by the settings and the credentials' folder."""

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from dlt_pipelines.connectors import relay
from dlt_pipelines.connectors.credentials import found_streams
from dlt_pipelines.connectors.relay import Dial, Source
from warehouse.clock import Clock
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

DEFAULT_CREDENTIALS = Path("/etc/practable")

_STREAM = re.compile(r"[a-z]+[0-9]+")


def sources(
    settings: Settings,
    streams: Sequence[str] = (),
    *,
    dial: Dial = relay.dial,
    clock: Clock | None = None,
) -> list[Source]:
    """The topics to follow.

    Args:
        settings: Say in which mode, and with which credentials or at which address.
        streams: Names; without any, all that the credentials' folder has.
        dial: Opens sockets.
        clock: The time, if not the machine's.

    Raises:
        TallyhouseError: There is nothing to capture, or a stream's name is none.
    """
    spinner = settings.spinner
    folder = spinner.credentials_path or DEFAULT_CREDENTIALS
    names = sorted(set(streams)) or found_streams(folder) or _streams_of_url(spinner.host_url)
    if not names:
        raise TallyhouseError(
            f"SOURCES__SPINNER__CREDENTIALS_PATH: {folder} has no log.access.… files. Name the "
            "streams, as in `tallyhouse capture spin30`, or put their access and token files there."
        )
    for name in names:
        if not _STREAM.fullmatch(name):
            raise TallyhouseError(f"{name!r} is no stream; names are like spin30.")
    is_relay = spinner.mode == "relay"
    if not is_relay and len(names) > 1 and "{stream}" not in spinner.host_url:
        raise TallyhouseError(
            "SOURCES__SPINNER__HOST_URL: write {stream} where the name of each stream belongs."
        )
    kinds = ["log", "data"] if spinner.has_hardware and is_relay else ["log"]
    return [
        Source(
            stream=name,
            kind=kind,
            credentials_path=folder if is_relay else None,
            host_url=None if is_relay else spinner.host_url,
            dial=dial,
            clock=clock or Clock(),
        )
        for name in names
        for kind in kinds
    ]


def _streams_of_url(url: str) -> list[str]:
    name = urlsplit(url).path.rpartition("/")[2]
    return [name] if _STREAM.fullmatch(name) else []
