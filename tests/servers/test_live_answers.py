"""Dashboards that ask over the emulated session host and relay, and what they hear."""

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from exports.answers.engine import KINDS, without_nulls
from exports.answers.pack import ANSWER_PREFIX
from flows import answers
from flows.answers import AnswerService
from flows.stream_sources import sources
from sample_world.relay_emulator import RelayEmulator
from tests.exports.laboratory import (
    EMPTY,
    NOCOURSE,
    PERFECT,
    SHUFFLED,
    SINGLE,
    V2,
    W1,
    W2,
    Laboratory,
    command,
    feedback,
    request,
)

ALL = ["student_graph", "comparison_graph", "task_identification", "indicators", "centroids"]
UNKNOWN = "ffffffff-1111-4222-8333-9d5e0a7b1c2d"
NODES = [
    "voltage_step",
    "voltage_ramp",
    "position_step",
    "position_ramp",
    "speed_step",
    "speed_ramp",
]


def until(is_so: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def strict(text: str) -> dict[str, Any]:
    """A message as a browser parses it."""

    def refuse(name: str) -> float:
        raise AssertionError(f"{name} in {text}")

    message: dict[str, Any] = json.loads(text, parse_constant=refuse)
    assert "null" not in text
    return message


class Dashboard:
    """A participant of one stream that asks and hears the answers."""

    def __init__(self, relay: RelayEmulator, service: AnswerService, lab: Laboratory) -> None:
        self.relay, self.service, self.lab = relay, service, lab

    def answers(self) -> list[dict[str, Any]]:
        """All answers so far."""
        return [strict(text) for text in self.relay.received("spin30-log")]

    def ask(self, asked: dict[str, Any] | str, count: int) -> list[dict[str, Any]]:
        """Ask, and hear so many answers."""
        before = len(self.answers())
        text = asked if isinstance(asked, str) else json.dumps(asked)
        self.relay.publish("spin30-log", text)
        until(lambda: len(self.answers()) >= before + count)
        return self.answers()[before:]

    def recorded(self) -> list[dict[str, Any]]:
        """The rows of the answers dataset, sealed by the end of the service."""
        files = sorted(
            (self.lab.settings.spinner_data_path / "sealed" / "answers").glob("*/*.parquet")
        )
        return [row for file in files for row in pq.read_table(file).to_pylist()]


def running(lab: Laboratory, mode: str) -> Iterator[Dashboard]:
    with RelayEmulator() as relay:
        relay.write_credentials(lab.folder / "credentials", ["spin30"])
        lab.environment = {
            "EXPORTS__SPINNER__ANSWERS": mode,
            "SOURCES__SPINNER__CREDENTIALS_PATH": str(lab.folder / "credentials"),
        }
        followed = {source.stream: source for source in sources(lab.settings, ["spin30"])}
        service = AnswerService(lab.settings, followed)
        thread = threading.Thread(target=service.run)
        thread.start()
        try:
            until(lambda: relay.connection_count("spin30-log") == 1 and service.is_ready)
            yield Dashboard(relay, service, lab)
        finally:
            service.stop()
            thread.join(timeout=30)


@pytest.fixture
def dashboard(laboratory: Laboratory) -> Iterator[Dashboard]:
    yield from running(laboratory, "live")


@pytest.fixture
def shadowed(laboratory: Laboratory) -> Iterator[Dashboard]:
    yield from running(laboratory, "shadow")


def test_worked_example_1_is_answered_by_five_messages_in_order(dashboard: Dashboard) -> None:
    heard = dashboard.ask(request(W1), 5)

    assert [message["content"] for message in heard] == ALL
    for message in heard:
        assert list(message)[:5] == ["user", "type", "exp", "course", "content"]
        assert list(message)[-3:] == ["t", "request_t", "by"]
        assert message["user"] == W1
        assert message["request_t"] == 1675951300000
        assert message["by"] == "tallyhouse"
    graph, comparison, tasks, indicators, centroids = heard
    assert [node["id"] for node in graph["nodes"]] == NODES
    assert graph["nodes"][0] == {
        "id": "voltage_step",
        "label": "voltage_step",
        "x": 100.0,
        "y": -173.20508075688772,
        "physics": False,
        "shape": "dot",
        "size": 10,
        "color": "#97c2fc",
    }
    assert [
        (edge["from"], edge["to"], edge["label"], edge["width"]) for edge in graph["edges"]
    ] == [
        ("voltage_step", "speed_step", "1", 1.0),
        ("position_step", "position_step", "3", 3.0),
        ("position_step", "speed_step", "1", 1.0),
        ("speed_step", "voltage_step", "1", 1.0),
        ("speed_step", "speed_step", "3", 3.0),
    ]
    assert graph["node_info"]["in_centrality"] == dict(
        zip(NODES, [0.2, 0.0, 0.2, 0.0, 0.6, 0.0], strict=True)
    )
    assert comparison["graph"] == "spinner-engdes1-1-core"
    assert [edge["label"] for edge in comparison["edges"]] == ["5"]
    assert list(tasks["tasks"].items()) == [
        ("spinner-engdes1-1-core", 9.0),
        ("spinner-engdes1-1-ext", pytest.approx(12.692307692307693, abs=1e-9)),
        ("spinner-engdes1-1-core-ext", pytest.approx(13.421052631578947, abs=1e-9)),
        ("spinner-engdes1-2", pytest.approx(13.96551724137931, abs=1e-9)),
        ("spinner-engdes1-all", pytest.approx(10.693284936479127, abs=1e-9)),
    ]
    assert indicators["indicators"] == {
        "exploration": 20.0,
        "enjoyment": 1,
        "edges": pytest.approx(18.367346938775512, abs=1e-9),
    }
    assert list(centroids["centroids"]) == [
        "student",
        "task1core",
        "task1ext",
        "task2",
        "all",
        "vertices",
    ]
    assert centroids["centroids"]["student"] == pytest.approx(
        [0.6666666666666666, -0.38490017945975047], abs=1e-9
    )
    assert centroids["centroids"]["vertices"][0] == {
        "name": "voltage_step",
        "x": 0.5,
        "y": 0.8660254037844386,
    }


def test_worked_example_2_has_its_distances_and_hints(dashboard: Dashboard) -> None:
    (tasks,) = dashboard.ask(request(W2, "task_identification", "cie3"), 1)
    (hints,) = dashboard.ask(request(W2, "task_feedback", "cie3", task="spinner-cie3-all"), 1)

    assert list(tasks["tasks"].values()) == pytest.approx(
        [
            25,
            0.75,
            12.310344827586206,
            30.75,
            42.310344827586206,
            15.166666666666666,
            45.166666666666664,
        ],
        abs=1e-9,
    )
    assert hints["task"] == "spinner-cie3-all"
    assert hints["feedback"] == {
        "hardware": ["voltage_step"],
        "hardware_freq": ["position_step"],
        "transition": ["voltage_step to position_step", "position_ramp to position_step"],
        "transition_freq": [],
    }


@pytest.mark.parametrize("user", [EMPTY, SINGLE, UNKNOWN])
def test_a_student_without_edges_has_an_answer_without_numbers(
    dashboard: Dashboard, user: str
) -> None:
    graph, _, tasks, indicators, centroids = dashboard.ask(request(user), 5)
    (hints,) = dashboard.ask(request(user, "task_feedback", task="spinner-engdes1-all"), 1)

    assert [node["id"] for node in graph["nodes"]] == NODES
    assert graph["edges"] == []
    assert set(graph["node_info"]["in_centrality"].values()) == {0.0}
    assert tasks["tasks"] == {}
    assert indicators["indicators"] == {"enjoyment": 0, "edges": 0.0}
    assert list(centroids["centroids"]) == ["task1core", "task1ext", "task2", "all", "vertices"]
    assert hints["feedback"] == {
        "hardware": ["position_step", "speed_step"],
        "hardware_freq": [],
        "transition": ["position_step to speed_step"],
        "transition_freq": [],
    }


def test_a_course_without_graphs_has_only_what_needs_none(dashboard: Dashboard) -> None:
    graph, comparison, tasks, indicators, centroids = dashboard.ask(request(NOCOURSE, course=""), 5)

    assert [edge["label"] for edge in graph["edges"]] == ["1"]
    assert graph["course"] == ""
    assert comparison["graph"] == "spinner-engdes1-1-core"
    assert tasks["tasks"] == {}
    assert indicators["indicators"] == {"enjoyment": 0}
    assert list(centroids["centroids"]) == ["student", "vertices"]


def test_a_perfect_match_is_zero(dashboard: Dashboard) -> None:
    (tasks,) = dashboard.ask(request(PERFECT, "task_identification"), 1)

    assert list(tasks["tasks"].values()) == pytest.approx(
        [0, 6.153846153846154, 7.368421052631579, 22, 37.36842105263158], abs=1e-9
    )


def test_order_follows_the_browser_and_the_second_format_counts(dashboard: Dashboard) -> None:
    (late,) = dashboard.ask(request(SHUFFLED, "student_graph"), 1)
    (second,) = dashboard.ask(request(V2, "student_graph"), 1)

    assert [(edge["from"], edge["to"]) for edge in late["edges"]] == [
        ("voltage_step", "speed_step"),
        ("speed_step", "position_step"),
    ]
    assert [(edge["from"], edge["to"]) for edge in second["edges"]] == [
        ("voltage_step", "voltage_step"),
        ("position_step", "voltage_step"),
    ]


def test_a_command_spooled_before_the_request_is_in_the_answer(dashboard: Dashboard) -> None:
    user = "aaaaaaaa-1111-4222-8333-9d5e0a7b1c2d"
    spool = dashboard.lab.capture([command(user, 1, "p")], "tail", is_sealed=False)
    (one,) = dashboard.ask(request(user, "student_graph"), 1)
    dashboard.lab.append(spool, command(user, 2, "v"), 2)
    (two,) = dashboard.ask(request(user, "student_graph"), 1)
    dashboard.lab.append(spool, feedback(user, 3, "Bored"), 3)
    (mood,) = dashboard.ask(request(user, "indicators"), 1)
    spool.close()

    assert one["edges"] == []
    assert [(edge["from"], edge["to"]) for edge in two["edges"]] == [
        ("position_step", "voltage_step")
    ]
    assert mood["indicators"]["enjoyment"] == -1


def test_aliases_are_understood_and_courses_come_back_as_asked(dashboard: Dashboard) -> None:
    asked = request(W1, "comparison_graph", "ed1", graph="spinner-ed1-2")
    (graph,) = dashboard.ask(asked, 1)
    (tasks,) = dashboard.ask(request(W1, "task_identification", "ed1"), 1)

    assert (graph["course"], graph["graph"]) == ("ed1", "spinner-engdes1-2")
    assert tasks["tasks"]["spinner-engdes1-1-core"] == 9.0


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (request(W1) | {"exp": "../x"}, "unknown_lab"),
        (request(W1) | {"exp": "battery"}, "unknown_lab"),
        (request(W1, course="*"), "unknown_course"),
        (request(W1, "everything"), "unknown_content"),
        (request(W1, "comparison_graph", graph="pendulum-engdes1-2"), "unknown_graph"),
        (request(W1, "comparison_graph", graph="' or 1=1 --"), "unknown_graph"),
        (request(W1, "comparison_graph", graph=""), "missing_argument"),
        (request(W1, "comparison_graph", graph=["spinner-cie3-3"]), "missing_argument"),
        (request(W1, "task_feedback"), "missing_argument"),
        (request(W1, "task_feedback", task="spinner-cie3-mean-21-22"), "unknown_task"),
    ],
)
def test_what_is_unknown_is_an_error_that_repeats_nothing(
    laboratory: Laboratory, dashboard: Dashboard, asked: dict[str, Any], code: str
) -> None:
    (message,) = dashboard.ask(asked, 1)

    assert (message["content"], message["error"]["code"]) == ("error", code)
    assert set(message) <= {
        "by",
        "content",
        "course",
        "error",
        "exp",
        "request_content",
        "request_t",
        "t",
        "type",
        "user",
    }
    assert not any(mark in json.dumps(message) for mark in ("*", "../", "1=1", "--"))


