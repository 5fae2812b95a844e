"""The laboratory's sample world, captured, loaded and built: marts say what the plan says.

The crowd is compared with a second implementation, written from the formulas and as plainly as they
stand: lists and loops over the messages' text, nothing of the SQL and nothing of the capture.
"""

import json
import math
import os
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dlt_pipelines.landing import land
from flows.replay import replay
from sample_world.spinner import write_lab
from sample_world.spinner.students import FREE_TEXT, crowd
from tests.truth.live_answers import answer_differences
from tests.truth.planned import Row, dbt_build, differences
from warehouse.settings import Settings

SIZE = os.environ.get("TRUTH_SIZE", "small")
LISTED = 40

H = math.sin(math.radians(60))
PLACES: dict[str, dict[str, tuple[float, float]]] = {
    "spinner": {
        "voltage_step": (0.5, H),
        "voltage_ramp": (-0.5, H),
        "position_step": (1, 0),
        "position_ramp": (-1, 0),
        "speed_step": (0.5, -H),
        "speed_ramp": (-0.5, -H),
    },
    "pendulum": {
        "start": (0, 1),
        "brake": (0.64, 0.77),
        "load": (0.87, -0.5),
        "free": (0.98, 0.17),
        "sampling": (0.34, -0.94),
        "drive_perc": (-0.34, -0.94),
        "brake_perc": (-0.87, -0.5),
        "measuring_tools": (-0.98, 0.17),
        "record": (-0.64, 0.77),
    },
}
V, P, PR, S = "voltage_step", "position_step", "position_ramp", "speed_step"
WORDS = {
    "voltage": V,
    "voltage_ramp": "voltage_ramp",
    "position": P,
    "position_ramp": PR,
    "speed": S,
    "speed_ramp": "speed_ramp",
}
EXPECTED: dict[tuple[str, str], dict[str, dict[tuple[str, str], int]]] = {
    ("spinner", "cie3"): {
        "spinner-cie3-1-2": {(V, V): 403},
        "spinner-cie3-3": {(P, P): 1, (P, PR): 1, (PR, PR): 3},
        "spinner-cie3-4": {(P, P): 29},
        "spinner-cie3-1-2-3": {(V, V): 403, (V, P): 1, (P, P): 1, (P, PR): 1, (PR, PR): 3},
        "spinner-cie3-1-2-4": {(V, V): 403, (V, P): 1, (P, P): 29},
        "spinner-cie3-3-4": {(P, P): 30, (P, PR): 1, (PR, P): 1, (PR, PR): 3},
        "spinner-cie3-all": {
            (V, V): 403,
            (V, P): 1,
            (P, P): 30,
            (P, PR): 1,
            (PR, P): 1,
            (PR, PR): 3,
        },
    },
    ("spinner", "engdes1"): {
        "spinner-engdes1-1-core": {(P, P): 5},
        "spinner-engdes1-1-ext": {(P, P): 13},
        "spinner-engdes1-1-core-ext": {(P, P): 19},
        "spinner-engdes1-2": {(S, S): 29},
        "spinner-engdes1-all": {(P, P): 19, (P, S): 1, (S, S): 29},
    },
    ("pendulum", "engdes1"): {
        "pendulum-engdes1-1-core": {
            ("start", "record"): 1,
            ("sampling", "start"): 1,
            ("sampling", "record"): 3,
            ("record", "sampling"): 3,
            ("record", "record"): 37,
        },
        "pendulum-engdes1-1-ext": {
            ("drive_perc", "drive_perc"): 13,
            ("measuring_tools", "drive_perc"): 1,
        },
        "pendulum-engdes1-1-core-ext": {
            ("start", "record"): 1,
            ("sampling", "start"): 1,
            ("sampling", "record"): 3,
            ("record", "sampling"): 3,
            ("record", "record"): 37,
            ("drive_perc", "drive_perc"): 13,
            ("measuring_tools", "drive_perc"): 1,
            ("record", "measuring_tools"): 1,
        },
        "pendulum-engdes1-2": {
            ("start", "record"): 4,
            ("brake", "brake_perc"): 1,
            ("free", "drive_perc"): 2,
            ("sampling", "drive_perc"): 1,
            ("drive_perc", "start"): 2,
            ("drive_perc", "brake_perc"): 1,
            ("brake_perc", "start"): 2,
            ("record", "brake"): 2,
            ("record", "free"): 2,
        },
        "pendulum-engdes1-all": {
            ("start", "record"): 5,
            ("brake", "brake_perc"): 1,
            ("free", "drive_perc"): 2,
            ("sampling", "start"): 1,
            ("sampling", "drive_perc"): 1,
            ("sampling", "record"): 3,
            ("drive_perc", "start"): 2,
            ("drive_perc", "sampling"): 1,
            ("drive_perc", "drive_perc"): 13,
            ("drive_perc", "brake_perc"): 1,
            ("brake_perc", "start"): 2,
            ("measuring_tools", "drive_perc"): 1,
            ("record", "brake"): 2,
            ("record", "free"): 2,
            ("record", "sampling"): 3,
            ("record", "measuring_tools"): 1,
            ("record", "record"): 37,
        },
    },
}
POLARITY = {"Engaged": 1, "Curious": 1, "Delighted": 1}

