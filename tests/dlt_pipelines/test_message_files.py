import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dlt_pipelines.connectors import message_files
from dlt_pipelines.connectors.message_files import import_messages
from dlt_pipelines.connectors.spool_files import Row

MESSAGES: list[Row] = [
    {"user": "u-1", "t": 1675951234567, "hardware": "spin30", "type": "log"},
    {"user": "u-1", "t": 1675951234000, "type": "request"},
    {"user": "u-2", "t": "late", "hardware": "x", "type": "log"},
    {"actor": {"id": "q-1"}, "timestamp": 1736500000000, "context": {"exp_id": "pend02"}},
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "messages.jsonl"
    lines = [*map(json.dumps, MESSAGES), "no message", ""]
    made.write_text("\n".join(lines))
    return made


def sealed(folder: Path, dataset: str = "messages") -> list[Row]:
    files = (folder / "sealed" / dataset).glob("*/*.parquet")
    rows = [row for found in files for row in pq.read_table(found).to_pylist()]
    return sorted(rows, key=lambda row: row["seq"])


def digests(folder: Path) -> dict[str, str]:
    return {
        str(found.relative_to(folder)): hashlib.sha256(found.read_bytes()).hexdigest()
        for found in folder.rglob("*.parquet")
    }


def test_a_file_is_taken_in_as_if_captured(file: Path, tmp_path: Path) -> None:
    assert import_messages(file, tmp_path) == {"messages": 4, "quarantine": 1}
    rows = sealed(tmp_path)
    assert [(row["stream"], row["topic"], row["seq"]) for row in rows] == [
        ("spin30", "spin30-log", 1),
        ("spin30", "spin30-log", 2),
        ("import", "import-log", 3),
        ("pend02", "pend02-log", 4),
    ]
    assert [json.loads(row["raw_text"]) for row in rows] == MESSAGES
    assert rows[0]["received_at"] == datetime(2023, 2, 9, 14, 0, 34, 567_000, tzinfo=UTC)
    assert rows[2]["received_at"] == rows[1]["received_at"]
    assert {row["capture_mode"] for row in rows} == {"import"}
    assert [row["raw_bytes"] for row in sealed(tmp_path, "quarantine")] == [b"no message"]
    assert list((tmp_path / "spool").iterdir()) == []


def test_taken_in_twice_it_is_there_once(file: Path, tmp_path: Path) -> None:
    import_messages(file, tmp_path)
    before = digests(tmp_path)
    import_messages(file.rename(tmp_path / "renamed.jsonl"), tmp_path)
    assert digests(tmp_path) == before


def test_an_import_that_was_cut_off_is_made_whole(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_files, "SEGMENT_ROWS", 1)
    whole = tmp_path / "whole"
    import_messages(file, whole)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(message_files, "seal", cut)
        with pytest.raises(KeyboardInterrupt):
            import_messages(file, tmp_path / "cut")
    import_messages(file, tmp_path / "cut")
    assert digests(tmp_path / "cut") == digests(whole)


def test_the_stream_can_be_given(file: Path, tmp_path: Path) -> None:
    import_messages(file, tmp_path, "spin41")
    assert {row["stream"] for row in sealed(tmp_path)} == {"spin41"}
