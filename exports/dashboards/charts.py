"""Charts of a page: rows in, figure out. Colours are those of the page, light or dark."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from exports.dashboards.themes import CHART, CHART_SOFT, GRID, PAGE

_WIDTH = 4.6  # inches; on a phone a chart is shown a fifth smaller than it is drawn
_WIDE = 9.4  # over both columns; a phone scrolls it
_TEXT_SIZE = 9
_ROW_HEIGHT = 0.34
_FEWEST_DAYS = 14  # that an axis of days has room for
_MOST_LETTERS = 40  # of labels that stand side by side

Number = float | int | None


def bars(labels: Sequence[str], values: Sequence[Number], unit: str) -> Figure:
    """Bars that lie, one below the other, each with its number.

    Args:
        labels: Of the bars, from the top.
        values: As many; None is withheld and has no bar.
        unit: Of the values.

    Returns:
        A figure.
    """
    figure, axes = _chart(0.75 + _ROW_HEIGHT * len(labels))
    places = range(len(labels))
    axes.barh(places, [value or 0 for value in values], height=0.62, color=CHART)
    for place, value in zip(places, values, strict=True):
        text = "withheld" if value is None else f"{value:,.6g}"
        axes.annotate(
            text,
            (value or 0, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=_TEXT_SIZE,
            color=PAGE.faint_text,
        )
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    axes.set_xlim(0, max([value or 0 for value in values], default=0) * 1.18 or 1)
    _finish(axes, unit, grid="x")
    return figure


def columns(labels: Sequence[str], values: Sequence[Number], unit: str, about: str) -> Figure:
    """Bars that stand, for bins in their order.

    Args:
        labels: Of the bins.
        values: As many; None is withheld.
        unit: Of the values.
        about: What the bins divide.

    Returns:
        A figure.
    """
    figure, axes = _chart(2.6)
    places = range(len(labels))
    axes.bar(places, [value or 0 for value in values], width=0.86, color=CHART)
    for place, value in zip(places, values, strict=True):
        text = "-" if value is None else f"{value:,.6g}"
        axes.annotate(
            text,
            (place, value or 0),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            fontsize=_TEXT_SIZE - 1,
            color=PAGE.faint_text,
        )
    axes.set_xticks(places, labels, rotation=0 if len("".join(labels)) < _MOST_LETTERS else 35)
    axes.set_xlabel(about)
    axes.set_ylim(0, max([value or 0 for value in values], default=0) * 1.15 or 1)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    _finish(axes, unit, grid="y", is_standing=True)
    return figure


def ranges(labels: Sequence[str], rows: Sequence[Sequence[Number]], unit: str) -> Figure:
    """Least, quarter, median, three quarters and most of several things.

    Args:
        labels: Of the things, from the top.
        rows: Five numbers each, in that order; a row with a None is withheld.
        unit: Of the numbers.

    Returns:
        A figure.
    """
    figure, axes = _chart(0.75 + _ROW_HEIGHT * len(labels))
    for place, row in enumerate(rows):
        known = [number for number in row if number is not None]
        if len(known) < len(row):
            axes.annotate(
                "withheld", (0, place), va="center", fontsize=_TEXT_SIZE, color=PAGE.faint_text
            )
            continue
        least, low, median, high, most = known
        axes.plot([least, most], [place, place], color=CHART, linewidth=1, zorder=1)
        axes.barh(place, high - low, left=low, height=0.5, color=CHART_SOFT, zorder=2)
        axes.plot([median, median], [place - 0.25, place + 0.25], color=CHART, linewidth=2.5)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlim(left=0)
    _finish(axes, unit, grid="x")
    return figure


def lines(days: Sequence[date], values: Sequence[Number], unit: str) -> Figure:
    """One line over days; where a value is withheld it has a break.

    Args:
        days: Ascending.
        values: As many; None is withheld.
        unit: Of the values.

    Returns:
        A figure.
    """
    figure, axes = _chart(2.3)
    numbers = [float("nan") if value is None else value for value in values]
    places = [_place(day) for day in days]
    axes.plot(places, numbers, color=CHART, linewidth=2, marker="o", markersize=4)
    _name_days(axes)
    # Withheld values at either end leave their room, so that all charts of a term agree.
    axes.set_xlim(min(places, default=0) - 3, max(places, default=0) + 3)
    axes.set_ylim(0, max([value or 0 for value in values], default=0) * 1.15 or 1)
    _finish(axes, unit, grid="y", is_standing=True)
    return figure


def matrix(
    row_labels: Sequence[str], column_labels: Sequence[str], values: Sequence[Sequence[Number]]
) -> Figure:
    """Numbers in rows and columns, the greater, the stronger the colour.

    Args:
        row_labels: From the top.
        column_labels: From the left.
        values: A row each; None is withheld.

    Returns:
        A figure.
    """
    figure, axes = _chart(1.3 + _ROW_HEIGHT * len(row_labels))
    most = max([value or 0 for row in values for value in row], default=0) or 1
    for place, row in enumerate(values):
        for column, value in enumerate(row):
            axes.add_patch(
                _cell(column - 0.46, place - 0.44, 0.92, 0.88, (value or 0) / most * 0.6)
            )
            axes.text(
                column,
                place,
                "-" if value is None else f"{value:,.6g}",
                ha="center",
                va="center",
                fontsize=_TEXT_SIZE,
                color=PAGE.text if value else PAGE.faint_text,
            )
    axes.set_xlim(-0.5, len(column_labels) - 0.5)
    axes.set_ylim(len(row_labels) - 0.5, -0.5)
    axes.set_xticks(range(len(column_labels)), column_labels, rotation=35, ha="left")
    axes.xaxis.tick_top()
    axes.set_yticks(range(len(row_labels)), row_labels)
    _finish(axes, "", grid=None)
    return figure


def coverage(streams: Sequence[str], cells: Sequence[tuple[int, date, float]]) -> Figure:
    """How much of each day was recorded: a row a stream, a cell a day, stronger when fuller.

    Args:
        streams: Labels of the rows, from the top.
        cells: Row, day and share from 0 to 1 of each cell.

    Returns:
        A figure; days without a cell are empty.
    """
    figure, axes = _chart(0.75 + 0.24 * len(streams), _WIDE)
    for row, day, share in cells:
        place = _place(day)
        axes.add_patch(_cell(place, row - 0.42, 0.9, 0.84, share))
    days = [_place(day) for _, day, _ in cells]
    axes.set_xlim(
        min(days, default=0.0),
        max(min(days, default=0.0) + _FEWEST_DAYS, max(days, default=0.0) + 1),
    )
    axes.set_ylim(len(streams) - 0.5, -0.5)
    axes.set_yticks(range(len(streams)), streams)
    _name_days(axes)
    _finish(axes, "", grid=None)
    return figure


def _place(day: date) -> float:
    """Where a day is on an axis of days."""
    return float(date2num(day))  # type: ignore[no-untyped-call]


def _name_days(axes: Axes) -> None:
    locator = AutoDateLocator(minticks=2, maxticks=7)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _cell(x: float, y: float, width: float, height: float, share: float) -> Rectangle:
    """A field that is the fuller of colour the greater the share, and framed when it is empty."""
    if not share:
        return Rectangle((x, y), width, height, facecolor="none", edgecolor=GRID, linewidth=0.5)
    return Rectangle((x, y), width, height, facecolor=CHART, edgecolor="none", alpha=share)


def _chart(height: float, width: float = _WIDTH) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.patch.set_visible(False)
    axes = figure.add_subplot()
    axes.patch.set_visible(False)
    return figure, axes


def _finish(
    axes: Axes, unit: str, *, grid: Literal["x", "y"] | None, is_standing: bool = False
) -> None:
    """Frame, grid and texts, the same for every chart."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, labelsize=_TEXT_SIZE, labelcolor=PAGE.text)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=GRID, linewidth=0.6)
    axes.xaxis.label.set(color=PAGE.faint_text, fontsize=_TEXT_SIZE)
    offset = axes.xaxis.get_offset_text()
    offset.set(color=PAGE.faint_text, fontsize=_TEXT_SIZE)
    if is_standing:
        axes.set_title(unit, loc="left", color=PAGE.faint_text, fontsize=_TEXT_SIZE)
    elif unit:
        axes.set_xlabel(unit, color=PAGE.faint_text, fontsize=_TEXT_SIZE)
