"""Where files are, as settings name it: a folder, or a prefix in a bucket of S3.

TLS is checked. Plain http is for a server on this machine alone, as files may be personal.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pyarrow import fs

from warehouse.errors import TallyhouseError
from warehouse.settings import S3Keys, Secret

_OPTIONS: Final = frozenset({"endpoint_override", "region", "scheme", "tls_ca_file_path"})
_CODE: Final = re.compile(r"AWS Error ([A-Z_]+)")
_REFUSALS: Final = frozenset(
    {
        "ACCESS_DENIED",
        "EXPIRED_TOKEN",
        "INVALID_ACCESS_KEY_ID",
        "INVALID_CLIENT_TOKEN_ID",
        "INVALID_SIGNATURE",
        "SIGNATURE_DOES_NOT_MATCH",
    }
)


@dataclass(frozen=True, slots=True)
class FilePlace:
    """An opened place; nothing is created before the first write."""

    address: str  # without keys and options
    variable: str  # that sets it, for messages
    root: str  # of all paths
    filesystem: fs.FileSystem
    is_local: bool

    @contextmanager
    def explained(self, advice: str) -> Iterator[None]:
        """Let errors say where they happened, which setting to look at, and what to do then."""
        try:
            yield
        except OSError as error:
            raise TallyhouseError(
                f"{self.variable}: cannot use {self.address}: {_reason(error)}. {advice}"
            ) from error

    def ask(self) -> None:
        """Ask a server for its bucket; a folder is asked nothing.

        Raises:
            TallyhouseError: It does not answer, does not let us in, or has no such bucket.
        """
        if self.is_local:
            return
        bucket = self.root.partition("/")[0]
        with self.explained("Try again when it answers; what was done before stays."):
            found = self.filesystem.get_file_info(bucket)
        if found.type == fs.FileType.NotFound:
            raise TallyhouseError(
                f"{self.variable}: there is no bucket {bucket}; correct its name, or create it."
            )


def open_folder(folder: Path, address: str, variable: str) -> FilePlace:
    """A folder of this machine."""
    return FilePlace(address, variable, str(folder), fs.LocalFileSystem(), is_local=True)


def open_place(url: Secret, variable: str, keys: S3Keys | None) -> FilePlace:
    """Open the place that a setting names.

    Args:
        url: `s3://bucket/prefix?region=…`, or a folder, with `file://` before it or without.
        variable: Name of the setting.
        keys: Taken where the address has none; None leaves it to the files of the user's account.

    Returns:
        The place. Of S3 the bucket is there, and may be asked.

    Raises:
        TallyhouseError: The address cannot be read, or the bucket cannot.
    """
    parts = urlsplit(url.reveal())
    if parts.scheme == "s3":
        return _open_bucket(parts, variable, keys)
    if parts.scheme not in {"", "file"}:
        raise TallyhouseError(f"{variable}: must begin with s3:// or name a folder.")
    path = unquote(parts.path) if parts.scheme else url.reveal()
    folder = Path(path).absolute()
    return open_folder(folder, str(folder), variable)


def address_of(url: Secret) -> str:
    """An address without keys and options, for people and records."""
    parts = urlsplit(url.reveal())
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else url.reveal()


def server_of(url: Secret, variable: str) -> str | None:
    """The server that is contacted for an address; None for a folder.

    Raises:
        TallyhouseError: The address cannot be read.
    """
    parts = urlsplit(url.reveal())
    if parts.scheme != "s3":
        return None
    options = _options(parts, variable)
    return options.get("endpoint_override") or f"s3.{options['region']}.amazonaws.com"


def _open_bucket(parts: SplitResult, variable: str, keys: S3Keys | None) -> FilePlace:
    options = _options(parts, variable)
    # Else pyarrow asks the metadata service of Amazon's machines, whatever the address says.
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    bucket = parts.netloc.rpartition("@")[2]
    root = f"{bucket}/{unquote(parts.path).strip('/')}".rstrip("/")
    own = _keys_in(parts, variable) or keys
    try:
        filesystem = fs.S3FileSystem(
            access_key=own.access_key.reveal() if own else None,
            secret_key=own.secret_key.reveal() if own else None,
            session_token=own.session_token.reveal() if own and own.session_token else None,
            region=options["region"],
            scheme=options.get("scheme", "https"),
            endpoint_override=options.get("endpoint_override"),
            tls_ca_file_path=options.get("tls_ca_file_path"),
            allow_delayed_open=True,  # one request a file, and none is left half sent
        )
    except OSError:  # its text may quote the address
        raise TallyhouseError(f"{variable}: the options of the address fit no server.") from None
    place = FilePlace(f"s3://{root}", variable, root, filesystem, is_local=False)
    place.ask()
    return place


def _reason(error: OSError) -> str:
    """What went wrong, in words where S3 has but a code."""
    text = (error.strerror or str(error)).rstrip(".")
    found = _CODE.search(text)
    if found is None:
        return text
    code = found[1]
    if code in _REFUSALS:
        return (
            f"the key is refused ({code}); correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or"
            " the key in the address, or give it the rights of docs/operating.md"
        )
    if code == "NO_SUCH_BUCKET":
        return "there is no such bucket; correct its name, or create it"
    return text


def _options(parts: SplitResult, variable: str) -> dict[str, str]:
    """The options behind the question mark, all known and fit for use."""
    options = dict(parse_qsl(parts.query))
    bucket = parts.netloc.rpartition("@")[2]
    if not bucket or not options.get("region") or not options.keys() <= _OPTIONS:
        raise TallyhouseError(
            f"{variable}: write s3://bucket/prefix?region=…; further options are"
            f" {', '.join(sorted(_OPTIONS - {'region'}))}."
        )
    scheme = options.get("scheme", "https")
    is_safe = scheme == "https" or (
        scheme == "http" and _is_loopback(options.get("endpoint_override", ""))
    )
    if not is_safe:
        raise TallyhouseError(
            f"{variable}: scheme=http is only for an endpoint_override on this machine, such as"
            " 127.0.0.1:9000; leave it out to use https."
        )
    return options


def _is_loopback(endpoint: str) -> bool:
    host = urlsplit(f"//{endpoint}").hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _keys_in(parts: SplitResult, variable: str) -> S3Keys | None:
    if not parts.username and not parts.password:
        return None
    if not parts.username or not parts.password:
        raise TallyhouseError(f"{variable}: write a key as s3://key:secret@bucket/prefix.")
    return S3Keys(Secret(unquote(parts.username)), Secret(unquote(parts.password)))
