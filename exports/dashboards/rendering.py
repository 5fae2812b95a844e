"""One document in, its files out: what the targets of files send.

Nothing is worked out here and nothing depends on the time or the machine, so the same row always
becomes the same bytes.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from exports.dashboards.course_reports import course_report
from exports.dashboards.drawing import drawing_style, png, svg
from exports.dashboards.graphs import draw_graph
from exports.dashboards.themes import THEMES
from exports.documents import Document

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class UnfitNameError(ValueError):
    """A value that is no safe name of a file or folder."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """The files of one document, by their path below the root of a target."""

    title: str
    files: Mapping[str, bytes] = field(repr=False)


def edition() -> str:
    """A text that changes with whatever makes files look different: templates, code, matplotlib."""
    digest = hashlib.sha256(version("matplotlib").encode())
    for path in sorted(Path(__file__).parent.iterdir()):
        if path.suffix in {".j2", ".py", ".css"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def student_document(document: Document) -> Rendering:
    """The document of one student as a JSON file, its keys in the order of the columns."""
    student = document["student"]
    path = safe_path(student["lab"], student["course"], f"{student['user']}.json")
    text = json.dumps(
        {key: value for key, value in document.items() if key != "_id"},
        allow_nan=False,
        default=_iso_text,
        ensure_ascii=False,
        indent=1,
    )
    return Rendering(document["_id"], {path: f"{text}\n".encode()})


def graph_picture(document: Document) -> Rendering:
    """One graph as SVG and PNG, each light and dark."""
    folder = safe_path(*document["folder"].split("/"))
    files: dict[str, bytes] = {}
    with drawing_style():
        for theme in THEMES:
            figure = draw_graph(document["title"], document["nodes"], document["edges"], theme)
            path = safe_path(*folder.split("/"), f"{document['name']}-{theme.name}")
            alt_text = document["alt_text"]
            files[f"{path}.svg"] = f"{svg(figure, alt_text)}".encode()
            files[f"{path}.png"] = png(figure, document["title"], alt_text)
    return Rendering(document["title"], files)


def course_page(document: Document) -> Rendering:
    """The report of one laboratory, course and term as a page."""
    path = safe_path(document["lab"], document["course"], f"{document['term']}.html")
    return Rendering(document["title"], {path: course_report(document).encode()})


def safe_path(*parts: str) -> str:
    """A path below a root.

    Raises:
        UnfitNameError: A part could lead elsewhere.
    """
    for part in parts:
        if not _NAME.fullmatch(part):
            raise UnfitNameError(f"{part!r} is no name of a file or folder")
    return "/".join(parts)


def _iso_text(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(type(value).__name__)
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
