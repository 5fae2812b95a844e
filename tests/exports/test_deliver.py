import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from tests.exports.small_house import REPORTS, TICKS, SmallHouse, counts
from warehouse.errors import TallyhouseError

G1, G2, G3 = "20261120T030000Z", "20261121T030000Z", "20261122T030000Z"


@pytest.fixture
def house(tmp_path: Path) -> SmallHouse:
    return SmallHouse.in_folder(tmp_path)


def test_first_delivery_writes_every_document_in_key_order(house: SmallHouse) -> None:
    house.publish(G1, {"Zed": 3, "Ann": 1, "ann": 2})
    summary = house.deliver()
    assert counts(summary) == (3, 0, 0, 0)
    assert list(house.documents("total_ticks")) == ["Ann", "Zed", "ann"]


def test_second_delivery_writes_nothing(house: SmallHouse) -> None:
    house.publish(G1, {"Ann": 1}, {("ann", "2025"): ["hello"]})
    house.deliver()
    before = house.file("total_ticks").stat()
    summary = house.deliver()
    assert summary.as_dict()["written"] == 0
    assert summary.as_dict()["unchanged"] == 2
    assert house.file("total_ticks").stat().st_ino == before.st_ino


def test_next_generation_sends_new_changed_and_gone_only(house: SmallHouse) -> None:
    house.publish(G1, dict.fromkeys(["a", "b", "c", "d", "e", "f"], 1))
    house.deliver()
    house.publish(G2, {"a": 1, "b": 2, "c": 1, "d": 1, "e": 1, "g": 1})
    summary = house.deliver()
    assert counts(summary) == (2, 4, 1, 0)
    assert summary.exports["wrapped_total_ticks"].first_keys == {
        "new": ["g"],
        "changed": ["b"],
        "deleted": ["f"],
    }
    assert house.ticks() == {"a": 1, "b": 2, "c": 1, "d": 1, "e": 1, "g": 1}


def test_stamp_says_when_the_content_last_changed(house: SmallHouse) -> None:
    house.publish(G1, {"a": 1, "b": 1})
    with time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC), tick=False):
        house.deliver()
    house.publish(G2, {"a": 1, "b": 2})
    with time_machine.travel(datetime(2026, 11, 21, tzinfo=UTC), tick=False):
        house.deliver()
    stamps = {key: doc["timestamp"] for key, doc in house.documents("total_ticks").items()}
    assert stamps == {"a": 1795132800.0, "b": 1795219200.0}


def test_all_kinds_of_stamps_are_filled_in(house: SmallHouse) -> None:
    house.publish(G1, {}, {("ann", "2025"): ["hello"]})
    with time_machine.travel(datetime(2026, 11, 20, 1, 2, 3, tzinfo=UTC), tick=False):
        house.deliver(run_id="run-7")
    report = house.documents("wrapped_reports")["ann|2025"]
    assert report["generated_at"] == {"$date": "2026-11-20T01:02:03Z"}
    assert report["run_id"] == "run-7"
    assert len(report["content_hash"]) == 64


def test_another_run_and_its_time_are_no_change(house: SmallHouse) -> None:
    house.publish(G1, {}, {("ann", "2025"): ["hello"]})
    house.deliver(run_id="run-1")
    house.publish(G2, {}, {("ann", "2025"): ["hello"]})
    assert counts(house.deliver(run_id="run-2"), "wrapped_wrapped_reports") == (0, 1, 0, 0)


def test_dry_run_shows_the_difference_and_changes_nothing(house: SmallHouse) -> None:
    house.publish(G1, {"a": 1, "b": 1})
    house.deliver()
    house.publish(G2, {"a": 2})
    text = house.file("total_ticks").read_bytes()
    summary = house.deliver(dry_run=True)
    assert counts(summary) == (1, 0, 1, 0)
    assert summary.as_dict()["is_dry_run"] is True
    assert house.file("total_ticks").read_bytes() == text
    assert counts(house.deliver(dry_run=True)) == (1, 0, 1, 0)


