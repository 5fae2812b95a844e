"""Deliveries that are killed, cut off or out of room: after the next one everything is right."""

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from secantus import SecantusDBServer

from exports.targets import mongo
from tests.exports.small_house import DATABASE, SmallHouse, counts
from tests.servers.cutting_proxy import CuttingProxy
from warehouse.errors import TallyhouseError

CHILD = Path(__file__).with_name("interrupted_export.py")
ROOT = Path(__file__).parents[2]
G1, G2 = "20261120T030000Z", "20261121T030000Z"
FIRST = {f"player {number:03}": number for number in range(60)}
# Ten are gone, ten are changed, ten are new.
SECOND = {
    **{name: number + (number < 20) for name, number in FIRST.items() if number >= 10},
    **{f"player {number:03}": number for number in range(100, 110)},
}
REPORTS = {("ann", str(year)): ["x"] for year in range(2020, 2026)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecantusDBServer]:
    with SecantusDBServer(storage_path=str(tmp_path_factory.mktemp("server"))) as server:
        yield server


@pytest.fixture
def client(server: SecantusDBServer) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient(server.uri) as client:
        client.drop_database(DATABASE)
        yield client


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> SmallHouse:
    house = SmallHouse.in_folder(tmp_path_factory.mktemp("undisturbed"))
    _publish(house, first_is_delivered=True)
    house.deliver(allow_deletions=True)
    return house


@pytest.mark.parametrize(
    ("first_is_delivered", "point", "call", "moment"),
    [
        (False, "write_file", 3, "after"),
        (False, "replace", 1, "after"),
        (False, "commit", 3, "before"),
        (True, "verify_file", 1, "after"),
        (True, "begin", 1, "after"),
        (True, "write_file", 1, "before"),
        (True, "record", 2, "after"),
        (True, "remove", 1, "after"),
        (True, "replace", 1, "before"),
        (True, "replace", 1, "after"),
        (True, "finish_file", 1, "after"),
        (True, "commit", 2, "after"),
        (True, "replace", 2, "after"),
        (True, "commit", 3, "before"),
    ],
)
def test_killed_delivery_to_a_folder_is_mended_by_the_next(
    tmp_path: Path,
    undisturbed: SmallHouse,
    first_is_delivered: bool,
    point: str,
    call: int,
    moment: str,
) -> None:
    house = SmallHouse.in_folder(tmp_path)
    _publish(house, first_is_delivered=first_is_delivered)
    before = _without_stamps(_file_text(house))
    after = _without_stamps(_file_text(undisturbed))
    killed = _run_child(house, "", point, call, moment)
    assert killed.returncode == -signal.SIGKILL
    assert _without_stamps(_file_text(house)) in {before, after}
    house.deliver(allow_deletions=True)
    assert _without_stamps(_file_text(house)) == after
    assert _ledger(house) == _ledger(undisturbed)
    assert house.deliver().as_dict()["written"] == 0
    assert not list(house.file("total_ticks").parent.glob(".*"))


@pytest.mark.parametrize(
    ("point", "call", "moment"),
    [
        ("verify_server", 1, "after"),
        ("begin", 1, "after"),
        ("send", 1, "before"),
        ("send", 1, "after"),
        ("record", 1, "after"),
        ("commit", 2, "before"),
        ("commit", 2, "after"),
        ("send", 2, "after"),
        ("send", 3, "before"),
        ("remove", 3, "after"),
        ("finish_server", 1, "before"),
        ("finish_server", 2, "after"),
    ],
)
def test_killed_delivery_to_a_server_is_mended_by_the_next(
    tmp_path: Path,
    undisturbed: SmallHouse,
    server: SecantusDBServer,
    client: MongoClient[dict[str, Any]],
    point: str,
    call: int,
    moment: str,
) -> None:
    house = SmallHouse.in_folder(tmp_path, server.uri)
    _publish(house, first_is_delivered=True)
    killed = _run_child(house, server.uri, point, call, moment)
    assert killed.returncode == -signal.SIGKILL
    house.deliver(allow_deletions=True)
    assert _server_ticks(client) == SECOND
    assert client[DATABASE]["wrapped_reports"].count_documents({}) == len(REPORTS)
    assert _ledger(house) == _ledger(undisturbed)
    assert house.deliver().as_dict()["written"] == 0


