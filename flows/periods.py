"""Periods as they are written on the command line and in a flow's parameters."""

import re
from dataclasses import dataclass
from datetime import date

from warehouse.errors import TallyhouseError

_CALENDAR = re.compile(r"\d{4}(-(0[1-9]|1[0-2]))?|all")
_CUSTOM_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class CustomPeriod:
    """A range of local dates with a name."""

    period_id: str
    start_date: date
    end_date: date  # exclusive


def parse_periods(texts: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[CustomPeriod, ...]]:
    """Read periods: `2025`, `2025-03`, `all`, the id of a custom period, or `id:from:to`.

    Args:
        texts: As a user wrote them.

    Returns:
        The ids of all, and the custom periods that are defined here.

    Raises:
        TallyhouseError: A text is no period.
    """
    ids: list[str] = []
    custom: list[CustomPeriod] = []
    for text in texts:
        period_id, *bounds = text.split(":")
        if not bounds and (_CALENDAR.fullmatch(period_id) or _CUSTOM_ID.fullmatch(period_id)):
            ids.append(period_id)
        elif _CUSTOM_ID.fullmatch(period_id) and period_id != "all":
            ids.append(period_id)
            custom.append(_custom_period(text, period_id, bounds))
        else:
            raise TallyhouseError(
                f"--periods: {text!r} is none of 2025, 2025-03, all, "
                "the id of a custom period, or summer:2025-06-01:2025-09-01."
            )
    return tuple(ids), tuple(custom)


def _custom_period(text: str, period_id: str, bounds: list[str]) -> CustomPeriod:
    try:
        start_date, end_date = (date.fromisoformat(bound) for bound in bounds)
    except ValueError:
        raise TallyhouseError(
            f"--periods: {text!r} needs two dates: {period_id}:2025-06-01:2025-09-01."
        ) from None
    if start_date >= end_date:
        raise TallyhouseError(f"--periods: {text!r} ends before it begins; the end is exclusive.")
    return CustomPeriod(period_id, start_date, end_date)
