"""What the captures hear of the planned days."""

from datetime import timedelta

from sample_world.spinner.captures import GARBAGE, hear
from sample_world.spinner.deliveries import Frame, Happening, Message, moment
from sample_world.spinner.students import plan

NOON = moment("2026-02-10T12:00:00")


def frames(heard: object) -> list[Frame]:
    assert isinstance(heard, list)
    return [delivery for delivery in heard if isinstance(delivery, Frame)]


def test_messages_that_come_together_are_glued() -> None:
    gaps = (0, 500, 2_000)
    said = [
        Message("spin31", NOON + timedelta(microseconds=gap), f'{{"user":"u","n":{gap}}}')
        for gap in gaps
    ]

    texts = [frame.payload.decode() for frame in frames(hear(said)["spin31", "a"])]

    assert texts == ['{"user":"u","n":0}{"user":"u","n":500}', '{"user":"u","n":2000}']


def test_a_capture_hears_nothing_outside_of_its_connections() -> None:
    gap = moment("2026-02-11T14:27:00")
    said = [Message("spin30", at, '{"user":"u"}') for at in (NOON, gap)]

    heard = hear(said)

    assert [frame.at for frame in frames(heard["spin30", "a"])] == [NOON]
    assert frames(heard["spin30", "b"]) == []


def test_a_message_that_one_capture_missed_is_heard_by_the_other() -> None:
    heard = hear([Message("spin31", NOON, '{"user":"u"}', heard_by=("b",))])

    assert frames(heard["spin31", "a"]) == []
    assert len(frames(heard["spin31", "b"])) == 1


def test_each_series_is_in_order_and_its_record_is_whole() -> None:
    heard = hear(plan(1, "tiny"))

    for series in heard.values():
        times = [delivery.at for delivery in series]
        assert times == sorted(times)
        names = [each.row["event_name"] for each in series if isinstance(each, Happening)]
        assert names[:2] == ["process_started", "connected"]
        assert names[-2:] == ["disconnected", "process_stopped"]
        crashes = names.count("process_started") - 1
        assert names.count("connected") == names.count("disconnected") + crashes
    garbled = [frame.payload for frame in frames(heard["spin36", "a"])[: len(GARBAGE)]]
    assert garbled == [payload for payload, _ in GARBAGE]
