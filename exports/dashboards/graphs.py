"""Pictures of weighted directed graphs: every node in its place, one arrow an edge.

The rows say everything, weights and centralities too; here they only become lines and texts. Nodes
never move; a weight moves along its line only where it would cover a node, a head or another text.
One unit is 1.5 pixels of a picture of 960 x 960; y points down, as on the dashboards.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
_STEPS = 24  # of a line; between them it is a fifth of a pixel off at most
_HALVINGS = 40  # of a curve, when the place is looked for where it leaves a circle
_POINT = 25 / 18  # units of a typographic point


class Point(NamedTuple):
    """A place in units of the picture."""

    x: float
    y: float


_Curve = Callable[[float], Point]  # of a share from 0, its start, to 1


@dataclass(frozen=True, slots=True)
class Arrow:
    """One edge as it is drawn."""

    from_node: str
    to_node: str
    label: str
    line: tuple[Point, ...]  # from circle to circle
    head: tuple[Point, Point, Point]  # the tip first
    label_place: Point  # the middle of the line, or outside of a loop

    @property
    def is_loop(self) -> bool:
        """Whether it goes back to where it came from."""
        return self.from_node == self.to_node


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
    looped = {arrow.to_node for arrow in laid_out if arrow.is_loop}
    texts = [
        text
        for node in nodes
        for text in _texts_of(node, text_scale, is_looped=node["id"] in looped)
    ]
    for number, arrow in enumerate(laid_out):
        _draw_line(axes, arrow, number, theme)
    for node in nodes:
        _draw_circle(axes, node, theme)
    for text in texts:
        _draw_text(axes, text, theme.faint_text if text.is_faint else theme.text, theme, alpha=0.75)
    taken = [_box_of_node(node) for node in nodes] + [text.box for text in texts]
    taken += [_box_of_head(arrow) for arrow in laid_out]
    for number, label in enumerate(_labels(laid_out, taken, text_scale)):
        _draw_text(axes, label, theme.text, theme, gid=f"label-{number}")
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

    def curve(share: float) -> Point:
        near, middle, far = (1 - share) ** 2, 2 * (1 - share) * share, share**2
        return Point(
            near * start.x + middle * control.x + far * end.x,
            near * start.y + middle * control.y + far * end.y,
        )

    first = _leaving(curve, start, _NODE_RADIUS, 0.0)
    last = _leaving(curve, end, _NODE_RADIUS, 1.0)
    return _arrow(edge, curve, first, last, curve(0.5))


def _loop(edge: Mapping[str, Any], node: Point) -> Arrow:
    """A circle on the side of the node that is away from the middle."""
    outwards = _outwards(node)
    middle = Point(node.x + _LOOP_DISTANCE * outwards.x, node.y + _LOOP_DISTANCE * outwards.y)
    towards_node = math.atan2(-outwards.y, -outwards.x)

    def circle(share: float) -> Point:
        turn = towards_node + 2 * math.pi * share
        return Point(
            middle.x + _LOOP_RADIUS * math.cos(turn), middle.y + _LOOP_RADIUS * math.sin(turn)
        )

    label_place = Point(
        node.x + _LOOP_LABEL_DISTANCE * outwards.x, node.y + _LOOP_LABEL_DISTANCE * outwards.y
    )
    first = _leaving(circle, node, _NODE_RADIUS, 0.0)
    last = _leaving(circle, node, _NODE_RADIUS, 1.0)
    return _arrow(edge, circle, first, last, label_place)


def _outwards(node: Point) -> Point:
    """The direction from the middle of the picture to a node; up for one in the middle."""
    distance = math.hypot(*node)
    return Point(node.x / distance, node.y / distance) if distance else Point(0.0, -1.0)


def _arrow(
    edge: Mapping[str, Any], curve: _Curve, first: float, last: float, label_place: Point
) -> Arrow:
    """The line up to the head, and the head with its tip at the end of the line."""
    tip = curve(last)
    end = _leaving(curve, tip, _HEAD_LENGTH, last)
    line = tuple(curve(first + (end - first) * step / _STEPS) for step in range(_STEPS + 1))
    neck = line[-1]
    across = Point((tip.y - neck.y) / _HEAD_LENGTH, (neck.x - tip.x) / _HEAD_LENGTH)
    head = (
        tip,
        Point(neck.x + _HEAD_HALF_WIDTH * across.x, neck.y + _HEAD_HALF_WIDTH * across.y),
        Point(neck.x - _HEAD_HALF_WIDTH * across.x, neck.y - _HEAD_HALF_WIDTH * across.y),
    )
    return Arrow(edge["from"], edge["to"], f"{edge['weight']:d}", line, head, label_place)


def _leaving(curve: _Curve, centre: Point, radius: float, inside: float) -> float:
    """The share of a curve, between one that is inside of a circle and the half, where it ends."""
    outside = 0.5
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if math.dist(curve(middle), centre) < radius:
            inside = middle
        else:
            outside = middle
    return outside


def _draw_line(axes: Axes, arrow: Arrow, number: int, theme: Theme) -> None:
    axes.add_artist(
        PathPatch(
            Outline(arrow.line),
            facecolor="none",
            edgecolor=theme.edge,
            linewidth=1,
            gid=f"arrow-{number}",
        )
    )
    axes.add_artist(
        Polygon(arrow.head, facecolor=theme.edge, edgecolor="none", gid=f"head-{number}")
    )


def _draw_circle(axes: Axes, node: Mapping[str, Any], theme: Theme) -> None:
    axes.add_artist(
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


@dataclass(frozen=True, slots=True)
class _Box:
    """A place that something takes up."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class _Text:
    """A text around its middle."""

    text: str
    middle: Point
    size: float  # in typographic points
    is_faint: bool = False

    @property
    def box(self) -> _Box:
        """What it takes up, a little generous, as letters differ in width."""
        across = len(self.text) * 0.3 * self.size * _POINT + 2
        down = 0.6 * self.size * _POINT
        x, y = self.middle
        return _Box(x - across, y - down, x + across, y + down)


