"""The services as systemd starts them, beside the emulated relay, and dashboards that ask."""

import json
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import duckdb
import pytest

from sample_world.relay_emulator import RelayEmulator
from tests.exports.laboratory import EMPTY, W1, Laboratory, clicked, command, request
from tests.faults.tiny_run import COMMAND
from tests.servers.dashboard import Json, join, until
from tests.servers.services import (
    STREAMS,
    Service,
    Traffic,
    at_relay,
    at_session_host,
    dashboard,
    is_spooled,
    records,
    spooled,
)

pytestmark = pytest.mark.xdist_group("answer services")  # they share processes

REQUESTS = int(os.environ.get("REQUESTS", "12"))


def student(number: int) -> str:
    return f"{number:08x}-5555-4222-8333-9d5e0a7b1c2d"


def weight(graph: Json) -> int:
    return sum(int(edge["label"]) for edge in graph["edges"])


# Through the session host


@dataclass(frozen=True)
class Class:
    """A laboratory at work, and the emulator of its streams."""

    lab: Laboratory
    relay: RelayEmulator


@pytest.fixture(scope="module")
def working_class(
    laboratory: Laboratory, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Class]:
    """Twelve busy streams at the session host, captured and answered."""
    lab = laboratory.copied_to(tmp_path_factory.mktemp("class"))
    with RelayEmulator() as relay:
        at_session_host(lab, relay, STREAMS)
        with (
            Service(lab, "answer", *STREAMS) as answers,
            Service(lab, "capture", *STREAMS),
            Traffic(relay),
        ):
            answers.awaits("answers come from generation")
            until(lambda: all(relay.connection_count(stream) == 2 for stream in STREAMS))
            yield Class(lab, relay)


def test_every_request_has_its_five_messages_through_the_session_host(
    working_class: Class,
) -> None:
    lab, relay = working_class.lab, working_class.relay
    students = [student(number) for number in range(6)]
    with dashboard(relay, "spin30") as first, dashboard(relay, "spin41") as last:
        for number in range(REQUESTS):
            page, user = (first, last)[number % 2], students[number % len(students)]
            sent = command(user, 1_000 + number, "p")
            page.send(sent)
            until(partial(is_spooled, lab, sent))
            graph = page.ask(request(user) | {"t": number}, 5)[0]
            assert weight(graph) == number // len(students)
        # What was just answered is answered at once, so that fifteen messages follow each other.
        for _ in range(3):
            for page in (first, last):
                page.ask_at_once([request(user) for user in students[:3]], 5)


@pytest.mark.parametrize("user", [student(99), EMPTY], ids=["new", "clicks alone"])
def test_a_student_without_history_gets_five_well_formed_answers(
    working_class: Class, user: str
) -> None:
    with dashboard(working_class.relay) as page:
        graph, comparison, tasks, indicators, centroids = page.ask(request(user), 5)

    assert graph["edges"] == []
    assert [(edge["from"], edge["to"], edge["label"]) for edge in comparison["edges"]] == [
        ("position_step", "position_step", "5")
    ]
    assert tasks["tasks"] == {}
    assert indicators["indicators"] == {"enjoyment": 0, "edges": 0.0}
    assert "student" not in centroids["centroids"]


def test_an_unknown_course_is_one_well_formed_error(working_class: Class) -> None:
    with dashboard(working_class.relay) as page:
        (message,) = page.ask(request(W1, course="engdes9"), 1)

    assert message["error"]["code"] == "unknown_course"
    assert message["course"] == "engdes9"


def test_a_full_history_is_answered_alike_alone_and_together(working_class: Class) -> None:
    contents = ["student_graph", "comparison_graph", "task_identification", "indicators"]
    with dashboard(working_class.relay) as page:
        together = page.ask(request(W1), 5)
        alone = [page.ask(request(W1, content), 1)[0] for content in [*contents, "centroids"]]
        (hints,) = page.ask(request(W1, "task_feedback", task="spinner-engdes1-2"), 1)

    assert [{**message, "t": 0} for message in alone] == [
        {**message, "t": 0} for message in together
    ]
    assert weight(together[0]) == 9
    assert together[2]["tasks"]["spinner-engdes1-1-core"] == 9.0
    assert hints["feedback"]["hardware_freq"] == ["speed_step"]


# Hostile requests


_AUDITED = """
import os, sys
trace = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT)
sys.addaudithook(
    lambda name, told: os.write(trace, f'"{told[0]}"\\n'.encode()) if name == "open" else None
)
from flows.cli import main
sys.exit(main())
"""
"""For machines without strace: sees what Python opens, not what its libraries do."""


def traced(trace: Path) -> list[str]:
    """What runs a command and writes down each file that it opens."""
    if shutil.which("strace") is None:
        return [sys.executable, "-c", _AUDITED, str(trace)]
    calls = "trace=open,openat,openat2,creat"
    return ["strace", "-D", "-f", "--seccomp-bpf", "-qq", "-e", calls, "-o", str(trace), *COMMAND]


