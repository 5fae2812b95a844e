"""Frames of a stream, split into its messages.

The relay glues messages that wait together into one frame, without a delimiter, and any participant
may have sent anything. So JSON values are decoded one after another, and where that fails the next
object that looks like a message is looked for. Every byte of a frame but the white space between
messages ends up in a message or in quarantine, and nothing here raises.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

LARGEST_BYTES = 10_000_000
"""A larger frame goes to quarantine whole; the relay closes a connection that sends one."""

_BEGINNING = re.compile(r'\{[ \t\r\n]*"')
_SPACE = re.compile(r"[ \t\r\n]*")
_FIRST_INTEGER, _LAST_INTEGER = -(2**63), 2**63 - 1
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

# Text made of nested beginnings without ends costs a decoding of the rest at every brace. Beyond
# this many characters decoded in vain, per character of the frame, the rest is quarantined unread.
_VAIN_CHARACTERS = 20
_VAIN_AT_LEAST = 1_000_000
_VAIN_PER_TRIAL = 100

# An error counts the lines before it (measured: 290 s for a million braces), so that the text is
# cut off behind the decoder now and then.
_WINDOW_STEP = 16_384


@dataclass(frozen=True, slots=True)
class Message:
    """One JSON object of a frame, and what stands at its top level; None is absent or mistyped."""

    part_no: int  # counts the messages of the frame, from 1
    frame_parts: int  # messages in the frame
    text: str
    is_strict_json: bool  # without NaN, Infinity and halves of surrogate pairs
    user_id: str | None
    t_ms: int | None
    exp: str | None
    hardware: str | None
    course: str | None
    message_type: str | None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Bytes of a frame that are no message."""

    part_no: int  # messages that stand before it in the frame
    raw_bytes: bytes
    error_code: str  # bad_json, bad_utf8, binary, not_an_object or too_large
    error_text: str
    parsed_parts: int  # messages in the frame


Part = Message | Quarantined


def split_frame(
    payload: bytes | str, *, is_binary: bool = False, needs_envelope: bool = True
) -> list[Part]:
    """Split a frame into its messages.

    Args:
        payload: What the frame held.
        is_binary: Whether the frame was marked as binary, so that it is no text at all.
        needs_envelope: Whether, after garbage, only an object that has `type` and `user` or
            `actor` is taken for a message again; hardware lines have none of them.

    Returns:
        Messages and quarantined parts, in the order in which they stand in the frame.
    """
    raw = payload.encode("utf-8", "surrogatepass") if isinstance(payload, str) else payload
    if is_binary:
        return [Quarantined(0, raw, "binary", "a binary frame", 0)]
    if len(raw) > LARGEST_BYTES:
        return [Quarantined(0, raw, "too_large", f"{len(raw)} bytes", 0)]
    # Bytes that are no UTF-8 become lone surrogates, and can so be told and given back.
    text = raw.decode("utf-8", "surrogateescape")
    parts = list(_parts(text, needs_envelope))
    message_count = sum(isinstance(part, Message) for part in parts)
    return [
        replace(part, frame_parts=message_count)
        if isinstance(part, Message)
        else replace(part, parsed_parts=message_count)
        for part in parts
    ]


class _Decoder:
    """Decodes values, remembers whether the last one was strict, and how much was in vain."""

    def __init__(self, text: str) -> None:
        self._rest, self._offset = text, 0
        self._decode = json.JSONDecoder(parse_constant=self._constant).raw_decode
        self._patience = max(_VAIN_CHARACTERS * len(text), _VAIN_AT_LEAST)
        self.is_strict = True
        self.error = ""

    def value_at(self, start: int) -> tuple[Any, int] | None:
        """The value that begins here and its end, or None, with `error` saying why."""
        if start - self._offset >= _WINDOW_STEP:
            self._rest, self._offset = self._rest[start - self._offset :], start
        begin = start - self._offset
        self._patience -= _VAIN_PER_TRIAL if self.error else 0
        self.is_strict = True
        try:
            value, end = self._decode(self._rest, begin)
        except json.JSONDecodeError as error:
            self.error = error.msg
            # A text that does not end was read to the end, whatever the position says.
            is_endless = error.msg.startswith("Unterminated")
            self._patience -= (len(self._rest) if is_endless else error.pos) - begin
            return None
        except (RecursionError, ValueError) as error:  # ValueError: thousands of digits
            self.error = str(error)
            self._patience -= len(self._rest) - begin
            return None
        return value, end + self._offset

    @property
    def is_patient(self) -> bool:
        """Whether it is worth to look further."""
        return self._patience > 0

    def _constant(self, name: str) -> float:
        self.is_strict = False
        return float(name)


def _parts(text: str, needs_envelope: bool) -> Iterator[Part]:
    decoder = _Decoder(text)
    part_no = 0
    start = _after_space(text, 0)
    while start < len(text):
        found = decoder.value_at(start)
        if found is None:
            error = decoder.error
            end = _next_message(text, start + 1, decoder, needs_envelope)
            yield _quarantined(part_no, text[start:end], "bad_json", error)
        else:
            value, end = found
            part = text[start:end]
            if not isinstance(value, dict):
                yield _quarantined(part_no, part, "not_an_object", type(value).__name__)
            elif _LONE_SURROGATE.search(part):
                yield _quarantined(part_no, part, "bad_utf8", "an object with bytes of no UTF-8")
            else:
                part_no += 1
                yield _message(part_no, part, value, decoder.is_strict)
        start = _after_space(text, end)


def _after_space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start


def _next_message(text: str, start: int, decoder: _Decoder, needs_envelope: bool) -> int:
    """Where the next object begins that is a message, or the end of the text."""
    for beginning in _BEGINNING.finditer(text, start):
        if not decoder.is_patient:
            break
        found = decoder.value_at(beginning.start())
        if found is not None and (not needs_envelope or _has_envelope(found[0])):
            return beginning.start()
    return len(text)


def _has_envelope(value: dict[str, Any]) -> bool:
    return "type" in value and ("user" in value or "actor" in value)


def _message(part_no: int, text: str, value: dict[str, Any], is_strict: bool) -> Message:
    return Message(
        part_no=part_no,
        frame_parts=0,
        text=text,
        # DuckDB refuses the half of a surrogate pair, which Python accepts when it is escaped.
        is_strict_json=is_strict and not ("\\u" in text and _has_half_pair(value)),
        user_id=_text(value.get("user")),
        t_ms=_integer(value.get("t")),
        exp=_text(value.get("exp")),
        hardware=_text(value.get("hardware")),
        course=_text(value.get("course")),
        message_type=_text(value.get("type")),
    )


def _has_half_pair(value: object) -> bool:
    return _LONE_SURROGATE.search(json.dumps(value, ensure_ascii=False)) is not None


def _text(value: object) -> str | None:
    if not isinstance(value, str) or _LONE_SURROGATE.search(value):
        return None
    return value


def _integer(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if _FIRST_INTEGER <= value <= _LAST_INTEGER else None


def _quarantined(part_no: int, text: str, error_code: str, error_text: str) -> Quarantined:
    raw = text.encode("utf-8", "surrogateescape")
    if error_code == "bad_json" and _LONE_SURROGATE.search(text):
        error_code = "bad_utf8"
    return Quarantined(part_no, raw, error_code, error_text, 0)
