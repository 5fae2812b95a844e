"""Live answers: from a request to its last message, for students of 1,000 commands heard twice.

What is measured is `all_feedback` when the student has sent a command just before, so that nothing
kept of the last answer helps. First the work alone: read the tails, make the models, write five
strict JSON messages, and wait 5 ms between them. Then the services as they run: dashboards ask
over the relay, and answers come back through the session host, while twelve streams are busy and
two captures record them.
"""

import json
import random
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from time import monotonic, perf_counter, process_time, sleep

import psutil
import pyarrow as pa

from benchmarks.made_messages import laboratory_settings
from dlt_pipelines.connectors.capture_files import SCHEMAS, next_seq, write_sealed
from dlt_pipelines.connectors.recording import frame_rows
from dlt_pipelines.connectors.spool_files import Row, Spool
from dlt_pipelines.landing import land
from exports.answers.messages import answer
from exports.answers.requests import check, read_request
from exports.targets.websocket import PacedSender, strict_json
from flows.answer_history import Ready, open_generation
from flows.dbt_build import run_dbt
from sample_world.relay_emulator import RelayEmulator
from tests.exports.laboratory import Laboratory, request
from tests.servers.dashboard import ALL_FEEDBACK, Dashboard, until
from tests.servers.services import (
    STREAMS,
    Service,
    Traffic,
    at_session_host,
    dashboard,
    records,
)
from warehouse.progress import ignore_progress
from warehouse.publishing import Build, publish
from warehouse.settings import Settings
from warehouse.writer_lock import writer_lock

MESSAGES = 1_000_000
COMMANDS = 1_000
STUDENTS = 20
REQUESTS = 200
BUS_REQUESTS = 500
_SPOOLED_SECONDS = 0.25  # between a command and the request that is to know it
_LOST_SECONDS = 5.0  # an answer that takes longer does not come
_BEGAN = datetime(2026, 2, 9, 10, 0, tzinfo=UTC)
_WORDS = ("voltage", "position", "position_ramp", "speed")
_SEED = 1


