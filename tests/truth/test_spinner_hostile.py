"""Random messages as hostile as they come, in files and captures of any order: every mart row says
what a second implementation says, which was written from the definitions and shares nothing with
the models. HOSTILE_SEEDS and HOSTILE_STUDENTS make it larger.
"""

import os
import random
from pathlib import Path

import duckdb
import pytest

from dlt_pipelines.connectors.capture_files import seal
from dlt_pipelines.connectors.message_files import import_messages
from dlt_pipelines.connectors.recording import frame_rows
from dlt_pipelines.connectors.spool_files import Spool
from dlt_pipelines.landing import land
from tests.truth.planned import dbt_build
from tests.truth.spinner_reference.catalogue import read_catalogue
from tests.truth.spinner_reference.compare import SEEDS, captured, reference_differences
from tests.truth.spinner_reference.hostile import Crowd
from tests.truth.spinner_reference.reading import Heard, imported
from tests.truth.spinner_reference.twins import twin_differences, twins
from warehouse.settings import Settings

HOSTILE_SEEDS = [int(seed) for seed in os.environ.get("HOSTILE_SEEDS", "1").split()]
STUDENTS = int(os.environ.get("HOSTILE_STUDENTS", "40"))
LISTED = 40


def capture(crowd: Crowd, folder: Path) -> list[list[Path]]:
    """Seal what captures heard; the sealed files of each."""
    spools: dict[tuple[str, str], Spool] = {}
    for number, heard in enumerate(crowd.frames()):
        key = heard.capture_id, heard.stream
        if key not in spools:
            spools[key] = Spool(folder, heard.stream, heard.capture_id, next_seq=1)
        for dataset, row in frame_rows(
            heard.payload,
            topic=f"{heard.stream}-log",
            capture_mode="relay" if heard.query is None else "intake",
            connection_id="c" if heard.query is None else "intake",
            frame_no=number,
            received_at=heard.at,
            intake_query=heard.query,
        ):
            spools[key].append(dataset, row)
    closed = [spool.close() for spool in spools.values()]
    return [seal(file, folder) for file in closed if file is not None]


@pytest.mark.parametrize("seed", HOSTILE_SEEDS)
def test_marts_follow_from_hostile_messages_in_any_order(tmp_path: Path, seed: int) -> None:
    catalogue = read_catalogue(SEEDS)
    shelf, taken = tmp_path / "shelf", tmp_path / "taken"
    settings = Settings.from_environment(
        {"WAREHOUSE__FOLDER": str(tmp_path), "SOURCES__SPINNER__DATA_PATH": str(taken)}, None
    )
    written = []
    for number, content in enumerate([*Crowd(seed, STUDENTS, catalogue).files(), *twins()]):
        written.append(tmp_path / f"{number}.jsonl")
        written[-1].write_bytes(content)
    for file in written:
        import_messages(file, shelf)
    capture(Crowd(seed, STUDENTS, catalogue), shelf)
    sealed = sorted((shelf / "sealed").rglob("*.parquet"))
    random.Random(seed).shuffle(sealed)
    half = len(sealed) // 2
    for files in (sealed[:half], sealed[half:]):
        for file in files:
            place = taken / file.relative_to(shelf)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.rename(place)
        land("spinner", settings)
    dbt_build(tmp_path, "spinner", left_out=("unit_test", "test"))
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        heard = captured(connection)
        found = import_differences(written, heard)
        found += reference_differences(connection, heard)
        found += twin_differences(connection)
    listed = "\n".join(found[:LISTED])
    assert not found, f"seed {seed}: {len(found)} differences\n{listed}"


def import_differences(written: list[Path], heard: list[Heard]) -> list[str]:
    """Rows of imports that do not follow from the files' text."""
    expected = {
        (row.capture_id, row.stream, row.seq, row.received_at, row.text)
        for file in written
        for row in imported(file)
    }
    got = {
        (row.capture_id, row.stream, row.seq, row.received_at, row.text)
        for row in heard
        if row.capture_id.startswith("import-")
    }
    return [f"imported: {row}" for row in sorted(expected ^ got, key=str)]
