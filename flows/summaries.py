"""The counts of a step as rows to be read, in the terminal and in Prefect's artifact."""

from collections.abc import Mapping
from typing import Any, NamedTuple

_LOAD_COLUMNS = ("read", "landed", "duplicate", "rejected", "ignored")
_BUILD_COLUMNS = ("models", "seeds", "tests_passed", "tests_failed", "errors", "skipped")
_PUBLISH_COLUMNS = ("generation_id", "tables_count", "views_count", "rows_count", "size_bytes")
_EXPORT_COLUMNS = ("written", "unchanged", "deleted", "pruned", "failed")


class SummaryTable(NamedTuple):
    """One table of counts."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


def step_tables(step: str, summary: Mapping[str, Any]) -> list[SummaryTable]:
    """The counts of one step, as the step's own summary has them."""
    match step:
        case "load":
            return [
                _named_counts(f"load {domain}", "table", counts.get("tables", {}), _LOAD_COLUMNS)
                for domain, counts in summary.items()
            ]
        case "build":
            return [_one_row(_titled("build", summary), summary, _BUILD_COLUMNS)]
        case "publish":
            return [_one_row(_titled("publish", summary), summary, _PUBLISH_COLUMNS)]
        case "export":
            return [
                _named_counts(f"export {domain}", "export", counts["exports"], _EXPORT_COLUMNS)
                for domain, counts in summary.items()
            ]
        case _:
            raise ValueError(step)


def as_markdown(table: SummaryTable) -> str:
    """The table for Prefect's artifact."""
    lines = [table.columns, ["---"] * len(table.columns), *table.rows]
    return f"### {table.title}\n\n" + "\n".join(
        f"| {' | '.join(_cell(value) for value in line)} |" for line in lines
    )


def _named_counts(
    title: str, name_column: str, counts: Mapping[str, Any], columns: tuple[str, ...]
) -> SummaryTable:
    rows: list[tuple[object, ...]] = [
        (name, *(_total(count.get(column, 0)) for column in columns))
        for name, count in counts.items()
    ]
    return SummaryTable(title, (name_column, *columns), rows)


def _titled(step: str, summary: Mapping[str, Any]) -> str:
    """The step's name, and that it had no work to do."""
    return f"{step}: nothing new" if summary.get("unchanged") else step


def _one_row(title: str, summary: Mapping[str, Any], columns: tuple[str, ...]) -> SummaryTable:
    row = tuple(summary.get(column) for column in columns)
    return SummaryTable(title, tuple(column.removesuffix("_count") for column in columns), [row])


def _total(count: int | Mapping[str, int]) -> int:
    """A count that may be told apart by reason."""
    return sum(count.values()) if isinstance(count, Mapping) else count


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", "\\|")
