import math
from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Circle, PathPatch, Polygon

from exports.dashboards.drawing import drawing_style
from exports.dashboards.graphs import Arrow, arrows, draw_graph
from exports.dashboards.themes import DARK, LIGHT
from tests.exports.dashboards.made_up_rows import EDGES, EVERY_EDGE, HALF_HEIGHT, NODES


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


NINE_NODES = [
    {
        "id": f"node_{number}",
        "label": f"node_{number}",
        "x": 200 * math.sin(2 * math.pi * number / 9),
        "y": -200 * math.cos(2 * math.pi * number / 9),
        "in_centrality": 0.5,
    }
    for number in range(9)
]
TWO_IN_THREE = [  # as full as the busiest student's
    {"from": start["id"], "to": end["id"], "weight": 1}
    for one, start in enumerate(NINE_NODES)
    for other, end in enumerate(NINE_NODES)
    if (one + other) % 3
]


@pytest.mark.parametrize(
    ("nodes", "edges"), [(NODES, EVERY_EDGE), (NINE_NODES, TWO_IN_THREE)], ids=["six", "nine"]
)
def test_no_weight_stands_on_another_or_on_a_name_or_node(
    nodes: list[dict], edges: list[dict]
) -> None:
    with drawing_style():
        figure = draw_graph("a title", nodes, edges, LIGHT)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        axes = figure.axes[0]
        places = {text: text.get_window_extent(canvas.get_renderer()) for text in axes.texts}
        circles = [each.get_window_extent() for each in axes.patches if isinstance(each, Circle)]
    labels = [text for text in places if str(text.get_gid()).startswith("label-")]
    assert len(labels) == len(edges)
    for label in labels:
        others = [place for text, place in places.items() if text is not label] + circles
        assert places[label].count_overlaps(others) == 0, label.get_text()


def test_a_weight_stays_in_the_middle_of_its_line_where_nothing_else_stands() -> None:
    with drawing_style():
        axes = draw_graph("a title", NODES, EDGES, LIGHT).axes[0]
    places = [each.get_position() for each in axes.texts if str(each.get_gid()).startswith("label")]
    assert places == [tuple(arrow.label_place) for arrow in arrows(NODES, EDGES)]


def test_a_name_stands_below_a_loop_that_hangs_down() -> None:
    (node,) = (each for each in NODES if each["id"] == "speed_ramp")
    for edges, least in (([], 25), ([{"from": "speed_ramp", "to": "speed_ramp", "weight": 1}], 70)):
        with drawing_style():
            axes = draw_graph("a title", [node], edges, LIGHT).axes[0]
        (name,) = (text for text in axes.texts if text.get_text() == "speed_ramp")
        assert least <= name.get_position()[1] - HALF_HEIGHT <= least + 15


def test_picture_is_square_and_dark_where_it_should() -> None:
    with drawing_style():
        figure = draw_graph("a title", NODES, EDGES, DARK)
    assert tuple(figure.get_size_inches() * 150) == (960, 960)
    assert figure.axes[0].get_xlim() == (-320, 320)
    assert figure.axes[0].get_ylim() == (320, -320)
    assert figure.get_facecolor()[:3] == pytest.approx((0x12 / 255, 0x16 / 255, 0x1C / 255))
