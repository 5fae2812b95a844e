"""Kill -9 during a load, again and again: the warehouse ends as that of an undisturbed run."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.dlt_pipelines import telemetry

POINTS = int(os.environ.get("POINTS", "4"))

LOAD = """
import sys
from dlt_pipelines import workers
from dlt_pipelines.landing import land
from tests.dlt_pipelines.telemetry import settings_of
if __name__ == "__main__":
    workers.INLINE_DOCUMENTS = 0
    settings = settings_of(sys.argv[1], SOURCES__WRAPPED__DUMP_PATH=sys.argv[2])
    land("wrapped", settings, package_documents=3000)
"""

COUNTS = (
    "select table_name, day, sum(landed_count) from raw_ops.load_counts "
    "group by all having sum(landed_count) > 0 order by all"
)


def start(script: Path, folder: Path, dump: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    return subprocess.Popen(
        [sys.executable, str(script), str(folder), str(dump)],
        env=environment,
        start_new_session=True,
    )


def test_a_load_that_is_killed_anywhere_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 (shown when the test fails)
    chance = random.Random(seed)
    script = tmp_path / "load.py"
    script.write_text(LOAD)
    dump = telemetry.write_dump(tmp_path / "dump", telemetry.world(1500))
    begin = time.monotonic()
    assert start(script, tmp_path / "whole", dump).wait() == 0
    seconds = time.monotonic() - begin

    for _ in range(POINTS):
        victim = start(script, tmp_path / "killed", dump)
        time.sleep(chance.uniform(0.2, 1.0) * seconds)
        os.kill(victim.pid, signal.SIGKILL)  # its workers have to end by themselves
        victim.wait()
    assert start(script, tmp_path / "killed", dump).wait() == 0

    whole = telemetry.settings_of(tmp_path / "whole")
    killed = telemetry.settings_of(tmp_path / "killed")
    rows, expected = telemetry.landed(killed), telemetry.landed(whole)
    differing = {
        table: (len(rows.get(table, [])), len(expected.get(table, [])))
        for table in rows.keys() | expected.keys()
        if rows.get(table) != expected.get(table)
    }
    assert not differing  # table: rows after the kills, rows of the undisturbed load
    assert telemetry.query(killed, COUNTS) == telemetry.query(whole, COUNTS)
    assert not list((killed.dlt_folder / "wrapped_counts").glob("*.json"))
