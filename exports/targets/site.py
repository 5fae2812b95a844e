"""A static site: pages in releases that never change, and one entry page that is flipped last.

    <root>/<collection>/releases/<release>/<path of a page>
    <root>/<collection>/index.html

A release is named after what it holds. Its pages are all there before the entry page leads to them,
and the release before it stays for whoever still has the old entry page open.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from exports.catalogue import Export
from exports.dashboards.pages import entry_page
from exports.dashboards.rendering import course_page, edition
from exports.ledger import CollectionLedger
from exports.targets.renderings import files_of
from exports.targets.storage import Storage, digest_of, open_storage
from exports.targets.target import Change, Outcome
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

_NO_RELEASE = "none"


@dataclass(slots=True)
class SiteTarget:
    """One folder or S3 prefix; a collection is a site of its own."""

    address: str
    storage: Storage
    batch_documents: ClassVar[int] = 1_000
    is_batch_durable: bool = False  # nothing shows before the entry page leads to it
    _edition: str = field(default_factory=edition)

    def verify(self, export: Export, ledger: CollectionLedger) -> None:
        """Look at every page of the last release."""
        release = ledger.file_sha256 or _NO_RELEASE
        lost = [
            row.key
            for row in ledger.rows()
            if row.is_present and not self._is_as_sent(export, release, row.remote_revision)
        ]
        ledger.doubt(lost)

    def write(
        self, export: Export, ledger: CollectionLedger, changes: Sequence[Change]
    ) -> Sequence[Outcome]:
        """Put new pages aside until the release is made."""
        return [self._write(export, change) for change in changes]

    def finish(self, export: Export, ledger: CollectionLedger) -> None:
        """Make the release, then lead to it."""
        pages: dict[str, str] = {}
        titles: dict[str, str] = {}
        for row in ledger.rows():
            if row.is_present:
                pages.update(files_of(row.remote_revision))
                titles.update(_titles(row.remote_revision))
        named = json.dumps([sorted(pages.items()), sorted(titles.items()), self._edition])
        release = hashlib.sha256(named.encode()).hexdigest()[:16]
        links = {f"releases/{release}/{path}": title for path, title in titles.items()}
        entry = entry_page("Course reports", links).encode()
        former = ledger.file_sha256 or _NO_RELEASE
        for path, digest in pages.items():
            self._place(export, path, digest, former, release)
        if self.storage.read(f"{export.collection}/index.html") != entry:
            self.storage.write(f"{export.collection}/index.html", entry)
        self.storage.delete_folder(f"{export.collection}/drafts")
        if release == former:
            return
        ledger.file_sha256 = release
        for name in self.storage.folders(f"{export.collection}/releases"):
            if name not in {release, former}:
                self.storage.delete_folder(f"{export.collection}/releases/{name}")

    def prune(
        self, export: Export, ledger: CollectionLedger, users: Sequence[str], *, dry_run: bool
    ) -> int:
        """Do nothing: there are no pages but ours."""
        return 0

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _write(self, export: Export, change: Change) -> Outcome:
        if change.document is None:
            return Outcome(change.key)
        try:
            page = course_page(change.document)
        except ValueError as error:
            return Outcome(change.key, f"cannot be made a page: {error}")
        for data in page.files.values():
            self.storage.write(f"{export.collection}/drafts/{digest_of(data)}", data)
        revision = {
            "edition": self._edition,
            "files": {path: digest_of(data) for path, data in page.files.items()},
            "title": page.title,
        }
        return Outcome(change.key, remote_revision=json.dumps(revision))

    def _place(self, export: Export, path: str, digest: str, former: str, release: str) -> None:
        """Put one page into a release, from the drafts or from the release before."""
        goal = f"{export.collection}/releases/{release}/{path}"
        if self.storage.holds(goal, digest):
            return
        for source in (f"drafts/{digest}", f"releases/{former}/{path}"):
            data = self.storage.read(f"{export.collection}/{source}")
            if data is not None and digest_of(data) == digest:
                self.storage.write(goal, data)
                return
        raise TallyhouseError(
            f"{self.storage.place.variable}: page {path} is gone from {self.address} while the site"
            " was made; run `tallyhouse export` again."
        )

    def _is_as_sent(self, export: Export, release: str, revision: str | None) -> bool:
        return (
            revision is not None
            and json.loads(revision)["edition"] == self._edition
            and all(
                self.storage.holds(f"{export.collection}/releases/{release}/{path}", digest)
                for path, digest in files_of(revision).items()
            )
        )


def open_site(settings: Settings, exports: Sequence[Export]) -> SiteTarget:
    """The place of the pages."""
    storage = open_storage(settings, settings.site_url, "site")
    return SiteTarget(storage.place.address, storage)


def _titles(revision: str | None) -> dict[str, str]:
    """The pages of a revision with what they are called."""
    if revision is None:
        return {}
    return dict.fromkeys(files_of(revision), json.loads(revision)["title"])