def run(messages: int = MESSAGES, requests: int = BUS_REQUESTS) -> None:
    """Measure and print.

    Args:
        messages: How many the generation holds; those of the students who ask are among them.
        requests: How many come over the stream.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = laboratory_settings(folder)
        users = [f"{number:08x}-1111-4222-8333-9d5e0a7b1c2d" for number in range(STUDENTS)]
        _capture(settings, users, messages)
        started = perf_counter()
        _build(settings)
        seconds = perf_counter() - started
        print(f"\n{messages:,} messages loaded, built for answers and published in {seconds:.1f} s")
        captured = settings.spinner_data_path
        ready = open_generation(settings.current_link.resolve(), captured)
        spool = Spool(captured, "spin30", "a", next_seq=next_seq(captured, "spin30", "a"))
        first = [_ask(ready, spool, user, number) for number, user in enumerate(users)]
        later = [
            _ask(ready, spool, users[number % STUDENTS], number)
            for number in range(STUDENTS, STUDENTS + REQUESTS)
        ]
        spool.close()
        _print("first request of a student", first)
        _print(f"{COMMANDS:,} commands heard twice, one more each time", later)
        _ask_over_the_streams(folder, users, requests)


def _print(what: str, answers: list[tuple[float, float]]) -> None:
    print(f"{what}, {len(answers)} answers:")
    for label, times in zip(("time", "processor time"), zip(*answers, strict=True), strict=True):
        _print_times(label, times)


def _print_times(label: str, times: Sequence[float]) -> None:
    cuts = [cut * 1000 for cut in quantiles(times, n=100, method="inclusive")]
    print(f"  {label}: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, p99 {cuts[98]:.0f} ms")


def _ask_over_the_streams(folder: Path, users: list[str], requests: int) -> None:
    """Let dashboards ask the real services, each time after one more command."""
    lab = Laboratory(folder)
    with RelayEmulator() as relay, ExitStack() as opened:
        at_session_host(lab, relay, STREAMS)
        service = opened.enter_context(Service(lab, "answer", *STREAMS))
        for capture_id in ("a", "b"):
            named = {"SOURCES__SPINNER__CAPTURE_ID": capture_id}
            opened.enter_context(Service(lab, "capture", *STREAMS, **named))
        service.awaits("answers come from generation")
        until(lambda: all(relay.connection_count(stream) == 3 for stream in STREAMS))  # noqa: PLR2004 (one that answers, two that capture)
        pages = [opened.enter_context(dashboard(relay, stream)) for stream in STREAMS]
        traffic = opened.enter_context(Traffic(relay))
        process = psutil.Process(service.process.pid)
        began, before = perf_counter(), process.cpu_times()
        answered = [
            _ask_over(pages[number % len(pages)], users[number % STUDENTS], number)
            for number in range(requests)
        ]
        took, after = perf_counter() - began, process.cpu_times()
        rate = traffic.sent / took / len(STREAMS)
        status = service.stop()
    times = [seconds for seconds, _ in answered if seconds is not None]
    print(
        f"{requests} requests over {len(STREAMS)} streams, each with {rate:.0f} messages/s: "
        f"{len(times)} with all {len(ALL_FEEDBACK)} messages, the service ended with {status}"
    )
    _print_times("from the request's receipt to the last message sent", _record_times(lab))
    _print_times("from the dashboard's request to the last message heard", times)
    used = after.user + after.system - before.user - before.system
    print(f"  processor time of the service: {used / requests * 1000:.0f} ms a request")
    # One edge fewer than commands: of the history, of each answer before, and the last one.
    made = COMMANDS + (STUDENTS + REQUESTS) // STUDENTS
    known = sum(weight == made + number // STUDENTS for number, (_, weight) in enumerate(answered))
    print(f"  the command of {_SPOOLED_SECONDS} s before was in {known} answers")


def _ask_over(page: Dashboard, user: str, number: int) -> tuple[float | None, int | None]:
    """Send one more command and ask.

    Returns:
        Seconds until the last message, and the commands' edges in the answer; None when some
        message did not come.
    """
    page.send(_command(user, 2 * COMMANDS + number, "speed"))
    sleep(_SPOOLED_SECONDS)
    before, began = len(page.heard), monotonic()
    page.send(request(user) | {"t": number})
    while len(page.heard) < before + len(ALL_FEEDBACK):
        if monotonic() - began > _LOST_SECONDS:
            return None, None
        sleep(0.001)
    heard = page.heard[before:]
    if [message["content"] for _, message in heard] != ALL_FEEDBACK:
        raise ValueError(heard)
    weight = sum(int(edge["label"]) for edge in heard[0][1]["edges"])
    return heard[-1][0] - began, weight


def _record_times(lab: Laboratory) -> list[float]:
    """Seconds from the receipt of each request to its last message, as they were recorded."""
    latest: dict[int, float] = defaultdict(float)
    for row in records(lab):
        seconds = row["latency_ms"] / 1000
        latest[row["request_t_ms"]] = max(latest[row["request_t_ms"]], seconds)
    return list(latest.values())


def _ask(ready: Ready, spool: Spool, user: str, number: int) -> tuple[float, float]:
    """Send one more command, ask, and time it until the last message is sent.

    Returns:
        Seconds that passed, and seconds of processor time: other work on the machine adds to the
        first alone.
    """
    for dataset, row in _rows(_command(user, COMMANDS + number, "speed"), number):
        spool.append(dataset, row)
    text = json.dumps(
        {
            "user": user,
            "t": 1,
            "exp": "spinner",
            "course": "engdes1",
            "type": "request",
            "payload": {"content": "all_feedback", "graph": "spinner-engdes1-1-core"},
        }
    )
    sender = PacedSender()
    sent: list[str] = []
    began, began_processor = perf_counter(), process_time()
    request = read_request(text, "spin30", datetime.now(tz=UTC), monotonic())
    if request is None:
        raise ValueError(text)
    ready.tails.look()
    for message in answer(
        ready.engine,
        request,
        check(request, ready.catalogue),
        tail=ready.tails.rows(user),
        now_ms=0,
    ):
        sender.send(sent.append, strict_json(message))
    took = perf_counter() - began, process_time() - began_processor
    if len(sent) != 5 or any('"error"' in each for each in sent):  # noqa: PLR2004 (all_feedback)
        raise ValueError(sent)
    return took


def _capture(settings: Settings, users: list[str], messages: int) -> None:
    """Seal the students' commands as two captures heard them, and other messages around them."""
    chance = random.Random(_SEED)  # noqa: S311 - shapes data, guards nothing
    texts = [
        _command(user, number, chance.choice(_WORDS))
        for user in users
        for number in range(COMMANDS)
    ]
    others = messages // 2 - len(texts)
    texts += [_click(number, chance) for number in range(others)]
    for capture_id in ("a", "b"):
        place = {"capture_id": capture_id, "stream": "spin30", "segment": f"{0:016d}"}
        rows = [
            {**row, **place, "seq": seq}
            for seq, text in enumerate(texts)
            for _, row in _rows(text, seq)
        ]
        table = pa.Table.from_pylist(rows, schema=SCHEMAS["messages"])
        day = settings.spinner_data_path / "sealed" / "messages" / _BEGAN.date().isoformat()
        write_sealed(table, day / f"spin30-{capture_id}-{0:016d}.parquet")


def _rows(text: str, number: int) -> Iterator[tuple[str, Row]]:
    return frame_rows(
        text,
        topic="spin30-log",
        capture_mode="relay",
        connection_id="c",
        frame_no=number,
        received_at=_BEGAN + timedelta(milliseconds=number),
    )


def _command(user: str, number: int, word: str) -> str:
    return json.dumps(
        {
            "user": user,
            "t": 1770000000000 + number,
            "exp": "spinner",
            "hardware": "spin30",
            "course": "engdes1",
            "type": "analytics",
            "payload": {"log": word, "data": {"set": 3.14, "kp": 1, "ki": 0, "kd": 0}},
        }
    )


def _click(number: int, chance: random.Random) -> str:
    return json.dumps(
        {
            "user": f"{chance.randrange(250):08x}-2222-4222-8333-9d5e0a7b1c2d",
            "t": 1770000000000 + number,
            "exp": "spinner",
            "hardware": "spin30",
            "course": "engdes1",
            "type": "log",
            "payload": {
                "log": "click",
                "data": {"target": "run", "screen_pos": {"x": chance.randrange(1920), "y": 412}},
            },
        }
    )


def _build(settings: Settings) -> None:
    land("spinner", settings)
    with writer_lock(settings.lock_file, "benchmark") as lock:
        run_dbt(
            settings,
            [
                "build",
                "--select=+exp_spinner__answer_*",
                "--exclude=resource_type:unit_test resource_type:test",
            ],
            {},
            lock,
            ignore_progress,
        )
    manifest = settings.dbt_folder / "target" / "manifest.json"
    publish(settings, Build(manifest, datetime.now(tz=UTC), {}))