def test_dry_run_before_the_first_delivery_makes_no_file(house: SmallHouse) -> None:
    house.publish(G1, {"a": 1})
    assert counts(house.deliver(dry_run=True)) == (1, 0, 0, 0)
    assert not house.file("total_ticks").exists()


def test_too_many_deletions_stop_every_export(house: SmallHouse) -> None:
    ticks = dict.fromkeys("abcdefghij", 1)
    house.publish(G1, ticks, {("a", "2025"): ["x"]})
    house.deliver()
    house.publish(G2, dict.fromkeys("abcdefg", 1), {("a", "2025"): ["y"]})
    with pytest.raises(TallyhouseError, match=r"3 of 10 documents[\s\S]*--allow-deletions"):
        house.deliver()
    assert house.ticks() == ticks
    assert house.documents("wrapped_reports")["a|2025"]["slides"] == [{"text": "x"}]
    assert counts(house.deliver(allow_deletions=True)) == (0, 7, 3, 0)


def test_deletions_up_to_the_limit_pass(house: SmallHouse) -> None:
    house.publish(G1, dict.fromkeys("abcdefghij", 1))
    house.deliver()
    house.publish(G2, dict.fromkeys("abcdefgh", 1))
    assert counts(house.deliver()) == (0, 8, 2, 0)


def test_documents_of_the_sample_world_do_not_count_against_the_limit(house: SmallHouse) -> None:
    real = house.settings.wrapped
    house.set(wrapped=type(real)())
    house.publish(G1, {"Steady Sam": 1, "Gap Gina": 1})
    house.deliver()
    house.set(wrapped=real)
    house.publish(G2, {"Ann": 1})
    assert counts(house.deliver()) == (1, 0, 2, 0)


def test_document_of_both_worlds_becomes_the_real_ones(house: SmallHouse) -> None:
    real = house.settings.wrapped
    house.set(wrapped=type(real)())
    house.publish(G1, {"Ann": 1})
    house.deliver()
    house.set(wrapped=real)
    assert counts(house.deliver()) == (0, 1, 0, 0)
    house.publish(G2, {})
    with pytest.raises(TallyhouseError, match="1 of 1"):
        house.deliver()


def test_undo_goes_back_to_the_generation_before(house: SmallHouse) -> None:
    house.publish(G1, {"a": 1, "b": 1})
    house.deliver()
    house.publish(G2, {"a": 2, "b": 1, "c": 1})
    house.deliver()
    summary = house.deliver(undo=True, allow_deletions=True)
    assert (summary.generation, summary.is_undo) == (G1, True)
    assert house.ticks() == {"a": 1, "b": 1}


def test_undo_twice_goes_back_twice(house: SmallHouse) -> None:
    for number, generation in enumerate((G1, G2, G3)):
        house.publish(generation, {"a": number})
        house.deliver()
    assert house.deliver(undo=True).generation == G2
    assert house.deliver(undo=True).generation == G1
    assert house.ticks() == {"a": 0}


def test_undo_without_a_delivery_before_says_so(house: SmallHouse) -> None:
    house.publish(G1, {"a": 1})
    house.deliver()
    with pytest.raises(TallyhouseError, match="no delivery of wrapped before"):
        house.deliver(undo=True)


def test_undo_of_a_generation_that_is_not_kept_says_so(house: SmallHouse) -> None:
    house.publish(G1, {"a": 1})
    house.deliver()
    house.publish(G2, {"a": 2})
    house.deliver()
    (house.settings.generations_folder / G1 / "warehouse.duckdb").unlink()
    with pytest.raises(TallyhouseError, match=f"{G1}.*WAREHOUSE__KEEP=3"):
        house.deliver(undo=True)


