"""The colours of pictures and pages, light and dark."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Theme:
    """Colours of one variant of a picture."""

    name: str
    background: str
    text: str
    faint_text: str
    edge: str  # of a graph: the arrows
    node_fill: str = "#97c2fc"
    node_line: str = "#2b7ce9"


PAGE = Theme(
    name="page",
    background="#010101",
    text="#020202",
    faint_text="#030303",
    edge="#040404",
    node_fill="#050505",
    node_line="#060606",
)
"""Stands for the colours of a page, which follow the reader's choice of light or dark."""

CHART = "#070707"  # bars and lines
CHART_SOFT = "#080808"  # areas
GRID = "#090909"

PAGE_VARIABLES = {
    PAGE.background: "var(--card)",
    PAGE.text: "var(--ink)",
    PAGE.faint_text: "var(--faint)",
    PAGE.edge: "var(--edge)",
    PAGE.node_fill: "var(--node)",
    PAGE.node_line: "var(--node-line)",
    CHART: "var(--chart)",
    CHART_SOFT: "var(--chart-soft)",
    GRID: "var(--grid)",
}
"""Colours as they are drawn, and as they stand in a page."""

LIGHT = Theme(
    name="light", background="#ffffff", text="#1c2430", faint_text="#5f6b7a", edge="#3a5f96"
)
DARK = Theme(
    name="dark", background="#12161c", text="#e8edf3", faint_text="#9aa6b5", edge="#8fb4e8"
)
THEMES = (LIGHT, DARK)
