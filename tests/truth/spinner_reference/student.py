"""A student, and what follows from the events in one number each."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from tests.truth.spinner_reference.catalogue import Catalogue, Graph, Matrix, Node
from tests.truth.spinner_reference.measures import (
    centroid,
    distance,
    exploration_band,
    ranked,
)
from tests.truth.spinner_reference.placing import Event
from tests.truth.spinner_reference.sessions import Session, sessions_of

Row = dict[str, Any]
Rows = Iterator[Row]


def counted(pairs: Iterable[tuple[Event, Event]]) -> Matrix:
    """Weights of the pairs' cells."""
    return dict(Counter((str(before.node), str(after.node)) for before, after in pairs))


def number(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


class Student:
    """One student and everything that follows from the events."""

    def __init__(self, events: list[Event], catalogue: Catalogue, graphs: list[Graph]) -> None:
        first = events[0]
        self.key, self.lab, self.course, self.user = first.key, first.lab, first.course, first.user
        self.events, self.catalogue = events, catalogue
        self.nodes: list[Node] = catalogue.nodes[self.lab]
        self.lab_graphs = [graph for graph in graphs if graph.lab == self.lab]
        self.graphs = [graph for graph in self.lab_graphs if graph.course == self.course]
        self.tasks = [graph for graph in self.graphs if graph.task_rank is not None]
        self.full = next((graph for graph in self.graphs if graph.kind == "full"), None)

    @cached_property
    def commands(self) -> list[Event]:
        return [event for event in self.events if event.kind == "command"]

    @cached_property
    def pairs(self) -> list[tuple[Event, Event]]:
        return list(pairwise(self.commands))

    @cached_property
    def edges(self) -> Matrix:
        return counted(self.pairs)

    @cached_property
    def sessions(self) -> list[Session]:
        return sessions_of(self.events)

    @cached_property
    def session_of(self) -> dict[int, int]:
        return {id(event): session.number for session in self.sessions for event in session.events}

    def indicators(self, edges: Matrix, events: Iterable[Event]) -> Row:
        """The indicators of a graph and of what was felt."""
        x, y = centroid(edges, self.nodes)
        row: Row = {
            "edge_count": sum(edges.values()),
            "distinct_edge_count": len(edges),
            "edges_percent": None,
            "exploration": None,
            "exploration_legacy": None,
            "exploration_band": None,
            "centroid_x": x,
            "centroid_y": y,
            "closest_graph": None,
            "closest_distance": None,
        }
        row["enjoyment"] = enjoyment = self.enjoyment(events)
        row["enjoyment_band"] = _sign(enjoyment)
        if self.full is not None:
            total = sum(self.full.edges.values())
            row["edges_percent"] = 100 * sum(edges.values()) / total
            for name in ("exploration", "exploration_legacy"):
                found = distance(edges, self.full.edges, self.catalogue.models[name])
                row[name] = number(found and found.total)
                if name == "exploration":
                    row["exploration_band"] = exploration_band(found and found.total)
        places = self.places(edges)
        for task, (value, place) in places.items():
            if place.rank == 1:
                row |= {"closest_graph": task, "closest_distance": float(value)}
        return row

    def places(self, edges: Matrix, model: str = "default") -> dict[str, tuple[Fraction, Any]]:
        """Distance and place of every task."""
        found = {
            task.name: distance(edges, task.edges, self.catalogue.models[model])
            for task in self.tasks
        }
        values = {task: one.total for task, one in found.items() if one is not None}
        if not values:
            return {}
        return {task: (values[task], place) for task, place in ranked(values, self.tasks).items()}

    def known_polarity(self, event: Event) -> int | None:
        """What a reflection counts, None where it does not."""
        if event.kind != "feedback" or event.subject not in self.catalogue.subjects:
            return None
        return self.catalogue.states.get(event.state or "", (None, ""))[0]

    def enjoyment(self, events: Iterable[Event]) -> int:
        return sum(self.known_polarity(event) or 0 for event in events)

    def local(self, session: Session) -> datetime | None:
        first = session.events[0]
        offset = self.catalogue.local_offset_ms(first.t_ms)
        return None if offset is None else first.at + timedelta(milliseconds=offset)


def _sign(enjoyment: int) -> str:
    return "positive" if enjoyment > 0 else "negative" if enjoyment < 0 else "neutral"
