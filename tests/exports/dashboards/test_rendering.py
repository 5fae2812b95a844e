import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import matplotlib as mpl
import pytest

from exports.dashboards.rendering import (
    UnfitNameError,
    course_page,
    graph_picture,
    safe_path,
    student_document,
)
from tests.exports.dashboards.made_up_rows import PICTURE, REPORT, USER


def test_picture_has_four_files() -> None:
    folder = f"students/spinner/engdes1/{USER}"
    files = graph_picture(PICTURE).files
    assert sorted(files) == [
        f"{folder}-dark.png",
        f"{folder}-dark.svg",
        f"{folder}-light.png",
        f"{folder}-light.svg",
    ]
    assert files[f"{folder}-light.png"][16:24] == bytes([0, 0, 3, 192, 0, 0, 3, 192])  # 960 x 960


def test_same_row_gives_the_same_bytes_whatever_is_configured() -> None:
    before = graph_picture(PICTURE).files, course_page(REPORT).files
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "other", "axes.facecolor": "red"}):
        after = graph_picture(PICTURE).files, course_page(REPORT).files
    assert after == before


def test_svg_says_in_words_what_it_shows_and_has_no_date() -> None:
    files = graph_picture(PICTURE).files
    text = files[f"students/spinner/engdes1/{USER}-light.svg"].decode()
    root = ET.fromstring(text)  # noqa: S314 - drawn here
    assert root.attrib["aria-label"] == PICTURE["alt_text"]
    assert root.attrib["role"] == "img"
    assert "date" not in text.lower()
    assert PICTURE["alt_text"].encode() in files[f"students/spinner/engdes1/{USER}-light.png"]


def test_student_document_is_strict_json_without_the_key() -> None:
    document = {
        "_id": "spinner:engdes1:u1",
        "schema_version": 1,
        "student": {"user": "u1", "lab": "spinner", "course": "engdes1"},
        "data_through": datetime(2026, 2, 10, 9, 0, tzinfo=UTC),
        "closest": {"graph": None},
    }
    files = student_document(document).files
    assert json.loads(files["spinner/engdes1/u1.json"]) == {
        "schema_version": 1,
        "student": {"user": "u1", "lab": "spinner", "course": "engdes1"},
        "data_through": "2026-02-10T09:00:00Z",
        "closest": {"graph": None},
    }
    with pytest.raises(ValueError, match="JSON"):
        student_document({**document, "value": float("nan")})


@pytest.mark.parametrize("part", ["..", ".", "", "a/b", "*", "a b", "é", ".hidden", "a" * 101])
def test_no_name_leads_elsewhere(part: str) -> None:
    with pytest.raises(UnfitNameError):
        safe_path("spinner", part)