def test_an_unknown_graph_costs_only_its_own_message(dashboard: Dashboard) -> None:
    heard = dashboard.ask(request(W1, graph="spinner-cie3-9"), 5)

    assert [message["content"] for message in heard] == [
        "student_graph",
        "error",
        "task_identification",
        "indicators",
        "centroids",
    ]
    assert heard[1]["error"]["code"] == "unknown_graph"


def test_hostile_texts_get_no_answer_and_stop_nothing(dashboard: Dashboard) -> None:
    hostile = [
        json.dumps(request("*")),
        json.dumps(request("../x")),
        json.dumps(request(W1[:-1])),
        json.dumps(request(f"{W1}'; drop table x; --")),
        json.dumps(request(W1, graph="x" * 4_000)),
        json.dumps(request(W1) | {"pad": "x" * 1_000_000}),
        json.dumps(request(W1)).replace("1675951300000", "NaN"),
        '["request"]',
        '{"type":"request"}',
        json.dumps(request(W1) | {"type": "response"}),
        json.dumps(request(W1) | {"user": [W1]}),
    ]
    for text in hostile:
        dashboard.relay.publish("spin30-log", text)
    heard = dashboard.ask(request(W1, "indicators"), 1)

    assert [message["content"] for message in heard] == ["indicators"]
    assert len(dashboard.answers()) == 1