def test_period_run_neither_sends_nor_deletes_other_periods(house: SmallHouse) -> None:
    house.publish(G1, {}, {("a", "2024"): ["x"], ("a", "2025"): ["x"], ("b", "2025"): ["x"]})
    house.deliver()
    house.publish(G2, {}, {("a", "2025"): ["y"], ("c", "2024"): ["z"]})
    summary = house.deliver(periods=["2025"], allow_deletions=True)
    assert counts(summary, "wrapped_wrapped_reports") == (1, 0, 1, 0)
    assert list(house.documents("wrapped_reports")) == ["a|2024", "a|2025"]


def test_custom_period_is_meant_by_its_name(house: SmallHouse) -> None:
    house.publish(G1, {}, {("a", "summer"): ["x"], ("a", "2025"): ["x"]})
    house.deliver(periods=["summer:2025-06-01:2025-09-01"])
    assert list(house.documents("wrapped_reports")) == ["a|summer"]


def test_user_run_touches_only_these_users_in_any_spelling(house: SmallHouse) -> None:
    house.publish(G1, {"Old Ann": 1, "Bob": 1}, {("old ann", "2025"): ["x"]})
    house.deliver()
    house.publish(G2, {"old_ann": 5, "Bob": 5, "Cid": 5}, {})
    summary = house.deliver(users=["OLD-ANN"], allow_deletions=True)
    assert counts(summary) == (1, 0, 1, 0)
    assert house.ticks() == {"Bob": 1, "old_ann": 5}
    assert house.documents("wrapped_reports") == {}


def test_all_users_one_by_one_equal_one_full_run(tmp_path: Path) -> None:
    ticks = {"Ann": 1, "Bob": 2, "Cid": 3}
    one_by_one, full = (SmallHouse.in_folder(tmp_path / name) for name in ("one", "full"))
    with time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC), tick=False):
        for house in (one_by_one, full):
            house.publish(G1, ticks)
        full.deliver()
        for name in reversed(ticks):
            one_by_one.deliver(users=[name])
    assert one_by_one.file("total_ticks").read_bytes() == full.file("total_ticks").read_bytes()


def test_export_without_user_waits_for_the_next_full_run(house: SmallHouse) -> None:
    clans = {**REPORTS, "collection": "clans", "stamps": {}}
    del clans["user_column"]
    house.publish_sql(G1, {"clans": clans}, clans="select 'x' as _id, {'id': '2025'} as period")
    summary = house.deliver(users=["Ann"])
    assert summary.exports["wrapped_clans"].is_skipped
    assert counts(house.deliver(), "wrapped_clans") == (1, 0, 0, 0)


def test_unfit_document_is_a_dead_letter_until_it_fits(house: SmallHouse) -> None:
    house.publish(G1, {"a": 1, "b": 9007199254740993})
    summary = house.deliver()
    assert counts(summary) == (1, 0, 0, 1)
    assert summary.failed == 1
    assert summary.exports["wrapped_total_ticks"].failures == [
        "b: value is 9007199254740993, a whole number beyond 2^53"
    ]
    house.deliver()
    assert _dead_letters(house) == [("b", "write", 2)]
    house.publish(G2, {"a": 1, "b": 9007199254740992})
    assert counts(house.deliver()) == (1, 1, 0, 0)
    assert _dead_letters(house) == []


def test_document_that_no_longer_fits_stays_as_it_was_sent(house: SmallHouse) -> None:
    house.publish(G1, {"a": 1})
    house.deliver()
    house.publish(G2, {"a": -9007199254740993})
    assert counts(house.deliver()) == (0, 0, 0, 1)
    assert house.ticks() == {"a": 1}


def test_dead_letter_of_a_gone_row_is_over(house: SmallHouse) -> None:
    house.publish(G1, {"a": 1, "b": 9007199254740993})
    house.deliver()
    house.publish(G2, {"a": 1})
    house.deliver()
    assert _dead_letters(house) == []


