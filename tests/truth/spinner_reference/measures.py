"""Every measure of one graph, or of one against another."""

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from tests.truth.spinner_reference.catalogue import Graph, Matrix, Model, Node


class Distance(NamedTuple):
    missing: Fraction
    extra: Fraction
    weight: Fraction

    @property
    def total(self) -> Fraction:
        return self.missing + self.extra + self.weight


class Hint(NamedTuple):
    kind: str
    rank: int
    text: str
    student_weight: int
    expected_weight: int


def distance(student: Matrix, graph: Matrix, model: Model) -> Distance | None:
    """The task distance; None for a student without any edge."""
    if not student:
        return None
    missing = sum((model.a * _loop(cell, model) for cell in graph.keys() - student.keys()), _ZERO)
    extra = sum((model.b * _loop(cell, model) for cell in student.keys() - graph.keys()), _ZERO)
    parts = [
        _weight_part(Fraction(student[cell] - graph[cell], graph[cell]), model)
        for cell in student.keys() & graph.keys()
        if student[cell] != graph[cell]
    ]
    return Distance(missing, extra, sum(parts, _ZERO) / len(parts) if parts else _ZERO)


_ZERO = Fraction(0)


def _loop(cell: tuple[str, str], model: Model) -> Fraction:
    return model.p if cell[0] == cell[1] else Fraction(1)


def _weight_part(r: Fraction, model: Model) -> Fraction:
    power = 2 if model.shape == "quadratic" else 1
    if r > model.upper:
        return model.b
    if r >= 0:
        return model.b * (r / model.upper) ** power
    if r >= model.lower:
        return model.a * (abs(r) / abs(model.lower)) ** power
    return model.a


class Place(NamedTuple):
    """Where a task stands among those of a course."""

    rank: int
    tied_count: int
    percent: float
    band: str


def ranked(distances: dict[str, Fraction], tasks: list[Graph]) -> dict[str, Place]:
    """Places of the tasks by their distance."""
    rounded = {task.name: round(distances[task.name], 9) for task in tasks}
    order = sorted(tasks, key=lambda task: (rounded[task.name], task.task_rank or 0))
    least = min(distances[task.name] for task in tasks)
    tied_count = sum(value == rounded[order[0].name] for value in rounded.values())
    return {
        task.name: Place(
            number,
            tied_count,
            _percent(distances[task.name], least),
            _band(distances[task.name], least),
        )
        for number, task in enumerate(order, start=1)
    }


def _percent(value: Fraction, least: Fraction) -> float:
    if value == 0:
        return 100.0
    return float(100 * least / value)


def _band(value: Fraction, least: Fraction) -> str:
    if value == least:
        return "closest"
    return "good_progress" if value < 10 else "started" if value < 20 else "missing_commands"


def hints(student: Matrix, graph: Matrix, nodes: list[Node]) -> list[Hint]:
    """What the student has less of than the graph, row by row."""
    found: list[Hint] = []
    ranks: dict[str, int] = {}
    for start in nodes:
        for end in nodes:
            cell = start.name, end.name
            has, wants = student.get(cell, 0), graph.get(cell, 0)
            if has >= wants:
                continue
            is_loop = start is end
            kind = ("hardware" if is_loop else "transition") + ("_freq" if has else "")
            ranks[kind] = ranks.get(kind, 0) + 1
            text = start.name if is_loop else f"{start.name} to {end.name}"
            found.append(Hint(kind, ranks[kind], text, has, wants))
    return found


def exploration_band(value: Fraction | None) -> str | None:
    if value is None:
        return None
    if value > 100:
        return "beyond"
    return "other_modes" if value > 75 else "close" if value > 25 else "early"


def incoming(edges: Matrix, node: str) -> int:
    return sum(weight for (_, end), weight in edges.items() if end == node)


def centroid(edges: Matrix, nodes: list[Node]) -> tuple[float, float] | tuple[None, None]:
    """Mean place of what the edges lead to."""
    masses = {node: incoming(edges, node.name) for node in nodes}
    total = sum(masses.values())
    if not total:
        return None, None
    return (
        math.fsum(mass * node.x for node, mass in masses.items()) / total,
        math.fsum(mass * node.y for node, mass in masses.items()) / total,
    )


def sources(edges: Matrix, node: str) -> int:
    return len({start for start, end in edges if end == node})


def research(student: Matrix, graph: Matrix, nodes: list[Node]) -> dict[str, float | None]:
    """All research measures."""
    cells = student.keys() | graph.keys()
    pairs = [(student.get(cell, 0), graph.get(cell, 0)) for cell in cells]
    greater = sum(max(pair) for pair in pairs)
    extra, missing = len(student.keys() - graph.keys()), len(graph.keys() - student.keys())
    return {
        "ged": sum(abs(a - b) for a, b in pairs),
        "edge_distance": extra + missing,
        "extra_edge_count": extra,
        "missing_edge_count": missing,
        "comparison_edge_count": len(graph),
        "euclidean_distance": math.sqrt(sum((a - b) ** 2 for a, b in pairs)),
        "canberra_distance": float(sum((Fraction(abs(a - b), a + b) for a, b in pairs), _ZERO)),
        "weighted_jaccard_distance": (
            1 - sum(min(pair) for pair in pairs) / greater if greater else None
        ),
        "deltacon_distance": _deltacon(student, graph, nodes),
    }


def _deltacon(student: Matrix, graph: Matrix, nodes: list[Node]) -> float:
    ours, theirs = _affinities(student, nodes), _affinities(graph, nodes)
    return math.fsum(
        abs(math.sqrt(max(a, 0.0)) - math.sqrt(max(b, 0.0)))
        for a, b in zip(_flat(ours), _flat(theirs), strict=True)
    )


def _flat(rows: list[list[float]]) -> Iterable[float]:
    return (value for row in rows for value in row)


_AFFINITIES: dict[tuple[tuple[tuple[str, str], int], ...], list[list[float]]] = {}


def _affinities(edges: Matrix, nodes: list[Node]) -> list[list[float]]:
    """(I + e²D - eA)⁻¹, exact until the end."""
    known = (*sorted(edges.items()), ((nodes[0].name, ""), 0))
    if known in _AFFINITIES:
        return _AFFINITIES[known]
    size = len(nodes)
    weights = [[edges.get((i.name, j.name), 0) for j in nodes] for i in nodes]
    degrees = [sum(row) for row in weights]
    e = Fraction(1, 1 + max(degrees))
    rows = [
        [
            (1 + e * e * degrees[i] if i == j else Fraction(0)) - e * weights[i][j]
            for j in range(size)
        ]
        + [Fraction(int(i == j)) for j in range(size)]
        for i in range(size)
    ]
    for i in range(size):
        pivot = rows[i][i]
        rows[i] = [value / pivot for value in rows[i]]
        for other in range(size):
            if other != i and (factor := rows[other][i]):
                rows[other] = [
                    value - factor * of for value, of in zip(rows[other], rows[i], strict=True)
                ]
    found = [[float(value) for value in row[size:]] for row in rows]
    _AFFINITIES[known] = found
    return found
