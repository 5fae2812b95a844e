"""What every load read and landed, kept in `raw_ops` of the build file.

Counts of what was read are written to a journal file before the package is loaded, and settled with
what the package landed once it is: a run that is killed in between is settled by the next one.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb

from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from dlt_pipelines.batches import Batch
    from dlt_pipelines.sources import Ended, Ignored

_TABLES: Final = """
create schema if not exists raw_ops;
create table if not exists raw_ops.load_counts (
    domain varchar, load_id varchar, source_kind varchar, source_name varchar, table_name varchar,
    day date, read_count bigint, landed_count bigint, duplicate_count bigint,
    rejected_count bigint, ignored_count bigint, loaded_at timestamp
);
create table if not exists raw_ops.data_through (
    domain varchar, source_kind varchar, source_name varchar, data_through_at timestamp,
    loaded_at timestamp
);
create table if not exists raw_ops.loaded_files (
    domain varchar, file_name varchar, size_bytes bigint, modified_ns bigint, content_hash varchar,
    load_id varchar, loaded_at timestamp
);
create table if not exists raw_ops.source_identity (
    domain varchar, identity varchar, is_sample_world boolean, first_loaded_at timestamp
);
create table if not exists raw_ops.requested_periods (
    domain varchar, period_id varchar, start_date date, end_date date, requested_at timestamp
);
"""

_OF_A_DOMAIN: Final = (
    "data_through",
    "load_counts",
    "loaded_files",
    "requested_periods",
    "source_identity",
)

_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class SourceDay:
    """How many documents of one UTC day (since 1970) a source says it has."""

    collection: str
    day: int
    documents: int

    def __str__(self) -> str:
        return f"{self.collection} on {_date(self.day)}"


@dataclass(frozen=True, slots=True)
class SettledCount:
    """What became of the documents of one collection and day in one load."""

    table: str
    read: int
    landed: int
    rejected: int
    ignored: int

    def parts(self) -> dict[str, int]:
        """The counts by name."""
        return {
            "read": self.read,
            "landed": self.landed,
            "duplicate": self.read - self.landed - self.rejected - self.ignored,
            "rejected": self.rejected,
            "ignored": self.ignored,
        }


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file of which every row is landed."""

    name: str
    size_bytes: int
    modified_ns: int
    content_hash: str


@dataclass(slots=True)
class Counts:
    """What one package read, before it is known what of it was landed already."""

    read: Counter[tuple[str, str, int | None]] = field(default_factory=Counter)
    rejected: Counter[tuple[str, str, int | None]] = field(default_factory=Counter)
    ignored: Counter[tuple[str, str, int | None]] = field(default_factory=Counter)
    through: dict[str, int] = field(default_factory=dict)  # source kind -> ms since 1970
    source_names: dict[str, str] = field(default_factory=dict)
    files: list["LoadedFile"] = field(default_factory=list)

    def add(self, batch: "Batch") -> None:
        """Count a batch."""
        kind = batch.source_kind
        for day, count in batch.read.items():
            self.read[kind, batch.collection, day] += count
        for (_, day), count in batch.rejected.items():
            self.rejected[kind, batch.collection, day] += count
        if kind == "dump" and batch.last_id_time is not None:
            self.reach(kind, batch.last_id_time * 1000)
        if kind == "sqlite" and batch.last_event_ms is not None:
            self.reach(kind, batch.last_event_ms)

    def ignore(self, part: "Ignored") -> None:
        """Count a collection that is not read."""
        self.read[part.source_kind, part.collection, None] += part.documents
        self.ignored[part.source_kind, part.collection, None] += part.documents

    def end(self, part: "Ended") -> None:
        """A collection was read to its end."""
        if part.cursor is not None:
            self.reach(part.source_kind, part.cursor * 1000)

    def write(self, path: Path) -> None:
        """Write the journal of a package that is about to be loaded."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "through": self.through,
            "source_names": self.source_names,
            "files": [asdict(file) for file in self.files],
            "counts": [
                [*key, self.read[key], self.rejected[key], self.ignored[key]]
                for key in sorted(self.read, key=str)
            ],
        }
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(content))
        temporary.rename(path)

    def reach(self, kind: str, moment_ms: int) -> None:
        """A source was read up to a moment."""
        self.through[kind] = max(self.through.get(kind, moment_ms), moment_ms)


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of `raw_ops` that are not there yet."""
    connection.execute(_TABLES)


def drop_repeats(
    connection: duckdb.DuckDBPyConnection,
    domain: str,
    journal: Path,
    keys: Mapping[str, tuple[str, ...]],
) -> None:
    """Remove the rows that an interrupted package landed twice.

    dlt loads a file again when it was killed between the commit and its own note of it, and its
    merge compares with what is landed only, not within the package.
    """
    known = known_tables(connection, domain)
    for load_id in sorted(path.stem for path in journal.glob("*.json")):
        for table, key in keys.items():
            if table in known:
                connection.execute(
                    f"""
                    delete from raw_{domain}.{table}
                    where
                        _dlt_load_id = $load_id
                        and rowid not in (
                            select min(rowid)
                            from raw_{domain}.{table}
                            where _dlt_load_id = $load_id
                            group by {", ".join(key)}
                        )
                    """,  # noqa: S608 (names of our own tables)
                    {"load_id": load_id},
                )


