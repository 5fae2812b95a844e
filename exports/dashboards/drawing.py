"""Figures become bytes: the same figure gives the same bytes, wherever and whenever it is saved."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.sax.saxutils import quoteattr

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from exports.dashboards.themes import PAGE_VARIABLES

DPI = 150

_NAMED = re.compile(r'(?<=\bid=")|(?<=href="#)|(?<=url\(#)')

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is there on every machine
    "svg.hashsalt": "tallyhouse",  # else ids in the file are random
}


@contextmanager
def drawing_style(**style: Any) -> Iterator[None]:  # noqa: ANN401 - values of matplotlib's settings
    """Settings that a figure is made and saved in, whatever a machine has configured.

    Args:
        **style: Further settings, `_` in place of `.`.

    Yields:
        Nothing; matplotlib's settings are put back afterwards.
    """
    settings: Any = {**_STYLE, **{name.replace("_", "."): each for name, each in style.items()}}
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings)
        yield


def svg(figure: Figure, description: str) -> str:
    """The SVG element of a figure, without the head of an XML file.

    Args:
        figure: What is drawn.
        description: What it shows, for readers who do not see it.

    Returns:
        One element; it scales, carries the description and no date.
    """
    FigureCanvasSVG(figure)
    file = io.StringIO()
    figure.savefig(
        file,
        format="svg",
        metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")),
    )
    text = file.getvalue()
    start = text.index("<svg ")
    return f'<svg role="img" aria-label={quoteattr(description)} ' + text[start + len("<svg ") :]


def page_svg(figure: Figure, description: str, name: str) -> str:
    """The SVG element of a figure that is drawn in the colours of a page.

    Args:
        figure: What is drawn, in the theme `PAGE`.
        description: What it shows, for readers who do not see it.
        name: Of this figure on its page; keeps the ids of two figures apart.

    Returns:
        One element whose colours are those of the page.
    """
    text = _NAMED.sub(f"{name}-", svg(figure, description))
    for drawn, variable in PAGE_VARIABLES.items():
        text = text.replace(drawn, variable)
    return text


def png(figure: Figure, title: str, description: str) -> bytes:
    """The PNG file of a figure, with title and description as its text."""
    FigureCanvasAgg(figure)
    file = io.BytesIO()
    figure.savefig(
        file,
        format="png",
        dpi=DPI,
        metadata={"Software": None, "Title": title, "Description": description},
    )
    return file.getvalue()
