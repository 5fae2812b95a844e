"""The marts that have rows of courses and terms, and the means that become graphs."""

import math
from collections import Counter
from datetime import timedelta
from fractions import Fraction
from typing import Any

from tests.truth.spinner_reference.catalogue import Catalogue, Graph, Matrix, Term
from tests.truth.spinner_reference.measures import centroid, incoming, sources
from tests.truth.spinner_reference.placing import Event
from tests.truth.spinner_reference.student import Row, Rows, Student, counted

MIN_COHORT = 5


class Cohort:
    """The students of a course in a term."""

    def __init__(self, students: list[Student], term: Term, catalogue: Catalogue) -> None:
        self.students, self.term, self.catalogue = students, term, catalogue
        self.lab, self.course = students[0].lab, students[0].course
        self.nodes = catalogue.nodes[self.lab]
        self.edges = {
            student.key: edges
            for student in students
            if (edges := counted(p for p in student.pairs if self.holds(*p)))
        }
        self.active = [student for student in students if student.key in self.edges]
        self.is_published = len(self.active) >= MIN_COHORT

    @property
    def key(self) -> Row:
        return {"lab": self.lab, "course": self.course, "term": self.term.name}

    def holds(self, *events: Event) -> bool:
        return all(self.term.starts_on <= event.day < self.term.ends_on for event in events)

    def events(self, student: Student) -> list[Event]:
        return [event for event in student.events if self.holds(event)]

    def sessions(self, student: Student) -> list[Any]:
        return [one for one in student.sessions if self.holds(one.events[0])]

    def published(self, values: list[Any], share: float = 0.5) -> float | None:
        """A quantile of what the active students have, when they are enough."""
        return quantile(values, share) if self.is_published else None

    def means(self) -> dict[tuple[str, str], Fraction]:
        sums: Counter[tuple[str, str]] = Counter()
        for edges in self.edges.values():
            sums.update(edges)
        return {cell: Fraction(total, len(self.active)) for cell, total in sums.items()}

    def mean_graph(self) -> Graph:
        rounded: Matrix = {cell: half_up(mean) for cell, mean in self.means().items()}
        return Graph(
            name=f"{self.lab}-{self.course}-mean-{self.term.name}",
            lab=self.lab,
            course=self.course,
            kind="derived_mean",
            task_rank=None,
            label="",
            centroid_key=None,
            edges={cell: weight for cell, weight in rounded.items() if weight},
            term=self.term.name,
            student_count=len(self.active),
            is_published=self.is_published,
        )


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def quantile(values: list[Any], share: float) -> float | None:
    """Linear between neighbours."""
    known = sorted(float(value) for value in values if value is not None)
    if not known:
        return None
    place = share * (len(known) - 1)
    low = math.floor(place)
    high = min(low + 1, len(known) - 1)
    return known[low] + (place - low) * (known[high] - known[low])


def cohorts_of(students: list[Student], catalogue: Catalogue) -> list[Cohort]:
    """Every course and term in which anything was said."""
    by_course: dict[tuple[str, str], list[Student]] = {}
    for student in students:
        by_course.setdefault((student.lab, student.course), []).append(student)
    found = [
        Cohort(members, term, catalogue)
        for (_, course), members in by_course.items()
        for term in catalogue.terms.get(course, [])
    ]
    return [one for one in found if any(one.events(student) for student in one.students)]


def dim_comparison_graphs(graphs: list[Graph], catalogue: Catalogue) -> Rows:
    for graph in graphs:
        x, y = centroid(graph.edges, catalogue.nodes[graph.lab])
        yield {
            "graph": graph.name,
            "lab": graph.lab,
            "course": graph.course,
            "term": graph.term,
            "graph_kind": graph.kind,
            "task_rank": graph.task_rank,
            "centroid_key": graph.centroid_key,
            "is_task": graph.task_rank is not None,
            "is_published": graph.is_published,
            "student_count": graph.student_count,
            "total_weight": sum(graph.edges.values()),
            "centroid_x": x,
            "centroid_y": y,
        }


def fct_comparison_edges(graphs: list[Graph], catalogue: Catalogue) -> Rows:
    for graph in graphs:
        for start in catalogue.nodes[graph.lab]:
            for end in catalogue.nodes[graph.lab]:
                yield {
                    "graph": graph.name,
                    "lab": graph.lab,
                    "course": graph.course,
                    "from_node": start.name,
                    "to_node": end.name,
                    "from_rank": start.rank,
                    "to_rank": end.rank,
                    "weight": graph.edges.get((start.name, end.name), 0),
                }


def fct_comparison_nodes(graphs: list[Graph], catalogue: Catalogue) -> Rows:
    for graph in graphs:
        nodes = catalogue.nodes[graph.lab]
        for node in nodes:
            leads = sources(graph.edges, node.name)
            yield {
                "graph": graph.name,
                "lab": graph.lab,
                "node": node.name,
                "node_rank": node.rank,
                "incoming_weight": incoming(graph.edges, node.name),
                "source_count": leads,
                "in_centrality": leads / (len(nodes) - 1),
            }


def dim_graph_nodes(catalogue: Catalogue) -> Rows:
    for lab, nodes in catalogue.nodes.items():
        for node in nodes:
            yield {
                "lab": lab,
                "node": node.name,
                "node_rank": node.rank,
                "x": node.x,
                "y": node.y,
                "screen_x": 200 * node.x,
                "screen_y": 0 - 200 * node.y,
            }


