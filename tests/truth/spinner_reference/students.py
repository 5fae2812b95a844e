"""The marts that have rows of students, as the reference works them out."""

from collections import Counter
from datetime import date
from itertools import pairwise

from tests.truth.spinner_reference.catalogue import Matrix
from tests.truth.spinner_reference.measures import distance, hints, incoming, research, sources
from tests.truth.spinner_reference.placing import LAB_KINDS
from tests.truth.spinner_reference.student import Rows, Student, counted, number


def dim_lab_students(student: Student) -> Rows:
    yield {
        "student_key": student.key,
        "user_id": student.user,
        "lab": student.lab,
        "course": student.course,
        "first_event_at": min(event.at for event in student.events),
        "last_event_at": max(event.at for event in student.events),
        "message_count": len(student.events),
    }


def fct_lab_commands(student: Student) -> Rows:
    following = [*student.commands[1:], None][: len(student.commands)]
    for place, (event, after) in enumerate(zip(student.commands, following, strict=True), start=1):
        yield {
            "student_key": student.key,
            "command_number": place,
            "node": event.node,
            "next_node": after and after.node,
            "set_value": event.set_value,
            "session_number": student.session_of[id(event)],
            "next_session_number": after and student.session_of[id(after)],
            "hardware": event.hardware,
            "next_hardware": after and after.hardware,
            "t_ms": event.t_ms,
            "event_at": event.at,
            "next_event_at": after and after.at,
            "received_at": event.received_at,
            "stream": event.stream,
            "user_id": student.user,
            "lab": student.lab,
            "course": student.course,
        }


def fct_lab_sessions(student: Student) -> Rows:
    for session in student.sessions:
        events = session.events
        yield {
            "student_key": student.key,
            "session_number": session.number,
            "user_id": student.user,
            "lab": student.lab,
            "course": student.course,
            "hardware": session.hardware,
            "started_at": events[0].at,
            "ended_at": events[-1].at,
            "started_local_at": student.local(session),
            "duration_seconds": session.duration_ms / 1000,
            "has_start": any(event.kind == "session_start" for event in events),
            "end_kind": session.end_kind,
            "event_count": len(events),
            "command_count": len(session.commands),
            "click_count": sum(event.kind == "click" for event in events),
            "edge_count": max(len(session.commands) - 1, 0),
            "is_booking_cut": session.is_booking_cut,
        }


def fct_student_edges(student: Student) -> Rows:
    for start in student.nodes:
        for end in student.nodes:
            yield {
                "student_key": student.key,
                "lab": student.lab,
                "from_node": start.name,
                "to_node": end.name,
                "from_rank": start.rank,
                "to_rank": end.rank,
                "weight": student.edges.get((start.name, end.name), 0),
            }


def fct_student_edge_crossings(student: Student) -> Rows:
    session_of = student.session_of
    for cell in student.edges:
        pairs = [pair for pair in student.pairs if (pair[0].node, pair[1].node) == cell]
        yield {
            "student_key": student.key,
            "from_node": cell[0],
            "to_node": cell[1],
            "weight": len(pairs),
            "cross_session_weight": sum(session_of[id(a)] != session_of[id(b)] for a, b in pairs),
            "cross_hardware_weight": sum(
                bool(a.hardware and b.hardware and a.hardware != b.hardware) for a, b in pairs
            ),
            "cross_day_weight": sum(a.day != b.day for a, b in pairs),
        }


def fct_session_edges(student: Student) -> Rows:
    for session in student.sessions:
        commands = session.commands
        for (start, end), weight in counted(pairwise(commands)).items():
            yield {
                "student_key": student.key,
                "session_number": session.number,
                "from_node": start,
                "to_node": end,
                "weight": weight,
            }


def fct_student_nodes(student: Student) -> Rows:
    for node in student.nodes:
        leads = sources(student.edges, node.name)
        yield {
            "student_key": student.key,
            "lab": student.lab,
            "node": node.name,
            "node_rank": node.rank,
            "command_count": sum(event.node == node.name for event in student.commands),
            "incoming_weight": incoming(student.edges, node.name),
            "outgoing_weight": sum(
                weight for (start, _), weight in student.edges.items() if start == node.name
            ),
            "source_count": leads,
            "in_centrality": leads / (len(student.nodes) - 1),
        }


def fct_task_distances(student: Student) -> Rows:
    for name, model in student.catalogue.models.items():
        places = student.places(student.edges, name)
        for graph in student.graphs:
            found = distance(student.edges, graph.edges, model)
            place = places[graph.name][1] if graph.name in places else None
            yield {
                "student_key": student.key,
                "graph": graph.name,
                "distance_model": name,
                "missing_cost": number(found and found.missing),
                "extra_cost": number(found and found.extra),
                "weight_cost": number(found and found.weight),
                "distance": number(found and found.total),
                "closeness_rank": place and place.rank,
                "is_closest": place and place.rank == 1,
                "tied_count": place and place.tied_count,
                "completion_percent": place and place.percent,
                "completion_band": place and place.band,
            }


