"""MongoDB: one bulk of upserts and deletions a batch, by `_id`.

A batch may be sent again without harm, so a lost connection is answered by sending the batch anew
and, after some tries, by an error: the next run sends only what the ledger does not have.
"""

import logging
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, MongoClient, ReplaceOne, WriteConcern
from pymongo.collection import Collection
from pymongo.errors import (
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    InvalidURI,
    OperationFailure,
    PyMongoError,
)

from exports.catalogue import Export
from exports.ledger import CollectionLedger
from exports.targets.target import Change, Outcome
from warehouse.errors import TallyhouseError
from warehouse.settings import Secret, Settings

VARIABLE = "EXPORTS__MONGO__CONNECTION_URL (or MONGO_URI)"
RAW_DATABASE = "runelite-wrapped-raw"
"""The database that the telemetry is read from when the address names none."""

_DEFAULT_PORT = 27017
_PAUSES_SECONDS = (0.5, 2.0, 5.0)  # before a batch is sent again
_REFUSED = (13, 18)  # unauthorized, authentication failed
_USERS_A_QUERY = 1_000
_IDS_A_PAGE = 10_000
_STRING_IDS: dict[str, Any] = {"_id": {"$gte": ""}}  # other types never match; read off the index

_logger = logging.getLogger(__name__)

_Mongo = Collection[dict[str, Any]]


@dataclass(slots=True)
class MongoTarget:
    """One server."""

    address: str
    batch_documents: ClassVar[int] = 1_000
    is_batch_durable: bool = True
    _client: MongoClient[dict[str, Any]] = field(kw_only=True, repr=False)

    def verify(self, export: Export, ledger: CollectionLedger) -> None:
        """Count the documents, and look for each one only when some are missing."""
        claimed = ledger.count()
        if not claimed:
            return
        with _explained():
            collection = self._collection(export)
            if collection.count_documents(_STRING_IDS) >= claimed:
                return
            _logger.warning("%s: documents are missing at the target; sending them again", export)
            there = _ids(collection)
            lost = [row.key for row in _missing(ledger, there)]
        ledger.doubt(lost)

    def write(
        self, export: Export, ledger: CollectionLedger, changes: Sequence[Change]
    ) -> Sequence[Outcome]:
        """Send one unordered bulk."""
        requests = [_request(change) for change in changes]
        failures = self._send(self._collection(export), requests)
        return [Outcome(change.key, failures.get(number)) for number, change in enumerate(changes)]

    def finish(self, export: Export, ledger: CollectionLedger) -> None:
        """Do nothing: every batch is complete."""

    def prune(
        self, export: Export, ledger: CollectionLedger, users: Sequence[str], *, dry_run: bool
    ) -> int:
        """Delete what the old job wrote of these users, found by `export.user_column`."""
        collection = self._collection(export)
        pruned = 0
        with _explained():
            for start in range(0, len(users), _USERS_A_QUERY):
                names = list(users[start : start + _USERS_A_QUERY])
                found = collection.find({export.user_column: {"$in": names}}, {"_id": True})
                foreign = [
                    document["_id"]
                    for document in found
                    if not isinstance(document["_id"], str) or ledger.get(document["_id"]) is None
                ]
                if foreign and not dry_run:
                    collection.delete_many({"_id": {"$in": foreign}})
                pruned += len(foreign)
        return pruned

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _collection(self, export: Export) -> _Mongo:
        return self._client[export.database].get_collection(
            export.collection, write_concern=WriteConcern(w="majority")
        )

    def _send(
        self, collection: _Mongo, requests: Sequence[ReplaceOne[Any] | DeleteOne]
    ) -> dict[int, str]:
        """Send a bulk, again when the connection breaks, and return the failures by number."""
        with _explained():
            for pause in _PAUSES_SECONDS:
                try:
                    return _bulk(collection, requests)
                except ConnectionFailure:
                    _logger.warning("connection lost; sending the batch again in %s s", pause)
                    time.sleep(pause)
            return _bulk(collection, requests)


def open_mongo(settings: Settings, exports: Sequence[Export]) -> MongoTarget | None:
    """Connect to the server that documents go to.

    Args:
        settings: Has the address, if one is configured.
        exports: What is going to be written there.

    Returns:
        The target, or None when no address is configured.

    Raises:
        TallyhouseError: The server cannot be reached or refuses the user, or an export would write
            to the database that the telemetry is read from.
    """
    if settings.mongo_export_url is None:
        return None
    _refuse_raw_database(settings.wrapped.mongo_url, settings.mongo_export_url, exports)
    with _explained():
        url = settings.mongo_export_url.reveal()
        options: dict[str, Any] = {"appname": "tallyhouse", "tz_aware": True}
        if "serverselectiontimeoutms=" not in url.lower():  # options go before the address
            options["serverSelectionTimeoutMS"] = 10_000
        client: MongoClient[dict[str, Any]] = MongoClient(url, **options)
        try:
            client.admin.command("ping")
            for database in sorted({export.database for export in exports}):
                # Asks for the rights now and not after half of the documents.
                client[database].list_collection_names(nameOnly=True, authorizedCollections=True)
        except BaseException:
            client.close()
            raise
    return MongoTarget(_address(settings.mongo_export_url), _client=client)


