"""The command, of which a capture's reader hangs for ever when it hears HANG."""

import os
import threading

from dlt_pipelines.connectors.relay import FrameHeard, Heard
from flows import capture, cli
from flows.stream_reader import Reader

HANG = '{"user":"u-1","type":"log","payload":{"log":"hang"}}'


def main() -> int:
    take = Reader._take

    def hanging(reader: Reader, heard: Heard) -> None:
        take(reader, heard)
        if isinstance(heard, FrameHeard) and heard.payload == HANG.encode():
            threading.Event().wait()

    Reader._take = hanging  # type: ignore[method-assign]
    capture.STALL_SECONDS = float(os.environ.get("STALL_SECONDS", capture.STALL_SECONDS))
    return cli.main()
