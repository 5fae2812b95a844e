"""Files of messages and captured rows, as messages that were sent once."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIT = re.compile(r"(spin|pend)[0-9]{2}")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Heard:
    """One row of a capture."""

    capture_id: str
    stream: str
    seq: int
    received_at: datetime
    text: str
    query: str | None = None
    frame_no: int = 0


@dataclass(frozen=True)
class Sent:
    """One message, whoever heard it."""

    first: Heard
    occurrence_number: int
    document: dict[str, Any] | None


def imported(file: Path) -> list[Heard]:
    """What an import of the file hears."""
    content = file.read_bytes()
    capture_id = "import-" + hashlib.sha256(content).hexdigest()[:16]
    heard: list[Heard] = []
    at, seq, streams = _EPOCH, 0, dict[str, str]()
    for number, line in enumerate(content.split(b"\n"), start=1):
        for part, text in _parts(line):
            seq += 1
            sent = (part or {}).get("t", (part or {}).get("timestamp"))
            if type(sent) is int and 946_684_800_000 <= sent < 4_102_444_800_000:
                at = _EPOCH + timedelta(milliseconds=sent)
            user = _user(part)
            stream = _unit(part) or streams.get(user) or "import"
            if stream != "import":
                streams[user] = stream
            if part is not None:
                heard.append(Heard(capture_id, stream, seq, at, text, frame_no=number))
    return heard


def _user(part: dict[str, Any] | None) -> str:
    actor = (part or {}).get("actor")
    return str((part or {}).get("user", actor.get("id") if isinstance(actor, dict) else None))


def _unit(part: dict[str, Any] | None) -> str | None:
    if part is None:
        return None
    places = [part.get("hardware")]
    for name in ("context", "object"):
        inner = part.get(name)
        places.append(inner.get("exp_id") if isinstance(inner, dict) else None)
    for text in places:
        if isinstance(text, str) and _UNIT.fullmatch(text):
            return text
    return None


def _parts(line: bytes) -> Iterator[tuple[dict[str, Any] | None, str]]:
    """Objects of a line with their text; None for what is none."""
    text = line.decode("utf-8", "surrogateescape")
    space = " \t\r\n"
    at = 0
    while True:
        while at < len(text) and text[at] in space:
            at += 1
        if at == len(text):
            return
        try:
            value, end = json.JSONDecoder().raw_decode(text, at)
        except ValueError:
            at = _next_object(text, at + 1)
            yield None, ""
            continue
        piece = text[at:end]
        is_object = isinstance(value, dict) and not _SURROGATE.search(piece)
        yield (value if is_object else None), piece
        at = end


def _next_object(text: str, at: int) -> int:
    while (at := text.find("{", at)) >= 0:
        try:
            value, _ = json.JSONDecoder().raw_decode(text, at)
        except ValueError:
            value = {}
        if "type" in value and ("user" in value or "actor" in value):
            return at
        at += 1
    return len(text)


def deduplicated(rows: Iterable[Heard]) -> list[Sent]:
    """One message for the n-th equal text of a stream in any capture, the earliest receipt."""
    by_key = {(row.capture_id, row.stream, row.seq): row for row in rows}
    copies: dict[tuple[str, str, str], list[Heard]] = {}
    for row in by_key.values():
        copies.setdefault((row.capture_id, row.stream, row.text.strip(" \t\r\n")), []).append(row)
    same: dict[tuple[str, str, int], list[Heard]] = {}
    for (_, stream, text), equal in copies.items():
        equal.sort(key=lambda row: (row.received_at, row.seq))
        for number, row in enumerate(equal, start=1):
            same.setdefault((stream, text, number), []).append(row)
    return [
        Sent(min(equal, key=lambda row: (row.received_at, row.capture_id)), number, _document(text))
        for (_, text, number), equal in same.items()
    ]


def _document(text: str) -> dict[str, Any] | None:
    value = json.loads(text)
    return value if isinstance(value, dict) else None
