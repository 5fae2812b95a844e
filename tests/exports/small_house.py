"""A house of two exports: published files, manifest and settings, all small enough to read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from exports.deliver import ExportSummary, deliver
from warehouse.settings import Secret, Settings, WrappedSources

DATABASE = "runelite-wrapped-analytics"
TICKS = {
    "target": "mongo",
    "database": DATABASE,
    "collection": "total_ticks",
    "key": ["_id"],
    "scope": "users",
    "user_column": "username",
    "stamps": {"timestamp": "epoch_seconds"},
}
REPORTS = {
    "target": "mongo",
    "database": DATABASE,
    "collection": "wrapped_reports",
    "key": ["_id"],
    "scope": "periods",
    "user_column": "user_key",
    "period_column": "period.id",
    "stamps": {"content_hash": "content_hash", "generated_at": "date", "run_id": "run_id"},
}
TICKS_COLUMNS = ["_id", "timestamp", "value", "username"]
REPORTS_COLUMNS = [
    "_id", "user_key", "period", "slides", "content_hash", "run_id", "generated_at",
]  # fmt: skip


def manifest(
    exports: Mapping[str, Mapping[str, Any]], columns: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """The part of dbt's manifest that exports come from; names of exposures to their entries."""
    return {
        "nodes": {
            f"model.tallyhouse.exp_wrapped__{name}": {
                "name": f"exp_wrapped__{name}",
                "alias": f"exp_wrapped__{name}",
                "schema": "export_wrapped",
                "columns": {column: {"name": column} for column in columns.get(name, ())},
            }
            for name in exports
        },
        "exposures": {
            f"exposure.tallyhouse.wrapped_{name}": {
                "name": f"wrapped_{name}",
                "depends_on": {"nodes": [f"model.tallyhouse.exp_wrapped__{name}"]},
                "config": {"meta": {"export": dict(entries)}},
            }
            for name, entries in exports.items()
        },
    }


@dataclass
class SmallHouse:
    """A data folder with generations that tests publish, and what they deliver from it."""

    settings: Settings

    @classmethod
    def in_folder(cls, folder: Path, mongo_url: str | None = None) -> "SmallHouse":
        """A house whose rows come from a real source; without address it delivers to a folder."""
        sources = WrappedSources(dump_path=folder / "dump")
        address = Secret(mongo_url) if mongo_url else None
        return cls(Settings(folder=folder, wrapped=sources, mongo_export_url=address))

    def set(self, **values: Any) -> None:
        """Change settings."""
        self.settings = replace(self.settings, **values)

    def publish(
        self,
        generation: str,
        ticks: Mapping[str, int | None],
        reports: Mapping[tuple[str, str], Sequence[str]] | None = None,
    ) -> None:
        """Publish ticks by user name, and slide texts by user key and period."""
        values = ", ".join(f"('{name}', {value})" for name, value in ticks.items())
        report_values = ", ".join(
            f"('{user}', '{period}', {list(texts)!r})"
            for (user, period), texts in (reports or {}).items()
        )
        self.publish_sql(
            generation,
            total_ticks=f"""
                select
                    name as _id,
                    cast(null as double) as timestamp,
                    cast(value as bigint) as value,
                    name as username
                from (values ('', 0), {values}) as given (name, value)
                where name <> ''
            """,
            wrapped_reports=f"""
                select
                    name || '|' || period as _id,
                    name as user_key,
                    {{'id': period, 'start_date': date '2025-01-01'}} as period,
                    [{{'text': text}} for text in texts] as slides,
                    cast(null as varchar) as content_hash,
                    cast(null as varchar) as run_id,
                    cast(null as timestamp) as generated_at
                from (values ('', '', ['']), {report_values or "('', '', [''])"})
                    as given (name, period, texts)
                where name <> ''
            """,
        )

    def publish_sql(
        self,
        generation: str,
        exports: Mapping[str, Mapping[str, Any]] | None = None,
        **models: str,
    ) -> None:
        """Publish models by the SQL that makes them."""
        if exports is None:
            exports = {"total_ticks": TICKS, "wrapped_reports": REPORTS}
        folder = self.settings.generations_folder / generation
        folder.mkdir(parents=True)
        with duckdb.connect(folder / "warehouse.duckdb") as connection:
            connection.execute("create schema export_wrapped")
            for name, sql in models.items():
                connection.execute(f"create table export_wrapped.exp_wrapped__{name} as {sql}")
        (folder / "manifest.json").write_text(json.dumps(manifest(exports, {})))
        link = self.settings.folder / "link"
        link.symlink_to(folder)
        link.rename(self.settings.folder / "current")

    def deliver(self, **options: Any) -> ExportSummary:
        """Deliver what is published."""
        return deliver(self.settings, "wrapped", **options)

    def file(self, collection: str) -> Path:
        """Where a folder that stands in for MongoDB has a collection."""
        return self.settings.exports_folder / "mongo" / DATABASE / f"{collection}.jsonl"

    def documents(self, collection: str) -> dict[str, dict[str, Any]]:
        """The documents of that file by key."""
        lines = self.file(collection).read_text(encoding="utf-8").splitlines()
        return {document["_id"]: document for document in map(json.loads, lines)}

    def ticks(self) -> dict[str, int]:
        """The values of the delivered ticks by user name."""
        return {key: document["value"] for key, document in self.documents("total_ticks").items()}


def counts(
    summary: ExportSummary, export: str = "wrapped_total_ticks"
) -> tuple[int, int, int, int]:
    """What an export did: written, unchanged, deleted, failed."""
    found = summary.exports[export]
    return found.written, found.unchanged, found.deleted, found.failed
