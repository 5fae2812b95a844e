"""The same actions, as the older and the newer lab page record them."""

from typing import Any, NamedTuple


class Act(NamedTuple):
    """Something that a student did, whatever records it."""

    t: int
    what: str  # command, start, end, click, component, achievements
    word: str | None = None
    unit: Any = None


class Person(NamedTuple):
    """What a page says of who is at it, right or wrong."""

    user: Any
    lab: Any
    course: Any


def v1(person: Person, act: Act, value: Any = 1.5) -> dict[str, Any]:
    """As the older page records it; the word of a command is its word."""
    payload: dict[str, Any] = {"log": act.what}
    match act.what:
        case "command":
            payload = {"log": act.word, "data": {"set": value, "kp": 1, "ki": 0, "kd": 0}}
        case "start":
            payload["data"] = act.t
        case "end":
            payload |= {"type": act.word, "data": act.t}
        case "click":
            payload["data"] = {"target": "run", "screen_pos": {"x": 812, "y": 413}}
        case "component":
            payload |= {"name": act.word, "open": act.t % 2 == 0}
        case "achievements":
            payload["data"] = [{"name": "multiple-runs", "completed": True, "n": 10}]
    return {
        "user": person.user,
        "t": act.t,
        "exp": person.lab,
        "hardware": act.unit,
        "course": person.course,
        "type": "analytics" if act.what == "command" else "log",
        "payload": payload,
    }


def v2(person: Person, act: Act, node: str | None = None, style: int = 0) -> list[dict[str, Any]]:
    """As the newer page records it; a slider is clicked before it has changed."""
    thing, verbs = {
        "command": (
            ("run-button", ["clicked"]),
            ("voltage-slider", ["clicked", "changed"]),
            ("increment", ["clicked"]),
            ("keyboard", ["pressed-hotkey"]),
        )[style % 4],
        "start": ("page", ["session-started"]),
        "end": ("page", ["session-expired"]),
        "click": ("menu", ["clicked"]),
        "component": (act.word, ["opened-component" if act.t % 2 == 0 else "closed-component"]),
        "achievements": ("graph", ["data-hovered"]),
    }[act.what]
    return [_v2(person, act, node, str(thing), verb) for verb in verbs]


def _v2(person: Person, act: Act, node: str | None, thing: str, verb: str) -> dict[str, Any]:
    at_object = verb in ("session-started", "session-expired")
    context: dict[str, Any] = {"event_type": "click", "event_timestamp": 8123.4, "x": 1, "y": 2}
    described: dict[str, Any] = {"id": thing, "parent": "panel", "ui": f"{person.lab}-3.0"}
    (described if at_object else context)["exp_id"] = act.unit
    if node is not None:
        context["graph_node"] = node
    if thing == "voltage-slider":
        described["value"] = "2.5" if act.t % 2 else 2.5
    return {
        "timestamp": act.t,
        "level": "INFO",
        "type": "analytics",
        "version": "1.1",
        "actor": {"id": person.user, "course": person.course},
        "verb": {"name": verb, "definition": f"https://host/verbs/{verb}"},
        "object": described,
        "context": context,
    }
