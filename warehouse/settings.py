"""The environment, read once into one frozen object.

Names are `AREA__NAME__FIELD`; `.env` may hold them too, and never overrides the environment.
"""

import os
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values

from warehouse.errors import TallyhouseError

SAMPLE_SIZES = ("tiny", "small", "medium", "large")

SPINNER_MODES = ("relay", "host")
ANSWER_MODES = ("off", "shadow", "live")

NAMES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "DATA_PATH",
    "EXPORTS__DELETION_LIMIT",
    "EXPORTS__DOCUMENTS__URL",
    "EXPORTS__MONGO__CONNECTION_URL",
    "EXPORTS__PICTURES__URL",
    "EXPORTS__SITE__URL",
    "EXPORTS__SPINNER__ANSWERS",
    "EXPORTS__WRAPPED__PRUNE_LEGACY",
    "LOG_URL",
    "MONGO_URI",
    "SAMPLE_WORLD__SEED",
    "SAMPLE_WORLD__SIZE",
    "SOURCES__SPINNER__CAPTURE_ID",
    "SOURCES__SPINNER__CREDENTIALS_PATH",
    "SOURCES__SPINNER__DATA_PATH",
    "SOURCES__SPINNER__HARDWARE",
    "SOURCES__SPINNER__FORMER_MATRICES",
    "SOURCES__SPINNER__HOST_API",
    "SOURCES__SPINNER__HOST_URL",
    "SOURCES__SPINNER__INTAKE_PASSWORD",
    "SOURCES__SPINNER__INTAKE_PORT",
    "SOURCES__SPINNER__MODE",
    "SOURCES__SPINNER__SEALED_URL",
    "SOURCES__WRAPPED__CONNECTION_URL",
    "SOURCES__WRAPPED__CONTROL_PATH",
    "SOURCES__WRAPPED__DUMP_PATH",
    "SOURCES__WRAPPED__ITEMS_PATH",
    "SOURCES__WRAPPED__NPCS_PATH",
    "SOURCES__WRAPPED__PRICES_PATH",
    "SOURCES__WRAPPED__SQLITE_PATH",
    "WAREHOUSE__FOLDER",
    "WAREHOUSE__KEEP",
    "WAREHOUSE__MEMORY_LIMIT",
    "WAREHOUSE__PUBLISH",
)
"""Every name that is read; `.env.example` explains each."""

Value = TypeVar("Value", int, float, str)

_SERVER_SCHEMES = ("mongodb", "mongodb+srv")
_SIZE = re.compile(r"\d+ ?[KMGT]i?B")
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CAPTURE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A text that never shows itself; who needs it says `reveal()` at the call."""

    _value: str

    def reveal(self) -> str:
        """The secret itself, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    def __str__(self) -> str:
        return "***"

    def __format__(self, format_spec: str) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class S3Keys:
    """What an S3 server knows us by, where an address has no key of its own."""

    access_key: Secret
    secret_key: Secret
    session_token: Secret | None = None  # only of keys that were lent for a time


@dataclass(frozen=True, slots=True)
class WrappedSources:
    """Where the telemetry of `wrapped` and what goes with it comes from; None is not configured."""

    mongo_url: Secret | None = None
    dump_path: Path | None = None
    sqlite_path: Path | None = None
    control_path: Path | None = None
    items_path: Path | None = None
    npcs_path: Path | None = None
    prices_path: Path | None = None

    @property
    def is_sample_world(self) -> bool:
        """Whether no source of events is configured, so that the sample world stands in."""
        return self.mongo_url is None and self.dump_path is None and self.sqlite_path is None


