"""Writes the sample world: dump, plugin files, control and reference files, truths, a marker last.

The world is the same, byte for byte, for the same seed and size. A folder without its marker was
being written when somebody pulled the plug; it is written again from the start.
"""

import csv
import gzip
import itertools
import json
import logging
import shutil
import sqlite3
import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

import bson
from bson.objectid import ObjectId
from pymongo import MongoClient

from sample_world.wrapped.broken import (
    BROKEN_BSON,
    LOAD_REJECTS,
    ROW_REJECTS,
    broken_arrivals,
    broken_sqlite_rows,
    foreign_documents,
    hiscores_documents,
)
from sample_world.wrapped.documents import (
    EVENT_NAMES,
    SQLITE_TABLES,
    Arrival,
    arrivals,
    planned_documents,
)
from sample_world.wrapped.plan import Document, Login, Player
from sample_world.wrapped.players import CUSTOM_PERIODS, EXCLUDED, RENAMES, plan_players
from sample_world.wrapped.reference import (
    ITEMS,
    MOBS,
    PRICE_DATES,
    VISAGE,
    VISAGE_PRICE,
    VISAGE_PRICE_DATE,
    listed_price,
)
from sample_world.wrapped.truths import player_truths, refused_rows
from warehouse.progress import Progress, ignore_progress

LOG = logging.getLogger(__name__)
VERSION = 2  # grows with every change of the plan, so that older worlds are written anew
DATABASE = "runelite-wrapped-raw"
PROCESSES = (b"\x5a\x11\x0e\x00\x01", b"\x5a\x11\x0e\x00\x02")
ZIPPED = "loot_received"  # this one collection comes compressed
BATCH = 5_000
Writable = gzip.GzipFile | BinaryIO
COUNTERS = 1 << 24


