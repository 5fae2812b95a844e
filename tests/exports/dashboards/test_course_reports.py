import re
from html.parser import HTMLParser
from typing import Any

import pytest

from exports.dashboards.course_reports import course_report
from exports.dashboards.pages import entry_page
from tests.exports.dashboards.made_up_rows import REPORT

EMPTY_LISTS = (
    "coverage",
    "distributions",
    "gaps",
    "reflections",
    "session_hours",
    "tasks",
    "unplaced",
    "weeks",
)


class Reader(HTMLParser):
    """Collects what a page holds."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.rows: dict[str, list[list[str]]] = {}
        self._section = ""
        self._is_cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._is_cell = tag == "td"
        if tag == "section":
            self._section = dict(attrs)["id"]
            self.rows[self._section] = []
        elif tag == "tr":
            self.rows[self._section].append([])

    def handle_data(self, data: str) -> None:
        if self._is_cell:
            self.rows[self._section][-1].append(data)
            self._is_cell = False


@pytest.fixture(scope="module")
def page() -> str:
    return course_report(REPORT)


def test_every_chart_has_its_numbers_as_a_table(page: str) -> None:
    reader = Reader(page)
    charts = [
        section.split('"')[0]
        for section in page.split('<section class="card')[1:]
        if "<svg " in section
    ]
    assert len(charts) == 13
    assert all(len(rows) > 1 for rows in reader.rows.values())
    assert reader.rows["closest-tasks"][1:] == [["Task 1, core", "22"], ["Task 2", "fewer than 5"]]
    assert reader.rows["distances"][1] == ["Task 1, core", "0", "3.5", "9.25", "14", "33.12"]
    assert reader.rows["session-count"][1] == ["5 January 2026", "20"]
    assert reader.rows["active-student-count"][1] == ["5 January 2026", "fewer than 5"]
    assert reader.rows["coverage"][1] == ["spin30", "5 January 2026", "91.6%", "1", "2"]
    assert reader.rows["gaps"][1][3] == "token_expired"
    assert reader.rows["unplaced"][1] == ["spin30", "5 January 2026", "missing_user", "7"]


def test_page_asks_for_nothing(page: str) -> None:
    for tag, attributes in Reader(page).elements:
        assert tag not in {"script", "iframe", "object", "embed", "form"}
        for name in ("src", "href", "xlink:href", "action"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:")), (tag, name, value)
        assert not any(name.startswith("on") for name in attributes)
    assert "url(http" not in page
    assert "@import" not in page
    assert (
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">" in page
    )


def test_texts_are_escaped(page: str) -> None:
    assert "<i>" not in page
    assert "&lt;i&gt;Workbook" in page
    assert 'aria-label="On average: &lt;once&gt;."' in page


def test_colours_follow_the_reader(page: str) -> None:
    assert "prefers-color-scheme: dark" in page
    body = page.partition("</style>")[2]
    assert re.findall(r"#0[1-9]{1}0[1-9]0[1-9]", body) == []
    assert "var(--chart)" in body


def test_ids_are_unique(page: str) -> None:
    ids = [attributes["id"] for _, attributes in Reader(page).elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_withheld_figures_are_said_in_words_and_not_drawn() -> None:
    small = {**REPORT, "mean_graph": None, "counts": dict.fromkeys(REPORT["counts"])}
    page = course_report(small)
    assert page.count("<dd>fewer than 5</dd>") == 9
    assert 'id="mean-graph-' not in page
    assert "Withheld: fewer than 5 active students." in page


def test_gap_before_the_first_connection_and_one_that_lasts_are_said_in_words() -> None:
    gap = {**REPORT["gaps"][0], "reason_code": None, "is_open": True}
    page = course_report({**REPORT, "gaps": [gap]})
    assert Reader(page).rows["gaps"][1] == [
        "spin30", "5 January 2026 14:25", "open", "not connected before", "300",
    ]  # fmt: skip
    assert "None" not in page


def test_term_without_anything_is_a_page_too() -> None:
    page = course_report({**REPORT, **{name: [] for name in EMPTY_LISTS}})
    assert page.count("There is nothing to show.") == 14


def test_entry_page_leads_to_each_page() -> None:
    page = entry_page("Course reports", {"releases/1/b.html": "B <&>", "releases/1/a.html": "A"})
    assert re.findall(r'href="(releases[^"]*)">([^<]*)', page) == [
        ("releases/1/a.html", "A"),
        ("releases/1/b.html", "B &lt;&amp;&gt;"),
    ]
    assert "There is no report yet." in entry_page("Course reports", {})
