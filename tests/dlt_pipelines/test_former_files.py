"""Matrices of the replaced setup, taken in: what counts, what is refused and why."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dlt_pipelines.connectors.former_files import import_former, is_former

USER = "6f0c1c9e-1111-4222-8333-9d5e0a7b1c2d"
NAME = f"{USER}-spinner-engdes1-adjacency.csv"


def taken_in(folder: Path, name: str, text: str) -> list[dict[str, object]]:
    file = folder / name
    file.write_text(text)
    import_former(file, folder / "capture")
    return [
        row
        for sealed in sorted((folder / "capture" / "sealed").rglob("*.parquet"))
        for row in pq.read_table(sealed).to_pylist()
    ]


def test_names_of_the_former_setup_are_known() -> None:
    assert is_former(Path(NAME))
    assert is_former(Path(f"{USER}-spinner--feedback.csv"))
    assert not is_former(Path("adjacency.csv"))
    assert not is_former(Path("messages.jsonl"))


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("0,2\n1.0,0\n", [("1", "1", 0), ("1", "2", 2), ("2", "1", 1), ("2", "2", 0)]),
        (",p,s\np,3,0\ns,0,4\n", [("p", "p", 3), ("p", "s", 0), ("s", "p", 0), ("s", "s", 4)]),
    ],
)
def test_a_matrix_is_read_with_names_or_without(
    tmp_path: Path, text: str, cells: list[tuple[str, str, int]]
) -> None:
    rows = taken_in(tmp_path, NAME, text)
    assert [(row["from_node"], row["to_node"], row["weight"]) for row in rows] == cells
    assert {(row["user_id"], row["exp"], row["course"]) for row in rows} == {
        (USER, "spinner", "engdes1")
    }
    assert [row["seq"] for row in rows] == list(range(1, len(cells) + 1))


def test_reflections_are_read_by_their_names(tmp_path: Path) -> None:
    rows = taken_in(tmp_path, f"{USER}-spinner--feedback.csv", ",UI,LA\nBored,1,0\nCurious,0,2\n")
    assert [(row["state"], row["subject"], row["event_count"]) for row in rows] == [
        ("Bored", "UI", 1),
        ("Bored", "LA", 0),
        ("Curious", "UI", 0),
        ("Curious", "LA", 2),
    ]
    assert {row["course"] for row in rows} == {""}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("1,2\n3\n", "as many cells"),
        ("1,2\n", "not square"),
        (",p,s\np,1,0\nv,0,1\n", "not the same"),
        (",p,p\np,1,0\np,0,1\n", "stands twice"),
        ("0,-1\n0,0\n", "'-1' is no count"),
        ("0,0.5\n0,0\n", "'0.5' is no count"),
        (",p\np,many\n", "'many' is no count"),
    ],
)
def test_what_is_no_matrix_is_kept_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    (row,) = taken_in(tmp_path, NAME, text)
    assert (row["error_code"], row["raw_bytes"]) == ("bad_matrix", text.encode())
    assert NAME in str(row["error_text"])
    assert reason in str(row["error_text"])


@pytest.mark.parametrize("user", ["..", "a b", "ü", "*", "a" * 65])
def test_a_user_that_is_none_is_kept_with_the_reason(tmp_path: Path, user: str) -> None:
    (row,) = taken_in(tmp_path, f"{user}-spinner-engdes1-adjacency.csv", "1\n")
    assert (row["error_code"], row["raw_bytes"]) == ("bad_matrix", b"1\n")
    assert "its name begins with no user" in str(row["error_text"])


def test_a_file_taken_in_twice_is_one_file(tmp_path: Path) -> None:
    assert taken_in(tmp_path, NAME, "1\n") == taken_in(tmp_path, NAME, "1\n")
    assert len(taken_in(tmp_path, NAME, "2\n")) == 2  # another matrix of the student is kept too