def test_a_flood_is_limited_and_told_so_once(dashboard: Dashboard) -> None:
    for number in range(30):
        graph = f"spinner-none-{number}"
        dashboard.relay.publish(
            "spin30-log", json.dumps(request(W1, "comparison_graph", graph=graph))
        )
        time.sleep(0.01)
    until(lambda: not dashboard.service.waiting_count)
    time.sleep(0.2)

    codes = [message["error"]["code"] for message in dashboard.answers()]
    assert codes.count("rate_limited") == 1
    assert 10 <= codes.count("unknown_graph") <= 14


def test_bodies_are_those_of_the_full_build(dashboard: Dashboard) -> None:
    courses = {W2: "cie3", NOCOURSE: "unspecified"}
    file = dashboard.lab.generation / "warehouse.duckdb"
    with duckdb.connect(file, read_only=True) as published:
        for user in (W1, W2, EMPTY, SINGLE, PERFECT, NOCOURSE, SHUFFLED, V2):
            asked = request(user, course=courses.get(user, "engdes1"))
            heard = {message["content"]: message for message in dashboard.ask(asked, 5)}
            for kind in KINDS:
                if not kind.is_of_student or kind.argument_column:
                    continue
                ((text,),) = published.execute(
                    f"select to_json(answers) from export_spinner.{ANSWER_PREFIX}{kind.model}"
                    " as answers where user_id = ?",
                    [user],
                ).fetchall()
                row = json.loads(text)
                for name in set(row) - {"student_key", "user_id", "lab", "course"}:
                    body = without_nulls(row[name])
                    assert json.dumps(heard[kind.content][name]) == json.dumps(body)


