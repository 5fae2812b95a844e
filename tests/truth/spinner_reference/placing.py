"""Messages to events: who did what, when, or why it cannot be said."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from tests.truth.spinner_reference.catalogue import Catalogue
from tests.truth.spinner_reference.reading import Sent

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_USER = re.compile(r"[A-Za-z0-9-]{1,64}")
_UNIT = re.compile(r"(spin|pend)[0-9]{2}")
LAB_KINDS = ("command", "session_start", "session_end", "click", "component", "other")
_V2_KINDS = {
    "session-started": "session_start",
    "session-expired": "session_end",
    "clicked": "click",
    "opened-component": "component",
    "closed-component": "component",
}
_LOGS = {
    "start": ("session_start", "session-started"),
    "end": ("session_end", "session-ended"),
    "click": ("click", "clicked"),
    "component": ("component", "closed-component"),
    "achievements": ("other", "achievements-updated"),
    "analytics-interaction": ("dashboard", ""),
}
_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
SKEW_MS = 300_000


@dataclass(frozen=True)
class Event:
    """One placed message."""

    lab: str
    course: str
    user: str
    t_ms: int
    received_at: datetime
    seq: int
    stream: str
    capture_id: str
    occurrence_number: int
    kind: str
    verb: str | None
    hardware: str | None = None
    node: str | None = None
    set_value: float | None = None
    detail: str | None = None
    content: str | None = None
    component: str | None = None
    state: str | None = None
    subject: str | None = None
    is_skewed: bool = False

    @property
    def key(self) -> str:
        return f"{self.lab}:{self.course}:{self.user}"

    @property
    def at(self) -> datetime:
        return _EPOCH + timedelta(milliseconds=self.t_ms)

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def order(self) -> tuple[Any, ...]:
        return (self.t_ms, self.received_at, self.seq, self.stream, self.capture_id)


Unplaced = Counter[tuple[str, date, str, bool]]  # stream, date of receipt, reason, is placed


def place(messages: Iterable[Sent], catalogue: Catalogue) -> tuple[list[Event], Unplaced]:
    """All events in canonical order, and what is counted as unplaced."""
    events: list[Event] = []
    unplaced: Unplaced = Counter()
    for message in messages:
        event, reasons = _Message(message, catalogue).placed()
        for reason in reasons:
            first = message.first
            unplaced[first.stream, first.received_at.date(), reason, event is not None] += 1
        if event is not None:
            events.append(event)
    return sorted(events, key=lambda event: event.order), unplaced


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _loose(value: Any) -> str | None:
    """Within a message, what is no text is its JSON, so that it is seen that it is odd."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | None:
    """What a value sets, also from text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


class _Message:
    def __init__(self, message: Sent, catalogue: Catalogue) -> None:
        self.first, self.occurrence_number = message.first, message.occurrence_number
        self.document = message.document or {}
        self.catalogue = catalogue
        query = parse_qs(message.first.query or "")
        self.query = {name: values[-1] for name, values in query.items()}
        is_newer = any(isinstance(self.document.get(name), dict) for name in ("actor", "verb"))
        self.is_v2 = is_newer and _text(self.document.get("user")) is None
        self.payload = _object(self.document.get("payload"))

    def placed(self) -> tuple[Event | None, list[str]]:
        user, lab, course, hardware = self._v2_sender() if self.is_v2 else self._v1_sender()
        course = self.catalogue.aliases.get(course or "unspecified", course or "unspecified")
        kind = self._kind()
        reason = None
        if not user:
            reason = "missing_user"
        elif not _USER.fullmatch(user):
            reason = "invalid_user"
        elif lab not in self.catalogue.nodes:
            reason = "unknown_lab"
        elif (lab, course) not in self.catalogue.courses:
            reason = "unknown_course"
        elif kind is None:
            reason = "unknown_type"
        if reason is not None:
            return None, [reason]
        assert user is not None
        assert lab is not None
        assert kind is not None
        t_ms = self._t_ms()
        received_ms = (self.first.received_at - _EPOCH) // timedelta(milliseconds=1)
        word_fields, reason = self._meaning(kind, lab)
        if t_ms is None:
            reason = reason or "missing_t"
        return (
            Event(
                lab=lab,
                course=course,
                user=user,
                t_ms=received_ms if t_ms is None else t_ms,
                received_at=self.first.received_at,
                seq=self.first.seq,
                stream=self.first.stream,
                capture_id=self.first.capture_id,
                occurrence_number=self.occurrence_number,
                hardware=hardware if _UNIT.fullmatch(hardware or "") else None,
                is_skewed=t_ms is not None and abs(received_ms - t_ms) > SKEW_MS,
                **word_fields,
            ),
            [reason] if reason else [],
        )

    def _t_ms(self) -> int | None:
        """The browser's clock; the newer page's may also be text or have a fraction."""
        t_ms = self.document.get("timestamp" if self.is_v2 else "t")
        if self.is_v2 and (number := _number(t_ms)) is not None:
            t_ms = t_ms if isinstance(t_ms, int) else math.floor(number + 0.5)
        return t_ms if type(t_ms) is int and _is_instant(t_ms) else None

    def _v1_sender(self) -> tuple[str | None, str | None, str | None, str | None]:
        fields = ("user", "exp", "course", "hardware")
        user, lab, course, hardware = (_text(self.document.get(field)) for field in fields)
        return user, lab, course, hardware

    def _v2_sender(self) -> tuple[str | None, str | None, str | None, str | None]:
        actor = _object(self.document.get("actor"))
        verb = self._verb()
        where = "object" if verb in ("session-started", "session-expired") else "context"
        hardware = _loose(_object(self.document.get(where)).get("exp_id"))
        user = self.query.get("username")
        actor_id = _loose(actor.get("id"))
        if user is None and actor_id != "system" and not _UNIT.fullmatch(actor_id or ""):
            user = actor_id
        course = self.query.get("course") or _loose(actor.get("course"))
        lab = self.query.get("hardware")
        if lab is None and _UNIT.fullmatch(hardware or ""):
            lab = self.catalogue.prefixes[hardware[:4]]
        if lab is None and _UNIT.fullmatch(self.first.stream):
            lab = self.catalogue.prefixes[self.first.stream[:4]]
        if lab is None:
            ui = _loose(_object(self.document.get("object")).get("ui")) or ""
            lab = ui.split("-")[0]
        return user, lab, course, hardware

    def _verb(self) -> str | None:
        return _loose(_object(self.document.get("verb")).get("name"))

    def _kind(self) -> str | None:
        kind = _text(self.document.get("type"))
        if self.is_v2:
            return "v2" if self._verb() else None
        return kind if kind in ("analytics", "log", "request", "feedback", "response") else None

    def _meaning(self, kind: str, lab: str) -> tuple[dict[str, Any], str | None]:
        match kind:
            case "v2":
                return self._v2_meaning(lab)
            case "analytics":
                return self._command(_loose(self.payload.get("log")), lab)
            case "log":
                return self._log(), None
            case "request":
                return {
                    "kind": "request",
                    "verb": None,
                    "content": _loose(self.payload.get("content")),
                }, None
            case "feedback":
                return {
                    "kind": "feedback",
                    "verb": None,
                    "state": _loose(self.payload.get("state")),
                    "subject": self.catalogue.canonical_graph(_loose(self.payload.get("subject"))),
                }, None
        return {
            "kind": "response",
            "verb": None,
            "content": _loose(self.document.get("content")),
        }, None

    def _command(self, word: str | None, lab: str) -> tuple[dict[str, Any], str | None]:
        node = self.catalogue.words[lab].get(word or "")
        if node is None:
            is_foreign = any(word in words for words in self.catalogue.words.values())
            return (
                {"kind": "other", "verb": "unknown-command", "detail": word},
                "foreign_word" if is_foreign else "unknown_word",
            )
        value = _number(_object(self.payload.get("data")).get("set"))
        return {"kind": "command", "verb": "sent-command", "node": node, "set_value": value}, None

    def _log(self) -> dict[str, Any]:
        word = _loose(self.payload.get("log"))
        sort = _loose(self.payload.get("type"))
        kind, verb = _LOGS.get(word or "", ("other", "other-log"))
        if kind == "session_end" and sort == "session-exp":
            verb = "session-expired"
        if kind == "component" and self.payload.get("open") is True:
            verb = "opened-component"
        if kind == "dashboard":
            verb = f"dashboard-{sort}"
        component = _loose(self.payload.get("component"))
        return {"kind": kind, "verb": verb, "detail": sort, "component": component}

    def _v2_meaning(self, lab: str) -> tuple[dict[str, Any], str | None]:
        verb = self._verb()
        word = _loose(_object(self.document.get("context")).get("graph_node")) or None
        thing = _object(self.document.get("object"))
        is_slider = (_loose(thing.get("id")) or "").endswith("-slider")
        counts = verb == "changed" if is_slider else verb in ("clicked", "pressed-hotkey")
        kind = _V2_KINDS.get(verb or "", "other")
        is_word = re.fullmatch(r"[a-z][a-z-]{0,39}", verb or "")
        plain = {"kind": kind, "verb": verb if is_word else "unknown-verb"}
        if kind == "session_end":
            plain["detail"] = "session-exp"
        if word is None or not counts:
            return plain, None
        if word in {node.name for node in self.catalogue.nodes[lab]}:
            value = _number(thing.get("value"))
            return {"kind": "command", "verb": verb, "node": word, "set_value": value}, None
        is_foreign = any(
            word in {node.name for node in nodes} for nodes in self.catalogue.nodes.values()
        )
        return plain, "foreign_word" if is_foreign else "unknown_word"


def _is_instant(t_ms: int) -> bool:
    """Whether a calendar holds it: 64 bits that are no year are no time."""
    return 0 <= t_ms < 253_402_300_800_000
