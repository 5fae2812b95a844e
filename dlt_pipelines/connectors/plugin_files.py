"""The plugin's own SQLite files: one table per kind of event, one JSON text per row."""

import hashlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dlt_pipelines.connectors.documents import (
    REJECT_BYTES,
    Collection,
    Key,
    Reject,
    Row,
    read_document,
)
from warehouse.errors import TallyhouseError

PAGE_ROWS: Final = 20_000

_SECONDS: Final = (-(2**31), 2**31 - 1)


@dataclass(frozen=True, slots=True)
class PluginRows:
    """Rows of one table as they stand in the file."""

    rows: tuple[tuple[Any, Any], ...]  # id, data

    @property
    def documents(self) -> int:
        """How many there are."""
        return len(self.rows)


def find_plugin_files(path: Path) -> list[Path]:
    """The SQLite files at a path, which may be one of them."""
    return [path] if path.is_file() else sorted(path.rglob("*.db"))


def read_pages(path: Path, table: str) -> Iterator[PluginRows]:
    """Read one table of one file.

    Args:
        path: SQLite file; it is not changed. When a `-wal` lies beside it, a copy is read.
        table: Table of rows (id, data); a missing one has no rows.

    Yields:
        Pages in order of id.

    Raises:
        TallyhouseError: The file is no SQLite file, or is damaged.
    """
    with tempfile.TemporaryDirectory() as folder:
        wal = path.with_name(f"{path.name}-wal")
        if wal.exists():
            copy = Path(folder) / path.name
            shutil.copyfile(path, copy)
            shutil.copyfile(wal, copy.with_name(wal.name))
            uri = f"{copy.as_uri()}"
        else:
            uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            connection = sqlite3.connect(uri, uri=True)
            try:
                yield from _pages(connection, table)
            finally:
                connection.close()
        except sqlite3.DatabaseError as error:
            raise TallyhouseError(
                f"{path}: can not be read as a SQLite file: {error}. Copy it again."
            ) from None


def read_plugin_row(row_id: object, data: object, collection: Collection) -> Row | Reject:
    """One row of a table as a landed row, or the reason why not.

    The key comes from the row and not from the file, so that a copied or grown file lands only what
    is not landed yet.
    """
    text = _text(data)
    if not isinstance(row_id, int) or not 0 <= row_id < 2**31:
        return Reject(_digest_key(collection, text or repr(data)), "bad_id", _kept(text, data))
    try:
        document = json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        key = f"{_digest_key(collection, text or repr(data))}-{row_id}"
        return Reject(key, "bad_json", _kept(text, data))
    return read_document(document, collection, _key(row_id, str(text), document, collection))


def _pages(connection: sqlite3.Connection, table: str) -> Iterator[PluginRows]:
    connection.text_factory = bytes
    known = connection.execute(
        "select count(*) from sqlite_master where type = 'table' and name = ?", (table,)
    ).fetchone()[0]
    if not known:
        return
    cursor = connection.execute(f'select id, data from "{table}" order by id')  # noqa: S608 (names of our own tables)
    while rows := cursor.fetchmany(PAGE_ROWS):
        yield PluginRows(tuple(rows))


def _key(row_id: int, text: str, document: dict[str, Any], collection: Collection) -> Key:
    moment = document.get("timestamp")
    seconds = 0
    if isinstance(moment, int | float) and abs(moment) < 2.0**62:
        seconds = int(moment // 1000)
    username = document.get("username")
    joined = "\x1f".join(
        (username if isinstance(username, str) else "", collection.plugin_table, text)
    )
    digest = hashlib.md5(joined.encode(errors="surrogatepass"), usedforsecurity=False).hexdigest()
    low, high = _SECONDS
    return Key(time=min(max(seconds, low), high), process=digest[:10], counter=row_id)


def _text(data: object) -> str | None:
    if isinstance(data, bytes):
        try:
            return data.decode()
        except UnicodeDecodeError:
            return None
    return None


def _kept(text: str | None, data: object) -> str:
    return (
        (text if text is not None else repr(data))[:REJECT_BYTES]
        .encode(errors="backslashreplace")
        .decode()
    )


def _digest_key(collection: Collection, text: str) -> str:
    joined = f"{collection.plugin_table}\x1f{text}".encode(errors="surrogatepass")
    return f"row-{hashlib.md5(joined, usedforsecurity=False).hexdigest()}"
