"""A dashboard written from the description of the messages alone: it uses none of the product.

It joins a stream as a browser does and judges every answer strictly, by form and order; what the
numbers must be, the tests say.
"""

import json
import math
import re
import threading
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

Json = dict[str, Any]

NODES: Final = {
    "spinner": [
        "voltage_step",
        "voltage_ramp",
        "position_step",
        "position_ramp",
        "speed_step",
        "speed_ramp",
    ],
}
TASKS: Final = {
    "cie3": ["1-2", "3", "4", "1-2-3", "1-2-4", "3-4", "all"],
    "engdes1": ["1-core", "1-ext", "1-core-ext", "2", "all"],
}
CENTROIDS: Final = {
    "cie3": ["task1", "task3", "task4", "all"],
    "engdes1": ["task1core", "task1ext", "task2", "all"],
}
ALL_FEEDBACK: Final = [
    "student_graph",
    "comparison_graph",
    "task_identification",
    "indicators",
    "centroids",
]
FIELDS: Final = {
    "student_graph": ["nodes", "edges", "node_info"],
    "comparison_graph": ["graph", "nodes", "edges", "node_info"],
    "task_identification": ["tasks"],
    "indicators": ["indicators"],
    "centroids": ["centroids"],
    "task_feedback": ["task", "feedback"],
}
_NAME: Final = re.compile(r"[a-z0-9_-]{0,32}")


