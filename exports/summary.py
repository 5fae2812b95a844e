"""What a delivery did, export by export: the numbers that a run shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_FIRST_KEYS = 5


@dataclass(slots=True)
class ExportCounts:
    """What one export did, or would do."""

    target: str  # or `folder`, where the target is not configured
    database: str
    collection: str
    new: int = 0
    changed: int = 0
    restored: int = 0  # sent before, lost at the target
    unchanged: int = 0
    deleted: int = 0
    pruned: int = 0  # of the old job
    failed: int = 0
    nulled_numbers: int = 0  # NaN and infinity, in the documents that were looked at
    is_skipped: bool = False  # users were named, and these documents belong to no user
    first_keys: dict[str, list[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)  # the first ones, with reasons

    @property
    def written(self) -> int:
        """Documents sent."""
        return self.new + self.changed + self.restored

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "target": self.target,
            "database": self.database,
            "collection": self.collection,
            "written": self.written,
            "new": self.new,
            "changed": self.changed,
            "restored": self.restored,
            "unchanged": self.unchanged,
            "deleted": self.deleted,
            "pruned": self.pruned,
            "failed": self.failed,
            "nulled_numbers": self.nulled_numbers,
            "is_skipped": self.is_skipped,
            "first_keys": self.first_keys,
            "failures": self.failures,
        }

    def note(self, kind: str, key: str) -> None:
        """Keep the first keys of each kind of difference."""
        keys = self.first_keys.setdefault(kind, [])
        if len(keys) < _FIRST_KEYS:
            keys.append(key)

    def note_failure(self, key: str, reason: str) -> None:
        """Count a document that could not be sent or deleted, and keep the first ones."""
        self.failed += 1
        if len(self.failures) < _FIRST_KEYS:
            self.failures.append(f"{key}: {reason}")


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What a delivery did, or would do."""

    generation: str
    is_dry_run: bool
    is_undo: bool
    exports: Mapping[str, ExportCounts]

    @property
    def failed(self) -> int:
        """Documents that are in the dead letters now."""
        return sum(counts.failed for counts in self.exports.values())

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: the sums, then each export by name."""
        kinds = ("written", "unchanged", "deleted", "pruned", "failed")
        return {
            "generation": self.generation,
            "is_dry_run": self.is_dry_run,
            "is_undo": self.is_undo,
            **{
                kind: sum(getattr(counts, kind) for counts in self.exports.values())
                for kind in kinds
            },
            "exports": {name: counts.as_dict() for name, counts in self.exports.items()},
        }
