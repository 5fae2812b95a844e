import base64
import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dlt_pipelines.connectors.spool_files import read_rows, spools
from flows import intake
from warehouse.errors import TallyhouseError
from warehouse.settings import Secret, Settings, SpinnerSettings

MESSAGE = b'{"timestamp":1,"type":"analytics","actor":{"id":"quiet-otter-77"}}'
QUERY = "username=quiet-otter-77&course=ed1&hardware=spinner"


class Intake:
    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self.stop, self.is_ready = threading.Event(), threading.Event()
        spinner = SpinnerSettings(
            data_path=folder, intake_port=0, intake_password=Secret("made-up"), capture_id="lab-a"
        )
        self.settings = Settings(folder=folder, spinner=spinner)
        self.thread = threading.Thread(
            target=intake.serve, args=(self.settings, self.stop, self.ready)
        )

    def ready(self, port: int) -> None:
        self.port = port
        self.is_ready.set()

    def end(self) -> list[dict[str, object]]:
        self.stop.set()
        self.thread.join(10)
        files = sorted((self.folder / "sealed/messages").glob("*/*.parquet"))
        return [row for file in files for row in pq.read_table(file).to_pylist()]

    def post(
        self, body: bytes, *, known: str = "made-up", path: str = f"/addLog?{QUERY}", **more: str
    ) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        coded = base64.b64encode(f"page:{known}".encode()).decode()
        connection.request("POST", path, body, {"Authorization": f"Basic {coded}", **more})
        status = connection.getresponse().status
        connection.close()
        return status


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Intake]:
    made = Intake(tmp_path)
    made.thread.start()
    assert made.is_ready.wait(10)
    yield made
    made.end()


def test_a_posted_message_is_recorded_with_its_query(running: Intake) -> None:
    assert running.post(MESSAGE) == 204
    (spool,) = spools(running.folder, "intake", "lab-a")
    assert [row["raw_text"] for _, row in read_rows(spool)[0]] == [MESSAGE.decode()]  # already
    assert running.post(MESSAGE) == 204
    rows = running.end()
    assert [row["raw_text"] for row in rows] == [MESSAGE.decode()] * 2
    assert {(row["intake_query"], row["capture_mode"], row["stream"]) for row in rows} == {
        (QUERY, "intake", "intake")
    }


def test_what_is_not_allowed_is_not_recorded(running: Intake) -> None:
    assert running.post(MESSAGE, known="guessed") == 401
    assert running.post(MESSAGE, path="/else") == 404
    assert running.post(b"", **{"Content-Length": f"{intake.LARGEST_BODY + 1}"}) == 413
    assert running.end() == []


def test_a_full_disk_is_said(running: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(intake.Spool, "append", full)
        assert running.post(MESSAGE) == 503
    assert running.post(MESSAGE) == 204
    assert len(running.end()) == 1


def test_without_a_port_there_is_no_intake(tmp_path: Path) -> None:
    with pytest.raises(TallyhouseError, match="SOURCES__SPINNER__INTAKE_PORT"):
        intake.serve(Settings(folder=tmp_path), threading.Event(), lambda _: None)