def settle_all(
    connection: duckdb.DuckDBPyConnection,
    domain: str,
    journal: Path,
    landed: Mapping[str, str],
) -> list[SettledCount]:
    """Write the counts of every loaded package that is still in the journal."""
    settled: list[SettledCount] = []
    for path in sorted(journal.glob("*.json")):
        if _is_loaded(connection, domain, path.stem):
            settled += _settle(connection, domain, path, landed)
            path.unlink()
    return settled


def missing_days(
    connection: duckdb.DuckDBPyConnection, domain: str, expected: Iterable[SourceDay]
) -> list[SourceDay]:
    """The days of which fewer documents are landed or rejected than the source has."""
    return [
        source
        for source in expected
        if _known_documents(connection, domain, source) < source.documents
    ]


def known_tables(connection: duckdb.DuckDBPyConnection, domain: str) -> set[str]:
    """Names of the landed tables."""
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = ?",
        [f"raw_{domain}"],
    ).fetchall()
    return {name for (name,) in rows}


def count_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of a table, 0 when it is not there."""
    try:
        return _number(connection, f"select count(*) from {table}", [])  # noqa: S608 (names of our own tables)
    except duckdb.CatalogException:
        return 0


def known_files(connection: duckdb.DuckDBPyConnection, domain: str) -> set[LoadedFile]:
    """The files that were loaded whole; empty when nothing was."""
    try:
        rows = connection.execute(
            "select file_name, size_bytes, modified_ns, content_hash from raw_ops.loaded_files "
            "where domain = ?",
            [domain],
        ).fetchall()
    except duckdb.CatalogException:
        return set()
    return {LoadedFile(*row) for row in rows}


def identity_of(settings: Settings, *, is_sample_world: bool) -> tuple[str, bool]:
    """What a domain is loaded from, in words, and whether that is the sample world."""
    if is_sample_world:
        return f"sample world, seed {settings.sample_seed}, {settings.sample_size}", True
    return "configured sources", False


def is_other_world(
    connection: duckdb.DuckDBPyConnection,
    domain: str,
    identity: tuple[str, bool],
    source_settings: str,
) -> bool:
    """Whether what is landed is a sample world other than what is to be loaded.

    Args:
        connection: Of the build file.
        domain: Which one.
        identity: What it is to be loaded from, and whether that is the sample world.
        source_settings: Names the settings that a lost real source had.

    Returns:
        Whether it gives way.

    Raises:
        TallyhouseError: What is landed is real, and nothing is configured any more.
    """
    row = connection.execute(
        "select identity, is_sample_world from raw_ops.source_identity where domain = ?", [domain]
    ).fetchone()
    if row is None:
        return False
    if not row[1] and identity[1]:
        raise TallyhouseError(
            f"{domain} was loaded from a real source, and none is configured now: set "
            f"{source_settings}, or name another folder in WAREHOUSE__FOLDER for the sample world."
        )
    return bool(row[1]) and tuple(row) != identity


def forget(connection: duckdb.DuckDBPyConnection, domain: str) -> None:
    """Drop all that is landed of a domain, and what dlt knows of it."""
    connection.execute("begin")
    connection.execute(f"drop schema if exists raw_{domain} cascade")
    connection.execute(f"drop schema if exists raw_{domain}_staging cascade")
    for table in _OF_A_DOMAIN:
        connection.execute(f"delete from raw_ops.{table} where domain = ?", [domain])  # noqa: S608 (names of our own tables)
    connection.execute("commit")


def request_period(
    connection: duckdb.DuckDBPyConnection, domain: str, period: tuple[str, date, date]
) -> None:
    """Remember a custom period, so that later builds have it too.

    Args:
        connection: The build file.
        domain: Whose period it is.
        period: Its id, first date, and the date after its last; former dates of the id go.
    """
    connection.execute("begin")
    connection.execute(
        "delete from raw_ops.requested_periods where domain = ? and period_id = ?",
        [domain, period[0]],
    )
    connection.execute(
        "insert into raw_ops.requested_periods values (?, ?, ?, ?, ?)", [domain, *period, _now()]
    )
    connection.execute("commit")


def remember_identity(
    connection: duckdb.DuckDBPyConnection, domain: str, identity: tuple[str, bool]
) -> None:
    """Write once what a domain is loaded from."""
    connection.execute(
        """
        insert into raw_ops.source_identity
        select ?, ?, ?, ?
        where not exists (select 1 from raw_ops.source_identity where domain = ?)
        """,
        [domain, *identity, _now(), domain],
    )


def _settle(
    connection: duckdb.DuckDBPyConnection, domain: str, path: Path, queries: Mapping[str, str]
) -> list[SettledCount]:
    load_id, journal, now = path.stem, json.loads(path.read_text()), _now()
    landed = {
        (kind, collection, day): count
        for collection, query in queries.items()
        for kind, day, count in connection.execute(query, [load_id]).fetchall()
    }
    settled, rows = [], []
    for kind, collection, day, read, rejected, ignored in journal["counts"]:
        count = SettledCount(
            collection, read, landed.get((kind, collection, day), 0), rejected, ignored
        )
        settled.append(count)
        parts = count.parts()
        name = journal["source_names"].get(kind, kind)
        row = [domain, load_id, kind, name, collection, None if day is None else _date(day)]
        rows.append([*row, *(parts[part] for part in _PARTS), now])
    connection.execute("begin")
    connection.execute(
        "delete from raw_ops.load_counts where domain = ? and load_id = ?", [domain, load_id]
    )
    if rows:
        connection.executemany(
            f"insert into raw_ops.load_counts values ({', '.join('?' * 12)})",  # noqa: S608 (names of our own tables)
            rows,
        )
    for file in journal.get("files", ()):  # a journal of an older version has none
        _write_file(connection, domain, LoadedFile(**file), load_id, now)
    for kind, moment_ms in journal["through"].items():
        _write_through(connection, domain, kind, journal["source_names"][kind], moment_ms, now)
    connection.execute("commit")
    return settled


_PARTS: Final = ("read", "landed", "duplicate", "rejected", "ignored")


def _write_through(
    connection: duckdb.DuckDBPyConnection,
    domain: str,
    kind: str,
    name: str,
    moment_ms: int,
    now: datetime,
) -> None:
    key = [domain, kind, name]
    where = "where domain = ? and source_kind = ? and source_name = ?"
    before = connection.execute(
        f"select max(data_through_at) from raw_ops.data_through {where}",  # noqa: S608 (names of our own tables)
        key,
    ).fetchone()
    through = _moment(moment_ms)
    if before is not None and before[0] is not None:
        through = max(through, before[0])
    connection.execute(f"delete from raw_ops.data_through {where}", key)  # noqa: S608 (names of our own tables)
    connection.execute(
        "insert into raw_ops.data_through values (?, ?, ?, ?, ?)", [*key, through, now]
    )


def _write_file(
    connection: duckdb.DuckDBPyConnection,
    domain: str,
    file: LoadedFile,
    load_id: str,
    now: datetime,
) -> None:
    connection.execute(
        "delete from raw_ops.loaded_files where domain = ? and file_name = ?", [domain, file.name]
    )
    connection.execute(
        "insert into raw_ops.loaded_files values (?, ?, ?, ?, ?, ?, ?)",
        [domain, *astuple(file), load_id, now],
    )


def _is_loaded(connection: duckdb.DuckDBPyConnection, domain: str, load_id: str) -> bool:
    try:
        return bool(
            _number(
                connection,
                f"select count(*) from raw_{domain}._dlt_loads where load_id = ? and status = 0",  # noqa: S608 (names of our own tables)
                [load_id],
            )
        )
    except duckdb.CatalogException:
        return False


def _known_documents(connection: duckdb.DuckDBPyConnection, domain: str, source: SourceDay) -> int:
    begin, end = source.day * 86_400, (source.day + 1) * 86_400
    if source.collection == "hiscores":
        landed = _number(
            connection,
            f"select count(*) from raw_{domain}.hiscores_fetches where fetch_id >= ? "  # noqa: S608 (names of our own tables)
            "and fetch_id < ?",
            [f"{begin:08x}", f"{end:08x}"],
        )
    else:
        landed = _number(
            connection,
            f"select count(*) from raw_{domain}.{source.collection} where id_time >= ? "  # noqa: S608 (names of our own tables)
            "and id_time < ? and source_kind <> 'sqlite'",
            [begin, end],
        )
    return landed + _number(
        connection,
        f"select count(*) from raw_{domain}.rejects where collection = ? and row_key >= ? "  # noqa: S608 (names of our own tables)
        "and row_key < ? and length(row_key) = 24 and source_kind <> 'sqlite'",
        [source.collection, f"{begin:08x}", f"{end:08x}"],
    )


def _number(connection: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> int:
    row = connection.execute(query, values).fetchone()
    return int(row[0]) if row is not None else 0


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)


def _moment(moment_ms: int) -> datetime:
    """A plain UTC moment; one that Python has none for is the nearest that it has."""
    try:
        return datetime(1970, 1, 1) + timedelta(milliseconds=moment_ms)  # noqa: DTZ001 (plain UTC by rule)
    except OverflowError:
        return datetime.max if moment_ms > 0 else datetime.min  # noqa: DTZ901 (plain UTC by rule)


def _now() -> datetime:
    return datetime.now(tz=UTC).replace(tzinfo=None)
