"""Both worked examples, from recorded messages to every distance and measure, DeltaCon included."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from dlt_pipelines.connectors.capture_files import SCHEMAS

PROJECT = Path(__file__).parents[2] / "dbt_project"
START = datetime(2023, 2, 9, 14, tzinfo=UTC)
COMMANDS = {
    "engdes1": "position " * 4 + "speed " * 3 + "voltage speed speed",
    "cie3": "position " * 3 + "position_ramp " * 13,
}
# graph: missing, extra and weight cost, distance; tuned, missing-weighted, quadratic distance;
# GED, edge distance, Euclid, Canberra, weighted Jaccard, DeltaCon
EXPECTED = """
engdes1-1-core     0 5 4        9         8.8       4.8       6.6       8   4 4          4.25     0.727273 3.278435
engdes1-1-ext      0 5 7.692308 12.692308 13.230769 9.230769  10.917160 16  4 10.583005  4.625    0.842105 4.163668
engdes1-1-core-ext 0 5 8.421053 13.421053 14.105263 10.105263 12.091413 22  4 16.370706  4.727273 0.88     4.671930
engdes1-2          0 5 8.965517 13.965517 14.758621 10.758621 13.038050 32  4 26.229754  4.8125   0.914286 5.278240
engdes1-all        0 2 8.693285 10.693285 12.431942 10.431942 9.564731  44  2 30.561414  3.539773 0.862745 4.697620
cie3-1-2           20 5 0        25        15        12        25        418 4 403.184821 4        1        15.673195
cie3-3             0 0 0.75     0.75      0.75      0         0.625     10  0 9.055385   0.933333 0.666667 1.127273
cie3-4             0 3 9.310345 12.310345 13.172414 11.172414 11.668252 40  2 29.563491  2.870968 0.952381 5.205613
cie3-1-2-3         30 0 0.75     30.75     24.75     24        30.625    414 2 403.102965 2.933333 0.988067 13.627715
cie3-1-2-4         30 3 9.310345 42.310345 37.172414 35.172414 41.668252 444 4 404.084150 4.870968 0.995516 13.637098
cie3-3-4           10 0 5.166667 15.166667 18.1      17.6      14.855556 38  1 29.427878  2.475    0.863636 4.547919
cie3-all           40 0 5.166667 45.166667 42.1      41.6      44.855556 442 3 404.074251 4.475    0.986607 13.662735
cie3-mean-21-22    60 0 4.956542 64.956542 53.937850 53.887850 64.819831 907 4 801.913337 5.054212 0.985870 18.318030
"""  # noqa: E501 (a table reads by its lines)
MEASURED = """
select
    d.missing_cost, d.extra_cost, d.weight_cost, d.distance, t.distance, w.distance, q.distance,
    m.ged, m.edge_distance, m.euclidean_distance, m.canberra_distance,
    m.weighted_jaccard_distance, m.deltacon_distance
from mart_spinner.fct_graph_measures m
join mart_spinner.fct_task_distances d
    on d.graph = m.graph and d.student_key = m.student_key and d.distance_model = 'default'
join mart_spinner.fct_task_distances t
    on t.graph = m.graph and t.student_key = m.student_key and t.distance_model = 'tuned'
join mart_spinner.fct_task_distances w
    on w.graph = m.graph and w.student_key = m.student_key and w.distance_model = 'missing_weighted'
join mart_spinner.fct_task_distances q
    on q.graph = m.graph and q.student_key = m.student_key and q.distance_model = 'quadratic'
where m.graph = ?
"""


def message(course: str, word: str, seq: int) -> dict[str, object]:
    """A row of the messages dataset: one command of the one student of a course."""
    sent_at = START + timedelta(seconds=10 * seq)
    envelope = {
        "user": "6f0c1c9e-1111-4222-8333-9d5e0a7b1c2d",
        "t": int(sent_at.timestamp() * 1000),
        "exp": "spinner",
        "hardware": "spin30",
        "course": course,
        "type": "analytics",
    }
    text = json.dumps(envelope | {"payload": {"log": word, "data": {"set": 1}}})
    return {
        **{"capture_id": "a", "stream": "spin30", "topic": "spin30-log", "seq": seq},
        **{"capture_mode": "relay", "segment": "s1", "connection_id": "c1", "frame_no": seq},
        **{"part_no": 1, "frame_parts": 1, "received_at": sent_at, "raw_text": text},
        "message_hash": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(),
        **{"is_strict_json": True, "user_id": envelope["user"], "t_ms": envelope["t"]},
        **{"exp": "spinner", "hardware": "spin30", "course": course, "message_type": "analytics"},
    }


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The marts of both students."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "build").mkdir()
    rows = [
        message(course, word, seq + 1000 * number)
        for number, (course, words) in enumerate(COMMANDS.items())
        for seq, word in enumerate(words.split())
    ]
    messages = pa.Table.from_pylist(rows, schema=SCHEMAS["messages"])
    with duckdb.connect(str(folder / "build" / "warehouse.duckdb")) as connection:
        connection.register("recorded", messages)
        connection.execute("create schema raw_spinner")
        connection.execute(
            "create table raw_spinner.messages as select *, 'l1' as _dlt_load_id from recorded"
        )
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")),
            *("build", "--quiet", "--resource-type", "seed", "--resource-type", "model"),
            *("--select", "+fct_graph_measures", "+fct_student_indicators"),
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
            *("--target-path", str(folder / "dbt"), "--log-path", str(folder / "dbt")),
        ],
        env=os.environ | {"WAREHOUSE__FOLDER": str(folder), "DO_NOT_TRACK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return duckdb.connect(str(folder / "build" / "warehouse.duckdb"), read_only=True)


@pytest.mark.parametrize("line", EXPECTED.strip().splitlines())
def test_distances_and_measures_are_those_worked_by_hand(
    marts: duckdb.DuckDBPyConnection, line: str
) -> None:
    graph, *expected = line.split()
    rows = marts.execute(MEASURED, [f"spinner-{graph}"]).fetchall()
    assert rows == [pytest.approx([float(number) for number in expected], abs=6e-7)]


def test_indicators_are_those_worked_by_hand(marts: duckdb.DuckDBPyConnection) -> None:
    rows = marts.execute(
        """
        select exploration, exploration_legacy, edges_percent, centroid_x, centroid_y
        from mart_spinner.fct_student_indicators
        order by student_key
        """
    ).fetchall()
    assert rows == [
        pytest.approx([5, 42, 3.416856, -0.733333, 0], abs=6e-7),
        pytest.approx([20, 6, 18.367347, 0.666667, -0.384900], abs=6e-7),
    ]
