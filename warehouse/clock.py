"""The time of day and the time that passes, which tests and replays may hurry."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that runs `scale` times as fast as the machine's."""

    def __init__(self, scale: float = 1.0) -> None:
        """Start the clock at the time that it is."""
        self.scale = scale
        self._started, self._started_at = time.monotonic(), datetime.now(tz=UTC)

    def now(self) -> datetime:
        """The time of day, in UTC."""
        if self.scale == 1:
            return datetime.now(tz=UTC)
        return self._started_at + timedelta(seconds=self.monotonic() - self._started)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._started + (time.monotonic() - self._started) * self.scale

    def real(self, seconds: float) -> float:
        """How many of the machine's seconds these are."""
        return seconds / self.scale
