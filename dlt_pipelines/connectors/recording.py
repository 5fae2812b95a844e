"""What was heard, as rows of the captured datasets."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from dlt_pipelines.connectors.frames import Message, Part, split_frame
from dlt_pipelines.connectors.spool_files import Row

_SPACE = " \t\r\n"


def frame_rows(
    payload: bytes | str,
    *,
    topic: str,
    capture_mode: str,
    connection_id: str,
    frame_no: int,
    received_at: datetime,
    is_binary: bool = False,
    is_hardware: bool = False,
    intake_query: str | None = None,
) -> Iterator[tuple[str, Row]]:
    """Split a frame into rows.

    Args:
        payload: What the frame held.
        topic: The topic that it was heard on.
        capture_mode: relay, host, intake or import.
        connection_id: The connection that it came by.
        frame_no: Its number on that connection, from 1.
        received_at: When it came.
        is_binary: Whether it was marked as binary.
        is_hardware: Whether the topic is a unit's hardware stream.
        intake_query: Query of the request that posted it.

    Yields:
        Dataset and row of each part; the spool fills in the columns that are its own.
    """
    place = {
        "topic": topic,
        "connection_id": connection_id,
        "frame_no": frame_no,
        "received_at": received_at,
    }
    for part in split_frame(payload, is_binary=is_binary, needs_envelope=not is_hardware):
        yield _part_row(part, place, capture_mode, intake_query, is_hardware=is_hardware)


def _part_row(
    part: Part, place: Row, capture_mode: str, intake_query: str | None, *, is_hardware: bool
) -> tuple[str, Row]:
    if not isinstance(part, Message):
        return "quarantine", place | {
            "part_no": part.part_no,
            "raw_bytes": part.raw_bytes,
            "error_code": part.error_code,
            "error_text": part.error_text,
            "parsed_parts": part.parsed_parts,
        }
    row = place | {
        "capture_mode": capture_mode,
        "part_no": part.part_no,
        "frame_parts": part.frame_parts,
        "raw_text": part.text,
        "message_hash": message_hash(part.text),
        "is_strict_json": part.is_strict_json,
        "intake_query": intake_query,
    }
    if is_hardware:
        return "hardware_messages", row
    return "messages", row | {
        "user_id": part.user_id,
        "t_ms": part.t_ms,
        "exp": part.exp,
        "hardware": part.hardware,
        "course": part.course,
        "message_type": part.message_type,
    }


def message_hash(text: str) -> str:
    """What tells a message from others, on whichever way it came."""
    return hashlib.md5(text.strip(_SPACE).encode(), usedforsecurity=False).hexdigest()