@dataclass(frozen=True, slots=True)
class SpinnerSettings:
    """How the streams of `spinner` are captured, loaded and answered; None is not configured."""

    mode: str = "relay"
    credentials_path: Path | None = None
    data_path: Path | None = None  # holds spool/, sealed/ and status/
    sealed_url: Secret | None = None  # s3://bucket/prefix that sealed files are loaded from
    host_url: str = "ws://localhost:8888/ws/{stream}"
    has_host_url: bool = False  # whether it was configured, be it as it is by default
    host_api: str = "http://localhost:8888"
    capture_id: str = "capture"
    has_hardware: bool = False  # whether the hardware streams are captured too
    has_former_matrices: bool = False  # whether matrices of the replaced setup count
    intake_port: int | None = None
    intake_password: Secret | None = None
    answers: str = "off"

    @property
    def is_sample_world(self) -> bool:
        """Whether no stream is configured, so that the sample world stands in."""
        return not (self.credentials_path or self.data_path or self.sealed_url or self.has_host_url)


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a user can set."""

    folder: Path
    publish: tuple[str, ...] | None = None
    keep: int = 3
    memory_limit: str = "3GB"
    wrapped: WrappedSources = WrappedSources()
    spinner: SpinnerSettings = SpinnerSettings()
    mongo_export_url: Secret | None = None
    documents_url: Secret | None = None  # of S3 these may hold a key
    pictures_url: Secret | None = None
    site_url: Secret | None = None
    s3_keys: S3Keys | None = None
    prune_legacy: bool = False
    deletion_limit: float = 0.2
    sample_seed: int = 1
    sample_size: str = "small"

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] = os.environ, dotenv: Path | None = Path(".env")
    ) -> "Settings":
        """Read the environment, and below it the file.

        Args:
            environment: Names and values; an empty value counts as not set.
            dotenv: File of further values, or None; it need not exist.

        Returns:
            The settings, every path absolute.

        Raises:
            TallyhouseError: A value is invalid; the message has its name.
        """
        written = dotenv_values(dotenv, interpolate=False) if dotenv is not None else {}
        values = {name: value for name, value in {**written, **environment}.items() if value}
        wrapped, mongo_export_url = _wrapped_addresses(values)
        folder = _path(values, "WAREHOUSE__FOLDER") or Path.cwd() / "data"
        return cls(
            folder=folder,
            publish=_schema_names(values, "WAREHOUSE__PUBLISH"),
            keep=_parsed(
                values,
                "WAREHOUSE__KEEP",
                3,
                int,
                wanted="a whole number from 1",
                is_valid=lambda value: value >= 1,
            ),
            memory_limit=_parsed(
                values,
                "WAREHOUSE__MEMORY_LIMIT",
                "3GB",
                str,
                wanted="a size such as 3GB",
                is_valid=lambda value: bool(_SIZE.fullmatch(value)),
            ),
            wrapped=wrapped,
            spinner=_spinner(values, folder),
            mongo_export_url=mongo_export_url,
            documents_url=_secret(values, "EXPORTS__DOCUMENTS__URL"),
            pictures_url=_secret(values, "EXPORTS__PICTURES__URL"),
            site_url=_secret(values, "EXPORTS__SITE__URL"),
            s3_keys=_s3_keys(values),
            prune_legacy=_flag(values, "EXPORTS__WRAPPED__PRUNE_LEGACY"),
            deletion_limit=_parsed(
                values,
                "EXPORTS__DELETION_LIMIT",
                0.2,
                float,
                wanted="a share from 0 to 1",
                is_valid=lambda value: 0 <= value <= 1,
            ),
            sample_seed=_parsed(values, "SAMPLE_WORLD__SEED", 1, int, wanted="a whole number"),
            sample_size=_one_of(values, "SAMPLE_WORLD__SIZE", "small", SAMPLE_SIZES),
        )

    @property
    def build_file(self) -> Path:
        """The private file that loads and builds write."""
        return self.folder / "build" / "warehouse.duckdb"

    @property
    def generations_folder(self) -> Path:
        """Where the published files are, one folder each."""
        return self.folder / "generations"

    @property
    def current_link(self) -> Path:
        """The link to the generation that everybody reads."""
        return self.folder / "current"

    @property
    def current_file(self) -> Path:
        """The published file, for readers."""
        return self.current_link / "warehouse.duckdb"

    @property
    def world_folder(self) -> Path:
        """Where the sample world is written."""
        return self.folder / "world"

    @property
    def dlt_folder(self) -> Path:
        """Where dlt keeps its pipelines."""
        return self.folder / "dlt"

    @property
    def dbt_folder(self) -> Path:
        """Where dbt keeps its artifacts and logs."""
        return self.folder / "dbt"

    @property
    def exports_folder(self) -> Path:
        """Where the targets are that are not configured."""
        return self.folder / "exports"

    @property
    def ledger_file(self) -> Path:
        """What was sent to which target."""
        return self.folder / "ledger.sqlite"

    @property
    def lock_file(self) -> Path:
        """Held by the one process that writes the build file."""
        return self.folder / "writer.lock"

    @property
    def run_lock_file(self) -> Path:
        """Held by a whole run, from load to export."""
        return self.folder / "run.lock"

    @property
    def spinner_capture_path(self) -> Path:
        """Where captured and imported messages of real streams are kept."""
        return self.spinner.data_path or _capture_folder(self.folder)

    @property
    def spinner_data_path(self) -> Path:
        """The spool and sealed files in force: real ones, or those of the sample world."""
        if self.spinner.is_sample_world:
            return self.world_folder / "spinner"
        return self.spinner_capture_path

    @property
    def wrapped_inputs(self) -> WrappedSources:
        """The sources that a load of `wrapped` reads: the configured ones, or the sample world."""
        if not self.wrapped.is_sample_world:
            return self.wrapped
        world = self.world_folder / "wrapped"
        return replace(
            self.wrapped,
            dump_path=world / "dump",
            sqlite_path=world / "sqlite",
            control_path=self.wrapped.control_path or world / "control",
            items_path=self.wrapped.items_path or world / "items.csv",
            npcs_path=self.wrapped.npcs_path or world / "npcs.csv",
            prices_path=self.wrapped.prices_path or world / "item_prices.csv",
        )


def _spinner(values: Mapping[str, str], folder: Path) -> SpinnerSettings:
    """The settings of `spinner`; what was captured or imported before counts as configured."""
    data_path = _path(values, _first(values, "SOURCES__SPINNER__DATA_PATH", "DATA_PATH")[0])
    if data_path is None and _capture_folder(folder).exists():
        data_path = _capture_folder(folder)
    credentials_path = _path(values, "SOURCES__SPINNER__CREDENTIALS_PATH")
    name, host_url = _first(values, "SOURCES__SPINNER__HOST_URL", "LOG_URL")
    if host_url and urlsplit(host_url).scheme not in {"ws", "wss"}:
        raise TallyhouseError(f"{name}: must begin with ws:// or wss://.")
    default = SpinnerSettings()
    password = values.get("SOURCES__SPINNER__INTAKE_PASSWORD")
    port = _parsed(
        values,
        "SOURCES__SPINNER__INTAKE_PORT",
        0,
        int,
        wanted=f"a port from 1 to {_LAST_PORT}",
        is_valid=lambda value: 1 <= value <= _LAST_PORT,
    )
    if port and not password:
        raise TallyhouseError("SOURCES__SPINNER__INTAKE_PASSWORD: an intake needs a password.")
    return SpinnerSettings(
        mode=_one_of(
            values,
            "SOURCES__SPINNER__MODE",
            "host" if host_url and credentials_path is None else default.mode,
            SPINNER_MODES,
        ),
        credentials_path=credentials_path,
        data_path=data_path,
        sealed_url=_secret(values, "SOURCES__SPINNER__SEALED_URL"),
        host_url=host_url or default.host_url,
        has_host_url=host_url is not None,
        host_api=values.get("SOURCES__SPINNER__HOST_API", default.host_api),
        capture_id=_parsed(
            values,
            "SOURCES__SPINNER__CAPTURE_ID",
            re.sub(r"[^A-Za-z0-9.]", "-", socket.gethostname()).strip("-.") or default.capture_id,
            str,
            wanted="1 to 64 letters, digits, dots, dashes or underscores",
            is_valid=lambda value: _CAPTURE_ID.fullmatch(value) is not None,
        ),
        has_hardware=_flag(values, "SOURCES__SPINNER__HARDWARE"),
        has_former_matrices=_flag(values, "SOURCES__SPINNER__FORMER_MATRICES"),
        intake_port=port or None,
        intake_password=Secret(password) if password else None,
        answers=_one_of(values, "EXPORTS__SPINNER__ANSWERS", default.answers, ANSWER_MODES),
    )


def _s3_keys(values: Mapping[str, str]) -> S3Keys | None:
    access_key = _secret(values, "AWS_ACCESS_KEY_ID")
    secret_key = _secret(values, "AWS_SECRET_ACCESS_KEY")
    if access_key is None and secret_key is None:
        return None
    if access_key is None:
        raise TallyhouseError("AWS_ACCESS_KEY_ID: is missing beside AWS_SECRET_ACCESS_KEY.")
    if secret_key is None:
        raise TallyhouseError("AWS_SECRET_ACCESS_KEY: is missing beside AWS_ACCESS_KEY_ID.")
    return S3Keys(access_key, secret_key, _secret(values, "AWS_SESSION_TOKEN"))


def _capture_folder(folder: Path) -> Path:
    return folder / "capture"


def _one_of(values: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    return _parsed(
        values,
        name,
        default,
        str,
        wanted=f"one of {', '.join(choices)}",
        is_valid=lambda value: value in choices,
    )


def _wrapped_addresses(values: Mapping[str, str]) -> tuple[WrappedSources, Secret | None]:
    """The sources of `wrapped`, and the server that its documents go to."""
    sources = WrappedSources(
        dump_path=_existing_path(values, "SOURCES__WRAPPED__DUMP_PATH"),
        sqlite_path=_existing_path(values, "SOURCES__WRAPPED__SQLITE_PATH"),
        control_path=_existing_path(values, "SOURCES__WRAPPED__CONTROL_PATH"),
        items_path=_existing_path(values, "SOURCES__WRAPPED__ITEMS_PATH"),
        npcs_path=_existing_path(values, "SOURCES__WRAPPED__NPCS_PATH"),
        prices_path=_existing_path(values, "SOURCES__WRAPPED__PRICES_PATH"),
    )
    name, url = _first(values, "SOURCES__WRAPPED__CONNECTION_URL", "MONGO_URI")
    if url:
        match urlsplit(url).scheme:
            case "file":
                sources = _with_files(sources, name, url)
            case scheme if scheme in _SERVER_SCHEMES:
                sources = replace(sources, mongo_url=Secret(url))
            case _:
                raise TallyhouseError(
                    f"{name}: must begin with mongodb://, mongodb+srv:// or file:///."
                )
    name, url = _first(values, "EXPORTS__MONGO__CONNECTION_URL", "MONGO_URI")
    if not url or (name == "MONGO_URI" and urlsplit(url).scheme == "file"):
        return sources, None
    if urlsplit(url).scheme not in _SERVER_SCHEMES:
        raise TallyhouseError(
            f"{name}: must begin with mongodb:// or mongodb+srv://; "
            "leave it unset to write the documents to a folder."
        )
    return sources, Secret(url)


def _with_files(sources: WrappedSources, name: str, url: str) -> WrappedSources:
    """The sources with the files that a `file:///` address names: a dump, or SQLite files."""
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"}:
        raise TallyhouseError(f"{name}: write file:/// and an absolute path (three slashes).")
    path = Path(unquote(parts.path))
    if not path.exists():
        raise TallyhouseError(f"{name}: there is no {path}.")
    is_sqlite = path.suffix == ".db" or (
        path.is_dir() and any(path.rglob("*.db")) and not any(path.rglob("*.bson*"))
    )
    if is_sqlite:
        _refuse_both(name, "SOURCES__WRAPPED__SQLITE_PATH", sources.sqlite_path, path)
        return replace(sources, sqlite_path=path)
    _refuse_both(name, "SOURCES__WRAPPED__DUMP_PATH", sources.dump_path, path)
    return replace(sources, dump_path=path)


def _refuse_both(name: str, other_name: str, other_path: Path | None, path: Path) -> None:
    if other_path not in {None, path}:
        raise TallyhouseError(f"{name}: {other_name} names other files; unset one of them.")


def _first(values: Mapping[str, str], *names: str) -> tuple[str, str | None]:
    for name in names:
        if name in values:
            return name, values[name]
    return names[0], None


def _secret(values: Mapping[str, str], name: str) -> Secret | None:
    return Secret(values[name]) if name in values else None


def _path(values: Mapping[str, str], name: str) -> Path | None:
    return Path(values[name]).expanduser().absolute() if name in values else None


def _existing_path(values: Mapping[str, str], name: str) -> Path | None:
    path = _path(values, name)
    if path is not None and not path.exists():
        raise TallyhouseError(f"{name}: there is no {path}.")
    return path


def _parsed(
    values: Mapping[str, str],
    name: str,
    default: Value,
    parse: Callable[[str], Value],
    *,
    wanted: str,
    is_valid: Callable[[Value], bool] = lambda _: True,
) -> Value:
    if name not in values:
        return default
    try:
        value = parse(values[name])
    except ValueError:
        raise TallyhouseError(f"{name}: must be {wanted}, not {values[name]!r}.") from None
    if not is_valid(value):
        raise TallyhouseError(f"{name}: must be {wanted}, not {values[name]!r}.")
    return value


def _flag(values: Mapping[str, str], name: str) -> bool:
    match values.get(name, "false").lower():
        case "true" | "1" | "yes" | "on":
            return True
        case "false" | "0" | "no" | "off":
            return False
        case _:
            raise TallyhouseError(f"{name}: must be true or false, not {values[name]!r}.")


def _schema_names(values: Mapping[str, str], name: str) -> tuple[str, ...] | None:
    if name not in values:
        return None
    schemas = tuple(part.strip() for part in values[name].split(",") if part.strip())
    for schema in schemas:
        if not _SCHEMA_NAME.fullmatch(schema):
            raise TallyhouseError(f"{name}: {schema!r} is no schema name; write names with commas.")
    if not schemas:
        raise TallyhouseError(f"{name}: names no schema; unset it to publish them all.")
    return schemas
