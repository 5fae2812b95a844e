"""A folder that stands in for a target: one file a collection, one document a line.

`<folder>/<database>/<collection>.jsonl` holds exactly the documents that the ledger tells of, in
key order, as canonical JSON. A new file is written beside the old one and put in its place when it
is whole, so a reader, or a run after a killed one, finds the old file or the new one.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from exports.catalogue import Export
from exports.documents import canonical_json, content_hash
from exports.ledger import CollectionLedger, LedgerRow
from exports.targets.target import Change, Outcome
from warehouse.durability import sync_to_disk
from warehouse.errors import TallyhouseError


@dataclass(slots=True)
class FolderTarget:
    """One folder; its collections are delivered one after the other."""

    folder: Path
    address: str
    batch_documents: ClassVar[int] = 1_000
    is_batch_durable: bool = False
    _edited: set[Path] = field(default_factory=set)  # by another hand than ours
    _draft: "_Draft | None" = None

    def verify(self, export: Export, ledger: CollectionLedger) -> None:
        """Compare the whole file by its hash and, when that differs, line by line."""
        path = self._path(export)
        known = ledger.file_sha256
        if known is not None and known == _sha256(path):
            return
        self._edited.add(path)
        ledger.doubt_all()
        for key, _, document in _lines(path):
            row = ledger.get(key)
            if row is not None and _is_as_sent(export, document, row):
                ledger.confirm([key])

    def write(
        self, export: Export, ledger: CollectionLedger, changes: Sequence[Change]
    ) -> Sequence[Outcome]:
        """Merge changes into the draft of the file."""
        draft = self._draft or self._begin(export, ledger)
        for change in changes:
            draft.add(change)
        return [Outcome(change.key) for change in changes]

    def finish(self, export: Export, ledger: CollectionLedger) -> None:
        """Put the draft in the place of the file, when there is anything to change."""
        path = self._path(export)
        if self._draft is None and path not in self._edited:
            return
        draft = self._draft or self._begin(export, ledger)
        ledger.file_sha256 = draft.publish()
        self._draft = None
        self._edited.discard(path)

    def prune(
        self, export: Export, ledger: CollectionLedger, users: Sequence[str], *, dry_run: bool
    ) -> int:
        """Do nothing: the file holds no documents but ours."""
        return 0

    def close(self) -> None:
        """Drop the draft of a file that was not finished."""
        if self._draft is not None:
            self._draft.drop()
            self._draft = None

    def _path(self, export: Export) -> Path:
        return self.folder / export.database / f"{export.collection}.jsonl"

    def _begin(self, export: Export, ledger: CollectionLedger) -> "_Draft":
        path = self._path(export)
        old = _sent_lines(path, ledger) if path in self._edited else _lines(path)
        self._draft = _Draft(path, ((key, line) for key, line, _ in old))
        return self._draft


class _Draft:
    """The file as it is going to be: the old lines, merged with changes in key order."""

    def __init__(self, path: Path, old: Iterator[tuple[str, bytes]]) -> None:
        self._path = path
        self._draft_path = path.with_name(f".{path.name}.draft")  # replaced when it was left behind
        self._old = old
        self._next = next(old, None)
        self._hash = hashlib.sha256()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = self._draft_path.open("wb")
        except OSError as error:
            raise self._unwritable(error) from error

    def add(self, change: Change) -> None:
        """Write or leave out one document; keys ascend from call to call."""
        while self._next is not None and self._next[0] < change.key:
            self._take_old()
        if self._next is not None and self._next[0] == change.key:
            self._next = next(self._old, None)
        if change.document is not None:
            self._write(canonical_json(change.document).encode() + b"\n")

    def publish(self) -> str:
        """Complete the file, put it in place for good, and return its hash."""
        while self._next is not None:
            self._take_old()
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._draft_path.replace(self._path)
            sync_to_disk(self._path.parent)
        except OSError as error:
            self.drop()
            raise self._unwritable(error) from error
        return self._hash.hexdigest()

    def drop(self) -> None:
        """Leave the old file as it is."""
        with suppress(OSError):  # closing writes what is buffered, and the disk may be full
            self._file.close()
        self._draft_path.unlink(missing_ok=True)

    def _take_old(self) -> None:
        if self._next is not None:
            self._write(self._next[1])
            self._next = next(self._old, None)

    def _write(self, line: bytes) -> None:
        self._hash.update(line)
        try:
            self._file.write(line)
        except OSError as error:
            self.drop()
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> TallyhouseError:
        return TallyhouseError(
            f"Cannot write {self._path}: {error.strerror}. The documents there are those of the"
            " run before; make room, or set WAREHOUSE__FOLDER, and run `tallyhouse export` again."
        )


def _lines(path: Path) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    """The documents of a file with their lines, as far as they ascend by key.

    Lines that are no documents, or stand in the wrong place, are passed over: they are not ours.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    last = None
    with file:
        for line in file:
            try:
                document = json.loads(line, parse_constant=_refuse)
            except ValueError:
                continue
            key: Any = document.get("_id") if isinstance(document, dict) else None
            is_ours = isinstance(key, str) and line.endswith(b"\n")
            if is_ours and (last is None or key > last):
                last = key
                yield key, line, document


def _refuse(constant: str) -> None:
    """Take NaN and infinity, which Python would read, for what they are: no JSON."""
    raise ValueError(constant)


def _sent_lines(
    path: Path, ledger: CollectionLedger
) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    """The lines that are as we sent them, in their canonical form."""
    for key, _, document in _lines(path):
        row = ledger.get(key)
        if row is not None and row.is_present:
            yield key, canonical_json(document).encode() + b"\n", document


def _is_as_sent(export: Export, document: dict[str, Any], row: LedgerRow) -> bool:
    return (
        content_hash(document, export.stamps) == row.content_hash
        and {name: document.get(name) for name in export.stamps} == row.stamps
    )


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
