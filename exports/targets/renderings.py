"""Documents as files of their own: each document is one file or a few, at a path that it names.

The ledger keeps the digests of the files as the revision of a document, so files that were lost,
edited or drawn by another edition of the code are made again, and no others.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from exports.catalogue import Export
from exports.dashboards.rendering import (
    Rendering,
    edition,
    graph_picture,
    student_document,
)
from exports.documents import Document
from exports.ledger import CollectionLedger
from exports.targets.storage import Storage, digest_of, open_storage
from exports.targets.target import Change, Outcome
from warehouse.settings import Settings

_PAGE = 1_000


@dataclass(slots=True)
class RenderingTarget:
    """One folder or S3 prefix."""

    address: str
    storage: Storage
    render: Callable[[Document], Rendering]
    batch_documents: ClassVar[int] = 25  # each takes a while to draw
    is_batch_durable: bool = True
    _edition: str = field(default_factory=edition)

    def verify(self, export: Export, ledger: CollectionLedger) -> None:
        """Look at every file; what is not as it was sent is sent again."""
        lost: list[str] = []
        for row in ledger.rows():
            if row.is_present and not self._is_as_sent(row.remote_revision):
                lost.append(row.key)
            if len(lost) == _PAGE:
                ledger.doubt(lost)
                lost = []
        ledger.doubt(lost)

    def write(
        self, export: Export, ledger: CollectionLedger, changes: Sequence[Change]
    ) -> Sequence[Outcome]:
        """Write the files of documents, and remove those that a document no longer has."""
        return [self._write(ledger, change) for change in changes]

    def finish(self, export: Export, ledger: CollectionLedger) -> None:
        """Do nothing: every file is complete."""

    def prune(
        self, export: Export, ledger: CollectionLedger, users: Sequence[str], *, dry_run: bool
    ) -> int:
        """Do nothing: there are no files but ours."""
        return 0

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _write(self, ledger: CollectionLedger, change: Change) -> Outcome:
        known = ledger.get(change.key)
        former = files_of(known.remote_revision) if known else {}
        files: Mapping[str, bytes] = {}
        if change.document is not None:
            try:
                files = self.render(change.document).files
            except ValueError as error:
                return Outcome(change.key, f"cannot be made a file: {error}")
        for path, data in files.items():
            self.storage.write(path, data)
        for path in former.keys() - files.keys():
            self.storage.delete(path)
        digests = {path: digest_of(data) for path, data in files.items()}
        return Outcome(
            change.key, remote_revision=json.dumps({"edition": self._edition, "files": digests})
        )

    def _is_as_sent(self, revision: str | None) -> bool:
        return (
            revision is not None
            and json.loads(revision)["edition"] == self._edition
            and all(self.storage.holds(path, each) for path, each in files_of(revision).items())
        )


def files_of(revision: str | None) -> dict[str, str]:
    """The paths and digests in a revision of the ledger."""
    files: dict[str, str] = json.loads(revision)["files"] if revision else {}
    return files


def open_documents(settings: Settings, exports: Sequence[Export]) -> RenderingTarget:
    """The place of the students' documents."""
    storage = open_storage(settings, settings.documents_url, "documents")
    return RenderingTarget(storage.place.address, storage, student_document)


def open_pictures(settings: Settings, exports: Sequence[Export]) -> RenderingTarget:
    """The place of the pictures."""
    storage = open_storage(settings, settings.pictures_url, "pictures")
    return RenderingTarget(storage.place.address, storage, graph_picture)
