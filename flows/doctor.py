"""Look at everything that a run needs, and say what is not as it should be.

The one thing that it changes is nothing: folders are tried with a file that is removed again, and
servers are only asked whether they are there.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pymongo
from dotenv import dotenv_values
from pymongo.errors import PyMongoError

from warehouse.errors import TallyhouseError
from warehouse.file_place import open_place, server_of
from warehouse.generations import current_generation_id, list_generations
from warehouse.query import open_published
from warehouse.settings import NAMES, Secret, Settings
from warehouse.writer_lock import read_holder

_OWN_AREAS = ("EXPORTS__", "SAMPLE_WORLD__", "SOURCES__", "WAREHOUSE__")
_STALE = timedelta(hours=36)  # a daily run, and half a day to notice
_SPARE = 2  # a publish needs the build file's size again, and a build may grow it
_SERVER_MS = 3_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    state: str  # ok, note or problem
    what: str
    text: str


def examine(settings: Settings, environment: Mapping[str, str] = os.environ) -> list[Finding]:
    """Look at settings, folders, published data and servers.

    Args:
        settings: What a run would use.
        environment: Looked through for names that nothing reads.

    Returns:
        What was found; a run can not succeed while there is a problem.
    """
    return [
        *_versions(),
        *_unknown_names(environment),
        *_folders(settings),
        *_sources(settings),
        *_spinner_sources(settings),
        *_targets(settings),
        *_published(settings),
        *_running(settings),
        *_addresses(settings),
    ]


def _versions() -> Iterator[Finding]:
    names = ("tallyhouse", "duckdb", "dbt-core", "dbt-duckdb", "dlt", "prefect")
    yield Finding("ok", "versions", ", ".join(f"{name} {version(name)}" for name in names))


def _unknown_names(environment: Mapping[str, str]) -> Iterator[Finding]:
    written = {**dotenv_values(Path(".env"), interpolate=False), **environment}
    for name in sorted(written):
        if name.startswith(_OWN_AREAS) and name not in NAMES:
            yield Finding("problem", name, "is not a name that anything reads; see .env.example")


def _folders(settings: Settings) -> Iterator[Finding]:
    existing = next(
        folder for folder in (settings.folder, *settings.folder.parents) if folder.exists()
    )
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        yield Finding("problem", "WAREHOUSE__FOLDER", f"{existing} is not writable: {error}")
        return
    free = shutil.disk_usage(existing).free
    built = settings.build_file.stat().st_size if settings.build_file.exists() else 0
    text = f"{settings.folder}, {free / 1e9:,.1f} GB free, the build file has {built / 1e9:,.3f} GB"
    yield Finding("problem" if free < built * _SPARE else "ok", "WAREHOUSE__FOLDER", text)


def _sources(settings: Settings) -> Iterator[Finding]:
    sources = settings.wrapped
    if sources.is_sample_world:
        yield Finding(
            "note",
            "source of wrapped",
            f"the sample world (seed {settings.sample_seed}, {settings.sample_size}): "
            "SOURCES__WRAPPED__CONNECTION_URL is not set",
        )
    if sources.mongo_url is not None:
        yield _server("source of wrapped", sources.mongo_url)
    for name, path in (
        ("SOURCES__WRAPPED__DUMP_PATH", sources.dump_path),
        ("SOURCES__WRAPPED__SQLITE_PATH", sources.sqlite_path),
        ("SOURCES__WRAPPED__CONTROL_PATH", sources.control_path),
        ("SOURCES__WRAPPED__ITEMS_PATH", sources.items_path),
        ("SOURCES__WRAPPED__NPCS_PATH", sources.npcs_path),
        ("SOURCES__WRAPPED__PRICES_PATH", sources.prices_path),
    ):
        if path is not None:
            is_readable = os.access(path, os.R_OK)
            text = f"{path}" if is_readable else f"{path} is not readable"
            yield Finding("ok" if is_readable else "problem", name, text)


def _spinner_sources(settings: Settings) -> Iterator[Finding]:
    if settings.spinner.is_sample_world:
        yield Finding(
            "note",
            "source of spinner",
            f"the sample world (seed {settings.sample_seed}, {settings.sample_size}): "
            "SOURCES__SPINNER__CREDENTIALS_PATH, _DATA_PATH, _SEALED_URL, LOG_URL are not set",
        )
        return
    if settings.spinner.sealed_url is not None:
        yield _place("SOURCES__SPINNER__SEALED_URL", settings.spinner.sealed_url, settings)
    path = settings.spinner_data_path
    is_readable = not path.exists() or os.access(path, os.R_OK)
    text = f"{path}" if is_readable else f"{path} is not readable"
    yield Finding("ok" if is_readable else "problem", "SOURCES__SPINNER__DATA_PATH", text)


def _targets(settings: Settings) -> Iterator[Finding]:
    if settings.mongo_export_url is not None:
        yield _server("target mongo", settings.mongo_export_url)
    else:
        yield Finding(
            "note",
            "target mongo",
            f"the folder {settings.exports_folder / 'mongo'}: "
            "EXPORTS__MONGO__CONNECTION_URL is not set",
        )
    for variable, url in _file_targets(settings).items():
        if url is not None:
            yield _place(variable, url, settings)


def _file_targets(settings: Settings) -> dict[str, Secret | None]:
    return {
        "EXPORTS__DOCUMENTS__URL": settings.documents_url,
        "EXPORTS__PICTURES__URL": settings.pictures_url,
        "EXPORTS__SITE__URL": settings.site_url,
    }


def _place(variable: str, url: Secret, settings: Settings) -> Finding:
    """Whether files can be looked for at an address."""
    try:
        place = open_place(url, variable, settings.s3_keys)
    except TallyhouseError as error:
        return Finding("problem", variable, str(error).removeprefix(f"{variable}: "))
    return Finding("ok", variable, place.address if place.is_local else f"{place.address} answers")


def _server(what: str, url: Secret) -> Finding:
    """Whether a MongoDB server answers; the address is shown without user and password."""
    try:
        with pymongo.MongoClient[dict[str, Any]](
            url.reveal(), serverSelectionTimeoutMS=_SERVER_MS
        ) as client:
            client.admin.command("ping")
    except (PyMongoError, ValueError) as error:
        # The text of an error may repeat the address, so only its kind is told.
        return Finding("problem", what, f"{host_of(url)}: {type(error).__name__}")
    return Finding("ok", what, f"{host_of(url)} answers")


def _published(settings: Settings) -> Iterator[Finding]:
    current = current_generation_id(settings)
    if current is None:
        yield Finding("note", "published", "nothing yet; `tallyhouse run` does it")
        return
    generations = list_generations(settings)
    newest = generations[-1].generation_id if generations else "none"
    if current not in {generation.generation_id for generation in generations}:
        yield Finding("problem", "published", f"`current` points to {current}, which is not there")
        return
    yield Finding("ok", "published", f"{current} is current, of {len(generations)}")
    if newest != current:
        yield Finding("note", "published", f"rolled back: {newest} is newer")
    try:
        with open_published(settings.current_file) as connection:
            row = connection.table("meta.generation").project("built_at, data_through").fetchone()
    except (TallyhouseError, duckdb.Error) as error:
        yield Finding("problem", "published", f"{current} can not be read: {error}")
        return
    if row is None:
        return
    built_at, data_through = row
    age = datetime.now(tz=UTC) - built_at.replace(tzinfo=UTC)
    yield Finding(
        "note" if age > _STALE else "ok",
        "built",
        f"{built_at} UTC, {age.total_seconds() / 3600:.1f} h ago",
    )
    for source in data_through:
        yield Finding(
            "ok",
            f"data of {source['domain']} through",
            f"{source['data_through_at']} UTC from {source['source_kind']} {source['source_name']}",
        )


def _running(settings: Settings) -> Iterator[Finding]:
    for lock_file in (settings.run_lock_file, settings.lock_file):
        holder = read_holder(lock_file)
        if holder is not None:
            yield Finding("note", lock_file.name, f"held by {holder}")


def _addresses(settings: Settings) -> Iterator[Finding]:
    servers = (settings.wrapped.mongo_url, settings.mongo_export_url)
    hosts = {host_of(url) for url in servers if url is not None}
    places = _file_targets(settings) | {"SOURCES__SPINNER__SEALED_URL": settings.spinner.sealed_url}
    for variable, url in places.items():
        with suppress(TallyhouseError):  # told already, and a run stops before it
            if url is not None and (host := server_of(url, variable)) is not None:
                hosts.add(host)
    yield Finding("ok", "outside addresses of a run", ", ".join(sorted(hosts)) or "none")


def host_of(url: Secret) -> str:
    """The servers of an address, without user, password and options."""
    return urlsplit(url.reveal()).netloc.rpartition("@")[2]
