"""The course report: one page of charts, each with its numbers as a table.

Every number stands in the document; a number that is null there is withheld, because too few
students are behind it, and the page says so in its place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from exports.dashboards import charts
from exports.dashboards.drawing import drawing_style, page_svg
from exports.dashboards.graphs import draw_graph
from exports.dashboards.pages import page
from exports.dashboards.themes import PAGE
from exports.documents import Document

Row = Mapping[str, Any]

_GRAPH_TEXT_SCALE = 1.5  # a card is smaller than a picture
_NEVER_CONNECTED = "not connected before"

_MEASURES = (
    ("edges_percent", "Work done", "edges, in % of all tasks"),
    ("exploration", "Exploration", "exploration, points"),
    ("enjoyment", "Enjoyment", "enjoyment, points"),
)
_MEDIAN_NOTE = "Median over the students, at the end of each week."
_WEEKLY = (
    ("session_count", "Sessions", "sessions", "Sessions that began in the week."),
    ("active_student_count", "Active students", "students", "Students who had a session in it."),
    ("median_edges_percent", "Work done", "% of all tasks", _MEDIAN_NOTE),
    ("median_closest_distance", "Distance to the closest task", "distance", _MEDIAN_NOTE),
)
_COUNTS = (
    ("students", "Students"),
    ("active_students", "Active students"),
    ("commands", "Commands"),
    ("sessions", "Sessions"),
    ("session_hours", "Hours in sessions"),
    ("median_commands", "Median commands"),
    ("median_edges_percent", "Median work done, %"),
    ("median_exploration", "Median exploration"),
    ("median_enjoyment", "Median enjoyment"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One card of the page."""

    name: str
    title: str
    note: str
    chart: Markup | None
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts_count: int = 1  # columns that hold no number
    is_wide: bool = False


def course_report(document: Document) -> str:
    """Make the page.

    Args:
        document: A row of `exp_spinner__course_reports`.

    Returns:
        HTML in one piece.
    """
    withheld = f"fewer than {document['min_cohort']}"

    def shown(value: object) -> str:
        return withheld if value is None else _text(value)

    with drawing_style(svg_fonttype="none"):
        sections = [
            _mean_graph(document, shown),
            _closest_tasks(document["tasks"], shown),
            _distances(document["tasks"], shown),
            *(_distribution(document, *measure, shown) for measure in _MEASURES),
            _reflections(document["reflections"], shown),
            _session_hours(document["session_hours"], shown),
            *(_by_week(document["weeks"], *measure, shown) for measure in _WEEKLY),
            _coverage(document["coverage"]),
            _gaps(document["gaps"]),
            _unplaced(document["unplaced"]),
        ]
    counts = document["counts"]
    return page(
        "course_report.html.j2",
        title=document["title"],
        period=_period(document),
        withheld=withheld,
        counts=[(label, shown(counts[name])) for name, label in _COUNTS],
        sections=sections,
    )


def _mean_graph(document: Document, shown: Callable[[object], str]) -> Section:
    graph = document["mean_graph"]
    note = "How often one command follows another, as the rounded mean over active students."
    if graph is None:
        return Section(
            name="mean-graph",
            title="Mean graph of the course",
            note=f"{note} Withheld: {shown(None)} active students.",
            chart=None,
            columns=("From", "To", "Mean"),
            rows=(("any", "any", shown(None)),),
            texts_count=2,
        )
    figure = draw_graph("", graph["nodes"], graph["edges"], PAGE, _GRAPH_TEXT_SCALE)
    figure.patch.set_visible(False)
    return Section(
        name="mean-graph",
        title="Mean graph of the course",
        note=note,
        chart=_markup(figure, graph["alt_text"], "mean-graph"),
        columns=("From", "To", "Mean"),
        rows=[(edge["from"], edge["to"], _text(edge["weight"])) for edge in graph["edges"]],
        texts_count=2,
    )


def _closest_tasks(tasks: Sequence[Row], shown: Callable[[object], str]) -> Section:
    labels = [task["label"] for task in tasks]
    counts = [task["closest_student_count"] for task in tasks]
    return Section(
        name="closest-tasks",
        title="Closest task",
        note="Students by the task that their commands are closest to.",
        chart=_chart(charts.bars(labels, counts, "students"), "Closest task", "closest-tasks")
        if tasks
        else None,
        columns=("Task", "Students"),
        rows=[(label, shown(count)) for label, count in zip(labels, counts, strict=True)],
    )


def _distances(tasks: Sequence[Row], shown: Callable[[object], str]) -> Section:
    names = ("min_distance", "p25_distance", "median_distance", "p75_distance", "max_distance")
    labels = [task["label"] for task in tasks]
    rows = [[task[name] for name in names] for task in tasks]
    return Section(
        name="distances",
        title="Distance to each task",
        note="The line goes from least to most, the bar holds the middle half, its mark is the "
        "median. 0 is the expected procedure.",
        chart=_chart(charts.ranges(labels, rows, "distance"), "Distance to tasks", "distances")
        if tasks
        else None,
        columns=("Task", "Least", "Quarter", "Median", "Three quarters", "Most"),
        rows=[(label, *map(shown, row)) for label, row in zip(labels, rows, strict=True)],
    )


