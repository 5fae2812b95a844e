"""The seeds of the laboratory, read as the reference needs them."""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

Cell = tuple[str, str]
Matrix = dict[Cell, int]
Course = tuple[str, str]  # laboratory and course


class Node(NamedTuple):
    name: str
    rank: int
    x: float
    y: float


class Model(NamedTuple):
    """Parameters of a distance, the costs by the letters of its definition."""

    a: Fraction
    b: Fraction
    p: Fraction
    upper: Fraction
    lower: Fraction
    shape: str


@dataclass
class Graph:
    """A comparison graph."""

    name: str
    lab: str
    course: str
    kind: str
    task_rank: int | None
    label: str
    centroid_key: str | None
    edges: Matrix
    term: str | None = None
    student_count: int | None = None
    is_published: bool = True


class Term(NamedTuple):
    name: str
    starts_on: date
    ends_on: date


@dataclass
class Catalogue:
    """All that is known before the first message."""

    prefixes: dict[str, str]  # laboratory by the prefix of its units
    nodes: dict[str, list[Node]]  # by laboratory, in rank order
    words: dict[str, dict[str, str]]  # laboratory -> word -> node
    courses: set[Course]
    aliases: dict[str, str]
    terms: dict[str, list[Term]]
    graphs: list[Graph]
    models: dict[str, Model]
    states: dict[str, tuple[int | None, str]]
    subjects: set[str]
    clock: list[tuple[int, int]]  # ms since 1970 and minutes, rising
    bins: dict[str, list[tuple[int, Fraction | None, Fraction | None, str]]]  # by measure

    def canonical_graph(self, name: str | None) -> str | None:
        """A graph's name with the course's alias resolved."""
        if name is None:
            return None
        for lab in self.nodes:
            for alias, course in self.aliases.items():
                prefix = f"{lab}-{alias}-"
                if name.startswith(prefix):
                    return f"{lab}-{course}-{name[len(prefix) :]}"
        return name

    def local_offset_ms(self, t_ms: int) -> int:
        """How far the course's clock is ahead of UTC at an instant."""
        found = 0
        for valid_from, minutes in self.clock:
            if valid_from <= t_ms:
                found = minutes * 60_000
        return found


def paired(run: list[str]) -> Matrix:
    """How often each command directly follows each."""
    edges: Matrix = {}
    for before, after in pairwise(run):
        edges[before, after] = edges.get((before, after), 0) + 1
    return edges


def read_catalogue(folder: Path) -> Catalogue:
    """Read the seeds."""

    def rows(name: str) -> list[dict[str, str]]:
        with (folder / f"spinner_{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    nodes: dict[str, list[Node]] = {}
    for row in sorted(rows("nodes"), key=lambda row: (row["lab"], int(row["node_rank"]))):
        nodes.setdefault(row["lab"], []).append(
            Node(row["node"], int(row["node_rank"]), float(row["x"]), float(row["y"]))
        )
    words: dict[str, dict[str, str]] = {}
    for row in rows("command_words"):
        words.setdefault(row["lab"], {})[row["word"]] = row["node"]
    terms: dict[str, list[Term]] = {}
    for row in rows("terms"):
        terms.setdefault(row["course"], []).append(
            Term(
                row["term"],
                date.fromisoformat(row["starts_on"]),
                date.fromisoformat(row["ends_on"]),
            )
        )
    runs: dict[str, list[str]] = {}
    for row in sorted(rows("expert_runs"), key=lambda row: (row["graph"], int(row["run_number"]))):
        runs.setdefault(row["graph"], []).extend([row["node"]] * int(row["run_length"]))
    edges = {graph: paired(run) for graph, run in runs.items()}
    for row in rows("graph_edges"):
        cells = edges.setdefault(row["graph"], {})
        cells[row["from_node"], row["to_node"]] = int(row["weight"])
    bins: dict[str, list[tuple[int, Fraction | None, Fraction | None, str]]] = {}
    for row in rows("distribution_bins"):
        bins.setdefault(row["measure"], []).append(
            (
                int(row["bin_number"]),
                Fraction(row["lower_bound"]) if row["lower_bound"] else None,
                Fraction(row["upper_bound"]) if row["upper_bound"] else None,
                row["label"],
            )
        )
    return Catalogue(
        prefixes={row["unit_prefix"]: row["lab"] for row in rows("labs")},
        nodes=nodes,
        words=words,
        courses={(row["lab"], row["course"]) for row in rows("courses")},
        aliases={row["alias"]: row["course"] for row in rows("course_aliases")},
        terms=terms,
        graphs=[
            Graph(
                name=row["graph"],
                lab=row["lab"],
                course=row["course"],
                kind=row["graph_kind"],
                task_rank=int(row["task_rank"]) if row["task_rank"] else None,
                label=row["label"],
                centroid_key=row["centroid_key"] or None,
                edges=edges[row["graph"]],
            )
            for row in rows("graphs")
        ],
        models={
            row["distance_model"]: Model(
                *(
                    Fraction(row[name])
                    for name in (
                        "missing_edge_cost",
                        "extra_edge_cost",
                        "self_loop_factor",
                        "upper_cut",
                        "lower_cut",
                    )
                ),
                row["shape"],
            )
            for row in rows("distance_models")
        },
        states={
            row["state"]: (int(row["polarity"]) if row["polarity"] else None, row["feedback_kind"])
            for row in rows("feedback_states")
        },
        subjects={row["subject"] for row in rows("feedback_subjects")},
        clock=sorted(
            (
                int(
                    datetime.fromisoformat(row["valid_from"]).replace(tzinfo=UTC).timestamp() * 1000
                ),
                int(row["utc_offset_minutes"]),
            )
            for row in rows("clock_changes")
        ),
        bins=bins,
    )
