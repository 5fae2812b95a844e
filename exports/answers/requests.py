"""Requests on the bus: what of them is believed, how often they are answered, and in which order.

Anybody on a topic can send anything. A text is looked at in the order of the checks below, and what
it names is only ever looked up by equality in what the generation knows.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from exports.answers.engine import KINDS, AnswerEngine
from exports.answers.workspace import USER_PATTERN

LARGEST_BYTES: Final = 4_000
STALE_SECONDS: Final = 10.0
QUEUE_LENGTH: Final = 100
USER_BURST, USER_RATE = 10.0, 1.0
TOPIC_BURST, TOPIC_RATE = 40.0, 20.0
REFUSAL_SECONDS: Final = 10.0
_KEPT_BUCKETS: Final = 10_000

ALL_FEEDBACK: Final = (
    "student_graph",
    "comparison_graph",
    "task_identification",
    "indicators",
    "centroids",
)
"""The messages that `all_feedback` consists of, in their order."""

ERRORS: Final = {
    "internal_error": "The answer could not be made.",
    "missing_argument": "The request needs a graph or a task.",
    "not_ready": "The history is still loading; ask again in a moment.",
    "rate_limited": "Too many requests; wait a little.",
    "unknown_content": "There is no such content.",
    "unknown_course": "There is no such course.",
    "unknown_graph": "There is no such graph.",
    "unknown_lab": "There is no such laboratory.",
    "unknown_task": "There is no such task.",
}
"""What error answers say; nothing of a request is repeated in them."""

_USER: Final = re.compile(USER_PATTERN)
_NAME: Final = re.compile(r"[a-z0-9_-]{0,32}")
_ARGUMENTS: Final = {
    "all_feedback": "graph",
    **{kind.content: kind.argument_column for kind in KINDS if kind.argument_column},
}
_UNKNOWN: Final = {"graph": "unknown_graph", "task": "unknown_task"}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The names that a request may use."""

    labs: frozenset[str] = frozenset()
    courses: frozenset[tuple[str, str]] = frozenset()  # laboratory, course
    course_aliases: Mapping[str, str] = field(default_factory=dict)
    graphs: Mapping[tuple[str, str], str] = field(default_factory=dict)  # laboratory, any name
    tasks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, engine: AnswerEngine) -> "Catalogue":
        """What a generation knows."""
        aliases = dict(engine.rows("spinner_course_aliases", ["alias", "course"]))
        listed = engine.rows(
            "dim_comparison_graphs", ["lab", "course", "graph", "is_task", "is_published"]
        )
        graphs = {}
        for lab, course, graph, _, is_published in listed:
            if is_published:
                graphs[lab, graph] = graph
                for alias, named in aliases.items():
                    if named == course:
                        graphs[lab, graph.replace(f"-{course}-", f"-{alias}-", 1)] = graph
        return cls(
            labs=frozenset(lab for (lab,) in engine.rows("spinner_labs", ["lab"])),
            courses=frozenset(engine.rows("spinner_courses", ["lab", "course"])),
            course_aliases={"": aliases.get("none", ""), **aliases},
            graphs=graphs,
            tasks=frozenset(graph for _, _, graph, is_task, _ in listed if is_task),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request as it was received."""

    stream: str
    text: str
    received_at: datetime
    received: float  # seconds on a clock that never goes back
    user_id: str
    lab: str | None  # as asked
    course: str | None  # as asked
    content: str | None  # as asked
    argument: str | None  # as asked
    t_ms: int | None

    def is_stale(self, now: float) -> bool:
        """Whether it came too long ago to be answered; the browser's clock is not asked."""
        return now - self.received > STALE_SECONDS

    @property
    def what(self) -> tuple[str, ...]:
        """What a newer request of the same kind makes needless."""
        asked = (self.lab, self.course, self.content, self.argument)
        return (self.stream, self.user_id, *(each or "" for each in asked))

    def shown(self, value: str | None) -> str | None:
        """A word of the request, where it is harmless enough to be repeated."""
        return value if value is not None and _NAME.fullmatch(value) else None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a request comes to."""

    error_code: str | None = None
    lab: str = ""
    course: str = ""  # under its own name
    contents: tuple[str, ...] = ()
    argument: str | None = None  # under its own name
    argument_error: str | None = None  # costs only the message that needs the argument


def read_request(text: str, stream: str, received_at: datetime, received: float) -> Request | None:
    """Read a text that claims to be a request.

    Args:
        text: One message of the stream.
        stream: The stream.
        received_at: When it came, by the time of day.
        received: When it came, in seconds on a clock that never goes back.

    Returns:
        The request; None when it is not answered: too long, no strict JSON, not from a user.
    """
    # Most messages are no requests, and are not worth decoding.
    if '"request"' not in text or len(text.encode("utf-8", "surrogatepass")) >= LARGEST_BYTES:
        return None
    try:
        message = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or message.get("type") != "request":
        return None
    user_id = message.get("user")
    if not isinstance(user_id, str) or not _USER.fullmatch(user_id):
        return None
    payload = message.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    content = _string(payload.get("content"))
    t_ms = message.get("t")
    return Request(
        stream=stream,
        text=text,
        received_at=received_at,
        received=received,
        user_id=user_id,
        lab=_string(message.get("exp")),
        course=_string(message.get("course", "")),
        content=content,
        argument=_string(payload.get(_ARGUMENTS.get(content or "", ""))),
        t_ms=t_ms if isinstance(t_ms, int) and not isinstance(t_ms, bool) else None,
    )


def check(request: Request, catalogue: Catalogue) -> Checked:
    """Look up, by equality, all that a request names."""
    if request.lab not in catalogue.labs:
        return Checked("unknown_lab")
    course = catalogue.course_aliases.get(request.course or "", request.course or "")
    if request.course is None or (request.lab, course) not in catalogue.courses:
        return Checked("unknown_course")
    contents: tuple[str, ...]
    if request.content == "all_feedback":
        contents = ALL_FEEDBACK
    elif request.content in {kind.content for kind in KINDS}:
        contents = (request.content,)
    else:
        return Checked("unknown_content")
    argument = None
    argument_error = None
    if entry := _ARGUMENTS.get(request.content):
        argument = catalogue.graphs.get((request.lab, request.argument or ""))
        if not request.argument:
            argument_error = "missing_argument"
        elif argument is None or (entry == "task" and argument not in catalogue.tasks):
            argument_error = _UNKNOWN[entry]
    return Checked(None, request.lab, course, contents, argument, argument_error)


class Waiting:
    """Requests that wait for their answer: of equal ones the newest, of all the newest hundred."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._requests: OrderedDict[tuple[str, ...], Request] = OrderedDict()

    def __len__(self) -> int:
        return len(self._requests)

    def add(self, request: Request) -> list[Request]:
        """Let a request wait.

        Returns:
            The requests that do not wait any longer: an equal one, or the oldest.
        """
        former = self._requests.pop(request.what, None)
        self._requests[request.what] = request
        if former is not None:
            return [former]
        if len(self._requests) > QUEUE_LENGTH:
            return [self._requests.popitem(last=False)[1]]
        return []

    def take(self) -> Request | None:
        """The request that has waited longest."""
        return self._requests.popitem(last=False)[1] if self._requests else None


class RateLimits:
    """How often a user and a topic are answered: a burst, then so many a second."""

    def __init__(self) -> None:
        """Nobody has asked yet."""
        self._users: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._topics: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._refused_at: OrderedDict[str, float] = OrderedDict()

    def admits(self, request: Request, now: float) -> bool:
        """Whether to answer; if so, it counts.

        Args:
            request: The request.
            now: Seconds on a clock that only goes forward.
        """
        user = _refilled(self._users.get(request.user_id), now, USER_BURST, USER_RATE)
        topic = _refilled(self._topics.get(request.stream), now, TOPIC_BURST, TOPIC_RATE)
        is_admitted = user >= 1 and topic >= 1
        _keep(self._users, request.user_id, (user - is_admitted, now))
        _keep(self._topics, request.stream, (topic - is_admitted, now))
        return is_admitted

    def tells_refusal(self, request: Request, now: float) -> bool:
        """Whether a user whose request is refused is told so."""
        refused_at = self._refused_at.get(request.user_id)
        if refused_at is not None and now - refused_at < REFUSAL_SECONDS:
            return False
        _keep(self._refused_at, request.user_id, now)
        return True


def _refilled(bucket: tuple[float, float] | None, now: float, burst: float, rate: float) -> float:
    if bucket is None:
        return burst
    left, at = bucket
    return min(burst, left + (now - at) * rate)


def _keep(buckets: "OrderedDict[str, Any]", name: str, value: object) -> None:
    """Remember a value, and forget the one that was used longest ago when there are too many."""
    buckets[name] = value
    buckets.move_to_end(name)
    if len(buckets) > _KEPT_BUCKETS:
        buckets.popitem(last=False)


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")