def _texts_of(node: Mapping[str, Any], text_scale: float, *, is_looped: bool) -> Iterator[_Text]:
    """The name of a node and its centrality, below the circle and below a loop that hangs down."""
    below = float(_NODE_RADIUS)
    if is_looped:
        down = _outwards(Point(node["x"], node["y"])).y
        below = max(below, _LOOP_DISTANCE * down + _LOOP_RADIUS, _LOOP_LABEL_DISTANCE * down + 11)
    below += 5
    for text, size, is_faint in (
        (node["label"], 9, False),
        (f"centrality = {node['in_centrality']:.2f}", 7, True),
    ):
        half = 0.9 * size * text_scale
        middle = Point(node["x"], node["y"] + below + half)
        yield _Text(text, middle, size * text_scale, is_faint)
        below += 2 * half


def _box_of_node(node: Mapping[str, Any]) -> _Box:
    x, y = node["x"], node["y"]
    return _Box(x - _NODE_RADIUS, y - _NODE_RADIUS, x + _NODE_RADIUS, y + _NODE_RADIUS)


def _box_of_head(arrow: Arrow) -> _Box:
    across, down = zip(*arrow.head, strict=True)
    return _Box(min(across), min(down), max(across), max(down))


def _labels(laid_out: Sequence[Arrow], taken: list[_Box], text_scale: float) -> list[_Text]:
    """The weights, each in its place or as near to it on its line as nothing else stands.

    Args:
        laid_out: The arrows.
        taken: What else stands in the picture; labels are added to it.
        text_scale: Greater where the picture is shown smaller than it is drawn.

    Returns:
        One text an arrow, in the order of the arrows.
    """
    placed: dict[int, _Text] = {}
    # A loop has one place for its label, so lines give way to it.
    for number in sorted(range(len(laid_out)), key=lambda number: not laid_out[number].is_loop):
        arrow = laid_out[number]
        wanted = [_Text(arrow.label, place, 8 * text_scale) for place in _label_places(arrow)]
        free = (text for text in wanted if not any(text.box.meets(box) for box in taken))
        placed[number] = next(free, wanted[0])
        taken.append(placed[number].box)
    return [placed[number] for number in range(len(laid_out))]


def _label_places(arrow: Arrow) -> Iterator[Point]:
    """Where the label of an arrow may stand, the best first."""
    yield arrow.label_place
    if not arrow.is_loop:
        half = len(arrow.line) // 2
        for step in range(1, half - 3):
            yield arrow.line[half - step]
            yield arrow.line[half + step]


def _draw_text(
    axes: Axes,
    text: _Text,
    colour: str,
    theme: Theme,
    *,
    alpha: float = 1,
    gid: str | None = None,
) -> None:
    axes.text(
        *text.middle,
        text.text,
        ha="center",
        va="center",
        fontsize=text.size,
        color=colour,
        zorder=4 if gid is None else 5,
        gid=gid,
        # Keeps it apart from the lines below it.
        bbox={
            "facecolor": theme.background,
            "edgecolor": "none",
            "boxstyle": "square,pad=0.1",
            "alpha": alpha,
        },
    )
