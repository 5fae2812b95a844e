import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlt_pipelines.connectors.frames import LARGEST_BYTES, Message, Quarantined, split_frame

COMMAND = '{"user":"u-1","t":5,"exp":"spinner","course":"cie3","type":"analytics"}'
ENVELOPE = {"user": "u-1", "type": "log"}
# Flat, for making up deep values takes far longer than splitting them.
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
values = leaves | st.lists(leaves, max_size=3) | st.dictionaries(st.text(max_size=3), leaves)
messages = st.dictionaries(st.text(max_size=5), values, max_size=4).map(
    lambda found: json.dumps(ENVELOPE | found)
)
spaces = st.text(" \t\r\n")


def texts(frame: bytes | str, **options: Any) -> list[str]:
    return [part.text for part in split_frame(frame, **options) if isinstance(part, Message)]


def quarantined(frame: bytes | str, **options: Any) -> list[tuple[bytes, str]]:
    return [
        (part.raw_bytes, part.error_code)
        for part in split_frame(frame, **options)
        if isinstance(part, Quarantined)
    ]


def test_a_message_alone_gives_its_envelope() -> None:
    assert split_frame(f" {COMMAND}\n") == [
        Message(
            part_no=1,
            frame_parts=1,
            text=COMMAND,
            is_strict_json=True,
            user_id="u-1",
            t_ms=5,
            exp="spinner",
            hardware=None,
            course="cie3",
            message_type="analytics",
        )
    ]


@given(st.lists(st.tuples(messages, spaces), max_size=8))
def test_glued_messages_come_apart_as_they_were(found: list[tuple[str, str]]) -> None:
    parts = split_frame("".join(text + space for text, space in found))
    assert [part.text for part in parts if isinstance(part, Message)] == [text for text, _ in found]
    assert [part.part_no for part in parts] == list(range(1, len(found) + 1))
    assert {part.frame_parts for part in parts if isinstance(part, Message)} <= {len(found)}


@given(
    st.lists(
        st.tuples(messages, st.binary(max_size=20).filter(lambda junk: b"{" not in junk)),
        max_size=8,
    )
)
def test_garbage_between_messages_costs_none_and_is_kept(found: list[tuple[str, bytes]]) -> None:
    frame = b"".join(text.encode() + b"\x00" + junk for text, junk in found)
    assert texts(frame) == [text for text, _ in found]
    kept = b"".join(raw for raw, _ in quarantined(frame)).split()
    assert b"".join(kept) == b"".join(b"".join(b"\x00" + junk for _, junk in found).split())


@given(st.binary() | st.text().map(lambda text: text.encode()))
def test_no_byte_but_space_is_lost(frame: bytes) -> None:
    parts = [
        part.text.encode() if isinstance(part, Message) else part.raw_bytes
        for part in split_frame(frame)
    ]
    assert b"".join(b"".join(parts).split()) == b"".join(frame.split())


def test_two_thousand_glued_messages_with_garbage_between_are_all_found() -> None:
    frame = "".join(f'{{"user":"u","t":{n},"type":"log"}}{{"x" }}' for n in range(2_000))
    assert texts(frame) == [f'{{"user":"u","t":{n},"type":"log"}}' for n in range(2_000)]
    assert quarantined(frame) == [(b'{"x" }', "bad_json")] * 2_000


@pytest.mark.parametrize(
    ("frame", "kept", "code"),
    [
        ('{"user":"u","type', b'{"user":"u","type', "bad_json"),
        ("[1]", b"[1]", "not_an_object"),
        ("12", b"12", "not_an_object"),
        ("9" * 5_000, b"9" * 5_000, "bad_json"),
        ("[" * 100_000, b"[" * 100_000, "bad_json"),
        (b'{"user":"\xff"}', b'{"user":"\xff"}', "bad_utf8"),
        (b"\xff\xfe", b"\xff\xfe", "bad_utf8"),
        (b" " * (LARGEST_BYTES + 1), b" " * (LARGEST_BYTES + 1), "too_large"),
    ],
)
def test_what_is_no_message_is_quarantined(frame: bytes | str, kept: bytes, code: str) -> None:
    assert quarantined(frame) == [(kept, code)]
    assert texts(frame) == []


def test_a_binary_frame_is_quarantined_whole() -> None:
    assert quarantined(COMMAND.encode(), is_binary=True) == [(COMMAND.encode(), "binary")]


def test_a_message_cut_short_does_not_hide_the_next_one() -> None:
    assert texts(COMMAND[:30] + COMMAND) == [COMMAND]


def test_after_garbage_only_what_looks_like_a_message_is_one() -> None:
    assert texts('x{"d":[1]}' + COMMAND) == [COMMAND]
    assert texts('x{"actor":{},"type":"log"}') == ['{"actor":{},"type":"log"}']
    assert texts('x{"d":[1]}', needs_envelope=False) == ['{"d":[1]}']


@pytest.mark.parametrize("text", ['{"t":NaN}', '{"t":-Infinity}', '{"user":"\\ud800"}'])
def test_what_only_python_reads_is_not_strict(text: str) -> None:
    (part,) = split_frame(text + "\n")
    assert isinstance(part, Message)
    assert part.text == text
    assert not part.is_strict_json
    assert part.user_id is None


@pytest.mark.parametrize("t", ["true", '"5"', "5.0", str(2**63), "null"])
def test_a_time_of_another_type_is_null(t: str) -> None:
    (part,) = split_frame(f'{{"t":{t}}}')
    assert isinstance(part, Message)
    assert part.t_ms is None


def test_nested_beginnings_without_an_end_are_given_up_soon() -> None:
    assert quarantined('{"a":[' * 100_000)[0][1] == "bad_json"
