"""What every target can do; one loop in `exports.deliver` serves them all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from exports.catalogue import Export
from exports.documents import Document
from exports.ledger import CollectionLedger


@dataclass(frozen=True, slots=True)
class Change:
    """One document to write, or to delete."""

    key: str
    document: Document | None  # None deletes
    bson: bytes = b""  # of the document


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change."""

    key: str
    failure: str | None = None
    remote_revision: str | None = None


class Target(Protocol):
    """Where documents go."""

    address: str
    """Tells places apart in the ledger; never holds a secret."""

    batch_documents: ClassVar[int]
    """How many changes `write` gets at most; a run that is cut short repeats so many."""

    is_batch_durable: bool
    """Whether what `write` reports is there to stay, or only after `finish`."""

    def verify(self, export: Export, ledger: CollectionLedger) -> None:
        """Let the ledger claim only what is there. Nothing is changed at the target."""

    def write(
        self, export: Export, ledger: CollectionLedger, changes: Sequence[Change]
    ) -> Sequence[Outcome]:
        """Write and delete documents; the changes of a run come in key order.

        Returns:
            One outcome a change. Each may be repeated without harm.
        """

    def finish(self, export: Export, ledger: CollectionLedger) -> None:
        """Complete a collection after its last change."""

    def prune(
        self, export: Export, ledger: CollectionLedger, users: Sequence[str], *, dry_run: bool
    ) -> int:
        """Delete documents of these users that no ledger row tells of, and count them."""

    def close(self) -> None:
        """Let go of the target; what is not finished is as it was."""
