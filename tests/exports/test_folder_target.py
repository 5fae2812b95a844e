import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from tests.exports.small_house import TICKS, SmallHouse, counts

G1, G2 = "20261120T030000Z", "20261121T030000Z"
TICKS_OF_SIX = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}


@pytest.fixture
def house(tmp_path: Path) -> SmallHouse:
    house = SmallHouse.in_folder(tmp_path)
    house.publish(G1, TICKS_OF_SIX)
    with time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC), tick=False):
        house.deliver()
    return house


def test_line_is_canonical_json(tmp_path: Path) -> None:
    house = SmallHouse.in_folder(tmp_path)
    house.publish_sql(
        G1,
        {"total_ticks": {**TICKS, "stamps": {}}},
        total_ticks="""
            select 'é' as _id, 'é' as username, timestamp '2025-01-02 03:04:05.678901' as at_ms,
                timestamp '2025-01-02 03:04:05' as at, date '2025-01-02' as day,
                {'b': 1.0::double, 'a': [true, null]} as nested, map {'y': 1, 'x': 2} as counts
        """,
    )
    house.deliver()
    assert house.file("total_ticks").read_text(encoding="utf-8") == (
        '{"_id":"é","at":{"$date":"2025-01-02T03:04:05Z"},'
        '"at_ms":{"$date":"2025-01-02T03:04:05.678Z"},"counts":{"x":2,"y":1},"day":"2025-01-02",'
        '"nested":{"a":[true,null],"b":1.0},"username":"é"}\n'
    )


def test_export_without_rows_is_an_empty_file(house: SmallHouse) -> None:
    assert house.file("wrapped_reports").read_bytes() == b""


def test_deleted_file_comes_back_as_it_was(house: SmallHouse) -> None:
    before = house.file("total_ticks").read_bytes()
    house.file("total_ticks").unlink()
    assert counts(house.deliver()) == (6, 0, 0, 0)
    assert house.file("total_ticks").read_bytes() == before


def test_deleted_file_comes_back_whole_although_one_user_was_named(house: SmallHouse) -> None:
    before = house.file("total_ticks").read_bytes()
    house.file("total_ticks").unlink()
    house.deliver(users=["a"])
    assert house.file("total_ticks").read_bytes() == before


def test_edited_value_is_put_right(house: SmallHouse) -> None:
    path = house.file("total_ticks")
    before = path.read_text()
    path.write_text(before.replace('"value":3', '"value":33'))
    assert counts(house.deliver()) == (1, 5, 0, 0)
    assert path.read_text() == before


def test_edited_stamp_is_put_right(house: SmallHouse) -> None:
    path = house.file("total_ticks")
    before = path.read_text()
    path.write_text(before.replace('"timestamp":1795132800.0', '"timestamp":0.0', 1))
    assert counts(house.deliver()) == (1, 5, 0, 0)
    assert path.read_text() == before


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda lines: [lines[0], "{}\n", *lines[1:]], id="document_without_id"),
        pytest.param(lambda lines: [*lines, lines[2]], id="line_twice"),
        pytest.param(lambda lines: [lines[0], "not json\n", *lines[1:]], id="no_json"),
        pytest.param(lambda lines: [*lines, '{"_id":"zz","value":NaN}\n'], id="foreign_with_nan"),
        pytest.param(lambda lines: ['{"_id":"aa"}\n', *lines], id="foreign_document_in_front"),
        pytest.param(lambda lines: [line.replace(",", ", ") for line in lines], id="spaces"),
        pytest.param(lambda lines: list(reversed(lines)), id="other_order"),
        pytest.param(lambda lines: [*lines[:5], lines[5].rstrip()], id="no_last_newline"),
        pytest.param(lambda lines: [*lines[:3], lines[3][:20]], id="cut_short"),
        pytest.param(lambda lines: [], id="emptied"),
    ],
)
def test_damaged_file_is_put_right(house: SmallHouse, damage) -> None:  # noqa: ANN001 (one of several functions)
    path = house.file("total_ticks")
    before = path.read_text()
    path.write_text("".join(damage(before.splitlines(keepends=True))))
    house.deliver()
    assert path.read_text() == before
    assert counts(house.deliver()) == (0, 6, 0, 0)


def test_dry_run_over_a_damaged_file_leaves_it(house: SmallHouse) -> None:
    path = house.file("total_ticks")
    path.write_text("")
    assert counts(house.deliver(dry_run=True)) == (6, 0, 0, 0)
    assert path.read_text() == ""
    house.deliver()
    assert house.ticks() == TICKS_OF_SIX


def test_row_that_is_gone_and_lost_is_no_deletion_that_counts(house: SmallHouse) -> None:
    house.file("total_ticks").unlink()
    house.publish(G2, {"a": 1})
    house.deliver()
    assert house.ticks() == {"a": 1}


def test_lost_ledger_makes_the_same_documents(house: SmallHouse) -> None:
    for path in house.settings.folder.glob("ledger.sqlite*"):
        path.unlink()
    assert counts(house.deliver()) == (6, 0, 0, 0)
    assert house.ticks() == TICKS_OF_SIX


def test_file_of_a_house_without_address_is_not_mistaken_for_another_target(
    house: SmallHouse,
) -> None:
    target = house.settings.exports_folder / "files" / TICKS["database"] / "total_ticks.jsonl"
    house.publish_sql(
        G2,
        {"total_ticks": {**TICKS, "target": "files"}},
        total_ticks="select 'a' as _id, 'a' as username, null::double as timestamp, 1 as value",
    )
    assert counts(house.deliver()) == (1, 0, 0, 0)
    assert json.loads(target.read_text())["_id"] == "a"
    assert house.ticks() == TICKS_OF_SIX


def test_left_over_draft_is_written_over(house: SmallHouse) -> None:
    draft = house.file("total_ticks").with_name(".total_ticks.jsonl.draft")
    draft.write_text("half a li")
    house.publish(G2, {**TICKS_OF_SIX, "b": 0})
    house.deliver()
    assert not draft.exists()
    assert house.ticks() == {**TICKS_OF_SIX, "b": 0}
