import json
from datetime import UTC, datetime
from typing import Any

import pytest

from exports.answers.requests import (
    QUEUE_LENGTH,
    Catalogue,
    Checked,
    RateLimits,
    Request,
    Waiting,
    check,
    read_request,
)

USER = "6f0c1c9e-1111-4222-8333-9d5e0a7b1c2d"
AT = datetime(2026, 2, 9, tzinfo=UTC)
CATALOGUE = Catalogue(
    labs=frozenset({"spinner", "pendulum"}),
    courses=frozenset({("spinner", "engdes1"), ("spinner", "unspecified")}),
    course_aliases={"": "unspecified", "ed1": "engdes1"},
    graphs={
        ("spinner", "spinner-engdes1-2"): "spinner-engdes1-2",
        ("spinner", "spinner-ed1-2"): "spinner-engdes1-2",
        ("spinner", "spinner-cie3-mean-21-22"): "spinner-cie3-mean-21-22",
        ("pendulum", "pendulum-engdes1-2"): "pendulum-engdes1-2",
    },
    tasks=frozenset({"spinner-engdes1-2", "pendulum-engdes1-2"}),
)


def asked(
    content: Any = "indicators", user: str = USER, received: float = 0.0, **more: Any
) -> Request:
    payload = {
        "content": content,
        **{name: more.pop(name) for name in ("graph", "task") if name in more},
    }
    message = {
        "user": user,
        "t": 5,
        "exp": "spinner",
        "course": "engdes1",
        "type": "request",
        "payload": payload,
    } | more
    found = read_request(json.dumps(message), "spin30", AT, received)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"type":"request"}',
        f'{{"type":"request","user":"{USER}"',
        f'{{"type":"request","user":"{USER}","t":NaN}}',
        f'{{"type":"analytics","user":"{USER}","payload":"request"}}',
        f'{{"type":"request","user":"{USER}x"}}',
        f'{{"type":"request","user":"{USER}\\n"}}',
        f'{{"type":"request","user":"../{USER}"}}',
        f'{{"type":"request","user":"{USER}","pad":"{"x" * 4_000}"}}',
        '{"type":"request","user":"*"}',
        '{"type":"request","user":' + "[" * 3_000 + "]" * 500,
    ],
)
def test_texts_that_are_not_answered(text: str) -> None:
    assert read_request(text, "spin30", AT, 0.0) is None


@pytest.mark.parametrize("wrong", [None, 5, [], {}, {"content": {}}, {"content": None}])
def test_a_payload_of_another_shape_names_nothing(wrong: Any) -> None:
    text = json.dumps(
        {"user": USER, "exp": "spinner", "course": "engdes1", "type": "request", "payload": wrong}
    )
    found = read_request(text, "spin30", AT, 0.0)

    assert found is not None
    assert check(found, CATALOGUE).error_code == "unknown_content"


def test_names_are_looked_up_by_equality() -> None:
    assert check(asked(exp="spin"), CATALOGUE) == Checked("unknown_lab")
    assert check(asked(exp="Spinner"), CATALOGUE) == Checked("unknown_lab")
    assert check(asked(exp=None), CATALOGUE) == Checked("unknown_lab")
    assert check(asked(course="engdes"), CATALOGUE) == Checked("unknown_course")
    assert check(asked(course=7), CATALOGUE) == Checked("unknown_course")
    assert check(asked("indicator"), CATALOGUE) == Checked("unknown_content")
    assert check(asked(course="ed1"), CATALOGUE).course == "engdes1"
    assert check(asked(course=""), CATALOGUE).course == "unspecified"


def test_arguments_are_of_the_same_laboratory_and_of_the_right_kind() -> None:
    def outcome(content: str, **argument: Any) -> tuple[str | None, str | None]:
        checked = check(asked(content, **argument), CATALOGUE)
        return checked.argument, checked.argument_error

    assert outcome("comparison_graph", graph="spinner-ed1-2") == ("spinner-engdes1-2", None)
    assert outcome("comparison_graph", graph="pendulum-engdes1-2")[1] == "unknown_graph"
    assert outcome("comparison_graph", task="spinner-engdes1-2")[1] == "missing_argument"
    assert outcome("task_feedback", task="spinner-engdes1-2") == ("spinner-engdes1-2", None)
    assert outcome("task_feedback", task="spinner-cie3-mean-21-22")[1] == "unknown_task"
    assert outcome("all_feedback")[1] == "missing_argument"
    assert outcome("indicators") == (None, None)


def test_only_harmless_words_are_shown() -> None:
    request = asked(exp="<b>", course="x" * 33)

    assert request.shown(request.lab) is None
    assert request.shown(request.course) is None
    assert request.shown(request.content) == "indicators"


def test_a_request_is_stale_after_ten_seconds() -> None:
    request = asked(received=100.0)

    assert not request.is_stale(110.0)
    assert request.is_stale(110.001)


def test_of_equal_requests_the_newest_waits() -> None:
    waiting = Waiting()
    older, newer, other = asked(received=1), asked(received=2), asked("centroids", received=3)

    assert waiting.add(older) == []
    assert waiting.add(other) == []
    assert waiting.add(newer) == [older]
    assert [waiting.take(), waiting.take(), waiting.take()] == [other, newer, None]


def test_the_oldest_leaves_a_full_queue() -> None:
    waiting = Waiting()
    requests = [asked("comparison_graph", graph=str(number)) for number in range(QUEUE_LENGTH + 1)]
    gone = [each for request in requests for each in waiting.add(request)]

    assert gone == requests[:1]
    assert len(waiting) == QUEUE_LENGTH


def test_a_user_has_ten_at_once_and_then_one_a_second() -> None:
    limits = RateLimits()
    request = asked()

    assert [limits.admits(request, 50.0) for _ in range(12)] == [True] * 10 + [False] * 2
    assert [limits.admits(request, 51.0) for _ in range(2)] == [True, False]
    assert [limits.tells_refusal(request, at) for at in (50.0, 59.9, 60.0)] == [True, False, True]


def test_a_topic_has_forty_at_once_and_then_twenty_a_second() -> None:
    limits = RateLimits()
    users = (asked(user=f"{number:08x}{USER[8:]}") for number in range(100))

    assert [limits.admits(next(users), 50.0) for _ in range(42)] == [True] * 40 + [False] * 2
    assert [limits.admits(next(users), 51.0) for _ in range(22)] == [True] * 20 + [False] * 2