def until(is_so: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def join(access_url: str, token: str) -> ClientConnection:
    """A connection to a stream: the token becomes an address that works once."""
    request = urllib.request.Request(access_url, data=b"", headers={"Authorization": token})  # noqa: S310 (loopback only)
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 (loopback only)
        address = json.load(answer)["uri"]
    return connect(address, ping_interval=None, close_timeout=0.1, max_size=None)


class Dashboard:
    """A participant of one stream, from its connection to its `close`."""

    def __init__(self, access_url: str, token: str) -> None:
        """Join."""
        self._socket = join(access_url, token)
        self.heard: list[tuple[float, Json]] = []  # when, in seconds, and the response
        self._faults: list[str] = []
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._thread.join(timeout=10)
        assert self._faults == []

    def send(self, message: Json | str) -> None:
        """Say something on the stream."""
        self._socket.send(message if isinstance(message, str) else json.dumps(message))

    def ask(self, asked: Json, count: int) -> list[Json]:
        """Ask, and hear so many answers for this user; they are in order and well formed."""
        return self.ask_at_once([asked], count)[0]

    def ask_at_once(self, several: list[Json], count: int) -> list[list[Json]]:
        """Ask for different users without a pause, and hear so many answers for each."""
        before = [len(self.answers(asked["user"])) for asked in several]
        for asked in several:
            self.send(asked)
        heard = []
        for asked, former in zip(several, before, strict=True):
            user = asked["user"]
            until(partial(self._has_heard, user, former + count))
            heard.append(self.answers(user)[former:])
            assert len(heard[-1]) == count, heard[-1]
            for message in heard[-1]:
                judge(message, asked)
            if count == len(ALL_FEEDBACK):
                for message, content in zip(heard[-1], ALL_FEEDBACK, strict=True):
                    assert message["content"] in {content, "error"}
        return heard

    def answers(self, user: str | None = None) -> list[Json]:
        """The responses so far, for one user or for all."""
        return [message for _, message in self.heard if user in {None, message["user"]}]

    def _has_heard(self, user: str, count: int) -> bool:
        return len(self.answers(user)) >= count

    def _hear(self) -> None:
        try:
            while True:
                frame = str(self._socket.recv())
                now = time.monotonic()
                for message in _messages(frame):
                    if message["type"] == "response":
                        self.heard.append((now, message))
        except ConnectionClosed:
            return
        except (AssertionError, ValueError) as fault:
            self._faults.append(str(fault))


def judge(message: Json, asked: Json) -> None:
    """Whether an answer has the form that its request calls for, to the letter."""
    if message["content"] == "error":
        _judge_error(message, asked)
        return
    content = message["content"]
    assert list(message) == [
        *("user", "type", "exp", "course", "content"),
        *FIELDS[content],
        *("t", "request_t", "by"),
    ]
    assert [message[name] for name in ("user", "type", "exp", "course")] == [
        asked["user"],
        "response",
        asked["exp"],
        asked["course"],
    ]
    _judge_envelope(message, asked)
    course = {"ed1": "engdes1"}.get(asked["course"], asked["course"])
    nodes = NODES[asked["exp"]]
    match content:
        case "student_graph" | "comparison_graph":
            _judge_graph(message, nodes)
        case "task_identification":
            names = [f"{asked['exp']}-{course}-{task}" for task in TASKS.get(course, [])]
            assert list(message["tasks"]) in (names, [])
            assert all(_is_number(value) and value >= 0 for value in message["tasks"].values())
        case "indicators":
            _judge_indicators(message["indicators"])
        case "centroids":
            _judge_centroids(message["centroids"], CENTROIDS.get(course, []), nodes)
        case "task_feedback":
            assert message["task"] == asked["payload"]["task"]
            _judge_feedback(message["feedback"], nodes)


def _judge_envelope(message: Json, asked: Json) -> None:
    assert type(message["t"]) is int
    assert abs(message["t"] - time.time() * 1000) < 60_000
    assert message["request_t"] == asked["t"]
    assert message["by"] == "tallyhouse"


def _judge_error(message: Json, asked: Json) -> None:
    repeated = {
        "exp": asked["exp"],
        "course": asked["course"],
        "request_content": asked["payload"].get("content"),
    }
    harmless = {
        name for name, word in repeated.items() if isinstance(word, str) and _NAME.fullmatch(word)
    }
    order = ["user", "type", "exp", "course", "content", "request_content"]
    assert list(message) == [
        *(name for name in order if name not in repeated or name in harmless),
        *("error", "t", "request_t", "by"),
    ]
    assert all(message[name] == repeated[name] for name in harmless)
    assert list(message["error"]) == ["code", "message"]
    assert all(isinstance(text, str) and text for text in message["error"].values())
    _judge_envelope(message, asked)


def _judge_graph(message: Json, nodes: list[str]) -> None:
    assert [node["id"] for node in message["nodes"]] == nodes
    for node in message["nodes"]:
        assert list(node) == ["id", "label", "x", "y", "physics", "shape", "size", "color"]
        assert node["label"] == node["id"]
        assert _is_number(node["x"])
        assert _is_number(node["y"])
        assert (node["physics"], node["shape"], node["size"], node["color"]) == (
            False,
            "dot",
            10,
            "#97c2fc",
        )
    places = []
    for edge in message["edges"]:
        assert list(edge) == ["from", "to", "label", "width", "arrows"]
        assert type(edge["label"]) is str
        assert type(edge["width"]) is float
        assert edge["label"] == str(int(edge["width"]))
        assert edge["width"] > 0
        assert edge["arrows"] == "to"
        places.append((nodes.index(edge["from"]), nodes.index(edge["to"])))
    assert places == sorted(set(places))
    assert list(message["node_info"]) == ["in_centrality"]
    centralities = message["node_info"]["in_centrality"]
    assert list(centralities) == nodes
    assert all(type(value) is float and 0 <= value <= 1.2 for value in centralities.values())


def _judge_indicators(indicators: Json) -> None:
    order = ["exploration", "enjoyment", "edges"]
    assert list(indicators) == [name for name in order if name in indicators]
    assert type(indicators["enjoyment"]) is int
    assert all(
        _is_number(value) and value >= 0
        for name, value in indicators.items()
        if name != "enjoyment"
    )


def _judge_centroids(centroids: Json, of_graphs: list[str], nodes: list[str]) -> None:
    names = [*of_graphs, "vertices"]
    assert list(centroids) in ([*("student", *names)], names)
    for name, place in centroids.items():
        if name != "vertices":
            assert len(place) == 2
            assert all(_is_number(value) for value in place)
    for vertex, node in zip(centroids["vertices"], nodes, strict=True):
        assert list(vertex) == ["name", "x", "y"]
        assert vertex["name"] == node
        assert _is_number(vertex["x"])
        assert _is_number(vertex["y"])


def _judge_feedback(feedback: Json, nodes: list[str]) -> None:
    assert list(feedback) == ["hardware", "hardware_freq", "transition", "transition_freq"]
    for name, hints in feedback.items():
        for hint in hints:
            ends = hint.split(" to ")
            assert len(ends) == (2 if name.startswith("transition") else 1)
            assert set(ends) <= set(nodes)


def _is_number(value: object) -> bool:
    return type(value) in {int, float} and math.isfinite(value)  # type: ignore[arg-type]


def _messages(frame: str) -> list[Json]:
    """The objects of a frame, for the relay glues; strict JSON, no null, no name twice."""
    decoder = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_object)
    found, place = [], 0
    while place < len(frame):
        message, place = decoder.raw_decode(frame, place)
        found.append(message)
    return found


def _refuse(name: str) -> float:
    raise AssertionError(f"{name} is no JSON")


def _object(pairs: list[tuple[str, Any]]) -> Json:
    made = dict(pairs)
    assert len(made) == len(pairs), pairs
    for value in made.values():
        assert value is not None, pairs
        assert not isinstance(value, list) or None not in value, pairs
    return made
