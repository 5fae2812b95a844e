import hashlib
import json
import sqlite3
import struct
from collections import Counter
from pathlib import Path

import bson
import pytest

from sample_world.wrapped import write_world
from sample_world.wrapped.broken import BROKEN_BSON, LOAD_REJECTS
from sample_world.wrapped.documents import EVENT_NAMES
from sample_world.wrapped.writing import DATABASE, read_dump

SEED = 7


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, SEED, "tiny")
    return folder / "wrapped"


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.suffix != ".db"
    }


def sqlite_texts(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return [text for (text,) in connection.execute("select data from game_tick order by id")]


def test_the_same_seed_writes_the_same_bytes(world: Path, tmp_path: Path) -> None:
    write_world(tmp_path, SEED, "tiny")
    assert digests(tmp_path / "wrapped") == digests(world)
    for path in world.rglob("rlw.db"):
        copy = tmp_path / "wrapped" / path.relative_to(world)
        assert sqlite_texts(copy) == sqlite_texts(path)


def test_another_seed_writes_another_world(world: Path, tmp_path: Path) -> None:
    write_world(tmp_path, SEED + 1, "tiny")
    assert digests(tmp_path / "wrapped")["truth.json"] != digests(world)["truth.json"]


def test_a_finished_world_is_left_alone(world: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in world.rglob("*") if path.is_file()}
    summary = write_world(world.parent, SEED, "tiny")
    assert not summary.is_new
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_killed_write_is_done_again(tmp_path: Path) -> None:
    write_world(tmp_path, SEED, "tiny")
    whole = digests(tmp_path / "wrapped")
    (tmp_path / "wrapped" / "COMPLETE").unlink()
    ticks = tmp_path / "wrapped" / "dump" / DATABASE / "game_ticks.bson"
    ticks.write_bytes(ticks.read_bytes()[:1_000])
    assert write_world(tmp_path, SEED, "tiny").is_new
    assert digests(tmp_path / "wrapped") == whole


def test_an_unknown_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tiny, small, medium, large"):
        write_world(tmp_path, SEED, "huge")


def test_every_frame_of_the_dump_can_be_walked(world: Path) -> None:
    counts = json.loads((world / "summary.json").read_text())["documents"]
    for path in (world / "dump" / DATABASE).glob("*.bson"):
        content, at, frames = path.read_bytes(), 0, 0
        while at < len(content):
            (length,) = struct.unpack_from("<i", content, at)
            assert content[at + length - 1] == 0
            at += length
            frames += 1
        assert at == len(content)
        assert frames == counts[path.stem]


def test_ids_are_unique(world: Path) -> None:
    for path in (world / "dump" / DATABASE).glob("*.bson*"):
        ids = Counter(str(document["_id"]) for document in read_dump(path))
        assert max(ids.values()) == 1


def test_good_documents_have_the_event_of_their_collection(world: Path) -> None:
    strangers = 0
    for name, event in EVENT_NAMES.items():
        path = next((world / "dump" / DATABASE).glob(f"{name}.bson*"))
        strangers += sum(document["event"] != event for document in read_dump(path))
    assert strangers == LOAD_REJECTS["wrong_event"]


def test_the_broken_frame_cannot_be_decoded() -> None:
    assert struct.unpack("<i", BROKEN_BSON[:4])[0] == len(BROKEN_BSON)
    with pytest.raises(bson.errors.InvalidBSON):
        bson.decode(BROKEN_BSON)


def test_a_grown_file_holds_the_rows_of_its_copy(world: Path) -> None:
    first = sqlite_texts(world / "sqlite" / "sue" / "rlw.db")[:-1]  # the last is no JSON
    grown = sqlite_texts(world / "sqlite" / "sue-grown" / "rlw.db")
    assert grown[: len(first)] == first
    assert len(grown) > len(first)
