"""Pictures of weighted directed graphs: every node in its place, one arrow an edge.

The rows say everything, weights and centralities too; here they only become lines and texts. One
unit is 1.5 pixels of a picture of 960 x 960; y points down, as on the dashboards.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, PathPatch, Polygon
from matplotlib.path import Path as Outline

from exports.dashboards.themes import Theme

_REACH = 320  # the limits of both axes
_INCHES = 6.4
_NODE_RADIUS = 20
_CURVATURE = 0.18  # of the control point, in lengths of the straight line
_LOOP_RADIUS = 22
_LOOP_DISTANCE = 36  # of its middle from that of the node
_LOOP_LABEL_DISTANCE = 68
_HEAD_LENGTH = 11
_HEAD_HALF_WIDTH = 5
_HANGING_LOOP = 70  # from the middle of the node to the foot of its loop and label
_STEPS = 200  # of a curve, when its end is looked for


class Point(NamedTuple):
    """A place in units of the picture."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """One edge as it is drawn."""

    from_node: str
    to_node: str
    label: str
    line: tuple[Point, ...]  # from circle to circle
    head: tuple[Point, Point, Point]  # the tip first
    label_place: Point


def arrows(nodes: Sequence[Mapping[str, Any]], edges: Iterable[Mapping[str, Any]]) -> list[Arrow]:
    """Lay out the edges of a graph.

    Args:
        nodes: Have `id`, `x`, `y`.
        edges: Have `from`, `to`, `weight`.

    Returns:
        One arrow an edge, in the order of the edges.
    """
    places = {node["id"]: Point(node["x"], node["y"]) for node in nodes}
    return [
        _loop(edge, places[edge["from"]])
        if edge["from"] == edge["to"]
        else _arc(edge, places[edge["from"]], places[edge["to"]])
        for edge in edges
    ]


def draw_graph(
    title: str,
    nodes: Sequence[Mapping[str, Any]],
    edges: Iterable[Mapping[str, Any]],
    theme: Theme,
    text_scale: float = 1,
) -> Figure:
    """Draw one picture.

    Args:
        title: Stands at the top.
        nodes: Have `id`, `label`, `x`, `y` and `in_centrality`.
        edges: Have `from`, `to`, `weight`; weights are whole numbers.
        theme: Colours.
        text_scale: Greater where the picture is shown smaller than it is drawn.

    Returns:
        A square figure without axes.
    """
    figure = Figure(figsize=(_INCHES, _INCHES), facecolor=theme.background)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-_REACH, _REACH)
    axes.set_ylim(_REACH, -_REACH)
    axes.set_aspect("equal")
    laid_out = arrows(nodes, edges)
    for number, arrow in enumerate(laid_out):
        _draw_line(axes, arrow, number, theme)
    looped = {arrow.to_node for arrow in laid_out if arrow.from_node == arrow.to_node}
    for node in nodes:
        # A loop at the foot of a picture hangs down, so the name goes below it.
        is_hanging = node["id"] in looped and node["y"] > abs(node["x"])
        _draw_node(axes, node, theme, text_scale, is_hanging=is_hanging)
    for number, arrow in enumerate(laid_out):
        _draw_label(axes, arrow, number, theme, text_scale)
    axes.text(
        0, -296, title, ha="center", va="center", fontsize=11, weight="bold", color=theme.text
    )
    return figure


def _arc(edge: Mapping[str, Any], start: Point, end: Point) -> Arrow:
    """A curve bent to the right of who walks along it, so that there and back never meet."""
    along = Point(end.x - start.x, end.y - start.y)
    # With y downwards the right hand of (x, y) is (-y, x).
    control = Point(
        (start.x + end.x) / 2 - _CURVATURE * along.y, (start.y + end.y) / 2 + _CURVATURE * along.x
    )
    curve = [_on_curve(start, control, end, step / _STEPS) for step in range(_STEPS + 1)]
    line = [
        point
        for point in curve
        if min(math.dist(point, start), math.dist(point, end)) >= _NODE_RADIUS
    ]
    return _arrow(edge, line, end, _on_curve(start, control, end, 0.5))


def _loop(edge: Mapping[str, Any], node: Point) -> Arrow:
    """A circle on the side of the node that is away from the middle."""
    distance = math.hypot(*node)
    outwards = Point(node.x / distance, node.y / distance) if distance else Point(0.0, -1.0)
    middle = Point(node.x + _LOOP_DISTANCE * outwards.x, node.y + _LOOP_DISTANCE * outwards.y)
    towards_node = math.atan2(-outwards.y, -outwards.x)
    turns = [towards_node + 2 * math.pi * step / _STEPS for step in range(_STEPS + 1)]
    circle = [
        Point(middle.x + _LOOP_RADIUS * math.cos(turn), middle.y + _LOOP_RADIUS * math.sin(turn))
        for turn in turns
    ]
    line = [point for point in circle if math.dist(point, node) >= _NODE_RADIUS]
    label_place = Point(
        node.x + _LOOP_LABEL_DISTANCE * outwards.x, node.y + _LOOP_LABEL_DISTANCE * outwards.y
    )
    return _arrow(edge, line, node, label_place)


def _arrow(edge: Mapping[str, Any], line: Sequence[Point], end: Point, label_place: Point) -> Arrow:
    """The line up to the head, and the head with its tip on the circle of the end."""
    last = line[-1]
    share = _NODE_RADIUS / math.dist(last, end)
    tip = Point(end.x + (last.x - end.x) * share, end.y + (last.y - end.y) * share)
    shaft = [point for point in line if math.dist(point, tip) >= _HEAD_LENGTH]
    neck = shaft[-1]
    length = math.dist(neck, tip)
    across = Point((tip.y - neck.y) / length, (neck.x - tip.x) / length)
    head = (
        tip,
        Point(neck.x + _HEAD_HALF_WIDTH * across.x, neck.y + _HEAD_HALF_WIDTH * across.y),
        Point(neck.x - _HEAD_HALF_WIDTH * across.x, neck.y - _HEAD_HALF_WIDTH * across.y),
    )
    return Arrow(edge["from"], edge["to"], f"{edge['weight']:d}", tuple(shaft), head, label_place)


def _on_curve(start: Point, control: Point, end: Point, share: float) -> Point:
    rest = 1 - share
    weights = (rest * rest, 2 * rest * share, share * share)
    return Point(
        sum(weight * point.x for weight, point in zip(weights, (start, control, end), strict=True)),
        sum(weight * point.y for weight, point in zip(weights, (start, control, end), strict=True)),
    )


def _draw_line(axes: Axes, arrow: Arrow, number: int, theme: Theme) -> None:
    axes.add_patch(
        PathPatch(
            Outline(arrow.line),
            facecolor="none",
            edgecolor=theme.edge,
            linewidth=1,
            gid=f"arrow-{number}",
        )
    )
    axes.add_patch(
        Polygon(arrow.head, facecolor=theme.edge, edgecolor="none", gid=f"head-{number}")
    )


def _draw_node(
    axes: Axes, node: Mapping[str, Any], theme: Theme, text_scale: float, *, is_hanging: bool
) -> None:
    axes.add_patch(
        Circle(
            (node["x"], node["y"]),
            _NODE_RADIUS,
            facecolor=theme.node_fill,
            edgecolor=theme.node_line,
            linewidth=1,
            zorder=3,
            gid=f"node-{node['id']}",
        )
    )
    texts = (
        (node["label"], 9, theme.text),
        (f"centrality = {node['in_centrality']:.2f}", 7, theme.faint_text),
    )
    below = (_HANGING_LOOP if is_hanging else _NODE_RADIUS) + 5.0
    for text, size, colour in texts:
        below += 0.9 * size * text_scale
        axes.text(
            node["x"],
            node["y"] + below,
            text,
            ha="center",
            va="center",
            fontsize=size * text_scale,
            color=colour,
            zorder=4,
            bbox={**_box(theme), "alpha": 0.75},
        )
        below += 0.9 * size * text_scale


def _draw_label(axes: Axes, arrow: Arrow, number: int, theme: Theme, text_scale: float) -> None:
    axes.text(
        *arrow.label_place,
        arrow.label,
        ha="center",
        va="center",
        fontsize=8 * text_scale,
        color=theme.text,
        zorder=5,
        gid=f"label-{number}",
        bbox=_box(theme),
    )


def _box(theme: Theme) -> dict[str, Any]:
    """What keeps a text apart from the lines below it."""
    return {"facecolor": theme.background, "edgecolor": "none", "boxstyle": "square,pad=0.1"}