def test_document_over_a_megabyte_is_a_dead_letter(house: SmallHouse) -> None:
    house.publish_sql(
        G1,
        {"total_ticks": {**TICKS, "stamps": {}}},
        total_ticks="select 'a' as _id, 'a' as username, repeat('x', 1000001) as value",
    )
    summary = house.deliver()
    assert counts(summary) == (0, 0, 0, 1)
    assert "more than the limit of 1000000" in summary.exports["wrapped_total_ticks"].failures[0]


def test_numbers_that_json_lacks_become_null_and_are_counted(house: SmallHouse) -> None:
    house.publish_sql(
        G1,
        {"total_ticks": {**TICKS, "stamps": {}}},
        total_ticks="""
            select 'a' as _id, 'a' as username, cast('nan' as double) as x,
                ['inf'::double, '-inf'::double, 1.5] as y
        """,
    )
    summary = house.deliver()
    assert house.documents("total_ticks")["a"] == {
        "_id": "a", "username": "a", "x": None, "y": [None, None, 1.5],
    }  # fmt: skip
    assert summary.exports["wrapped_total_ticks"].nulled_numbers == 3


def test_key_of_several_columns_becomes_the_id(house: SmallHouse) -> None:
    house.publish_sql(
        G1,
        {"days": {**TICKS, "collection": "days", "key": ["username", "day"], "stamps": {}}},
        days="select 'Ann' as username, date '2025-03-01' as day",
    )
    house.deliver()
    assert house.documents("days") == {
        "Ann|2025-03-01": {"_id": "Ann|2025-03-01", "username": "Ann", "day": "2025-03-01"}
    }


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("select 'a' as _id, 'a' as username union all select 'a', 'b'", "two rows have key 'a'"),
        ("select null::varchar as _id, 'a' as username", "a row has no key"),
    ],
)
def test_model_without_a_true_key_stops_before_anything_is_sent(
    house: SmallHouse, rows: str, message: str
) -> None:
    house.publish_sql(G1, {"total_ticks": {**TICKS, "stamps": {}}}, total_ticks=rows)
    with pytest.raises(TallyhouseError, match=message):
        house.deliver()
    assert not house.file("total_ticks").exists()


def test_decimal_column_is_refused_with_its_name(house: SmallHouse) -> None:
    house.publish_sql(
        G1,
        {"total_ticks": {**TICKS, "stamps": {}}},
        total_ticks="select 'a' as _id, 'a' as username, {'x': 1.5::decimal(9, 2)} as value",
    )
    with pytest.raises(TallyhouseError, match=r"value\.x has type decimal128\(9, 2\)"):
        house.deliver()


def test_nothing_published_names_the_command(house: SmallHouse) -> None:
    with pytest.raises(TallyhouseError, match="tallyhouse publish"):
        house.deliver()


def test_schema_that_was_not_published_is_named(house: SmallHouse) -> None:
    house.publish_sql(G1, {"total_ticks": TICKS})
    with pytest.raises(TallyhouseError, match="WAREHOUSE__PUBLISH have export_wrapped"):
        house.deliver()


def test_unknown_target_is_named(house: SmallHouse) -> None:
    house.publish_sql(
        G1, {"total_ticks": {**TICKS, "target": "fax"}}, total_ticks="select 'a' as _id"
    )
    with pytest.raises(TallyhouseError, match="'fax'; exposures may name documents, files, mongo"):
        house.deliver()


def test_summary_is_json(house: SmallHouse) -> None:
    house.publish(G1, {"a": 1})
    text = json.dumps(house.deliver().as_dict())
    assert json.loads(text)["exports"]["wrapped_total_ticks"]["written"] == 1


def _dead_letters(house: SmallHouse) -> list[tuple[str, str, int]]:
    with sqlite3.connect(house.settings.ledger_file) as connection:
        return connection.execute(
            "select key, operation, attempts_count from dead_letters"
        ).fetchall()
