"""Copy the build file into a new generation."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import TallyhouseError
from warehouse.generations import complete_generation, current_generation_id, open_new_generation
from warehouse.progress import Progress, ignore_progress
from warehouse.settings import Settings
from warehouse.writer_lock import writer_lock

STORAGE_VERSION = "v1.2.0"
"""Of published files: whoever has this DuckDB or a newer one opens them."""

TEST_OUTCOMES = ("passed", "failed", "warned", "skipped")

_LOADING_SCHEMA = re.compile(r"raw_[a-z0-9_]+_staging")  # dlt's copy of the last package


@dataclass(frozen=True, slots=True)
class Build:
    """What a publish must know of the dbt build that the build file holds."""

    manifest_file: Path
    built_at: datetime
    tests: Mapping[str, int]  # passed, failed, warned, skipped


@dataclass(frozen=True, slots=True)
class PublishSummary:
    """What one publish did."""

    generation_id: str
    folder: str
    tables_count: int
    views_count: int
    rows_count: int
    size_bytes: int
    left_out: tuple[str, ...]  # views of tables that are not published, and what no model makes
    pruned: tuple[str, ...]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """For the JSON summary."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Relation:
    """A table or a view of the build file."""

    schema_name: str
    name: str
    definition: str
    is_view: bool

    def __str__(self) -> str:
        return f"{self.schema_name}.{self.name}"

    @property
    def full_name(self) -> str:
        return f"{quoted(self.schema_name)}.{quoted(self.name)}"


def quoted(identifier: str) -> str:
    """An SQL identifier, whatever is in it."""
    return '"' + identifier.replace('"', '""') + '"'


def publish(
    settings: Settings, build: Build, progress: Progress = ignore_progress
) -> PublishSummary:
    """Copy the build file into a new generation and make that the current one.

    The copy is logical: rows that were deleted, and schemas that are not published, leave no trace
    in it. Views whose tables are not published are left out.

    Args:
        settings: Says where, which schemas, how many generations are kept.
        build: The dbt build that the build file holds; goes into the generation.
        progress: Told how many tables are copied.

    Returns:
        What was published and pruned.

    Raises:
        TallyhouseError: There is nothing to publish, or the copy failed; `current` is unchanged.
    """
    started = time.monotonic()
    if not settings.build_file.exists():
        raise TallyhouseError("Nothing is loaded yet; `tallyhouse run` does it.")
    with writer_lock(settings.lock_file, "publish", progress=progress):
        former = current_generation_id(settings)
        generation_id, folder = open_new_generation(settings, datetime.now(tz=UTC))
        try:
            chosen, left_out = _chosen_relations(settings, build)
            tables = _copy_tables(
                settings,
                folder / "warehouse.duckdb",
                [relation for relation in chosen if not relation.is_view],
                progress,
            )
            views = [relation for relation in chosen if relation.is_view]
            unreadable = _create_views(folder / "warehouse.duckdb", views)
            if unreadable and settings.publish is None:
                raise TallyhouseError(
                    f"These views can not be read: {', '.join(unreadable)}. Run `tallyhouse build`."
                )
            _describe(settings, folder, generation_id, tables, build)
            shutil.copyfile(build.manifest_file, folder / "manifest.json")
            size_bytes = (folder / "warehouse.duckdb").stat().st_size
            pruned = complete_generation(settings, folder)
        except (duckdb.Error, OSError) as error:
            raise TallyhouseError(
                f"Publishing into {settings.generations_folder} failed, and {former or 'nothing'} "
                f"stays current: {error}"
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)  # is gone already when all went well
    return PublishSummary(
        generation_id=generation_id,
        folder=str(settings.generations_folder / generation_id),
        tables_count=len(tables),
        views_count=len(views) - len(unreadable),
        rows_count=sum(tables.values()),
        size_bytes=size_bytes,
        left_out=tuple(sorted([*left_out, *unreadable])),
        pruned=tuple(pruned),
        seconds=round(time.monotonic() - started, 3),
    )