def test_deliveries_killed_at_random_moments_end_in_the_same_documents(
    tmp_path: Path, server: SecantusDBServer, client: MongoClient[dict[str, Any]]
) -> None:
    house = SmallHouse.in_folder(tmp_path, server.uri)
    ticks = {f"player {number:04}": number for number in range(2_000)}
    house.publish(G1, ticks, REPORTS)
    collection = client[DATABASE]["total_ticks"]
    for wanted in (1, 400, 900, 1_500):
        with _child(house, server.uri, "", 0, "") as child:
            while child.poll() is None and collection.count_documents({}) < wanted:
                pass
            child.kill()
        assert child.returncode == -signal.SIGKILL
    house.deliver()
    assert _server_ticks(client) == ticks
    assert house.deliver().as_dict()["written"] == 0


def test_connection_that_breaks_now_and_then_is_no_fault(
    tmp_path: Path,
    server: SecantusDBServer,
    client: MongoClient[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mongo, "_PAUSES_SECONDS", (0.01, 0.1, 0.5))
    with CuttingProxy(server.port) as proxy:
        house = SmallHouse.in_folder(tmp_path, _address(proxy))
        house.publish(G1, {f"player {number:04}": number for number in range(3_000)})
        proxy.cut_after_bytes = 150_000
        assert counts(house.deliver()) == (3_000, 0, 0, 0)
    assert proxy.cuts_count >= 1
    assert len(_server_ticks(client)) == 3_000


def test_server_that_stays_away_is_told_and_the_next_run_sends_the_rest(
    tmp_path: Path,
    server: SecantusDBServer,
    client: MongoClient[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mongo, "_PAUSES_SECONDS", (0.01,))
    ticks = {f"player {number:04}": number for number in range(3_000)}
    with CuttingProxy(server.port) as proxy:
        house = SmallHouse.in_folder(tmp_path, f"{_address(proxy)}&serverSelectionTimeoutMS=500")
        house.publish(G1, ticks)
        proxy.cut_after_bytes = 150_000
        proxy.stays_away = True
        with pytest.raises(TallyhouseError, match="no connection to the server"):
            house.deliver()
        sent = len(_ledger(house))
        assert 0 < sent < 3_000
        proxy.stays_away = False
        proxy.cut_after_bytes = None
        assert counts(house.deliver()) == (3_000 - sent, sent, 0, 0)
    assert _server_ticks(client) == ticks


def test_no_server_is_told_with_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = SmallHouse.in_folder(tmp_path, "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300")
    house.publish(G1, {"a": 1})
    with pytest.raises(TallyhouseError, match=r"EXPORTS__MONGO__CONNECTION_URL .*no connection"):
        house.deliver()
    monkeypatch.undo()
    house.set(mongo_export_url=None)
    assert counts(house.deliver()) == (1, 0, 0, 0)


def test_file_that_cannot_grow_leaves_the_old_one(tmp_path: Path) -> None:
    house = SmallHouse.in_folder(tmp_path)
    house.publish(G1, {"player 00000": 1})
    house.deliver()
    before = _file_text(house)
    many = {f"player {number:05}": number for number in range(20_000)}
    house.publish(G2, many)
    full = _run_child(house, "", "", 0, "", file_bytes=600_000)
    assert full.returncode == 1
    assert "TallyhouseError: " in full.stderr
    assert "WAREHOUSE__FOLDER" in full.stderr
    assert _file_text(house) == before
    assert not list(house.file("total_ticks").parent.glob(".*"))
    assert counts(house.deliver()) == (20_000, 0, 0, 0)
    assert house.ticks() == many


def test_full_disk_leaves_the_old_file_and_the_old_ledger(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with _small_disk(disk, size="6m"):
        house = SmallHouse.in_folder(disk)
        house.publish(G1, {"player 00000": 1})
        house.deliver()
        before = _file_text(house)
        many = {f"player {number:05}": number for number in range(20_000)}
        house.publish(G2, many)
        filler = disk / "filler"
        with suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(b"x" * 65_536)
        filler.write_bytes(b"x" * max(0, filler.stat().st_size - 1_000_000))
        full = _run_child(house, "", "", 0, "")
        assert full.returncode == 1
        assert "TallyhouseError: " in full.stderr
        assert "WAREHOUSE__FOLDER" in full.stderr
        assert _file_text(house) == before
        filler.unlink()
        shutil.rmtree(house.settings.generations_folder / G1)
        with _moved_away(house, tmp_path / "roomy") as roomy:
            assert counts(roomy.deliver()) == (20_000, 0, 0, 0)
            assert roomy.ticks() == many


def test_two_deliveries_at_once_wait_for_each_other(tmp_path: Path) -> None:
    house = SmallHouse.in_folder(tmp_path)
    ticks = {f"player {number:04}": number for number in range(3_000)}
    house.publish(G1, ticks, REPORTS)
    children = [_child(house, "", "", 0, "") for _ in range(3)]
    with children[0] as first, children[1] as second, children[2] as third:
        assert [child.wait() for child in (first, second, third)] == [0, 0, 0]
    assert house.ticks() == ticks
    with sqlite3.connect(house.settings.ledger_file) as ledger:
        found = ledger.execute("select count(*) from deliveries where finished_at is not null")
        assert found.fetchone() == (3,)


def _publish(house: SmallHouse, *, first_is_delivered: bool) -> None:
    house.publish(G1, FIRST)
    if first_is_delivered:
        house.deliver()
    house.publish(G2, SECOND, REPORTS)


def _file_text(house: SmallHouse) -> str:
    path = house.file("total_ticks")
    return path.read_text() if path.exists() else ""


def _without_stamps(text: str) -> str:
    """Canonical lines without the time of sending, which is the one thing that may differ."""
    lines = text.splitlines()
    assert all('"timestamp":1' in line for line in lines)
    parts = (line.partition('"timestamp":') for line in lines)
    return "\n".join(head + rest.partition(",")[2] for head, _, rest in parts)


def _ledger(house: SmallHouse) -> list[tuple[Any, ...]]:
    """What the ledger says of every document, without addresses and times."""
    with sqlite3.connect(house.settings.ledger_file) as connection:
        return connection.execute(
            "select collection, key, content_hash, row_digest, origin, user, period, is_present"
            " from documents join collections using (collection_id) order by collection, key"
        ).fetchall()


def _address(proxy: CuttingProxy) -> str:
    return f"mongodb://127.0.0.1:{proxy.port}/?directConnection=true&retryWrites=false"


def _server_ticks(client: MongoClient[dict[str, Any]]) -> dict[str, int]:
    return {doc["_id"]: doc["value"] for doc in client[DATABASE]["total_ticks"].find()}


def _child(
    house: SmallHouse,
    address: str,
    point: str,
    call: int,
    moment: str,
    *,
    file_bytes: int | None = None,
) -> subprocess.Popen[str]:
    def limit() -> None:
        if file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    arguments = [str(house.settings.folder), address, point, str(call), moment]
    return subprocess.Popen(
        [sys.executable, str(CHILD), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,  # noqa: PLW1509 - nothing else runs in this process meanwhile
    )


def _run_child(
    house: SmallHouse,
    address: str,
    point: str,
    call: int,
    moment: str,
    *,
    file_bytes: int | None = None,
) -> subprocess.CompletedProcess[str]:
    with _child(house, address, point, call, moment, file_bytes=file_bytes) as child:
        _, errors = child.communicate(timeout=120)
    return subprocess.CompletedProcess(child.args, child.returncode, "", errors)


@contextmanager
def _small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    made = subprocess.run(mount, check=False, capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip("a small disk needs the right to mount a tmpfs; run the faults as root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)  # noqa: S607 (of the machine)


@contextmanager
def _moved_away(house: SmallHouse, folder: Path) -> Iterator[SmallHouse]:
    """The same house on a disk that has room."""
    shutil.copytree(house.settings.folder, folder, symlinks=True)
    moved = SmallHouse.in_folder(folder)
    link = folder / "current"
    link.unlink()
    link.symlink_to(moved.settings.generations_folder / G2)
    yield moved
