"""Ticks from BSON bytes to landed DuckDB rows, beside other ways of doing it.

Every figure is measured in one run, one after the other on the same machine, and what matters is
the ratio: other work on the machine slows them alike.
"""

import gc
import multiprocessing
import os
import platform
import resource
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import bson
import dlt
import duckdb
import psutil

from benchmarks.made_ticks import write_ticks
from benchmarks.memory import MemoryWatch
from dlt_pipelines.connectors.bson_files import Window, read_windows
from dlt_pipelines.landing import land
from warehouse.settings import Settings

DOCUMENTS = 4_000_000
STOCK_DOCUMENTS = 2_000
"""Stock dlt takes minutes for what the others take seconds for."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured way."""

    name: str
    documents: int
    seconds: float
    processor_seconds: float  # of all cores; other work on the machine changes it little

    @property
    def rate(self) -> float:
        """Documents a second."""
        return self.documents / self.seconds


def run(documents: int = DOCUMENTS) -> None:
    """Measure and print."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"  # for stock dlt; ours says so itself
    print(describe_machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write_ticks(folder / "dump", documents)
        size = path.stat().st_size
        print(f"{documents:,} ticks, {size / 1e6:,.0f} MB of BSON, {size / documents:.0f} B each\n")
        windows = [window for window in read_windows(path) if isinstance(window, Window)]
        before = decode_alone(windows)
        ours, peak, landed_bytes = land_alone(folder, documents)
        after = decode_alone(windows)
        alone = Figure(
            before.name,
            2 * documents,
            before.seconds + after.seconds,
            before.processor_seconds + after.processor_seconds,
        )
        arrow = insert_from_arrow(folder)
        stock = stock_dlt(folder, windows)
    figures = [alone, ours, arrow, stock]
    print(
        f"{'':44} {'documents':>11} {'seconds':>8} {'per second':>11} {'CPU us each':>12} "
        f"{'Tallyhouse is':>14}"
    )
    for figure in figures:
        ratio = "" if figure is ours else f"{ours.rate / figure.rate:13.2f}x"
        print(
            f"{figure.name:44} {figure.documents:11,} {figure.seconds:8.1f} {figure.rate:11,.0f} "
            f"{figure.processor_seconds / figure.documents * 1e6:12.1f} {ratio:>14}"
        )
    print(f"\npeak memory of the load, all processes: {peak / 1e6:,.0f} MB")
    print(f"landed: {landed_bytes / documents:.1f} B a tick on disk, key included")


def describe_machine() -> str:
    """Cores, memory, versions."""
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}, "
        f"duckdb {duckdb.__version__}, dlt {dlt.__version__}; load before the run {load:.1f}"
    )


def decode_alone(windows: list[Window]) -> Figure:
    """The C extension of `bson` on all cores, the objects thrown away."""
    cores = os.cpu_count() or 1
    with multiprocessing.get_context("spawn").Pool(cores, initializer=gc.disable) as pool:
        pool.map(_decode, windows[:cores], chunksize=1)  # started and warm
        begin = perf_counter()
        decoded = pool.map(_decode, windows, chunksize=1)
        seconds = perf_counter() - begin
    documents, processor_seconds = (sum(part) for part in zip(*decoded, strict=True))
    name = f"decoding alone, to dicts ({cores} processes)"
    return Figure(name, int(documents), seconds, processor_seconds)


def land_alone(folder: Path, documents: int) -> tuple[Figure, int, int]:
    """The load as `tallyhouse load` does it, in a process of its own."""
    process = multiprocessing.get_context("spawn").Process(target=_land, args=(folder, documents))
    peak = 0
    used = _used_by_children()
    process.start()
    with MemoryWatch(process.pid or 0) as watch:
        process.join()
        peak = watch.peak
    if process.exitcode:
        raise SystemExit("the load failed")
    seconds = float((folder / "seconds").read_text())
    size = (folder / "data" / "build" / "warehouse.duckdb").stat().st_size
    figure = Figure(
        "Tallyhouse, BSON to landed rows", documents, seconds, _used_by_children() - used
    )
    return figure, peak, size


def insert_from_arrow(folder: Path) -> Figure:
    """DuckDB alone, from an Arrow table that is in memory already: the last step and no other."""
    with duckdb.connect(str(folder / "data" / "build" / "warehouse.duckdb")) as connection:
        ticks = connection.execute(
            "select * from raw_wrapped.game_ticks limit 1000000"
        ).to_arrow_table()
    with duckdb.connect(str(folder / "arrow.duckdb")) as connection:
        connection.register("ticks", ticks)
        begin, used = perf_counter(), process_time()
        connection.execute("create table game_ticks as select * from ticks")
        connection.execute("checkpoint")
        seconds, used = perf_counter() - begin, process_time() - used
    name = "plain DuckDB from Arrow, the last step alone"
    return Figure(name, ticks.num_rows, seconds, used)


def stock_dlt(folder: Path, windows: list[Window]) -> Figure:
    """Dlt as its documentation shows it: dict rows, its own nesting, a merge by `_id`."""
    documents = bson.decode_all(windows[0].read())[:STOCK_DOCUMENTS]

    @dlt.resource(name="game_ticks", primary_key="_id", write_disposition="merge")
    def game_ticks() -> list[dict[str, object]]:
        return [{**document, "_id": str(document["_id"])} for document in documents]

    pipeline = dlt.pipeline(
        pipeline_name="stock",
        pipelines_dir=str(folder / "stock"),
        destination=dlt.destinations.duckdb(str(folder / "stock.duckdb")),
        dataset_name="raw",
    )
    pipeline.run([{"started": True}], table_name="warm")  # what dlt does once is not counted
    begin, used = perf_counter(), process_time()
    pipeline.run(game_ticks())
    seconds, used = perf_counter() - begin, process_time() - used
    return Figure("stock dlt, dict rows", len(documents), seconds, used)


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _decode(window: Window) -> tuple[int, float]:
    begin = process_time()
    return len(bson.decode_all(window.read())), process_time() - begin


def _land(folder: Path, documents: int) -> None:
    settings = Settings.from_environment(
        {
            "WAREHOUSE__FOLDER": str(folder / "data"),
            "SOURCES__WRAPPED__DUMP_PATH": str(folder / "dump"),
        },
        None,
    )
    summary = land("wrapped", settings)
    if summary.totals.landed != documents:
        raise SystemExit(f"landed {summary.totals.landed} of {documents}")
    (folder / "seconds").write_text(str(summary.seconds))