def test_the_dashboard_of_the_first_version_can_draw_every_answer(dashboard: Dashboard) -> None:
    for user, course in (
        (EMPTY, "engdes1"),
        (SINGLE, "engdes1"),
        (NOCOURSE, ""),
        (PERFECT, "engdes1"),
    ):
        graph, comparison, tasks, indicators, centroids = dashboard.ask(
            request(user, course=course), 5
        )
        for drawn in (graph, comparison):
            names = {node["id"] for node in drawn["nodes"]}
            assert all({edge["from"], edge["to"]} <= names for edge in drawn["edges"])
            assert all(drawn["node_info"]["in_centrality"][name] >= 0 for name in names)
        least = min(tasks["tasks"].values(), default=0)
        bars = [100 * least / value if value else 100.0 for value in tasks["tasks"].values()]
        assert all(0 <= bar <= 100 for bar in bars)
        assert all(math.isfinite(value) for value in indicators["indicators"].values())
        plotted = {name: at for name, at in centroids["centroids"].items() if name != "vertices"}
        assert all(len(at) == 2 for at in plotted.values())
        assert len(centroids["centroids"]["vertices"]) == len(NODES)


def test_shadow_answers_are_recorded_and_not_sent(shadowed: Dashboard, tmp_path: Path) -> None:
    before = len(shadowed.recorded())
    shadowed.relay.publish("spin30-log", json.dumps(request(W1)))
    until(lambda: shadowed.service.answered_count >= 5)
    shadowed.service.stop()
    until(lambda: len(shadowed.recorded()) >= before + 5)

    rows = shadowed.recorded()[before:]
    assert shadowed.answers() == []
    assert [row["content"] for row in rows] == ALL
    assert {row["outcome"] for row in rows} == {"shadow"}
    assert all(strict(row["body_text"])["by"] == "tallyhouse" for row in rows)
    assert {row["pack_version"] for row in rows} == {shadowed.lab.generation.name}


