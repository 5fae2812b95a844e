"""Live answers beside the same rows of a full build."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from exports.answers.engine import KINDS, AnswerEngine, without_nulls
from exports.answers.pack import ANSWER_PREFIX
from exports.answers.workspace import USER_PATTERN
from warehouse.publishing import Build, publish
from warehouse.settings import Settings

_KEYS = {"student_key", "user_id", "lab", "course"}


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
                body = engine.body(
                    kind.content,
                    user_id=user_id,
                    lab=row.get("lab", ""),
                    course=row.get("course", ""),
                    argument=argument,
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
