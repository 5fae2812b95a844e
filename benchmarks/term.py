"""A term of the laboratory: from sealed files to every mart, beside the replaced scripts' way.

Those take the pending messages one by one: parse the text, read the student's matrix from its file,
add one, write the file anew; the distances to the tasks are then loops over the matrix. The way is
measured on the first messages of the same files, and compared by message.
"""

import csv
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pyarrow.dataset as ds

from benchmarks.made_messages import laboratory_settings, write_term
from benchmarks.memory import MemoryWatch
from dlt_pipelines.landing import land
from flows import steps
from flows.dbt_build import run_dbt
from warehouse.progress import ignore_progress
from warehouse.settings import Settings
from warehouse.writer_lock import writer_lock

MESSAGES = 2_500_000
SCRIPT_MESSAGES = 50_000
_NODES = {
    "voltage": 0,
    "voltage_ramp": 1,
    "position": 2,
    "position_ramp": 3,
    "speed": 4,
    "speed_ramp": 5,
}
_TASKS = (
    {(2, 2): 5},
    {(2, 2): 13},
    {(2, 2): 19},
    {(4, 4): 29},
    {(2, 2): 19, (2, 4): 1, (4, 4): 29},
)

Matrix = list[list[float]]


def run(messages: int = MESSAGES) -> None:
    """Measure and print.

    Args:
        messages: How many the term has.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = laboratory_settings(folder)
        written = write_term(folder / "capture", messages)
        print(f"\nA term of {written:,} messages")
        with MemoryWatch(os.getpid()) as watch:
            loaded = timed("load", lambda: land("spinner", settings))
            built = timed("build, models alone", lambda: build_models(settings))
        print(f"  peak memory of all processes {watch.peak / 1e6:,.0f} MB")
        ours = (loaded + built) / written
        print(f"  load and build: {ours * 1e6:.1f} s per million messages")
        timed("build, with every test", lambda: _build(settings))
        timed("nothing new: load and build", lambda: (land("spinner", settings), _build(settings)))
        texts = _first_texts(folder / "capture")
        seconds = timed(
            f"the replaced scripts' way, {len(texts):,} messages",
            lambda: count_by_script(texts, folder / "matrices"),
        )
        print(f"  a message costs them {seconds / len(texts) / ours:.1f} times as much")


def count_by_script(texts: list[str], folder: Path) -> dict[str, list[float]]:
    """Do what the replaced scripts do: a file a student, read and written for each command.

    Args:
        texts: Messages in the order of their arrival.
        folder: Gets the matrices.

    Returns:
        Each student's distances to the tasks of one course.
    """
    folder.mkdir()
    last: dict[str, int] = {}
    for text in texts:
        message = json.loads(text)
        if message["type"] != "analytics":
            continue
        node = _NODES[message["payload"]["log"]]
        user = f"{message['user']}-{message['exp']}-{message['course']}"
        file = folder / f"{user}-adjacency.csv"
        matrix = _read_matrix(file)
        if user in last:
            matrix[last[user]][node] += 1
        last[user] = node
        with file.open("w", newline="") as opened:
            csv.writer(opened).writerows(matrix)
    return {
        file.name: [_distance(_read_matrix(file), task) for task in _TASKS]
        for file in folder.iterdir()
    }


def _read_matrix(file: Path) -> Matrix:
    if not file.exists():
        return [[0.0] * len(_NODES) for _ in _NODES]
    with file.open(newline="") as opened:
        return [[float(cell) for cell in row] for row in csv.reader(opened)]


def _distance(matrix: Matrix, task: dict[tuple[int, int], int]) -> float:
    """The task distance with its default parameters (docs/data_dictionary.md)."""
    missing = extra = 0.0
    weights = []
    for i, row in enumerate(matrix):
        for j, cell in enumerate(row):
            expected, factor = task.get((i, j), 0), 2 if i == j else 1
            if cell == expected:
                continue
            if not cell:
                missing += 10 * factor
            elif not expected:
                extra += factor
            else:
                r = (cell - expected) / expected
                weights.append(10 * -r if r < 0 else min(r / 2, 1.0))
    return missing + extra + (sum(weights) / len(weights) if weights else 0.0)


def _first_texts(folder: Path) -> list[str]:
    table = ds.dataset(folder / "sealed" / "messages", format="parquet").head(
        SCRIPT_MESSAGES, columns=["raw_text"]
    )
    texts: list[str] = table["raw_text"].to_pylist()
    return texts


def timed(what: str, work: Callable[[], object]) -> float:
    """Do a piece of work, print how long it took, and return that in seconds."""
    started = perf_counter()
    work()
    seconds = perf_counter() - started
    print(f"  {what}: {seconds:.1f} s")
    return seconds


def _build(settings: Settings) -> None:
    steps.build(settings, ("spinner",), False, ignore_progress)


def build_models(settings: Settings) -> None:
    """Build every model of the laboratory, without tests."""
    arguments = ["build", "--exclude", "resource_type:unit_test", "resource_type:test"]
    arguments += ["path:models/*/wrapped", "path:seeds/wrapped"]
    with writer_lock(settings.lock_file, "benchmark") as lock:
        run_dbt(settings, arguments, {}, lock, ignore_progress)