def test_hostile_requests_open_nothing_and_learn_nothing(own_laboratory: Laboratory) -> None:
    lab = own_laboratory
    bait, made = lab.folder / "x", lab.folder / "made.csv"
    bait.write_text("bait")
    attacker, twin = student(1), W1.upper()
    attack = [
        {"exp": "../x"},
        {"exp": "spin%"},
        {"course": "*"},
        {"course": "' or '1'='1"},
        {"course": "engdes1' union all select * from raw_spinner.messages --"},
        {"payload": {"content": "../../x"}},
        {"payload": {"content": f"read_text('{bait}')"}},
        *(
            {"payload": {"content": "comparison_graph", "graph": graph}}
            for graph in (
                "pendulum-engdes1-2",
                "../x",
                "*",
                str(bait),
                f"read_text('{bait}')",
                f"spinner-engdes1-2'; copy (select 1) to '{made}'; --",
            )
        ),
    ]
    answered = [request(student(100 + number)) | each for number, each in enumerate(attack)]
    unanswered = [
        request("*"),
        request("../x"),
        request("../capture/spool"),
        request(W1[:-1]),
        request(f"{W1}'; drop table raw_spinner.messages; --"),
        request(attacker) | {"pad": "x" * 1_000_000},
        request(attacker, graph="x" * 1_000_000),
    ]
    # A text of the second format that speaks of another student is of its actor alone.
    borrowed = clicked(attacker, 1, "position_step")
    borrowed["object"]["id"] = f"run-{W1}"
    lab.capture([clicked(attacker, 0, "voltage_step"), borrowed], "hostile", is_sealed=False)
    trace = lab.folder / "trace"
    with RelayEmulator() as relay:
        at_relay(lab, relay, "spin30")
        with (
            Service(lab, "answer", "spin30", runner=traced(trace)) as answers,
            dashboard(relay) as page,
        ):
            answers.awaits("answers come from generation")
            until(lambda: relay.connection_count("spin30-log") == 2)
            page.ask(request(student(2)), 5)
            page.ask(request(student(2), "task_feedback", task="spinner-engdes1-2"), 1)
            warm = len(trace.read_text())
            codes = [page.ask(each, 1)[0]["error"]["code"] for each in answered]
            for each in unanswered:
                page.send(each)
            (of_twin,) = page.ask(request(twin, "student_graph"), 1)
            (of_attacker,) = page.ask(request(attacker, "student_graph"), 1)
            began = time.monotonic()
            for number in range(100):  # more at once, and the relay loses some
                page.send(request(student(3), "comparison_graph", graph=f"spinner-{number}"))
            (of_victim,) = page.ask(request(W1, "student_graph"), 1)
            flooded = time.monotonic() - began
            assert answers.stop() == 0
        heard = page.answers()

    assert codes == [
        *("unknown_lab", "unknown_lab", "unknown_course", "unknown_course", "unknown_course"),
        *("unknown_content", "unknown_content"),
        *["unknown_graph"] * 6,
    ]
    assert {message["user"] for message in heard} == {
        *(W1, attacker, twin, student(2), student(3)),
        *(each["user"] for each in answered),
    }
    assert of_twin["edges"] == []
    assert [(edge["from"], edge["to"]) for edge in of_attacker["edges"]] == [
        ("voltage_step", "position_step")
    ]
    assert weight(of_victim) == 9
    told = [each["error"]["code"] for each in page.answers(student(3))]
    assert told.count("rate_limited") == 1 + flooded // 10
    assert 1 <= told.count("unknown_graph") <= 10 + flooded
    assert not made.exists()
    house, data = lab.settings.folder, lab.settings.spinner_data_path
    own = [house, data, lab.folder / "credentials", Path(sys.prefix), Path(sys.base_prefix)]
    opened = {
        Path(os.path.normpath(lab.folder / name))
        for name in re.findall(r'"([^"]+)"', trace.read_text()[warm:])
    }
    assert {data / "spool", house / "current"} & {*opened, *(p for f in opened for p in f.parents)}
    assert [file for file in opened if not any(file.is_relative_to(folder) for folder in own)] == []


# One instance, and the next


def test_an_instance_that_waits_takes_over_from_one_that_ends_or_is_killed(
    own_laboratory: Laboratory,
) -> None:
    lab, streams = own_laboratory, STREAMS[:3]
    with RelayEmulator() as relay, ExitStack() as opened:
        at_relay(lab, relay, *streams)
        pages = [opened.enter_context(dashboard(relay, stream)) for stream in streams]

        def start() -> Service:
            service = opened.enter_context(Service(lab, "answer", *streams))
            service.awaits("answers come from generation")
            return service

        def is_at_work(service: Service) -> bool:
            return all(
                f"{stream}-log: connected" in service.said
                and relay.connection_count(f"{stream}-log") == 2
                for stream in streams
            )

        def ask_on_each_stream() -> None:
            for page, user in zip(pages, (W1, EMPTY, student(1)), strict=True):
                page.ask(request(user), 5)

        first = start()
        until(lambda: is_at_work(first))
        second = start()
        ask_on_each_stream()
        assert not is_at_work(second)
        first.process.kill()
        until(lambda: is_at_work(second))
        ask_on_each_stream()
        third = start()
        ask_on_each_stream()
        assert not is_at_work(third)
        assert second.stop() == 0
        until(lambda: is_at_work(third))
        ask_on_each_stream()
        assert third.stop() == 0
        heard = [page.answers() for page in pages]

    rows = sorted(records(lab), key=lambda row: row["seq"])
    for stream, answers in zip(streams, heard, strict=True):
        assert len(answers) == 20
        of_stream = [row for row in rows if row["stream"] == stream]
        assert [json.loads(row["body_text"]) for row in of_stream] == answers
        assert len({row["seq"] for row in of_stream}) == 20
    assert {row["outcome"] for row in rows} == {"sent"}
    assert not list((lab.settings.spinner_data_path / "spool").iterdir())