def published_already(settings: Settings, build: Build) -> PublishSummary | None:
    """What the current generation holds, when a publish would only make a second one like it.

    Args:
        settings: Says where, and which schemas are published.
        build: The dbt build that the build file holds.

    Returns:
        Its counts; None when it is of another build, of other schemas, or not there.
    """
    started = time.monotonic()
    generation_id = current_generation_id(settings)
    if generation_id is None or not settings.current_file.exists():
        return None
    chosen, left_out = _chosen_relations(settings, build)
    with duckdb.connect(settings.current_file.resolve(), read_only=True) as connection:
        row = (
            connection.table("meta.generation")
            .project(
                "built_at, list_transform(row_counts, lambda one: one.table_name), "
                "list_sum(list_transform(row_counts, lambda one: one.rows_count))"
            )
            .fetchone()
        )
        views = _relations(connection, "view")
    tables = sorted(str(relation) for relation in chosen if not relation.is_view)
    if row is None or row[0] != _plain_utc(build.built_at) or row[1] != tables:
        return None
    return PublishSummary(
        generation_id=generation_id,
        folder=str(settings.generations_folder / generation_id),
        tables_count=len(tables),
        views_count=len(views),
        rows_count=int(row[2] or 0),
        size_bytes=settings.current_file.stat().st_size,
        left_out=tuple(left_out),
        pruned=(),
        seconds=round(time.monotonic() - started, 3),
    )


def _copy_tables(
    settings: Settings, file: Path, tables: Sequence[_Relation], progress: Progress
) -> dict[str, int]:
    """Copy the tables and compare the counts.

    Returns:
        Rows of each table.
    """
    with duckdb.connect(settings.build_file) as connection:
        connection.execute("checkpoint")
        connection.execute(
            f"attach '{_text(file)}' as copied (storage_version '{STORAGE_VERSION}')"
        )
        counts = {}
        for done, table in enumerate(tables):
            progress("publish", done, len(tables))
            connection.execute("use copied")
            connection.execute(f"create schema if not exists {quoted(table.schema_name)}")
            connection.execute(table.definition)
            source = connection.table(f"warehouse.{table.full_name}")
            source.insert_into(f"copied.{table.full_name}")
            read = _count(source)
            written = _count(connection.table(f"copied.{table.full_name}"))
            if read != written:
                raise TallyhouseError(
                    f"Copying {table.full_name}: {read} rows read, {written} written; nothing was "
                    "published. Run `tallyhouse publish` again, and report it if it persists."
                )
            counts[str(table)] = read
        progress("publish", len(tables), len(tables))
        connection.execute("use warehouse")
        connection.execute("checkpoint copied")
        connection.execute("detach copied")
    return counts


def _create_views(file: Path, views: Sequence[_Relation]) -> list[str]:
    """Create the views in the copy, which must be open alone: they name the database `warehouse`.

    Returns:
        Names of the views that read what is not there.
    """
    waiting = list(views)
    with duckdb.connect(file) as connection:
        for view in views:
            connection.execute(f"create schema if not exists {quoted(view.schema_name)}")
        is_moving = True
        while is_moving:  # a view needs those that it reads from, so each round creates one layer
            still_waiting = []
            for view in waiting:
                try:
                    connection.execute(view.definition)
                except (duckdb.CatalogException, duckdb.BinderException):
                    still_waiting.append(view)
            is_moving = 0 < len(still_waiting) < len(waiting)
            waiting = still_waiting
    return [str(view) for view in waiting]