def fct_cohort_mean_edges(cohort: Cohort) -> Rows:
    means = cohort.means()
    if not cohort.active:
        return
    for start in cohort.nodes:
        for end in cohort.nodes:
            mean = means.get((start.name, end.name), Fraction(0))
            yield cohort.key | {
                "from_node": start.name,
                "to_node": end.name,
                "from_rank": start.rank,
                "to_rank": end.rank,
                "mean_weight": float(mean),
                "rounded_weight": half_up(mean),
                "student_count": len(cohort.active),
                "is_published": cohort.is_published,
            }


def _term_indicators(cohort: Cohort) -> list[Row]:
    return [
        student.indicators(cohort.edges[student.key], cohort.events(student))
        for student in cohort.active
    ]


def fct_course_terms(cohort: Cohort) -> Rows:
    commands = {
        student.key: sum(map(cohort.holds, student.commands)) for student in cohort.students
    }
    sessions = [one for student in cohort.students for one in cohort.sessions(student)]
    indicators = _term_indicators(cohort)
    medians = {
        f"median_{name}": cohort.published([row[name] for row in indicators])
        for name in ("edges_percent", "exploration", "enjoyment")
    }
    yield (
        cohort.key
        | medians
        | {
            "starts_on": cohort.term.starts_on,
            "ends_on": cohort.term.ends_on,
            "student_count": sum(bool(cohort.events(student)) for student in cohort.students),
            "active_student_count": len(cohort.active),
            "command_count": sum(commands.values()),
            "command_student_count": sum(count > 0 for count in commands.values()),
            "session_count": len(sessions),
            "session_student_count": sum(bool(cohort.sessions(one)) for one in cohort.students),
            "session_hours": sum(one.duration_ms for one in sessions) / 1000 / 3600,
            "median_commands": cohort.published(
                [commands[student.key] for student in cohort.active]
            ),
            "is_published": cohort.is_published,
        }
    )


def fct_course_term_tasks(cohort: Cohort) -> Rows:
    places = [student.places(cohort.edges[student.key]) for student in cohort.active]
    for task in cohort.students[0].tasks:
        values = [one[task.name][0] for one in places]
        closest = sum(one[task.name][1].rank == 1 for one in places)
        yield cohort.key | {
            "graph": task.name,
            "task_rank": task.task_rank,
            "closest_student_count": closest if cohort.is_published else None,
            "min_distance": cohort.published(values, 0.0),
            "p25_distance": cohort.published(values, 0.25),
            "median_distance": cohort.published(values),
            "p75_distance": cohort.published(values, 0.75),
            "max_distance": cohort.published(values, 1.0),
            "is_published": cohort.is_published,
        }


def fct_course_term_weeks(cohort: Cohort) -> Rows:
    begun = {
        student.key: [
            (one.events[0].day - cohort.term.starts_on).days // 7
            for one in cohort.sessions(student)
        ]
        for student in cohort.students
    }
    last = max((week for weeks in begun.values() for week in weeks), default=-1)
    for week in range(last + 1):
        starts_on = cohort.term.starts_on + timedelta(days=7 * week)
        ends_on = starts_on + timedelta(days=7)
        reached = []
        for student in cohort.active:
            edges = counted(
                (a, b) for a, b in student.pairs if cohort.holds(a, b) and b.day < ends_on
            )
            if edges:
                reached.append(student.indicators(edges, []))
        medians: dict[str, float | None] = dict.fromkeys(("edges_percent", "closest_distance"))
        if len(reached) >= MIN_COHORT:
            medians = {name: quantile([row[name] for row in reached], 0.5) for name in medians}
        yield cohort.key | {
            "week_number": week + 1,
            "week_starts_on": starts_on,
            "session_count": sum(weeks.count(week) for weeks in begun.values()),
            "active_student_count": sum(week in weeks for weeks in begun.values()),
            "median_edges_percent": medians["edges_percent"],
            "median_closest_distance": medians["closest_distance"],
        }


def fct_course_term_distributions(cohort: Cohort) -> Rows:
    indicators = _term_indicators(cohort)
    for measure, bins in cohort.catalogue.bins.items():
        values = [row[measure] for row in indicators if row[measure] is not None]
        for place, lower, upper, label in bins:
            inside = sum(
                (lower is None or value > lower) and (upper is None or value <= upper)
                for value in values
            )
            yield cohort.key | {
                "measure": measure,
                "bin_number": place,
                "lower_bound": None if lower is None else float(lower),
                "upper_bound": None if upper is None else float(upper),
                "label": label,
                "student_count": inside if cohort.is_published else None,
                "is_published": cohort.is_published,
            }


def fct_course_term_reflections(cohort: Cohort) -> Rows:
    felt: dict[tuple[str | None, str | None], list[str]] = {}
    for student in cohort.students:
        for event in cohort.events(student):
            if student.known_polarity(event) is not None:
                felt.setdefault((event.state, event.subject), []).append(student.key)
    is_published = len({key for keys in felt.values() for key in keys}) >= MIN_COHORT
    for (state, subject), keys in felt.items():
        yield cohort.key | {
            "state": state,
            "subject": subject,
            "event_count": len(keys) if is_published else None,
            "student_count": len(set(keys)) if is_published else None,
            "is_published": is_published,
        }


def fct_course_term_session_hours(cohort: Cohort) -> Rows:
    hours: dict[int, list[str]] = {first: [] for first in range(0, 24, 4)}
    users = set()
    for student in cohort.students:
        for session in cohort.sessions(student):
            users.add(student.key)
            if at := student.local(session):
                hours[at.hour // 4 * 4].append(student.key)
    is_published = len(users) >= MIN_COHORT
    for first, keys in hours.items() if users else ():
        yield cohort.key | {
            "first_hour": first,
            "hour_bin": f"{first:02d}:00-{first + 3:02d}:59",
            "session_count": len(keys) if is_published else None,
            "student_count": len(set(keys)) if is_published else None,
            "is_published": is_published,
        }