class Held:
    """Answers are held back from when the first one is begun until `release`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self._may_go_on = threading.Event(), threading.Event()
        self._answer = answers.answer
        self._monkeypatch = monkeypatch
        monkeypatch.setattr(answers, "answer", self._hold)

    def _hold(self, *given: Any, **named: Any) -> Iterator[Any]:
        self.begun.set()
        assert self._may_go_on.wait(60)
        return self._answer(*given, **named)

    def release(self, *, seconds_later: float = 0.0) -> None:
        """Let answers go on, when so many seconds have passed."""
        self._monkeypatch.setattr(answers, "monotonic", lambda: time.monotonic() + seconds_later)
        self._may_go_on.set()


def outcomes(dashboard: Dashboard, before: int) -> list[tuple[str, str, int]]:
    """What became of each request, in the order of the record, once the service has ended."""
    dashboard.service.stop()
    until(lambda: len(dashboard.recorded()) > before)
    return [
        (row["content"], row["outcome"], row["request_t_ms"])
        for row in sorted(dashboard.recorded(), key=lambda row: row["seq"])[before:]
    ]


def test_what_waited_longer_than_ten_seconds_is_not_answered(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, before = Held(monkeypatch), len(dashboard.recorded())
    dashboard.relay.publish("spin30-log", json.dumps(request(W1, "indicators") | {"t": 1}))
    assert held.begun.wait(60)
    dashboard.relay.publish("spin30-log", json.dumps(request(W1, "centroids") | {"t": 2}))
    until(lambda: dashboard.service.waiting_count == 1)
    held.release(seconds_later=10.0)
    dashboard.relay.publish("spin30-log", json.dumps(request(W1, "student_graph") | {"t": 3}))
    until(lambda: len(dashboard.answers()) == 2)

    assert [message["request_t"] for message in dashboard.answers()] == [1, 3]
    assert outcomes(dashboard, before) == [
        ("indicators", "sent", 1),
        ("centroids", "stale", 2),
        ("student_graph", "sent", 3),
    ]


def test_of_equal_requests_that_wait_the_newest_is_answered(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, before = Held(monkeypatch), len(dashboard.recorded())
    dashboard.relay.publish("spin30-log", json.dumps(request(W1, "indicators") | {"t": 1}))
    assert held.begun.wait(60)
    for asked in (
        request(W1, "centroids") | {"t": 2},
        request(W1, "task_feedback", task="spinner-engdes1-2") | {"t": 3},
        request(W1, "centroids") | {"t": 4},
        request(W1, "task_feedback", task="spinner-engdes1-all") | {"t": 5},
    ):
        dashboard.relay.publish("spin30-log", json.dumps(asked))
    until(lambda: dashboard.service.waiting_count == 3)
    held.release()
    until(lambda: len(dashboard.answers()) == 4)

    assert [(each["content"], each["request_t"]) for each in dashboard.answers()] == [
        ("indicators", 1),
        ("task_feedback", 3),
        ("centroids", 4),
        ("task_feedback", 5),
    ]
    assert outcomes(dashboard, before) == [
        ("centroids", "coalesced", 2),
        ("indicators", "sent", 1),
        ("task_feedback", "sent", 3),
        ("centroids", "sent", 4),
        ("task_feedback", "sent", 5),
    ]


def test_requests_in_files_are_history(own_laboratory: Laboratory) -> None:
    lab, now_ms = own_laboratory, int(time.time() * 1000)
    asked = [request(W1, "indicators") | {"t": now_ms + number} for number in range(4)]
    lab.capture(asked[:1], "sealed")
    spool = lab.capture(asked[1:2], "tail", is_sealed=False)
    for dashboard in running(lab, "live"):
        lab.append(spool, asked[2], 1)
        lab.capture(asked[2:3], "late")
        # Capture writes down what is asked live, too.
        lab.append(spool, asked[3], 2)
        (heard,) = dashboard.ask(asked[3], 1)
        (other,) = dashboard.ask(request(W2, "indicators", "cie3"), 1)

        assert heard["request_t"] == now_ms + 3
        assert other["user"] == W2
        assert len(dashboard.answers()) == 2
    assert [row["request_t_ms"] for row in dashboard.recorded()] == [now_ms + 3, 1675951300000]
    spool.close()
