import math

import pytest

from exports.targets.websocket import PAUSE_SECONDS, NotJsonError, PacedSender, strict_json


class Wall:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_messages_are_five_milliseconds_apart() -> None:
    wall = Wall()
    sent: list[tuple[str, float]] = []
    sender = PacedSender(lambda: wall.now, wall.sleep)
    for text in "abc":
        sender.send(lambda text: sent.append((text, wall.now)), text)

    assert [text for text, _ in sent] == ["a", "b", "c"]
    assert [at for _, at in sent] == pytest.approx([100.0, 100.005, 100.01])
    assert PAUSE_SECONDS == 0.005


def test_a_message_after_a_rest_is_sent_at_once() -> None:
    wall = Wall()
    sender = PacedSender(lambda: wall.now, wall.sleep)
    sender.send(lambda _: None, "a")
    wall.now += 1
    sender.send(lambda _: None, "b")

    assert wall.now == 101.0


def test_a_broken_connection_does_not_end_the_pause() -> None:
    wall = Wall()
    sender = PacedSender(lambda: wall.now, wall.sleep)

    def broken(_: str) -> None:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        sender.send(broken, "a")
    sender.send(lambda _: None, "b")

    assert wall.now == pytest.approx(100.005)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(NotJsonError):
        strict_json({"tasks": {"a": [number]}})


def test_text_is_plain_json() -> None:
    assert strict_json({"a": [1.0, "ü"]}) == '{"a":[1.0,"ü"]}'
