"""The three forms of one source as one stream of tasks."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from dlt_pipelines.batches import Task, gather_tasks
from dlt_pipelines.connectors import bson_files, mongo, plugin_files
from dlt_pipelines.ledger import SourceDay
from dlt_pipelines.wrapped import COLLECTIONS, DATABASE
from warehouse.errors import TallyhouseError
from warehouse.settings import WrappedSources

NAMES: Final = (*(collection.name for collection in COLLECTIONS), "hiscores")
"""The collections that are read; any other one is counted as ignored."""

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """A collection of one source was read to its end."""

    collection: str
    source_kind: str
    cursor: int | None = None  # live: seconds up to which everything was read


@dataclass(frozen=True, slots=True)
class Ignored:
    """A collection that is not read."""

    collection: str
    source_kind: str
    documents: int


Part = Task | Ended | Ignored


@dataclass(slots=True)
class Stream:
    """All configured sources, one after the other."""

    parts: Callable[["Stream"], Iterator[Part]]
    live: mongo.Source | None
    end: datetime
    failures: list[TallyhouseError] = field(default_factory=list)

    def __iter__(self) -> Iterator[Part]:
        return self.parts(self)

    def reread(self, days: list[SourceDay]) -> Iterator[Part]:
        """Single days of the live server once more."""
        if self.live is None:
            return
        for missing in days:
            begin = datetime.fromtimestamp(missing.day * 86_400, tz=UTC)
            until = min(begin + timedelta(days=1), self.end)
            with mongo.told(self.live.name):
                pages = mongo.read_pages(self.live, missing.collection, begin, until)
                yield from gather_tasks(missing.collection, "mongo", pages)

    def count_days(self) -> list[SourceDay]:
        """What the live server itself counts, per collection and day."""
        if self.live is None or self.failures:
            return []
        with mongo.told(self.live.name):
            return [
                SourceDay(name, day, count)
                for name in NAMES
                for day, count in mongo.count_days(self.live, name, self.end).items()
            ]


def source_names(sources: WrappedSources) -> list[tuple[str, str]]:
    """Kind and name of each configured source; no name holds a password."""
    names = []
    if sources.mongo_url is not None:
        names.append(("mongo", mongo.public_name(sources.mongo_url, DATABASE)))
    if sources.dump_path is not None:
        names.append(("dump", str(sources.dump_path)))
    if sources.sqlite_path is not None:
        names.append(("sqlite", str(sources.sqlite_path)))
    return names


@contextmanager
def open_stream(sources: WrappedSources, cursors: Mapping[str, int]) -> Iterator[Stream]:
    """Open the sources.

    Args:
        sources: What is configured.
        cursors: Seconds up to which each collection of the live server was read.

    Yields:
        The stream; a source that fails on the way ends early and is in its `failures`.

    Raises:
        TallyhouseError: The server does not answer or refuses.
    """
    end = datetime.now(tz=UTC).replace(microsecond=0)
    with ExitStack() as stack:
        live = None
        if sources.mongo_url is not None:
            live = stack.enter_context(mongo.open_source(sources.mongo_url, DATABASE))

        def parts(stream: Stream) -> Iterator[Part]:
            if live is not None:
                yield from _live_parts(stream, live, cursors, end)
            if sources.dump_path is not None:
                yield from _dump_parts(stream, sources.dump_path)
            if sources.sqlite_path is not None:
                yield from _plugin_parts(stream, sources.sqlite_path)

        yield Stream(parts, live, end)


def _live_parts(
    stream: Stream, live: mongo.Source, cursors: Mapping[str, int], end: datetime
) -> Iterator[Part]:
    for name in NAMES:
        begin = None
        if name in cursors:
            begin = datetime.fromtimestamp(cursors[name], tz=UTC) - mongo.OVERLAP
        try:
            with mongo.told(live.name):
                yield from gather_tasks(name, "mongo", mongo.read_pages(live, name, begin, end))
                yield from gather_tasks(name, "mongo", mongo.read_other_ids(live, name))
        except TallyhouseError as failure:
            stream.failures.append(failure)
            return
        yield Ended(name, "mongo", int(end.timestamp()))
    try:
        with mongo.told(live.name):
            for name in mongo.list_collections(live):
                if name not in NAMES:
                    yield Ignored(name, "mongo", mongo.count_collection(live, name))
    except TallyhouseError as failure:
        stream.failures.append(failure)


def _dump_parts(stream: Stream, folder: Path) -> Iterator[Part]:
    files = bson_files.find_dump_files(folder, DATABASE)
    if not files:
        stream.failures.append(
            TallyhouseError(
                f"SOURCES__WRAPPED__DUMP_PATH: {folder} holds no .bson or .bson.gz file."
            )
        )
    for name in NAMES:
        for path in files.get(name, ()):
            try:
                yield from gather_tasks(name, "dump", bson_files.read_windows(path))
            except TallyhouseError as failure:
                stream.failures.append(failure)
        yield Ended(name, "dump")
    for name, paths in files.items():
        if name not in NAMES:
            yield Ignored(name, "dump", sum(map(bson_files.count_documents, paths)))


def _plugin_parts(stream: Stream, path: Path) -> Iterator[Part]:
    files = plugin_files.find_plugin_files(path)
    if not files:
        stream.failures.append(
            TallyhouseError(f"SOURCES__WRAPPED__SQLITE_PATH: {path} holds no .db file.")
        )
    for collection in COLLECTIONS:
        for file in files:
            try:
                pages = plugin_files.read_pages(file, collection.plugin_table)
                yield from gather_tasks(collection.name, "sqlite", pages)
            except TallyhouseError as failure:
                stream.failures.append(failure)
        yield Ended(collection.name, "sqlite")
