"""What was sent where: the memory that lets a run send only the difference.

One SQLite file for all targets. A row is written after the target has the document, so a run that
is killed has at worst sent documents that the ledger does not know; the next run sends these again,
as the same documents. The ledger claims only what is there: a target that finds its documents
changed or lost says so before a run (`is_present`).
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from warehouse.errors import TallyhouseError

Origin = Literal["sample_world", "source"]

_SCHEMA = """
create table if not exists collections (
    collection_id integer primary key,
    address text not null,
    database text not null,
    collection text not null,
    file_sha256 text,
    unique (address, database, collection)
) strict;

create table if not exists documents (
    collection_id integer not null references collections (collection_id),
    key text not null,
    content_hash text not null,
    row_digest text not null,
    remote_revision text,
    generation text not null,
    origin text not null,
    stamps text not null,
    user text,
    period text,
    is_present integer not null,
    run_id text not null,
    sent_at text not null,
    primary key (collection_id, key)
) strict, without rowid;

create table if not exists dead_letters (
    collection_id integer not null references collections (collection_id),
    key text not null,
    operation text not null,
    reason text not null,
    generation text not null,
    user text,
    period text,
    run_id text not null,
    first_failed_at text not null,
    last_failed_at text not null,
    attempts_count integer not null,
    primary key (collection_id, key)
) strict, without rowid;

create table if not exists deliveries (
    delivery_id integer primary key,
    domain text not null,
    generation text not null,
    kind text not null,
    run_id text not null,
    started_at text not null,
    finished_at text
) strict;
"""
_VERSION = 1
_PAGE = 5_000


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One document as it was last sent."""

    key: str
    content_hash: str
    row_digest: str  # of the row in the warehouse, which is cheaper to compare than the document
    generation: str
    origin: Origin
    stamps: Mapping[str, Any] = field(hash=False)
    user: str | None
    period: str | None
    is_present: bool = True
    remote_revision: str | None = None


