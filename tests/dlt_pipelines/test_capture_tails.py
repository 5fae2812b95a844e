import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dlt_pipelines.connectors.capture_files import seal
from dlt_pipelines.connectors.capture_tails import CaptureTails
from dlt_pipelines.connectors.spool_files import Row, Spool

AT = datetime(2026, 2, 9, 10, tzinfo=UTC)


def users_of(row: Row) -> list[str]:
    return [row["user_id"]] if row["user_id"] else []


def write(spool: Spool, *users: str) -> None:
    for user in users:
        spool.append("messages", {"user_id": user, "raw_text": "{}", "received_at": AT})


def sealed(folder: Path, *users: str, first: int = 1) -> Path:
    spool = Spool(folder, "spin30", "a", next_seq=first)
    write(spool, *users)
    closed = spool.close()
    assert closed is not None
    (file,) = seal(closed, folder)
    return file


def tails(folder: Path, **loaded: int) -> CaptureTails:
    segments = {("spin30", "a", f"{int(first[1:]):016d}"): n for first, n in loaded.items()}
    return CaptureTails(folder, users_of, segments, datetime.now(tz=UTC))


def seqs(found: CaptureTails, user: str) -> list[int]:
    return [row["seq"] for row in found.rows(user)]


def test_a_spool_is_read_on_from_the_last_look(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "spin30", "a", next_seq=1)
    write(spool, "u", "v")
    found = tails(tmp_path)
    found.look()
    write(spool, "u")
    before = seqs(found, "u")
    found.look()
    found.look()

    assert (before, seqs(found, "u"), seqs(found, "v"), seqs(found, "w")) == ([1], [1, 3], [2], [])


def test_a_torn_line_is_read_when_it_is_whole(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "spin30", "a", next_seq=1)
    write(spool, "u")
    (file,) = (tmp_path / "spool").glob("*.jsonl")
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:10])
    found = tails(tmp_path)
    found.look()
    before = seqs(found, "u")
    file.write_bytes(whole + whole)
    found.look()

    assert (before, seqs(found, "u")) == ([1], [1, 1])


def test_sealed_files_that_a_generation_has_are_left_out(tmp_path: Path) -> None:
    sealed(tmp_path, "u", "u", first=1)
    sealed(tmp_path, "u", first=3)
    found = tails(tmp_path, s1=2)
    found.look()

    assert seqs(found, "u") == [3]


def test_a_segment_that_was_loaded_while_it_was_a_spool_is_read_again(tmp_path: Path) -> None:
    sealed(tmp_path, "u", "u", "u", first=1)
    found = tails(tmp_path, s1=2)
    found.look()

    assert seqs(found, "u") == [1, 2, 3]


def test_a_settled_file_is_known_without_being_opened(tmp_path: Path) -> None:
    file = sealed(tmp_path, "u", "u", "u", first=1)
    old = (datetime.now(tz=UTC) - timedelta(days=2)).timestamp()
    os.utime(file, (old, old))
    file.chmod(0)
    found = tails(tmp_path, s1=2)
    found.look()

    assert seqs(found, "u") == []


def test_rows_sealed_between_two_looks_are_found(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "spin30", "a", next_seq=1)
    write(spool, "u")
    found = tails(tmp_path)
    found.look()
    write(spool, "u")
    closed = spool.close()
    assert closed is not None
    seal(closed, tmp_path)
    found.look()

    assert set(seqs(found, "u")) == {1, 2}


def test_a_folder_that_is_not_there_yet_has_no_rows(tmp_path: Path) -> None:
    found = tails(tmp_path / "none")
    found.look()

    assert seqs(found, "u") == []
