from datetime import date

import pytest

from flows.periods import CustomPeriod, parse_periods
from warehouse.errors import TallyhouseError


def test_calendar_periods_and_known_ids_are_ids() -> None:
    assert parse_periods(("2025", "2025-03", "all", "summer")) == (
        ("2025", "2025-03", "all", "summer"),
        (),
    )


def test_a_period_can_define_itself() -> None:
    ids, custom = parse_periods(("summer:2025-06-01:2025-09-01",))
    assert ids == ("summer",)
    assert custom == (CustomPeriod("summer", date(2025, 6, 1), date(2025, 9, 1)),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "25",
        "2025-13",
        "Summer",
        "summer:2025-06-01",
        "summer:2025-06-01:2025-09-31",
        "summer:2025-06-01:2025-09-01:x",
        "summer:2025-09-01:2025-09-01",
        "2025:2025-06-01:2025-09-01",
        "all:2025-06-01:2025-09-01",
    ],
)
def test_what_is_no_period_is_named(text: str) -> None:
    with pytest.raises(TallyhouseError, match=f"^--periods: '{text}'"):
        parse_periods((text,))
