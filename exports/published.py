"""The published file, as a delivery reads it: read-only, in key order, a batch at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from exports.catalogue import Export
from exports.documents import Converter
from exports.ledger import Ledger, Origin
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "512MB",  # what it holds beyond that spills
}
_WORK_TABLE = """
create temp table work (
    job integer, key varchar, is_gone boolean, digest varchar, user varchar, period varchar
)
"""


def generation_folder(settings: Settings, ledger: Ledger, domain: str, *, undo: bool) -> Path:
    """The folder of the generation to deliver: the current one or, to undo, the one before.

    Raises:
        TallyhouseError: There is none, or it is no longer kept.
    """
    if not undo:
        # The link is followed once, so all of a delivery comes from one generation.
        folder = settings.current_file.parent.resolve()
        if not (folder / settings.current_file.name).is_file():
            raise TallyhouseError(
                f"Nothing is published in {settings.folder}: run `tallyhouse publish` first."
            )
        return folder
    former = ledger.former_generation(domain)
    if former is None:
        raise TallyhouseError(
            f"There is no delivery of {domain} before the last one to go back to."
        )
    folder = settings.generations_folder / former
    if not (folder / settings.current_file.name).is_file():
        raise TallyhouseError(
            f"Generation {former}, which was delivered before, is no longer kept"
            f" (WAREHOUSE__KEEP={settings.keep}), so the delivery cannot be undone."
        )
    return folder


@contextmanager
def open_warehouse(settings: Settings, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a generation read-only, with an empty temporary table `work` for a delivery."""
    path = folder / settings.current_file.name
    try:
        with duckdb.connect(path, read_only=True) as connection:
            for name, value in _SETTINGS.items():
                connection.execute(f"set {name} = {_text(value)}")
            # A published folder is never written to, so sorting spills elsewhere.
            spill = str(settings.exports_folder / ".spill")
            connection.execute(f"set temp_directory = {_text(spill)}")
            connection.execute(_WORK_TABLE)
            yield connection
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise TallyhouseError(
            f"Cannot read {path}: {error}. What was sent is in the ledger; make room in"
            " WAREHOUSE__FOLDER if it is full, and run `tallyhouse export` again."
        ) from error


def origin(warehouse: duckdb.DuckDBPyConnection, settings: Settings, domain: str) -> Origin:
    """Whether the published rows are the sample world's."""
    try:
        found = warehouse.execute(
            "select is_sample_world from raw_ops.source_identity where domain = ?"
            " order by first_loaded_at desc limit 1",
            [domain],
        ).fetchone()
    except duckdb.CatalogException:  # raw_ops need not be published
        found = None
    if found is not None:
        is_sample_world = bool(found[0])
    else:
        is_sample_world = bool(getattr(getattr(settings, domain, None), "is_sample_world", False))
    return "sample_world" if is_sample_world else "source"


def columns(warehouse: duckdb.DuckDBPyConnection, export: Export) -> list[str]:
    """The columns of the model, after a look at whether documents can be made of them."""
    try:
        schema = (
            warehouse.execute(f"select * from {table_sql(export)} limit 0")  # noqa: S608 - quoted
            .to_arrow_reader()
            .schema
        )
    except duckdb.CatalogException:
        raise TallyhouseError(
            f"exposure {export.name}: the published file has no table {export.schema}."
            f"{export.table}. Build it with `tallyhouse build`, and let WAREHOUSE__PUBLISH have"
            f" {export.schema}."
        ) from None
    Converter(export.table, schema)
    needed = {*export.key, *export.stamps}
    needed |= {path.split(".")[0] for path in (export.user_column, export.period_column) if path}
    if missing := needed - set(schema.names):
        raise TallyhouseError(
            f"exposure {export.name}: {export.table} has no column {', '.join(sorted(missing))}."
        )
    return list(schema.names)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def quoted(name: str) -> str:
    """A name as it stands in SQL, whatever it is made of."""
    return '"' + name.replace('"', '""') + '"'


def table_sql(export: Export) -> str:
    """The table of an export model."""
    return f"{quoted(export.schema)}.{quoted(export.table)}"


def path_sql(path: str | None) -> str:
    """The text at a path such as `period.id` of a row of `model`, or null without a path."""
    if path is None:
        return "cast(null as varchar)"
    return f"cast(model.{'.'.join(map(quoted, path.split('.')))} as varchar)"


def key_sql(export: Export) -> str:
    """The key of a row of `model`; null when a part of it is."""
    return " || '|' || ".join(f"cast(model.{quoted(name)} as varchar)" for name in export.key)