_COLUMNS = tuple(column.name for column in fields(LedgerRow))
_SELECT = f"select {', '.join(_COLUMNS)} from documents"  # noqa: S608 - names of this file


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One document that could not be sent or deleted; every run tries again."""

    key: str
    operation: str
    reason: str
    user: str | None
    period: str | None
    attempts_count: int = 1


class Ledger:
    """The open file. Nothing is kept before `commit()`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take a connection that `open_ledger` has prepared."""
        self._connection = connection

    def commit(self) -> None:
        """Keep what was written since the last time."""
        self._connection.commit()

    def collection(self, address: str, database: str, collection: str) -> "CollectionLedger":
        """The documents of one collection at one address."""
        names = (address, database, collection)
        self._connection.execute(
            "insert or ignore into collections (address, database, collection) values (?, ?, ?)",
            names,
        )
        found = self._connection.execute(
            "select collection_id from collections"
            " where address = ? and database = ? and collection = ?",
            names,
        ).fetchone()
        return CollectionLedger(self._connection, found[0])

    def begin_delivery(self, domain: str, generation: str, kind: str, run_id: str) -> int:
        """Note that a delivery begins, and return its number."""
        cursor = self._connection.execute(
            "insert into deliveries (domain, generation, kind, run_id, started_at)"
            " values (?, ?, ?, ?, ?)",
            (domain, generation, kind, run_id, _now()),
        )
        return int(cursor.lastrowid or 0)

    def finish_delivery(self, delivery_id: int) -> None:
        """Note that a delivery came to its end."""
        self._connection.execute(
            "update deliveries set finished_at = ? where delivery_id = ?", (_now(), delivery_id)
        )

    def former_generation(self, domain: str) -> str | None:
        """The generation that was delivered before the one that was delivered last."""
        found = self._connection.execute(
            "select max(generation) from deliveries"
            " where domain = ?1 and finished_at is not null and generation < ("
            "   select generation from deliveries where domain = ?1"
            "   order by delivery_id desc limit 1)",
            (domain,),
        ).fetchone()
        return None if found is None else found[0]


class CollectionLedger:
    """The part of the ledger that tells of one collection."""

    def __init__(self, connection: sqlite3.Connection, collection_id: int) -> None:
        """Take the number of a collection in an open ledger."""
        self._connection = connection
        self._id = collection_id

    def count(self, *, origin: Origin | None = None) -> int:
        """How many documents the target has, of one origin or of any."""
        found = self._connection.execute(
            "select count(*) from documents"
            " where collection_id = ? and is_present = 1 and origin = coalesce(?, origin)",
            (self._id, origin),
        ).fetchone()
        return int(found[0])

    def rows(self, *, after: str | None = None, up_to: str | None = None) -> Iterator[LedgerRow]:
        """Rows in key order, by the bytes of the key.

        Args:
            after: Only keys that are greater.
            up_to: Only keys that are not greater.

        Yields:
            One row a document. The ledger may be written to meanwhile.
        """
        while page := self._connection.execute(
            f"{_SELECT}"
            " where collection_id = ?1 and (?2 is null or key > ?2) and (?3 is null or key <= ?3)"
            " order by key limit ?4",
            (self._id, after, up_to, _PAGE),
        ).fetchall():
            yield from map(_row, page)
            after = page[-1][0]

    def get(self, key: str) -> LedgerRow | None:
        """The row of one document."""
        found = self._connection.execute(
            f"{_SELECT} where collection_id = ? and key = ?",
            (self._id, key),
        ).fetchone()
        return None if found is None else _row(found)

    def users(self) -> list[str]:
        """Everybody whose documents it tells of, as their names stand in the documents."""
        found = self._connection.execute(
            "select distinct user from documents where collection_id = ? and user is not null"
            " order by user",
            (self._id,),
        ).fetchall()
        return [user for (user,) in found]

    def write(self, rows: Iterable[LedgerRow], run_id: str) -> None:
        """Note documents that the target has, and that their dead letters are over."""
        now = _now()
        values = [
            (
                self._id,
                row.key,
                row.content_hash,
                row.row_digest,
                row.remote_revision,
                row.generation,
                row.origin,
                json.dumps(row.stamps),
                row.user,
                row.period,
                row.is_present,
                run_id,
                now,
            )
            for row in rows
        ]
        self._connection.executemany(
            "insert or replace into documents values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        self.end_dead_letters(value[1] for value in values)

    def touch(self, rows: Iterable[LedgerRow]) -> None:
        """Note another digest or origin of documents that were not sent again."""
        values = [(row.row_digest, row.origin, self._id, row.key) for row in rows]
        self._connection.executemany(
            "update documents set row_digest = ?, origin = ? where collection_id = ? and key = ?",
            values,
        )
        self.end_dead_letters(value[3] for value in values)

    def remove(self, keys: Iterable[str]) -> None:
        """Note that documents are gone from the target, and their dead letters with them."""
        gone = list(keys)
        self._connection.executemany(
            "delete from documents where collection_id = ? and key = ?",
            ((self._id, key) for key in gone),
        )
        self.end_dead_letters(gone)

    def doubt_all(self) -> None:
        """Claim nothing, until `confirm` says what is there."""
        self._connection.execute(
            "update documents set is_present = 0 where collection_id = ?", (self._id,)
        )

    def doubt(self, keys: Iterable[str]) -> None:
        """Note that the target has lost these documents."""
        self._connection.executemany(
            "update documents set is_present = 0 where collection_id = ? and key = ?",
            ((self._id, key) for key in keys),
        )

    def confirm(self, keys: Iterable[str]) -> None:
        """Note that the target has these documents as they were sent."""
        self._connection.executemany(
            "update documents set is_present = 1 where collection_id = ? and key = ?",
            ((self._id, key) for key in keys),
        )

    @property
    def file_sha256(self) -> str | None:
        """The hash of the whole file that holds the collection, where a file does."""
        found = self._connection.execute(
            "select file_sha256 from collections where collection_id = ?", (self._id,)
        ).fetchone()
        return None if found is None else found[0]

    @file_sha256.setter
    def file_sha256(self, value: str) -> None:
        self._connection.execute(
            "update collections set file_sha256 = ? where collection_id = ?", (value, self._id)
        )

    def bury(self, letters: Iterable[DeadLetter], generation: str, run_id: str) -> None:
        """Note documents that could not be sent or deleted, and why."""
        now = _now()
        self._connection.executemany(
            "insert into dead_letters values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)"
            " on conflict (collection_id, key) do update set"
            "   operation = excluded.operation, reason = excluded.reason,"
            "   generation = excluded.generation, user = excluded.user, period = excluded.period,"
            "   run_id = excluded.run_id, last_failed_at = excluded.last_failed_at,"
            "   attempts_count = attempts_count + 1",
            (
                (
                    self._id,
                    letter.key,
                    letter.operation,
                    letter.reason,
                    generation,
                    letter.user,
                    letter.period,
                    run_id,
                    now,
                    now,
                )
                for letter in letters
            ),
        )

    def dead_letters(self) -> list[DeadLetter]:
        """What could not be sent or deleted so far."""
        found = self._connection.execute(
            "select key, operation, reason, user, period, attempts_count from dead_letters"
            " where collection_id = ? order by key",
            (self._id,),
        ).fetchall()
        return [DeadLetter(*row) for row in found]

    def end_dead_letters(self, keys: Iterable[str]) -> None:
        """Note that what these dead letters tell of is over."""
        self._connection.executemany(
            "delete from dead_letters where collection_id = ? and key = ?",
            ((self._id, key) for key in keys),
        )


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """Open the ledger, or make it.

    Args:
        path: The SQLite file. What was not committed at the end is forgotten.

    Yields:
        The ledger.

    Raises:
        TallyhouseError: The file cannot be opened or written, is of another version, or no ledger.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        try:
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = full")
            # Who is deleted is deleted here too, not only unlinked.
            connection.execute("pragma secure_delete = on")
            _prepare(connection, path)
            connection.isolation_level = "IMMEDIATE"
            yield Ledger(connection)
            connection.rollback()
            connection.isolation_level = None
            connection.execute("pragma wal_checkpoint(truncate)")
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        raise TallyhouseError(
            f"The ledger {path}: {error}. Make room or mend the rights of WAREHOUSE__FOLDER and"
            " run `tallyhouse export` again; without the file every document is sent once more."
        ) from error


def _row(found: tuple[Any, ...]) -> LedgerRow:
    values = dict(zip(_COLUMNS, found, strict=True))
    values["stamps"] = json.loads(values["stamps"])
    values["is_present"] = bool(values["is_present"])
    return LedgerRow(**values)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("pragma user_version").fetchone()[0]
    if version not in {0, _VERSION}:
        raise TallyhouseError(
            f"{path} was written by another version of Tallyhouse ({version}, not {_VERSION})."
        )
    if version == 0:
        connection.executescript(f"begin; {_SCHEMA} pragma user_version = {_VERSION}; commit;")


def _now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="seconds")