def fct_task_feedback(student: Student) -> Rows:
    for graph in student.lab_graphs:
        for hint in hints(student.edges, graph.edges, student.nodes):
            yield {
                "student_key": student.key,
                "graph": graph.name,
                "is_own_course": graph.course == student.course,
                "hint_kind": hint.kind,
                "hint_rank": hint.rank,
                "hint_text": hint.text,
                "student_weight": hint.student_weight,
                "expected_weight": hint.expected_weight,
            }


def fct_student_indicators(student: Student) -> Rows:
    row = student.indicators(student.edges, student.events)
    yield {"student_key": student.key} | row


def fct_affective_feedback(student: Student) -> Rows:
    felt = Counter((e.state, e.subject) for e in student.events if e.kind == "feedback")
    for (state, subject), count in felt.items():
        polarity, kind = student.catalogue.states.get(state or "", (None, None))
        is_known = polarity is not None and subject in student.catalogue.subjects
        yield {
            "student_key": student.key,
            "state": state,
            "subject": subject,
            "feedback_kind": kind,
            "is_known": is_known,
            "polarity": polarity if is_known else None,
            "event_count": count,
        }


def fct_graph_measures(student: Student) -> Rows:
    for graph in student.graphs:
        found = research(student.edges, graph.edges, student.nodes)
        yield {"student_key": student.key, "graph": graph.name} | found


def _days(student: Student) -> list[date]:
    return sorted({event.day for event in student.commands})


def _edges_until(student: Student, day: date) -> Matrix:
    return counted(pair for pair in student.pairs if pair[1].day <= day)


def fct_progress_snapshots(student: Student) -> Rows:
    for day in _days(student):
        events = [event for event in student.events if event.day <= day]
        row = student.indicators(_edges_until(student, day), events)
        yield {"student_key": student.key, "snapshot_date": day} | row


def fct_progress_task_distances(student: Student) -> Rows:
    for day in _days(student):
        places = student.places(_edges_until(student, day))
        for task in student.tasks:
            value, place = places.get(task.name, (None, None))
            yield {
                "student_key": student.key,
                "snapshot_date": day,
                "graph": task.name,
                "distance": number(value),
                "closeness_rank": place and place.rank,
                "is_closest": place and place.rank == 1,
                "tied_count": place and place.tied_count,
            }


def fct_student_usage(student: Student) -> Rows:
    count = len(student.sessions)
    minutes = sum(session.duration_ms for session in student.sessions) / 1000 / 60
    days = {at.date() for session in student.sessions if (at := student.local(session))}
    yield {
        "student_key": student.key,
        "log_count": sum(event.kind in LAB_KINDS for event in student.events),
        "session_count": count,
        "active_day_count": len(days),
        "total_session_minutes": minutes,
        "mean_session_minutes": minutes / count if count else None,
    }


def fct_student_interactions(student: Student) -> Rows:
    done = Counter(
        (event.verb, event.kind in LAB_KINDS) for event in student.events if event.verb is not None
    )
    for (verb, is_lab_use), count in done.items():
        yield {
            "student_key": student.key,
            "verb": verb,
            "is_lab_use": is_lab_use,
            "interaction_count": count,
        }


def fct_student_session_hours(student: Student) -> Rows:
    hours = Counter(at.hour // 4 * 4 for one in student.sessions if (at := student.local(one)))
    for first in range(0, 24, 4):
        yield {
            "student_key": student.key,
            "first_hour": first,
            "hour_bin": f"{first:02d}:00-{first + 3:02d}:59",
            "session_count": hours[first],
        }


def fct_dashboard_usage(student: Student) -> Rows:
    used: Counter[tuple[str, str | None, str | None, str | None]] = Counter()
    for event in student.events:
        if event.kind == "request":
            used["request", event.content, None, None] += 1
        elif event.kind == "dashboard":
            used["interaction", None, event.detail, event.component] += 1
    for (kind, content, interaction, component), count in used.items():
        yield {
            "student_key": student.key,
            "usage_kind": kind,
            "content": content,
            "interaction_type": interaction,
            "component": component,
            "event_count": count,
        }


def fct_student_summaries(student: Student) -> Rows:
    row = student.indicators(student.edges, student.events)
    yield {
        "student_key": student.key,
        "command_count": len(student.commands),
        "exploration_bar_percent": _capped(row["exploration"]),
        "edges_bar_percent": _capped(row["edges_percent"]),
        "enjoyment_bar_percent": min(max(50 + 5 * row["enjoyment"], 0), 100),
        "is_clock_skewed": any(event.is_skewed for event in student.events),
        "repeated_message_count": sum(e.occurrence_number > 1 for e in student.events),
    }


def _capped(value: float | None) -> float | None:
    return None if value is None else min(value, 100.0)
