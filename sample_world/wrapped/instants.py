"""Instants of the plan: from readable text, and to the calendars of the players' time zones."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

QUARTER_MS = 900_000  # zones change on quarters of an hour


def utc_ms(text: str) -> int:
    """Return epoch milliseconds of a UTC time.

    Args:
        text: Like `2025-03-01 10:00` or `2025-03-01 10:00:00.6`.
    """
    return zone_ms(text, "UTC")


def zone_ms(text: str, zone: str) -> int:
    """Return epoch milliseconds of a local time.

    Args:
        text: Like `2025-03-01 10:00`.
        zone: IANA name of the time zone.
    """
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    return round(local.timestamp() * 1000)


def iso(ms: int) -> str:
    """Return an instant as ISO text in UTC, with milliseconds.

    Args:
        ms: Epoch milliseconds.
    """
    at = datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "")


@lru_cache(maxsize=200_000)
def quarter_start(zone: str, quarter: int) -> tuple[str, int]:
    """Return the local date and hour of a quarter of an hour.

    Args:
        zone: IANA name of the time zone.
        quarter: Quarters since 1970.

    Returns:
        Date as text, hour 0 to 23.
    """
    local = datetime.fromtimestamp(quarter * QUARTER_MS / 1000, ZoneInfo(zone))
    return local.date().isoformat(), local.hour
