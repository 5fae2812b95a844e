"""Read a published generation with SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import TallyhouseError


@contextmanager
def open_published(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a published file.

    Args:
        file: May be below `current`; the generation that it is now is opened, and stays open.

    Yields:
        The connection; its time zone is UTC, and it downloads no extension.

    Raises:
        TallyhouseError: Nothing is published.
    """
    if not file.exists():
        raise TallyhouseError("Nothing is published yet; `tallyhouse run` does it.")
    # Resolved, for DuckDB shares one instance among connections to the same path.
    with duckdb.connect(
        file.resolve(),
        read_only=True,
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        },
    ) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def ask(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyConnection:
    """Run one query.

    Returns:
        The connection, from which the rows are fetched.

    Raises:
        TallyhouseError: DuckDB refuses it; the message has its words.
    """
    try:
        return connection.execute(query)
    except duckdb.Error as error:
        raise TallyhouseError(str(error)) from error
