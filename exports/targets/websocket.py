"""Sending on a stream: one strict JSON object a frame, and never two at once.

Messages that follow one another without a pause are lost on the way (of 20 sent, 18 arrived), so
there is a pause between any two of a topic. NaN is no JSON: a message that holds one is refused
here, whatever made it.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

PAUSE_SECONDS = 0.005


class NotJsonError(ValueError):
    """A message holds what JSON has no word for."""


def strict_json(message: Mapping[str, Any]) -> str:
    """The text of a message.

    Raises:
        NotJsonError: A number is not finite, or a value is of no JSON type.
    """
    try:
        return json.dumps(message, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise NotJsonError(str(error)) from None


class PacedSender:
    """Sends on one topic, with a pause between any two messages."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Nothing is sent yet.

        Args:
            monotonic: A clock that never goes back, in seconds.
            sleep: Waits so many seconds.
        """
        self._monotonic, self._sleep = monotonic, sleep
        self._next_at = monotonic()
        self._lock = threading.Lock()

    def send(self, send: Callable[[str], object], text: str) -> None:
        """Send a text as soon as the pause after the last one is over.

        Args:
            send: Sends one frame on the connection as it is now.
            text: One JSON object.
        """
        with self._lock:
            wait = self._next_at - self._monotonic()
            if wait > 0:
                self._sleep(wait)
            try:
                send(text)
            finally:
                self._next_at = self._monotonic() + PAUSE_SECONDS
