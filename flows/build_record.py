"""What the last builds came to, and what they were made from: by that a needless build is left out.

Each domain's models are made from its raw tables, the project and a few settings. A fingerprint of
these is kept in the build file itself, so that it goes wherever the models go. It is taken away
before anything is built, by this command and by dbt's own start hook (a build by hand), and comes
back when a build is complete: no fingerprint, or another one, means that there is work.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from dlt_pipelines.landing import DOMAINS as LANDED
from flows.dbt_build import PROJECT_FOLDER, BuildCounts
from flows.domains import DOMAINS
from warehouse.publishing import quoted
from warehouse.settings import Settings

_TABLE = "raw_ops.built_domains"
_PROJECT_PARTS = ("dbt_project.yml", "profiles.yml", "macros", "models", "seeds", "tests")
_PACKAGES = ("tallyhouse", "dbt-core", "dbt-duckdb", "duckdb")
_STAMPS = ("_dlt_load_id", "_dlt_id")


class BuildRecord:
    """How the last build ended; kept beside dbt's artifacts."""

    def __init__(self, settings: Settings) -> None:
        """The record of one warehouse."""
        self._file = settings.dbt_folder / "build.json"

    def read(self) -> dict[str, Any]:
        """The record; empty before the first build."""
        try:
            record: dict[str, Any] = json.loads(self._file.read_text())
        except FileNotFoundError:
            return {}
        return record

    def write(
        self, *, is_complete: bool, sources: list[list[str]], counts: BuildCounts | None = None
    ) -> None:
        """Replace the record in one step.

        Args:
            is_complete: Whether the build was; before it and after a failure it is not.
            sources: What the models of the last complete build were made from.
            counts: How its tests ended.
        """
        record = {
            "is_complete": is_complete,
            "built_at": datetime.now(tz=UTC).isoformat(timespec="microseconds"),
            "sources": sources,
            "tests": {
                "passed": counts.tests_passed,
                "failed": counts.tests_failed,
                "warned": counts.tests_warned,
                "skipped": counts.skipped,
            }
            if counts is not None
            else {},
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        written = Path(f"{self._file}.tmp")
        written.write_text(json.dumps(record))
        written.replace(self._file)


def manifest_file(settings: Settings) -> Path:
    """The manifest of everything that the build file holds."""
    return settings.dbt_folder / "manifest.json"


def loaded_domains(settings: Settings) -> tuple[str, ...]:
    """The domains that have raw tables."""
    with duckdb.connect(settings.build_file, read_only=True) as connection:
        rows = connection.execute("select schema_name from information_schema.schemata").fetchall()
    schemas = {name for (name,) in rows}
    return tuple(domain for domain in DOMAINS if f"raw_{domain}" in schemas)


def source_identities(settings: Settings) -> list[list[str]]:
    """Which sources the raw tables come from: incremental models of other ones are built anew."""
    with duckdb.connect(settings.build_file, read_only=True) as connection:
        try:
            rows = connection.table("raw_ops.source_identity").project("domain, identity")
        except duckdb.CatalogException:
            return []
        return [list(row) for row in rows.order("all").fetchall()]


def fingerprints(settings: Settings, variables: Mapping[str, Any]) -> dict[str, str]:
    """What each loaded domain's models would be made from now.

    Args:
        settings: Says where.
        variables: Values for the project's variables.

    Returns:
        For each domain a digest of its raw tables, the project, and the day, which models may read.
    """
    day = datetime.now(tz=UTC).date().isoformat()
    shared = [_project_digest(), day, json.dumps(dict(variables), sort_keys=True)]
    domains = loaded_domains(settings)
    with duckdb.connect(settings.build_file, read_only=True) as connection:
        return {domain: _digest([*shared, *_raw_state(connection, domain)]) for domain in domains}


def built_fingerprints(settings: Settings) -> dict[str, str]:
    """What the models of the build file were made from; nothing where a build did not end."""
    if not manifest_file(settings).exists():
        return {}
    with duckdb.connect(settings.build_file, read_only=True) as connection:
        try:
            return dict(connection.table(_TABLE).project("domain, fingerprint").fetchall())
        except duckdb.CatalogException:
            return {}


def remember_built(settings: Settings, made_from: Mapping[str, str]) -> None:
    """Write what the models are made from; only after a complete build, under the writer's lock."""
    with duckdb.connect(settings.build_file) as connection:
        connection.execute(
            f"create or replace table {_TABLE} (domain varchar, fingerprint varchar)"
        )
        connection.executemany(f"insert into {_TABLE} values (?, ?)", list(made_from.items()))  # noqa: S608 - a constant


def merge_manifest(settings: Settings, rebuilt: Iterable[str]) -> None:
    """Complete the manifest of a build of some domains with the SQL of the others.

    dbt writes every node, but compiles only what it was asked to build.

    Args:
        settings: Says where.
        rebuilt: The domains that were built; the others' SQL is that of the build before.
    """
    built = json.loads((settings.dbt_folder / "target" / "manifest.json").read_text())
    kept = manifest_file(settings)
    if set(rebuilt) != set(loaded_domains(settings)):
        former = json.loads(kept.read_text())["nodes"]
        for unique_id, node in built["nodes"].items():
            before = former.get(unique_id, {})
            if not node.get("compiled") and before.get("compiled"):
                compiled = ("compiled", "compiled_code", "compiled_path", "relation_name")
                node.update({name: before[name] for name in compiled if name in before})
    written = Path(f"{kept}.tmp")
    written.write_text(json.dumps(built))
    written.replace(kept)


def _project_digest() -> str:
    files = sorted(
        file
        for part in _PROJECT_PARTS
        for file in [PROJECT_FOLDER / part, *(PROJECT_FOLDER / part).rglob("*")]
        if file.is_file()
    )
    digest = hashlib.sha256()
    for package in _PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    for file in files:
        digest.update(f"{file.relative_to(PROJECT_FOLDER)}\n".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _raw_state(connection: duckdb.DuckDBPyConnection, domain: str) -> list[str]:
    """What tells one state of a domain's raw tables from any other.

    Tables by key only grow by loads and shrink by erasure, so their count and last load tell; the
    others are small and written anew with each load, so what they hold tells.
    """
    declared = LANDED[domain]
    known = {
        name
        for (name,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = ?",
            [f"raw_{domain}"],
        ).fetchall()
    }
    state = []
    for name in sorted(known & {*declared.inserted, *declared.replaced}):
        table = connection.table(f"raw_{domain}.{quoted(name)}")
        if name in declared.inserted:
            told = table.aggregate("count(*), max(_dlt_load_id)")
        else:
            told = _content(table)
        state.append(f"{name} {told.fetchone()}")
    for name, columns in (
        ("requested_periods", "period_id, start_date, end_date"),
        ("data_through", "source_kind, source_name, data_through_at"),
        ("source_identity", "identity"),
    ):
        rows = connection.execute(
            f"select {columns} from raw_ops.{name} where domain = ? order by all",  # noqa: S608 - written above
            [domain],
        ).fetchall()
        state.append(f"{name} {rows}")
    return state


def _content(table: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """A digest of the rows of a small table, in any order."""
    columns = ", ".join(quoted(name) for name in table.columns if name not in _STAMPS)
    hashes = table.project(f"hash({columns}) as row_hash") if columns else table
    return hashes.aggregate("count(*), sum(row_hash), bit_xor(row_hash)")


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
