import hashlib
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_pipelines.connectors import capture_files
from dlt_pipelines.connectors.capture_files import SCHEMAS, highest_seq, next_seq, read_spool, seal
from dlt_pipelines.connectors.spool_files import (
    SEGMENT_ROWS,
    Row,
    SegmentName,
    Spool,
    read_rows,
    spools,
)

AT = datetime(2026, 2, 9, 23, 59, 59, 999_999, tzinfo=UTC)
ONE = {"raw_text": '{"a":"ü\\n"}', "received_at": AT, "part_no": 1, "is_strict_json": True}


class HandClock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(folder: Path, capture_id: str = "lab-a", **options: object) -> Spool:
    options = {"next_seq": next_seq(folder, "spin30", capture_id), **options}
    return Spool(folder, "spin30", capture_id, **options)  # type: ignore[arg-type]


def sealed(folder: Path, dataset: str = "messages") -> list[Row]:
    files = sorted((folder / "sealed" / dataset).glob("*/*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def test_a_sealed_file_has_the_rows_the_columns_and_the_types(tmp_path: Path) -> None:
    spool = opened(tmp_path, next_seq=7)
    spool.append("messages", ONE)
    spool.append("quarantine", {"raw_bytes": b"\x00\xff", "received_at": AT})
    file = spool.close()
    assert file is not None
    files = seal(file, tmp_path)
    assert [str(made.relative_to(tmp_path)) for made in files] == [
        "sealed/messages/2026-02-09/spin30-lab-a-0000000000000007.parquet",
        "sealed/quarantine/2026-02-09/spin30-lab-a-0000000000000007.parquet",
    ]
    for made in files:
        assert pq.read_schema(made).equals(SCHEMAS[made.parts[-3]])
        assert stat.S_IMODE(made.stat().st_mode) == 0o640
        assert stat.S_IMODE(made.parent.stat().st_mode) == 0o750
    (message,) = sealed(tmp_path)
    assert message["raw_text"] == ONE["raw_text"]
    assert message["received_at"] == AT
    assert (message["stream"], message["capture_id"]) == ("spin30", "lab-a")
    assert (message["segment"], message["seq"]) == ("0000000000000007", 7)
    assert message["user_id"] is None
    assert sealed(tmp_path, "quarantine")[0]["raw_bytes"] == b"\x00\xff"
    assert not file.exists()


def test_every_row_can_be_read_as_soon_as_it_is_appended(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.append("messages", ONE)
    (file,) = spools(tmp_path, "spin30", "lab-a")
    rows, offset = read_rows(file)
    assert [(dataset, row["received_at"]) for dataset, row in rows] == [("messages", AT)]
    spool.append("capture_events", {"event_name": "heartbeat", "event_at": AT})
    rows, _ = read_rows(file, offset)
    assert [row["event_name"] for _, row in rows] == ["heartbeat"]
    assert read_spool(file)["messages"].num_rows == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_sealing_twice_gives_the_same_files(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    for _ in range(100):
        spool.append("messages", ONE)
    file = spool.close()
    assert file is not None
    content = file.read_bytes()
    (made,) = seal(file, tmp_path)
    first = hashlib.sha256(made.read_bytes()).hexdigest()
    file.write_bytes(content)
    made.unlink()  # as if the machine had stopped before it was renamed
    assert seal(file, tmp_path) == [made]
    assert hashlib.sha256(made.read_bytes()).hexdigest() == first
    file.write_bytes(content)  # as if it had stopped before the spool was deleted
    changed = made.stat().st_mtime_ns
    assert seal(file, tmp_path) == [made]
    assert made.stat().st_mtime_ns == changed


@given(cut=st.integers(1, 400))
def test_a_torn_tail_goes_to_quarantine_wherever_it_is_torn(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    spool = opened(folder, next_seq=1)
    for _ in range(3):
        spool.append("messages", ONE)
    file = spool.close()
    assert file is not None
    lines = file.read_bytes().splitlines()
    content = file.read_bytes()[:-cut]
    file.write_bytes(content)
    whole, _, torn = content.rpartition(b"\n")
    seal(file, folder)
    is_row_without_its_end = torn in lines
    assert len(sealed(folder)) == whole.count(b"\n") + bool(whole) + is_row_without_its_end
    kept = [(row["raw_bytes"], row["error_code"]) for row in sealed(folder, "quarantine")]
    assert kept == ([(torn, "bad_json")] if torn and not is_row_without_its_end else [])
    seqs = [row["seq"] for row in sealed(folder) + sealed(folder, "quarantine")]
    assert seqs == list(range(1, len(seqs) + 1))


def test_an_unreadable_line_in_the_middle_takes_its_own_number(tmp_path: Path) -> None:
    spool = opened(tmp_path, next_seq=1)
    for _ in range(3):
        spool.append("messages", ONE)
    file = spool.close()
    assert file is not None
    lines = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([lines[0], b"\x00" * 9, lines[2], b""]))
    seal(file, tmp_path)
    assert [row["seq"] for row in sealed(tmp_path)] == [1, 3]
    assert [row["seq"] for row in sealed(tmp_path, "quarantine")] == [2]


def test_numbers_go_on_from_the_highest_on_disk(tmp_path: Path) -> None:
    spool = opened(tmp_path, next_seq=10)
    spool.append("messages", ONE)
    spool.append("capture_events", {"event_at": AT})
    assert opened(tmp_path).next_seq == 12  # from a spool
    file = spool.close()
    assert file is not None
    seal(file, tmp_path)
    assert opened(tmp_path).next_seq == 12  # from sealed files
    assert highest_seq(tmp_path, "spin30", "lab") is None  # whose name begins alike
    assert highest_seq(tmp_path, "spin3", "lab-a") is None


def test_the_first_number_on_an_empty_disk_repeats_none_of_a_lost_one(tmp_path: Path) -> None:
    before = int((datetime.now(tz=UTC) - timedelta(seconds=1)).timestamp() * 1e6)
    assert opened(tmp_path).next_seq > before


def test_a_segment_is_full_by_rows_or_by_the_age_of_its_first_message(tmp_path: Path) -> None:
    clock = HandClock()
    spool = opened(tmp_path, monotonic=clock)
    assert not spool.is_full
    for _ in range(SEGMENT_ROWS):
        assert not spool.is_full
        spool.append("messages", ONE)
    assert spool.is_full
    spool.close()
    spool.append("capture_events", {"event_at": AT})
    clock.now += 3_599
    assert not spool.is_full
    spool.append("messages", ONE)
    clock.now += 1
    assert spool.is_full  # an hour of events
    spool.close()
    spool.append("messages", ONE)
    clock.now += 899
    assert not spool.is_full
    clock.now += 1
    assert spool.is_full


def test_rows_are_synchronised_by_number_and_by_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(os, "fdatasync", calls.append)
    clock = HandClock()
    spool = opened(tmp_path, monotonic=clock)
    for _ in range(200):
        spool.append("messages", ONE)
        spool.sync()
    assert len(calls) == 1
    spool.append("messages", ONE)
    clock.now += 1
    spool.sync()
    spool.sync()
    assert len(calls) == 2


def test_a_full_disk_leaves_no_half_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(tmp_path, next_seq=1)
    spool.append("messages", ONE)
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:20]))
    with pytest.raises(OSError, match="No space left"):
        spool.append("messages", ONE)
    monkeypatch.setattr(os, "write", write)
    assert spool.append("messages", ONE) == 2
    file = spool.close()
    assert file is not None
    seal(file, tmp_path)
    assert [row["seq"] for row in sealed(tmp_path)] == [1, 2]
    assert sealed(tmp_path, "quarantine") == []


def test_a_disk_that_takes_no_sealed_file_keeps_the_spool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path)
    spool.append("messages", ONE)
    file = spool.close()
    assert file is not None

    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(capture_files.pq, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        seal(file, tmp_path)
    assert file.exists()
    assert list(tmp_path.rglob("*.tmp")) == []


def test_a_name_of_another_kind_is_no_segment() -> None:
    with pytest.raises(ValueError, match="not named like a segment"):
        SegmentName.of(Path("spin30.jsonl"))