def _request(change: Change) -> ReplaceOne[Any] | DeleteOne:
    if change.document is None:
        return DeleteOne({"_id": change.key})
    return ReplaceOne({"_id": change.key}, RawBSONDocument(change.bson), upsert=True)


def _bulk(collection: _Mongo, requests: Sequence[ReplaceOne[Any] | DeleteOne]) -> dict[int, str]:
    try:
        collection.bulk_write(requests, ordered=False)
    except BulkWriteError as error:
        details = error.details or {}
        unsure = details.get("writeConcernErrors")
        if unsure:  # perhaps not kept, so nothing of the batch counts as sent
            reason = f"not acknowledged by a majority: {unsure[0].get('errmsg')}"
            return dict.fromkeys(range(len(requests)), reason)
        return {
            failed["index"]: f"refused by the server: {failed.get('errmsg')} ({failed.get('code')})"
            for failed in details.get("writeErrors", ())
        }
    return {}


def _ids(collection: _Mongo) -> Iterator[str]:
    for document in collection.find(_STRING_IDS, {"_id": True}, batch_size=_IDS_A_PAGE).sort("_id"):
        yield document["_id"]


def _missing(ledger: CollectionLedger, there: Iterator[str]) -> Iterator[Any]:
    """Rows whose key is not among the others; both ascend by the bytes of the key."""
    found = next(there, None)
    for row in ledger.rows():
        while found is not None and found < row.key:
            found = next(there, None)
        if found != row.key:
            yield row


@contextmanager
def _explained() -> Iterator[None]:
    """Turn the errors of the driver into ones that say what to do, without the address."""
    try:
        yield
    except (InvalidURI, ConfigurationError):
        # The text of the error may quote the address, so it stays out.
        raise TallyhouseError(
            f"{VARIABLE}: not a valid address; write mongodb://user:password@host:port/,"
            " with special characters of user and password percent-encoded."
        ) from None
    except ConnectionFailure as error:
        raise TallyhouseError(
            f"{VARIABLE}: no connection to the server. Documents that were sent are in the"
            " ledger; run `tallyhouse export` again to send the rest."
        ) from error
    except OperationFailure as error:
        if error.code not in _REFUSED:
            raise TallyhouseError(f"{VARIABLE}: the server failed: {error}") from error
        raise TallyhouseError(
            f"{VARIABLE}: the server refuses this user or password, or the user may not write"
            f" there (code {error.code})."
        ) from None
    except PyMongoError as error:
        raise TallyhouseError(f"{VARIABLE}: the server failed: {error}") from error


def _refuse_raw_database(source: Secret | None, target: Secret, exports: Sequence[Export]) -> None:
    if source is None:
        return
    raw = urlsplit(source.reveal()).path.strip("/") or RAW_DATABASE
    if not any(export.database == raw for export in exports):
        return
    if _servers(source) & _servers(target):
        raise TallyhouseError(
            f"{VARIABLE}: exports would write to {raw}, the database that the telemetry is read"
            " from. Set another server, or another `database` in the exposure."
        )


def _hosts(url: Secret) -> list[tuple[str, int]]:
    """Names and ports of an address, without user and password."""
    hosts = []
    for host in urlsplit(url.reveal()).netloc.rpartition("@")[2].lower().split(","):
        name, colon, port = host.rpartition(":")
        if colon and port.isdigit():
            hosts.append((name, int(port)))
        else:
            hosts.append((host, _DEFAULT_PORT))
    return sorted(hosts)


def _address(url: Secret) -> str:
    return "mongodb://" + ",".join(f"{name}:{port}" for name, port in _hosts(url))


def _servers(url: Secret) -> set[tuple[str, int]]:
    """Every name and number by which the servers of an address are known."""
    servers = set()
    for name, port in _hosts(url):
        servers.add((name, port))
        try:
            found = socket.getaddrinfo(name.strip("[]"), port)
        except OSError:  # an unknown host is reported when the driver connects
            continue
        for *_, address in found:
            number = str(address[0])
            is_this_machine = number == "::1" or number.startswith("127.")
            servers.add(("localhost" if is_this_machine else number, port))
    return servers