def _describe(
    settings: Settings, folder: Path, generation_id: str, tables: Mapping[str, int], build: Build
) -> None:
    """Write `meta.generation`, by which a file on somebody's disk explains itself."""
    through_names = ("domain", "source_kind", "source_name", "data_through_at")
    with duckdb.connect(settings.build_file, read_only=True) as connection:
        data_through = (
            connection.table("raw_ops.data_through")
            .project(", ".join(through_names))
            .order("all")
            .fetchall()
            if "raw_ops.data_through" in tables
            else []
        )
    row: dict[str, Any] = {
        "generation_id": generation_id,
        "built_at": _plain_utc(build.built_at),
        "published_at": _plain_utc(datetime.now(tz=UTC)),
        "git_commit": git_commit(),
        "tests": {name: build.tests.get(name, 0) for name in TEST_OUTCOMES},
        "row_counts": [
            {"table_name": name, "rows_count": count} for name, count in sorted(tables.items())
        ],
        "data_through": [dict(zip(through_names, source, strict=True)) for source in data_through],
    }
    with duckdb.connect(folder / "warehouse.duckdb") as connection:
        connection.execute("create schema if not exists meta")
        connection.execute(
            """
            create table meta.generation (
                generation_id varchar not null,
                built_at timestamp not null,
                published_at timestamp not null,
                git_commit varchar,
                tests struct(passed bigint, failed bigint, warned bigint, skipped bigint) not null,
                row_counts struct(table_name varchar, rows_count bigint)[] not null,
                data_through struct(
                    "domain" varchar,
                    source_kind varchar,
                    source_name varchar,
                    data_through_at timestamp
                )[] not null
            )
            """
        )
        connection.execute(
            "insert into meta.generation values (?, ?, ?, ?, ?, ?, ?)", list(row.values())
        )
        connection.execute("checkpoint")


def _chosen_relations(settings: Settings, build: Build) -> tuple[list[_Relation], list[str]]:
    """What is published: the chosen schemas, without what no model makes any more.

    Returns:
        Tables and views by name, and the names of those that models of earlier builds left behind.
    """
    nodes = json.loads(build.manifest_file.read_text())["nodes"].values()
    made = {
        f"{node['schema']}.{node.get('alias') or node['name']}"
        for node in nodes
        if node["resource_type"] in {"model", "seed"}
    }
    made_schemas = {name.split(".")[0] for name in made}
    with duckdb.connect(settings.build_file, read_only=True) as connection:
        relations = [
            relation
            for relation in (*_relations(connection, "table"), *_relations(connection, "view"))
            if (settings.publish is None or relation.schema_name in settings.publish)
            and not _LOADING_SCHEMA.fullmatch(relation.schema_name)
        ]
    missing = set(settings.publish or ()) - {relation.schema_name for relation in relations}
    if missing:
        raise TallyhouseError(f"WAREHOUSE__PUBLISH: nothing is in {', '.join(sorted(missing))}.")
    left_behind = [
        relation
        for relation in relations
        if relation.schema_name in made_schemas and str(relation) not in made
    ]
    return (
        [relation for relation in relations if relation not in left_behind],
        [str(relation) for relation in left_behind],
    )


def _relations(connection: duckdb.DuckDBPyConnection, kind: str) -> list[_Relation]:
    """The tables or the views of the build file, by name."""
    return [
        _Relation(schema_name, name, definition, is_view=kind == "view")
        for schema_name, name, definition in connection.table_function(f"duckdb_{kind}s")
        .filter("database_name = 'warehouse' and not internal and not temporary")
        .project(f"schema_name, {kind}_name, sql")
        .order("all")
        .fetchall()
    ]


def _count(relation: duckdb.DuckDBPyRelation) -> int:
    row = relation.count("*").fetchone()
    return int(row[0]) if row is not None else 0


def _text(path: Path) -> str:
    """A path inside single quotes."""
    return str(path).replace("'", "''")


def _plain_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def git_commit() -> str | None:
    """The commit that this project is checked out at; None when it is no checkout."""
    project = Path(__file__).resolve().parents[1]
    git = shutil.which("git")
    if git is None or not (project / ".git").exists():
        return None
    told = subprocess.run(  # noqa: S603 the arguments are ours
        [git, "-C", str(project), "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return told.stdout.strip() if told.returncode == 0 else None