def test_a_new_generation_is_taken_up_and_nobody_is_left_unanswered(
    own_laboratory: Laboratory,
) -> None:
    lab, graph = own_laboratory, "spinner-engdes1-1-core"
    former = lab.generation.name
    with duckdb.connect(lab.settings.build_file) as build:
        build.execute(
            "update seeds.spinner_expert_runs set run_length = 7 where graph = ?", [graph]
        )
    labels = []
    with RelayEmulator() as relay:
        at_relay(lab, relay, "spin30")
        with Service(lab, "answer", "spin30") as answers, dashboard(relay) as page:
            answers.awaits("answers come from generation")
            until(lambda: relay.connection_count("spin30-log") == 2)
            publishing = threading.Thread(target=lab.publish)
            for number in count():
                if number == 3:
                    publishing.start()
                asked = request(student(number), "comparison_graph", graph=graph)
                (edge,) = page.ask(asked, 1)[0]["edges"]
                labels.append(edge["label"])
                if edge["label"] == "6":
                    break
                assert number < 600
                time.sleep(0.1)  # as often as a topic may ask
            publishing.join()
            (tasks,) = page.ask(request(W1, "task_identification"), 1)
            assert answers.stop() == 0

    assert labels == [*["5"] * (len(labels) - 1), "6"]
    assert tasks["tasks"][graph] == 10.0
    versions = [row["pack_version"] for row in records(lab)]
    assert versions == [*[former] * (len(labels) - 1), *[lab.generation.name] * 2]
    assert former != lab.generation.name


# Off and shadow


def test_a_service_that_is_off_is_on_no_stream(own_laboratory: Laboratory) -> None:
    lab = own_laboratory
    with RelayEmulator() as relay:
        at_relay(lab, relay, "spin30")
        with (
            Service(lab, "answer", "spin30", EXPORTS__SPINNER__ANSWERS="off") as answers,
            dashboard(relay) as page,
        ):
            answers.awaits("EXPORTS__SPINNER__ANSWERS is off")
            page.send(request(W1))
            until(lambda: relay.received("spin30-log"))
            assert relay.connection_count("spin30-log") == 1
            assert answers.stop() == 0
            assert page.answers() == []
    assert records(lab) == []


def test_a_foreign_answer_with_nan_is_recorded_and_compared_with_ours(
    own_laboratory: Laboratory,
) -> None:
    lab, asked = own_laboratory, json.dumps(request(W1, "indicators"))
    foreign = (
        f'{{"user": "{W1}", "t": 1675951300500, "exp": "spinner", "course": "engdes1", '
        '"type": "response", "content": "indicators", '
        '"indicators": {"exploration": 6.0, "enjoyment": 1, "edges": NaN}}'
    )
    with RelayEmulator() as relay:
        at_relay(lab, relay, "spin30")
        address = relay.access_url("spin30"), relay.token("spin30")
        with (
            Service(lab, "answer", "spin30", EXPORTS__SPINNER__ANSWERS="shadow") as answers,
            Service(lab, "capture", "spin30") as captures,
            join(*address) as page,
            join(*address) as present_setup,
        ):
            answers.awaits("answers come from generation")
            until(lambda: relay.connection_count("spin30-log") == 4)
            page.send(asked)
            assert present_setup.recv(timeout=60) == asked
            present_setup.send(foreign)
            assert page.recv(timeout=60) == foreign
            until(lambda: "NaN" in spooled(lab))
            until(lambda: '"outcome":"shadow"' in spooled(lab, "lab-answers"))
            assert (answers.stop(), captures.stop()) == (0, 0)
        assert relay.received("spin30-log") == [asked, foreign]

    lab.build(("fct_shadow_differences",))
    with duckdb.connect(lab.settings.current_file.resolve(), read_only=True) as published:
        strict = published.execute(
            "select message_type, is_strict_json from raw_spinner.messages "
            "where capture_id = 'lab' order by seq"
        ).fetchall()
        differences = published.execute(
            "select value_name, their_value, round(our_value::double, 6), difference "
            "from mart_spinner.fct_shadow_differences order by value_name"
        ).fetchall()
    assert strict == [("request", True), ("response", False)]
    assert differences == [
        ("indicators.edges", "NaN", 18.367347, None),
        ("indicators.enjoyment", "1", 1.0, 0.0),
        ("indicators.exploration", "6.0", 20.0, 14.0),
    ]
