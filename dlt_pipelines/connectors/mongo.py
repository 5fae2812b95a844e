"""A live MongoDB server: raw batches of BSON by range of `_id`. It only ever reads.

Arrival order is the only order that a collection without indexes can be read in: `_id` is an
ObjectId that begins with the second in which it was made.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlsplit

import bson
import pymongo
from bson.objectid import ObjectId
from bson.raw_bson import RawBSONDocument
from pymongo.errors import (
    AutoReconnect,
    CursorNotFound,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from dlt_pipelines.connectors.bson_files import Frames, frame_offsets
from warehouse.errors import TallyhouseError
from warehouse.settings import Secret

SETTING: Final = "SOURCES__WRAPPED__CONNECTION_URL"
OVERLAP: Final = timedelta(seconds=600)
"""How much older than the newest `_id` a document may be that is inserted later: several processes
make ids, each with its own clock."""

READ_BACK_DAYS: Final = 30
BATCH_SIZE: Final = 50_000
"""Documents that the server may put in one answer; it stops at 16 MiB by itself."""

ANSWER_WITHIN_MS: Final = 10_000

_TRIES: Final = 5
_AUTHENTICATION: Final = frozenset({13, 18})  # unauthorized, authentication failed
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """An open raw database."""

    database: pymongo.database.Database[RawBSONDocument]
    name: str  # hosts and database, never a password


@contextmanager
def open_source(url: Secret, database: str) -> Iterator[Source]:
    """Open the raw database, for reading only.

    Args:
        url: Address of the server.
        database: The only one that is opened.

    Yields:
        The source.

    Raises:
        TallyhouseError: The address is none, or the server does not answer, or refuses.
    """
    try:
        client: pymongo.MongoClient[RawBSONDocument] = pymongo.MongoClient(
            url.reveal(),
            document_class=RawBSONDocument,
            serverSelectionTimeoutMS=ANSWER_WITHIN_MS,
            readPreference="secondaryPreferred",
            retryReads=True,
            appname="tallyhouse",
        )
    except (PyMongoError, ValueError) as error:
        what = type(error).__name__
        raise TallyhouseError(f"{SETTING}: is no MongoDB address ({what}).") from None
    source = Source(client[database], public_name(url, database))
    try:
        with told(source.name):
            client.admin.command("ping")
            source.database.list_collection_names()
            yield source
    finally:
        client.close()


def public_name(url: Secret, database: str) -> str:
    """Hosts and database of an address, without user and password."""
    return f"{urlsplit(url.reveal()).netloc.rpartition('@')[2]}/{database}"


@contextmanager
def told(name: str) -> Iterator[None]:
    """Turn what the driver raises into what a user can mend; no text holds the address."""
    try:
        yield
    except ServerSelectionTimeoutError:
        raise TallyhouseError(
            f"{SETTING}: no server answers at {name}. Check host, port and network."
        ) from None
    except OperationFailure as error:
        if error.code in _AUTHENTICATION:
            raise TallyhouseError(
                f"{SETTING}: {name} refuses the user or the password, or the user may not read."
            ) from None
        raise TallyhouseError(f"{SETTING}: {name} failed: code {error.code}.") from None
    except PyMongoError as error:
        raise TallyhouseError(
            f"{SETTING}: the connection to {name} broke ({type(error).__name__}); what was read "
            "is landed. Run the load again."
        ) from None


def object_id_at(moment: datetime) -> ObjectId:
    """The smallest id of a second."""
    return ObjectId.from_datetime(moment)


def read_pages(
    source: Source, collection: str, begin: datetime | None, end: datetime
) -> Iterator[Frames]:
    """Read a collection by arrival.

    A broken connection goes on after the last document that arrived whole.

    Args:
        source: Where from.
        collection: Which one; a missing one has no documents.
        begin: First second, or None for all.
        end: Second before which to stop.

    Yields:
        Pages as the server sent them, in order of `_id`.

    Raises:
        PyMongoError: The connection broke again and again.
    """
    bounds: dict[str, Any] = {"$lt": object_id_at(end)}
    bounds["$gte"] = ObjectId(b"\0" * 12) if begin is None else object_id_at(begin)
    failures = 0
    while True:
        try:
            cursor = source.database[collection].find_raw_batches(
                {"_id": bounds}, sort=[("_id", 1)], batch_size=BATCH_SIZE
            )
            for content in cast("Iterator[bytes]", cursor):
                offsets = frame_offsets(content)
                if len(offsets) > 1:
                    yield Frames(content, len(offsets) - 1)
                    last = bson.decode(content[offsets[-2] :])["_id"]
                    bounds = {"$gt": last, "$lt": bounds["$lt"]}
                    failures = 0
        except (AutoReconnect, CursorNotFound) as error:
            failures += 1
            if failures >= _TRIES or isinstance(error, ServerSelectionTimeoutError):
                raise
            _LOG.warning("%s broke off in %s; reading on", source.name, collection)
        else:
            return


def read_other_ids(source: Source, collection: str) -> Iterator[Frames]:
    """Documents whose `_id` is no ObjectId, which no range of ids returns."""
    query = {"_id": {"$not": {"$type": "objectId"}}}
    cursor = source.database[collection].find_raw_batches(query)
    for content in cast("Iterator[bytes]", cursor):
        documents = len(frame_offsets(content)) - 1
        if documents:
            yield Frames(content, documents)


def count_collection(source: Source, collection: str) -> int:
    """How many documents a collection has, by the server's own book."""
    return source.database[collection].estimated_document_count()


def list_collections(source: Source) -> list[str]:
    """Names of all collections that hold data."""
    return sorted(
        name for name in source.database.list_collection_names() if not name.startswith("system.")
    )


def count_days(source: Source, collection: str, end: datetime) -> Mapping[int, int]:
    """Documents by UTC day of `_id`, for the last days before the end.

    Args:
        source: Where from.
        collection: Which one.
        end: Second before which to stop.

    Returns:
        Counts by day since 1970.
    """
    counts = {}
    midnight = datetime(end.year, end.month, end.day, tzinfo=UTC)
    for back in range(READ_BACK_DAYS):
        begin = midnight - timedelta(days=back)
        until = min(begin + timedelta(days=1), end)
        query = {"_id": {"$gte": object_id_at(begin), "$lt": object_id_at(until)}}
        if count := source.database[collection].count_documents(query):
            counts[int(begin.timestamp()) // 86_400] = count
    return counts