Edges = dict[tuple[str, str], int]


def distance(
    student: Edges,
    graph: Edges,
    nodes: list[str],
    *,
    a: float,
    b: float,
    p: float,
    u: float,
    lower: float,
) -> float | None:
    if not student:
        return None
    missing = extra = 0.0
    differing = []
    for i in nodes:
        for j in nodes:
            have, want = student.get((i, j), 0), graph.get((i, j), 0)
            factor = p if i == j else 1
            if have == want:
                continue
            if have == 0:
                missing += a * factor
            elif want == 0:
                extra += b * factor
            else:
                r = (have - want) / want
                if r > u:
                    differing.append(float(b))
                elif r >= 0:
                    differing.append(b * r / u)
                elif r >= lower:
                    differing.append(a * -r / abs(lower))
                else:
                    differing.append(float(a))
    return missing + extra + (sum(differing) / len(differing) if differing else 0.0)


def hints(student: Edges, graph: Edges, nodes: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for i in nodes:
        for j in nodes:
            have, want = student.get((i, j), 0), graph.get((i, j), 0)
            kind = "hardware" if i == j else "transition"
            if have < want:
                found[kind + ("" if have == 0 else "_freq")].append(i if i == j else f"{i} to {j}")
    return dict(found)


def graphs_of_crowd(seed: int) -> dict[str, tuple[Edges, int, list[str]]]:
    """Edges, enjoyment and nodes of each student, out of the messages' text."""
    sent: dict[str, list[tuple[int, str]]] = defaultdict(list)
    enjoyment: dict[str, int] = defaultdict(int)
    for place, message in enumerate(crowd(seed, SIZE)):
        said = json.loads(message.text)
        key = f"{said['exp']}:{said['course']}:{said['user']}"
        sent[key] += []
        if said["type"] == "feedback":
            enjoyment[key] += POLARITY.get(said["payload"]["state"], -1)
        if said["type"] == "analytics":
            word = said["payload"]["log"]
            sent[key].append((said["t"] * 1_000_000 + place, WORDS.get(word, word)))
    found = {}
    for key, commands in sent.items():
        edges: Edges = defaultdict(int)
        for pair in pairwise(node for _, node in sorted(commands)):
            edges[pair] += 1
        found[key] = (dict(edges), enjoyment[key], list(PLACES[key.split(":")[0]]))
    return found


def is_near(expected: float | None, got: float | None) -> bool:
    if expected is None or got is None:
        return expected is got
    return math.isclose(expected, got, rel_tol=1e-9, abs_tol=1e-9)


def table(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[tuple[Any, ...], Any]:
    return {tuple(row[:-1]): row[-1] for row in connection.execute(sql).fetchall()}


def crowd_differences(connection: duckdb.DuckDBPyConnection, seed: int) -> list[str]:
    found: list[str] = []

    def compare(label: str, expected: float | None, got: float | None) -> None:
        if not is_near(expected, got):
            found.append(f"{label}: {got!r}, expected {expected!r}")

    distances = table(
        connection,
        "select student_key, graph, distance_model, distance from mart_spinner.fct_task_distances",
    )
    geds = table(connection, "select student_key, graph, ged from mart_spinner.fct_graph_measures")
    indicators = table(
        connection,
        "select student_key, struct_pack(edge_count, edges_percent, exploration, "
        "exploration_legacy, enjoyment, centroid_x, centroid_y) "
        "from mart_spinner.fct_student_indicators",
    )
    hint_lists: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, graph, kind, text in connection.execute(
        "select student_key, graph, hint_kind, hint_text from mart_spinner.fct_task_feedback "
        "order by student_key, graph, hint_kind, hint_rank"
    ).fetchall():
        hint_lists[key, graph][kind].append(text)
    for key, (edges, enjoyment, nodes) in graphs_of_crowd(seed).items():
        lab, course, _ = key.split(":")
        graphs = EXPECTED[lab, course]
        for name, graph in graphs.items():
            default = distance(edges, graph, nodes, a=10, b=1, p=2, u=2, lower=-1)
            tuned = distance(edges, graph, nodes, a=12, b=1, p=1, u=2, lower=-1)
            compare(f"{key} {name} default", default, distances.get((key, name, "default")))
            compare(f"{key} {name} tuned", tuned, distances.get((key, name, "tuned")))
            ged = sum(abs(edges.get(p, 0) - graph.get(p, 0)) for p in {*edges, *graph})
            compare(f"{key} {name} ged", ged, geds.get((key, name)))
            if dict(hint_lists[key, name]) != hints(edges, graph, nodes):
                found.append(f"{key} {name}: other hints")
        full = graphs[f"{lab}-{course}-all"]
        total, mass = sum(edges.values()), defaultdict(int)
        for (_, node), weight in edges.items():
            mass[node] += weight
        got = indicators[(key,)]
        expected = {
            "edge_count": total,
            "edges_percent": 100 * total / sum(full.values()),
            "exploration": distance(edges, full, nodes, a=0, b=10, p=2, u=2, lower=-1),
            "exploration_legacy": distance(edges, full, nodes, a=10, b=2, p=2, u=-1, lower=-1),
            "enjoyment": enjoyment,
        }
        for axis, column in enumerate(("centroid_x", "centroid_y")):
            sums = sum(weight * PLACES[lab][node][axis] for node, weight in mass.items())
            expected[column] = sums / total if total else None
        for column, value in expected.items():
            compare(f"{key} {column}", value, got[column])
    return found


@pytest.mark.parametrize("seed", [1])
def test_every_mart_row_says_what_was_planned(tmp_path: Path, seed: int) -> None:
    settings = Settings.from_environment({"WAREHOUSE__FOLDER": str(tmp_path)}, None)
    write_lab(settings.world_folder, seed, SIZE, replay)
    truths: list[Row] = json.loads(
        (settings.world_folder / "spinner" / "truth.json").read_text(encoding="utf-8")
    )["rows"]
    land("spinner", settings)
    dbt_build(tmp_path, "spinner", left_out=("unit_test", "test"))
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        found = list(differences(connection, truths, "mart_spinner"))
        found += crowd_differences(connection, seed)
        exported = connection.execute(
            "select table_name from information_schema.tables "
            "where table_schema in ('export_spinner', 'mart_spinner')"
        ).fetchall()
        for (name,) in exported:
            schema = "export_spinner" if name.startswith("exp_") else "mart_spinner"
            leaked = connection.execute(
                f"select count(*) from {schema}.{name} as leaving "
                "where contains(cast(leaving as varchar), ?)",
                [FREE_TEXT],
            ).fetchone()
            if leaked != (0,):
                found.append(f"{schema}.{name} holds free text")
    found += answer_differences(settings, tmp_path / "dbt" / "manifest.json")
    listed = "\n".join(found[:LISTED])
    assert not found, f"seed {seed}: {len(found)} differences\n{listed}"
