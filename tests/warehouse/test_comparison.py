from collections.abc import Callable

import duckdb
import pytest

from warehouse.comparison import MartDifference, compare
from warehouse.errors import TallyhouseError
from warehouse.generations import find_generation
from warehouse.publishing import Build, publish
from warehouse.settings import Settings

Change = Callable[[str], list[MartDifference]]


@pytest.fixture
def after(settings: Settings, build: Build) -> Change:
    """Publishes, changes the build file, publishes again, and compares."""

    def change_and_compare(statement: str) -> list[MartDifference]:
        before = publish(settings, build).generation_id
        with duckdb.connect(settings.build_file) as connection:
            connection.execute(statement)
        publish(settings, build)
        return compare(find_generation(settings, before), find_generation(settings, "current"))

    return change_and_compare


def test_nothing_differs(after: Change) -> None:
    [mart] = after("select 1")
    assert mart.is_same
    assert (mart.mart, mart.rows_before, mart.rows_after) == ("mart_wrapped.fct_days", 3, 3)


def test_rows_are_told_apart_by_their_key(after: Change) -> None:
    [mart] = after(
        """
        delete from mart_wrapped.fct_days where player_id = 'a' and day = 1;
        update mart_wrapped.fct_days set ticks_count = 21 where player_id = 'a' and day = 2;
        insert into mart_wrapped.fct_days values ('b', null, 1), ('c', 1, 1);
        """
    )
    assert mart.key == ("player_id", "day")
    assert (mart.added, mart.removed, mart.changed) == (2, 1, 1)
    assert mart.changed_by_column == {"ticks_count": 1}


def test_a_null_is_a_value_that_can_change(after: Change) -> None:
    [mart] = after("update mart_wrapped.fct_days set ticks_count = null where player_id = 'b'")
    assert (mart.added, mart.removed, mart.changed) == (0, 0, 1)


def test_columns_that_come_go_and_change_type_are_named(after: Change) -> None:
    [mart] = after(
        """
        create or replace table mart_wrapped.fct_days as
        select player_id, cast(day as bigint) as day, 1 as hours_count from mart_wrapped.fct_days;
        """
    )
    assert mart.columns_added == ("hours_count",)
    assert mart.columns_removed == ("ticks_count",)
    assert mart.columns_retyped == ("day: INTEGER → BIGINT",)
    assert mart.key == ()


def test_one_mart_can_be_chosen(settings: Settings, build: Build) -> None:
    publish(settings, build)
    current = find_generation(settings, "current")
    assert [mart.mart for mart in compare(current, current, "fct_days")] == [
        "mart_wrapped.fct_days"
    ]
    with pytest.raises(TallyhouseError, match="no mart fct_none"):
        compare(current, current, "fct_none")
