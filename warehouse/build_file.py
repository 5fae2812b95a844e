"""What to do when the private file can not be opened any more.

Seen once in some thirty kills of a load in the middle of DuckDB's checkpoint: a block of the file
does not match its checksum. Nothing is lost by it: what was published is a whole copy, and the
sources still hold what came since.
"""

import logging
import shutil
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.settings import Settings

_LOG = logging.getLogger(__name__)


def mend_build_file(settings: Settings) -> bool:
    """Put a damaged build file aside, and go back to the published one.

    The caller holds the writer lock. The damaged file is kept beside the new one. When nothing is
    published, or the published file was made without raw tables, loading begins anew.

    Args:
        settings: Says where.

    Returns:
        Whether the file was damaged; what a loader remembers of it is then void.
    """
    file = settings.build_file
    if not file.exists():
        return False
    try:
        duckdb.connect(file).close()
    except duckdb.Error as error:
        if "orrupt" not in str(error):
            raise
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        for part in file.parent.glob(f"{file.name}*"):
            if ".damaged-" not in part.name:
                part.rename(part.with_name(f"{part.name}.damaged-{moment}"))
        base = _published_file(settings)
        if base is not None:
            unfinished = file.with_suffix(".tmp")
            shutil.copyfile(base, unfinished)
            with duckdb.connect(unfinished) as connection:  # a publish may leave models out
                connection.execute("drop table if exists raw_ops.built_domains")
            unfinished.rename(file)
        _LOG.warning(
            "%s was damaged (%s) and is put aside; going on from %s",
            *(file, str(error).splitlines()[0], base or "the sources alone"),
        )
        return True
    return False


def _published_file(settings: Settings) -> Path | None:
    if not settings.current_file.exists():
        return None
    file = settings.current_file.resolve()
    with duckdb.connect(file, read_only=True) as connection:
        has_raw_tables = connection.execute(
            "select count(*) from information_schema.tables "
            "where starts_with(table_schema, 'raw_') and table_name = '_dlt_loads'"
        ).fetchone()
    return file if has_raw_tables and has_raw_tables[0] else None