def _distribution(
    document: Document, measure: str, title: str, about: str, shown: Callable[[object], str]
) -> Section:
    rows = [row for row in document["distributions"] if row["measure"] == measure]
    labels = [row["bin_label"] for row in rows]
    counts = [row["student_count"] for row in rows]
    return Section(
        name=measure.replace("_", "-"),
        title=title,
        note=f"Students by {about}.",
        chart=_chart(charts.columns(labels, counts, "students", about), title, measure)
        if rows
        else None,
        columns=("Bin", "Students"),
        rows=[(label, shown(count)) for label, count in zip(labels, counts, strict=True)],
    )


def _reflections(rows: Sequence[Row], shown: Callable[[object], str]) -> Section:
    states = list(dict.fromkeys(row["state"] for row in rows))
    subjects = list(dict.fromkeys(row["subject"] for row in rows))
    counts = {(row["state"], row["subject"]): row["event_count"] for row in rows}
    values = [[counts.get((state, subject), 0) for subject in subjects] for state in states]
    return Section(
        name="reflections",
        title="Reflections",
        note="What students felt, and about what.",
        chart=_chart(charts.matrix(states, subjects, values), "Reflections", "reflections")
        if rows
        else None,
        columns=("State", "Subject", "Reflections"),
        rows=[(row["state"], row["subject"], shown(row["event_count"])) for row in rows],
        texts_count=2,
    )


def _session_hours(rows: Sequence[Row], shown: Callable[[object], str]) -> Section:
    labels = [row["bin_label"] for row in rows]
    counts = [row["session_count"] for row in rows]
    return Section(
        name="session-hours",
        title="Time of day",
        note="Sessions by the hour at which they began, on the clock of the course.",
        chart=_chart(
            charts.columns(labels, counts, "sessions", "hour"), "Time of day", "session-hours"
        )
        if rows
        else None,
        columns=("Hours", "Sessions"),
        rows=[(label, shown(count)) for label, count in zip(labels, counts, strict=True)],
    )


def _by_week(
    weeks: Sequence[Row],
    measure: str,
    subject: str,
    unit: str,
    note: str,
    shown: Callable[[object], str],
) -> Section:
    days = [_day(week["week_starts_on"]) for week in weeks]
    values = [week[measure] for week in weeks]
    title = f"{subject}, week by week"
    return Section(
        name=measure.replace("_", "-"),
        title=title,
        note=note,
        chart=_chart(charts.lines(days, values, unit), title, measure) if weeks else None,
        columns=("Week from", subject),
        rows=[(_text(day), shown(value)) for day, value in zip(days, values, strict=True)],
    )


def _coverage(streams: Sequence[Row]) -> Section:
    cells = [
        (place, _day(each["date"]), each["coverage_share"])
        for place, stream in enumerate(streams)
        for each in stream["days"]
    ]
    names = [stream["stream"] for stream in streams]
    return Section(
        name="coverage",
        title="What was recorded",
        note="Share of each day (UTC) on which the stream was listened to: the fuller, the "
        "stronger its colour.",
        chart=_chart(charts.coverage(names, cells), "Coverage by stream and day", "coverage")
        if cells
        else None,
        columns=("Stream", "Date", "Covered", "Gaps", "Quarantined"),
        rows=[
            (
                stream["stream"],
                _text(_day(each["date"])),
                f"{each['coverage_share']:.1%}",
                _text(each["gap_count"]),
                _text(each["quarantined_count"]),
            )
            for stream in streams
            for each in stream["days"]
        ],
        texts_count=2,
        is_wide=True,
    )


def _gaps(gaps: Sequence[Row]) -> Section:
    return Section(
        name="gaps",
        title="Gaps",
        note="Stretches in which a stream was not listened to, and why.",
        chart=None,
        columns=("Stream", "From (UTC)", "To (UTC)", "Reason", "Seconds"),
        rows=[
            (
                gap["stream"],
                _text(gap["started_at"]),
                "open" if gap["is_open"] else _text(gap["ended_at"]),
                gap["reason_code"] or _NEVER_CONNECTED,
                _text(gap["gap_seconds"]),
            )
            for gap in gaps
        ],
        texts_count=4,
    )


def _unplaced(rows: Sequence[Row]) -> Section:
    return Section(
        name="unplaced",
        title="Messages that could not be placed",
        note="They are kept, and counted here by reason.",
        chart=None,
        columns=("Stream", "Date", "Reason", "Messages"),
        rows=[
            (row["stream"], _text(_day(row["date"])), row["reason"], _text(row["message_count"]))
            for row in rows
        ],
        texts_count=3,
    )


def _chart(figure: Figure, title: str, name: str) -> Markup:
    return _markup(figure, f"{title}; the numbers are in the table below.", name)


def _markup(figure: Figure, description: str, name: str) -> Markup:
    return Markup(page_svg(figure, description, name))  # noqa: S704 - drawn here, texts escaped


def _period(document: Document) -> str:
    starts_on, ends_on = _day(document["starts_on"]), _day(document["ends_on"])
    return f"{_text(starts_on)} to {_text(ends_on)} (exclusive)"


def _day(value: str | date) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.day} {value:%B %Y %H:%M}"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)
