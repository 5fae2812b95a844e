import math
from itertools import combinations

import pytest
from matplotlib.patches import Circle, PathPatch, Polygon

from exports.dashboards.drawing import drawing_style
from exports.dashboards.graphs import Arrow, arrows, draw_graph
from exports.dashboards.themes import DARK, LIGHT
from tests.exports.dashboards.made_up_rows import EDGES, EVERY_EDGE, NODES


def drawn(edges: list[dict]) -> tuple[list[str], list[str], list[str]]:
    """Ids of the circles, number of lines and heads, and labels of a picture."""
    with drawing_style():
        axes = draw_graph("a title", NODES, edges, LIGHT).axes[0]
    circles = [str(patch.get_gid()) for patch in axes.patches if isinstance(patch, Circle)]
    lines = [
        str(patch.get_gid())
        for kind in (PathPatch, Polygon)
        for patch in axes.patches
        if isinstance(patch, kind)
    ]
    labels = [text.get_text() for text in axes.texts if str(text.get_gid()).startswith("label-")]
    return circles, lines, labels


@pytest.mark.parametrize("edges", [EDGES, EVERY_EDGE, []], ids=["some", "every", "none"])
def test_shapes_are_the_rows(edges: list[dict]) -> None:
    circles, lines, labels = drawn(edges)
    assert circles == [f"node-{node['id']}" for node in NODES]
    assert lines == [
        *(f"arrow-{number}" for number in range(len(edges))),
        *(f"head-{number}" for number in range(len(edges))),
    ]
    assert labels == [str(edge["weight"]) for edge in edges]


def test_arrows_go_from_row_to_row() -> None:
    laid_out = arrows(NODES, EVERY_EDGE)
    places = {node["id"]: (node["x"], node["y"]) for node in NODES}
    assert [(arrow.from_node, arrow.to_node) for arrow in laid_out] == [
        (edge["from"], edge["to"]) for edge in EVERY_EDGE
    ]
    for arrow in laid_out:
        assert math.dist(arrow.line[0], places[arrow.from_node]) == pytest.approx(20, abs=1.5)
        assert math.dist(arrow.head[0], places[arrow.to_node]) == pytest.approx(20, abs=1e-9)


def test_there_and_back_never_meet() -> None:
    by_ends = {(arrow.from_node, arrow.to_node): arrow for arrow in arrows(NODES, EVERY_EDGE)}
    for start, end in combinations((node["id"] for node in NODES), 2):
        there, back = by_ends[start, end], by_ends[end, start]
        assert gap(there, back) > 2
        assert math.dist(there.label_place, back.label_place) > 15


def gap(one: Arrow, other: Arrow) -> float:
    """The least distance of two lines, away from the heads that share a node."""
    return min(math.dist(a, b) for a in one.line[1:-1] for b in other.line[1:-1])


def test_an_arrow_bends_to_its_own_right() -> None:
    (arrow,) = arrows(NODES, [{"from": "position_ramp", "to": "position_step", "weight": 1}])
    # It goes to the right of the screen, where y points down, so its right hand is below.
    assert arrow.label_place == pytest.approx((0, 36))


def test_a_loop_is_on_the_side_away_from_the_middle() -> None:
    (arrow,) = arrows(NODES, [{"from": "position_step", "to": "position_step", "weight": 3}])
    assert arrow.label_place == pytest.approx((268, 0))
    assert {round(math.dist(point, (236, 0)), 6) for point in arrow.line} == {22}


def test_everything_is_inside_the_picture() -> None:
    for arrow in arrows(NODES, EVERY_EDGE):
        for x, y in (*arrow.line, *arrow.head, arrow.label_place):
            assert abs(x) < 310
            assert abs(y) < 280


def test_picture_is_square_and_dark_where_it_should() -> None:
    with drawing_style():
        figure = draw_graph("a title", NODES, EDGES, DARK)
    assert tuple(figure.get_size_inches() * 150) == (960, 960)
    assert figure.axes[0].get_xlim() == (-320, 320)
    assert figure.axes[0].get_ylim() == (320, -320)
    assert figure.get_facecolor()[:3] == pytest.approx((0x12 / 255, 0x16 / 255, 0x1C / 255))
