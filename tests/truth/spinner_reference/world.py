"""All marts of a set of captured rows, by name."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.truth.spinner_reference import students, terms
from tests.truth.spinner_reference.catalogue import Catalogue
from tests.truth.spinner_reference.placing import Event, place
from tests.truth.spinner_reference.reading import Heard, deduplicated
from tests.truth.spinner_reference.student import Row, Student
from tests.truth.spinner_reference.terms import cohorts_of

_OF_STUDENTS = (
    students.dim_lab_students,
    students.fct_lab_commands,
    students.fct_lab_sessions,
    students.fct_student_edges,
    students.fct_student_edge_crossings,
    students.fct_session_edges,
    students.fct_student_nodes,
    students.fct_task_distances,
    students.fct_task_feedback,
    students.fct_student_indicators,
    students.fct_affective_feedback,
    students.fct_graph_measures,
    students.fct_progress_snapshots,
    students.fct_progress_task_distances,
    students.fct_student_usage,
    students.fct_student_interactions,
    students.fct_student_session_hours,
    students.fct_dashboard_usage,
    students.fct_student_summaries,
)
_OF_COHORTS = (
    terms.fct_cohort_mean_edges,
    terms.fct_course_terms,
    terms.fct_course_term_tasks,
    terms.fct_course_term_weeks,
    terms.fct_course_term_distributions,
    terms.fct_course_term_reflections,
    terms.fct_course_term_session_hours,
)


@dataclass
class World:
    events: list[Event]
    students: list[Student]
    marts: dict[str, list[Row]]


def worked_out(heard: Iterable[Heard], catalogue: Catalogue) -> World:
    """Every mart that messages alone can fill."""
    events, unplaced = place(deduplicated(heard), catalogue)
    by_student: dict[str, list[Event]] = {}
    for event in events:
        by_student.setdefault(event.key, []).append(event)
    # The means of terms are graphs too, and need the students' edges, not their graphs.
    without = [Student(own, catalogue, catalogue.graphs) for own in by_student.values()]
    means = [one.mean_graph() for one in cohorts_of(without, catalogue) if one.active]
    graphs = catalogue.graphs + means
    shown = [graph for graph in graphs if graph.is_published]
    found = [Student(own, catalogue, shown) for own in by_student.values()]
    cohorts = cohorts_of(found, catalogue)
    marts = {
        "dim_graph_nodes": list(terms.dim_graph_nodes(catalogue)),
        "dim_comparison_graphs": list(terms.dim_comparison_graphs(graphs, catalogue)),
        "fct_comparison_edges": list(terms.fct_comparison_edges(graphs, catalogue)),
        "fct_comparison_nodes": list(terms.fct_comparison_nodes(graphs, catalogue)),
        "fct_unplaced_messages": [
            {
                "stream": stream,
                "received_date": day,
                "unplaced_reason": reason,
                "is_placed": is_placed,
                "message_count": count,
            }
            for (stream, day, reason, is_placed), count in unplaced.items()
        ],
    }
    for mart in _OF_STUDENTS:
        marts[mart.__name__] = [row for student in found for row in mart(student)]
    for mart in _OF_COHORTS:
        marts[mart.__name__] = [row for cohort in cohorts for row in mart(cohort)]
    return World(events, found, marts)
