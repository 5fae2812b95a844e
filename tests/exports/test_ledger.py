import sqlite3
from pathlib import Path

import pytest

from exports.ledger import CollectionLedger, DeadLetter, Ledger, LedgerRow, open_ledger
from warehouse.errors import TallyhouseError


def _row(key: str, content_hash: str = "h", *, is_present: bool = True) -> LedgerRow:
    return LedgerRow(
        key=key,
        content_hash=content_hash,
        row_digest="d",
        generation="20261120T030000Z",
        origin="source",
        stamps={"timestamp": 1.5},
        user="Ann",
        period=None,
        is_present=is_present,
    )


def _ticks(ledger: Ledger, address: str = "folder/mongo") -> CollectionLedger:
    return ledger.collection(address, "analytics", "total_ticks")


def test_what_is_committed_is_there_next_time(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        _ticks(ledger).write([_row("a")], "run-1")
        ledger.commit()
        _ticks(ledger).write([_row("b")], "run-1")
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        assert list(_ticks(ledger).rows()) == [_row("a")]


def test_rows_come_by_the_bytes_of_their_keys(tmp_path: Path) -> None:
    keys = ["Z", "a", "é", "\uffff", "\U0001f600"]
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        _ticks(ledger).write(map(_row, reversed(keys)), "run-1")
        assert [row.key for row in _ticks(ledger).rows()] == keys
        assert [row.key for row in _ticks(ledger).rows(after="Z", up_to="é")] == ["a", "é"]


def test_rows_of_many_pages_may_be_removed_on_the_way(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        ticks = _ticks(ledger)
        ticks.write((_row(f"{number:05}") for number in range(12_000)), "run-1")
        seen = 0
        for row in ticks.rows():
            ticks.remove([row.key])
            seen += 1
        assert (seen, ticks.count()) == (12_000, 0)


def test_addresses_do_not_know_each_other(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        _ticks(ledger).write([_row("a")], "run-1")
        assert _ticks(ledger, "mongodb://host:27017").get("a") is None
        assert _ticks(ledger).get("a") == _row("a")


def test_lost_documents_are_not_counted(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        ticks = _ticks(ledger)
        ticks.write([_row("a"), _row("b"), _row("c")], "run-1")
        ticks.doubt_all()
        ticks.confirm(["a", "c"])
        ticks.doubt(["c"])
        assert [row.key for row in ticks.rows() if row.is_present] == ["a"]
        assert (ticks.count(), ticks.count(origin="sample_world")) == (1, 0)


def test_dead_letter_counts_its_attempts_and_ends_with_a_write(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        ticks = _ticks(ledger)
        for reason in ("too large", "refused"):
            ticks.bury([DeadLetter("a", "write", reason, "Ann", None)], "g", "run")
        assert ticks.dead_letters() == [DeadLetter("a", "write", "refused", "Ann", None, 2)]
        ticks.write([_row("a")], "run")
        assert ticks.dead_letters() == []


@pytest.mark.parametrize(
    ("deliveries", "expected"),
    [
        ([], None),
        ([("g1", True)], None),
        ([("g1", True), ("g1", True)], None),
        ([("g1", True), ("g2", True)], "g1"),
        ([("g1", True), ("g2", False)], "g1"),
        ([("g1", False), ("g2", True)], None),
        ([("g1", True), ("g2", True), ("g3", True), ("g2", True)], "g1"),
    ],
)
def test_former_generation_is_the_one_finished_before_the_last(
    tmp_path: Path, deliveries: list[tuple[str, bool]], expected: str | None
) -> None:
    with open_ledger(tmp_path / "ledger.sqlite") as ledger:
        for generation, is_finished in deliveries:
            number = ledger.begin_delivery("wrapped", generation, "export", "run")
            if is_finished:
                ledger.finish_delivery(number)
        assert ledger.former_generation("wrapped") == expected
        assert ledger.former_generation("social") is None


def test_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"nothing of the kind" * 100)
    with (
        pytest.raises(TallyhouseError, match=r"ledger\.sqlite: file is not a database"),
        open_ledger(tmp_path / "ledger.sqlite"),
    ):
        pass


def test_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        connection.execute("pragma user_version = 7")
    with (
        pytest.raises(TallyhouseError, match="another version of Tallyhouse"),
        open_ledger(tmp_path / "ledger.sqlite"),
    ):
        pass


def test_removed_names_leave_no_trace_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with open_ledger(path) as ledger:
        _ticks(ledger).write([_row("Unmistakable Name")], "run")
        ledger.commit()
    assert b"Unmistakable Name" in path.read_bytes()
    with open_ledger(path) as ledger:
        _ticks(ledger).remove(["Unmistakable Name"])
        ledger.commit()
    found = [file for file in tmp_path.iterdir() if b"Unmistakable Name" in file.read_bytes()]
    assert found == []
