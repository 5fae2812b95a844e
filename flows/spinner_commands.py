"""The commands of the laboratory's streams."""

import argparse
import logging
import signal
from types import FrameType

from flows.capture import CaptureService, sources
from warehouse.settings import Settings


def capture(settings: Settings, arguments: argparse.Namespace) -> None:
    """`capture`: record until SIGTERM or Ctrl-C, then seal and end with 0."""
    logging.getLogger("flows.capture").setLevel(logging.INFO)
    service = CaptureService(settings, sources(settings, arguments.streams))

    def stop(_number: int, _frame: FrameType | None) -> None:
        service.stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    if status := service.run():
        raise SystemExit(status)
