"""Sessions of a student's laboratory events."""

from dataclasses import dataclass, field

from tests.truth.spinner_reference.placing import LAB_KINDS, Event

GAP_MS = 30 * 60_000
BOOKING_MS = 90 * 60_000
_END_KINDS = ("session-exp", "refresh", "close")


@dataclass
class Session:
    number: int
    is_booking_cut: bool
    events: list[Event] = field(default_factory=list)

    @property
    def hardware(self) -> str | None:
        return max((event.hardware for event in self.events if event.hardware), default=None)

    @property
    def commands(self) -> list[Event]:
        return [event for event in self.events if event.kind == "command"]

    @property
    def duration_ms(self) -> int:
        return self.events[-1].t_ms - self.events[0].t_ms

    @property
    def end_kind(self) -> str | None:
        found = {event.detail for event in self.events if event.kind == "session_end"}
        if not found:
            return None
        return next((kind for kind in _END_KINDS if kind in found), "other")


def sessions_of(events: list[Event]) -> list[Session]:
    """Cut one student's events, in canonical order, into sessions."""
    sessions: list[Session] = []
    previous: Event | None = None
    unit: str | None = None
    begin_ms = part = 0
    for event in events:
        if event.kind not in LAB_KINDS:
            continue
        is_other_unit = event.hardware is not None and unit is not None and event.hardware != unit
        if (
            previous is None
            or event.kind == "session_start"
            or (previous.kind == "session_end" and event.kind != "session_end")
            or event.t_ms - previous.t_ms > GAP_MS
            or is_other_unit
        ):
            begin_ms, part = event.t_ms, 0
            sessions.append(Session(len(sessions) + 1, is_booking_cut=False))
        elif (event.t_ms - begin_ms) // BOOKING_MS != part:
            part = (event.t_ms - begin_ms) // BOOKING_MS
            sessions.append(Session(len(sessions) + 1, is_booking_cut=True))
        sessions[-1].events.append(event)
        previous, unit = event, event.hardware or unit
    return sessions
