"""Live answers beside the same rows of a full build."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from exports.answers.engine import KINDS, AnswerEngine, Row, without_nulls
from exports.answers.pack import ANSWER_PREFIX
from exports.answers.requests import read_request
from exports.answers.workspace import USER_PATTERN
from flows.answer_history import rows_of
from warehouse.publishing import Build, publish
from warehouse.settings import Settings

_AT = datetime(2026, 4, 1, tzinfo=UTC)
_KEYS = {"student_key", "user_id", "lab", "course"}


def asking(user_id: str, lab: str, course: str) -> list[Row]:
    """The row of a request: it makes a student exist who sent nothing else to answer from."""
    text = json.dumps(
        {"user": user_id, "t": 1, "exp": lab, "course": course, "type": "request", "payload": {}}
    )
    request = read_request(text, "spin30", _AT, 0.0)
    return rows_of(request) if request else []


def answer_differences(settings: Settings, manifest: Path) -> Iterator[str]:
    """Publish, and ask for every answer that any student could get; what differs is named."""
    publish(settings, Build(manifest, datetime.now(tz=UTC), {}))
    engine = AnswerEngine(settings.current_link.resolve())
    asked = 0
    with duckdb.connect(settings.current_file.resolve(), read_only=True) as published:
        for kind in KINDS:
            rows = published.execute(
                f"select to_json(each) from export_spinner.{ANSWER_PREFIX}{kind.model} as each"
            ).fetchall()
            for row in (json.loads(text) for (text,) in rows):
                user_id = row.get("user_id", "")
                if kind.is_of_student and not re.fullmatch(USER_PATTERN, user_id):
                    continue  # who may not ask
                argument = row[kind.argument_column] if kind.argument_column else None
                asked += 1
                lab, course = row.get("lab", ""), row.get("course", "")
                body = engine.body(
                    kind.content,
                    user_id=user_id,
                    lab=lab,
                    course=course,
                    argument=argument,
                    request=asking(user_id, lab, course),
                )
                expected = {
                    name: without_nulls(value)
                    for name, value in row.items()
                    if name not in {*_KEYS, kind.argument_column}
                }
                if json.dumps(body) != json.dumps(expected):
                    yield f"{kind.content} {user_id} {row.get('course')} {argument}: {body}"
    engine.close()
    if asked < len(KINDS):
        yield f"only {asked} answers were compared"