@dataclass(frozen=True, slots=True)
class WorldSummary:
    """What was written.

    Attributes:
        seed: Seed of the world.
        size: Its size by name.
        players: Number of planned players.
        documents: Documents in the dump, by collection.
        rows: Rows in the plugin files.
        truths: Rows of truth.json.
        is_new: False when the folder already held this very world.
    """

    seed: int
    size: str
    players: int
    documents: dict[str, int]
    rows: int
    truths: int
    is_new: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the summary for JSON output."""
        return asdict(self)


class Ids:
    """Makes `_id`s as ingest processes do: seconds, process, a counter that never repeats."""

    def __init__(self, seed: int) -> None:
        """Start the counter.

        Args:
            seed: Seed of the world.
        """
        self.counter = seed * 7_919 % COUNTERS

    def make(self, arrived_ms: int, process: int) -> ObjectId:
        """Return the next id.

        Args:
            arrived_ms: Time of arrival.
            process: Number of the ingest process.
        """
        self.counter = (self.counter + 1) % COUNTERS
        packed = struct.pack(">I", arrived_ms // 1000) + PROCESSES[process]
        return ObjectId(packed + self.counter.to_bytes(3, "big"))


def login_documents(login: Login, ids: Ids) -> Iterator[tuple[str, Document]]:
    """Return the documents of a login in the order of their arrival.

    Args:
        login: The login.
        ids: Maker of ids.

    Yields:
        Collection and document.
    """
    in_order = sorted(arrivals(login), key=lambda arrival: arrival.arrived_ms)
    for arrival in in_order:
        yield arrival.collection, with_id(arrival, ids)


def with_id(arrival: Arrival, ids: Ids) -> Document:
    """Return a document under its new id, unless it brings one.

    Args:
        arrival: The document.
        ids: Maker of ids.
    """
    if "_id" in arrival.document:
        return arrival.document
    return {"_id": ids.make(arrival.arrived_ms, arrival.process), **arrival.document}


def in_mongo(login: Login) -> bool:
    """Say whether a login's documents went to the ingest service.

    Args:
        login: The login.
    """
    return login.source == "mongo"


def rest_of_documents(ids: Ids) -> Iterator[tuple[str, Document]]:
    """Return the documents that belong to no player's plan.

    Args:
        ids: Maker of ids.

    Yields:
        Collection and document: broken ones, a foreign collection, the old job's hiscores.
    """
    for arrival in broken_arrivals():
        yield arrival.collection, with_id(arrival, ids)
    yield from (("posts", document) for document in foreign_documents())
    yield from (("hiscores", document) for document in hiscores_documents())


def open_dump(stack: ExitStack, folder: Path, collection: str) -> Writable:
    """Open one collection's file for writing.

    Args:
        stack: Closes the file.
        folder: The database's folder.
        collection: Name of the collection.
    """
    if collection == ZIPPED:
        path = folder / f"{collection}.bson.gz"
        zipped = stack.enter_context(path.open("wb"))
        # Neither name nor time in the header: the same world has the same bytes.
        return stack.enter_context(
            gzip.GzipFile(filename="", mode="wb", compresslevel=3, fileobj=zipped, mtime=0)
        )
    return stack.enter_context((folder / f"{collection}.bson").open("wb", buffering=1 << 20))


def write_sqlite(folder: Path, player: Player) -> int:
    """Write a player's plugin files: the logins of each, the copies grown by later logins.

    Args:
        folder: Folder that gets one folder per file.
        player: The player.

    Returns:
        Number of rows.
    """
    written = 0
    for name, logins in sqlite_files(player).items():
        path = folder / name / "rlw.db"
        path.parent.mkdir(parents=True)
        with closing(sqlite3.connect(path)) as connection:
            for table in SQLITE_TABLES.values():
                connection.execute(f"create table {table} (id integer primary key, data text)")
            for table, texts in sqlite_rows(logins).items():
                insert = f"insert into {table} (data) values (?)"  # noqa: S608 - a fixed list
                connection.executemany(insert, ((text,) for text in texts))
                written += len(texts)
            if name == "sue":
                for table, text in broken_sqlite_rows():
                    insert = f"insert into {table} (data) values (?)"  # noqa: S608 - a fixed list
                    connection.execute(insert, (text,))
                    written += 1
            connection.commit()
    return written


def sqlite_files(player: Player) -> dict[str, list[Login]]:
    """Return which logins of a player stand in which file.

    Args:
        player: The player.

    Returns:
        File name to logins; a file `<name>-grown` is a copy of `<name>` that grew.
    """
    files: dict[str, list[Login]] = defaultdict(list)
    for login in player.logins:
        if login.file_name:
            files[login.file_name].append(login)
    for name in [name for name in files if f"{name}-grown" in files]:
        files[f"{name}-grown"] = [*files[name], *files[f"{name}-grown"]]
    return dict(files)


def sqlite_rows(logins: Sequence[Login]) -> dict[str, list[str]]:
    """Return the rows of a plugin file, with the key order of the plugin.

    Args:
        logins: Logins in the file.

    Returns:
        Table to texts.
    """
    rows: dict[str, list[str]] = defaultdict(list)
    for login in logins:
        for collection, _, document in planned_documents(login):
            text = json.dumps(dict(reversed(document.items())), ensure_ascii=False)
            rows[SQLITE_TABLES[collection]].append(text)
    return rows


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file.

    Args:
        path: The file.
        header: Names of the columns.
        rows: Values in the order of the header.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_references(folder: Path) -> None:
    """Write the operator's items, npcs and prices.

    Args:
        folder: The world's folder.
    """
    write_csv(
        folder / "items.csv",
        (
            "item_id",
            "name",
            "noted_of_item_id",
            "is_members",
            "high_alchemy_gp",
            "buy_limit",
            "icon_file",
        ),
        (
            (i.item_id, i.name, i.noted_of_item_id or "", "true", i.high_alchemy_gp, "", "")
            for i in ITEMS
        ),
    )
    write_csv(
        folder / "npcs.csv",
        ("npc_id", "name", "combat_level", "image_file"),
        ((mob.npc_id, mob.name, mob.combat_level, "") for mob in MOBS),
    )
    prices: list[tuple[object, ...]] = [
        (VISAGE, VISAGE_PRICE_DATE.isoformat(), VISAGE_PRICE + 5_000, VISAGE_PRICE - 5_000, 3)
    ]
    for item in ITEMS:
        if item.daily_gp is None:
            continue
        for position, day in enumerate(PRICE_DATES):
            price = listed_price(item, position)
            high, low = ("", price) if item.is_one_sided else (price + 10, price - 10)
            prices.append((item.item_id, day.isoformat(), high, low, 1_000))
    write_csv(
        folder / "item_prices.csv",
        ("item_id", "price_date", "average_high_gp", "average_low_gp", "volume"),
        prices,
    )


def utc_text(ms: int) -> str:
    """Return an instant as ISO text in UTC.

    Args:
        ms: Epoch milliseconds.
    """
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_control(folder: Path, players: Iterable[Sequence[object]]) -> None:
    """Write the control tables.

    Args:
        folder: The control folder.
        players: Rows of players.csv.
    """
    write_csv(
        folder / "players.csv",
        (
            "username",
            "time_zone",
            "valid_from",
            "hiscores_suffix",
            "opt_out",
            "can_compare",
            "visibility",
        ),
        players,
    )
    write_csv(
        folder / "renames.csv",
        ("old_name", "new_name", "effective_at"),
        ((old, new, utc_text(at)) for old, new, at in RENAMES),
    )
    write_csv(
        folder / "periods.csv",
        ("period_id", "label", "start_date", "end_date"),
        ((p.period_id, p.period_id.title(), p.start, p.end) for p in CUSTOM_PERIODS),
    )
    write_csv(
        folder / "excluded_ranges.csv",
        ("username", "from_at", "to_at", "reason"),
        ((name, utc_text(start), utc_text(end), why) for name, start, end, why in EXCLUDED),
    )
    write_csv(
        folder / "clan_members.csv",
        ("clan_id", "clan_name", "clan_kind", "username", "member_from", "member_to", "role"),
        (),
    )
    write_csv(folder / "profile_overrides.csv", ("username", "from_at", "to_at", "label"), ())


def player_rows(player: Player) -> Iterator[tuple[object, ...]]:
    """Return a player's rows of players.csv; none for who never said anything.

    Args:
        player: The player.

    Yields:
        Rows in the order of the file's header.
    """
    name = (player.current_name or player.name).replace("\u00a0", " ")
    if player.zones == ((0, "UTC"),) and not player.is_opted_out:
        return
    for valid_from, zone in player.zones:
        since = utc_text(valid_from) if valid_from else ""
        yield name, zone, since, "", str(player.is_opted_out).lower(), "false", "private"


def marker_text(seed: int, size: str) -> str:
    """Return what the marker of a finished world says.

    Args:
        seed: Seed of the world.
        size: Its size by name.
    """
    return json.dumps({"seed": seed, "size": size, "version": VERSION}, sort_keys=True)


def write_world(
    folder: Path, seed: int, size: str, progress: Progress = ignore_progress
) -> WorldSummary:
    """Write the world into `<folder>/wrapped`, unless it stands there already.

    Args:
        folder: Folder of all sample worlds.
        seed: Seed; the same seed gives the same bytes.
        size: tiny, small, medium or large.
        progress: Told how far it is.

    Returns:
        What was written, or what stands there.
    """
    target = folder / "wrapped"
    marker, summary_file = target / "COMPLETE", target / "summary.json"
    if marker.exists() and marker.read_text(encoding="utf-8") == marker_text(seed, size):
        written = json.loads(summary_file.read_text(encoding="utf-8"))
        return WorldSummary(**{**written, "is_new": False})
    LOG.info("sample world: seed %d, size %s", seed, size)
    marker.unlink(missing_ok=True)
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    summary = write_players(target, seed, size, progress)
    write_references(target)
    summary_file.write_text(json.dumps(summary.as_dict(), sort_keys=True), encoding="utf-8")
    marker.write_text(marker_text(seed, size), encoding="utf-8")
    return summary


def write_players(target: Path, seed: int, size: str, progress: Progress) -> WorldSummary:
    """Write all that depends on the players, one after the other, so that memory stays bounded.

    Args:
        target: The world's folder.
        seed: Seed of the world.
        size: Its size by name.
        progress: Told how many players are done.

    Returns:
        What was written.
    """
    ids = Ids(seed)
    controls: list[Sequence[object]] = []
    counts = dict.fromkeys([*EVENT_NAMES, "posts", "hiscores"], 0)
    players = rows = 0
    database = target / "dump" / DATABASE
    database.mkdir(parents=True)
    with ExitStack() as stack:
        files = {name: open_dump(stack, database, name) for name in counts}
        truths = stack.enter_context(TruthFile(target / "truth.json", seed, size))
        for player in plan_players(seed, size):
            players += 1
            for login in filter(in_mongo, player.logins):
                append(files, counts, login_documents(login, ids))
            rows += write_sqlite(target / "sqlite", player)
            controls.extend(player_rows(player))
            truths.add(player)
            progress("sample world", players, None)
        append(files, counts, rest_of_documents(ids))
        files["hitsplat_applied"].write(BROKEN_BSON)
        counts["hitsplat_applied"] += 1
    write_control(target / "control", controls)
    return WorldSummary(
        seed=seed,
        size=size,
        players=players,
        documents=counts,
        rows=rows,
        truths=truths.rows,
        is_new=True,
    )


def append(
    files: Mapping[str, Writable],
    counts: dict[str, int],
    documents: Iterable[tuple[str, Document]],
) -> None:
    """Append documents to the dump.

    Args:
        files: Collection to its open file.
        counts: Collection to its number of documents, which grows.
        documents: Collection and document.
    """
    encode = bson.encode
    for collection, document in documents:
        files[collection].write(encode(document))
        counts[collection] += 1


class TruthFile:
    """Writes truth.json row by row."""

    def __init__(self, path: Path, seed: int, size: str) -> None:
        """Begin the file.

        Args:
            path: The file.
            seed: Seed of the world.
            size: Its size by name.
        """
        self.file = path.open("w", encoding="utf-8")
        self.rows = 0
        self.refused: Counter[str] = Counter()
        self.head = {"seed": seed, "size": size}

    def __enter__(self) -> "TruthFile":
        """Write what stands before the rows."""
        self.file.write(json.dumps(self.head)[:-1] + ', "rows": [\n')
        return self

    def add(self, player: Player) -> None:
        """Write the truths of one player.

        Args:
            player: The player, planned.
        """
        self.refused.update(refused_rows(player))
        for row in player_truths(player):
            self.file.write((",\n" if self.rows else "") + json.dumps(row))
            self.rows += 1

    def __exit__(self, *failure: object) -> None:
        """Write what stands after the rows, and close.

        Args:
            failure: What went wrong, if anything.
        """
        rejects = {"load": LOAD_REJECTS, "rows": dict(self.refused + Counter(ROW_REJECTS))}
        self.file.write('\n], "rejects": ' + json.dumps(rejects, sort_keys=True) + "}\n")
        self.file.close()


def read_dump(path: Path) -> Iterator[Document]:
    """Read the documents of one dump file that a server can hold.

    Args:
        path: A `.bson` or `.bson.gz` file.

    Yields:
        Documents, without the one that cannot be decoded.
    """
    with ExitStack() as stack:
        file: IO[bytes] | gzip.GzipFile
        if path.suffix == ".gz":
            file = stack.enter_context(gzip.open(path))
        else:
            file = stack.enter_context(path.open("rb"))
        while head := file.read(4):
            body = head + file.read(struct.unpack("<i", head)[0] - 4)
            if body != BROKEN_BSON:
                yield bson.decode(body)


def fill_server(
    client: "MongoClient[Mapping[str, Any]]", folder: Path, progress: Progress = ignore_progress
) -> dict[str, int]:
    """Insert the documents of a written world into a MongoDB server.

    Args:
        client: Connection to the server; the raw database is dropped first.
        folder: Folder that `write_world` wrote to.
        progress: Told how far it is.

    Returns:
        Documents by collection.
    """
    client.drop_database(DATABASE)
    counts: dict[str, int] = {}
    for path in sorted((folder / "wrapped" / "dump" / DATABASE).glob("*.bson*")):
        name = path.name.split(".")[0]
        counts[name] = 0
        documents = read_dump(path)
        while batch := list(itertools.islice(documents, BATCH)):
            client[DATABASE][name].insert_many(batch)
            counts[name] += len(batch)
            progress(name, counts[name], None)
    return counts
