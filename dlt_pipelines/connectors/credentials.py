"""Pairs of access and token files, one for every stream.

`log.access.spin30` holds the address that access to `spin30-log` is asked at, `log.token.spin30`
the token that it is asked with. Tokens are read without verification: the relay verifies them.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from warehouse.settings import Secret

_TAIL_LENGTH = 6
_WORD = re.compile(r"[!-~]+")
_PAIR = re.compile(r"(?P<kind>[a-z]+)\.(?:access|token)\.(?P<stream>[a-z]+[0-9]+)")


class CredentialsError(Exception):
    """A pair cannot be read; the message names the file and never what is in it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What access to one topic is asked with."""

    access_url: str
    token: Secret

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the token says of itself; nothing, when it is no token."""
        try:
            part = self.token.reveal().split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (IndexError, ValueError, binascii.Error):
            return {}
        return claims if isinstance(claims, dict) else {}

    @property
    def expires_at(self) -> datetime | None:
        """When the token ends, or None when it does not say."""
        try:
            return datetime.fromtimestamp(self.claims["exp"], tz=UTC)
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            return None

    @property
    def token_tail(self) -> str:
        """The end of the token, to tell it from others."""
        return f"…{self.token.reveal()[-_TAIL_LENGTH:]}"


def pair_files(folder: Path, stream: str, kind: str = "log") -> tuple[Path, Path]:
    """The access file and the token file of a stream."""
    return folder / f"{kind}.access.{stream}", folder / f"{kind}.token.{stream}"


def read_pair(folder: Path, stream: str, kind: str = "log") -> Credentials:
    """Read a pair afresh.

    Raises:
        CredentialsError: A file is missing or unreadable, or holds anything but one word.
    """
    access_file, token_file = pair_files(folder, stream, kind)
    access_url, token = _content(access_file), _content(token_file)
    try:
        urlsplit(access_url).port  # noqa: B018 - reading it says whether it is a number
    except ValueError:
        raise CredentialsError(f"{access_file.name}: is no address") from None
    return Credentials(access_url, Secret(token))


def found_streams(folder: Path, kind: str = "log") -> list[str]:
    """The streams that have at least one file of a pair, sorted."""
    matches = [_PAIR.fullmatch(file.name) for file in folder.iterdir()] if folder.is_dir() else []
    return sorted({match["stream"] for match in matches if match and match["kind"] == kind})


def _content(file: Path) -> str:
    try:
        content = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"{file.name}: {type(error).__name__}") from None
    if not content:
        raise CredentialsError(f"{file.name}: is empty")
    if not _WORD.fullmatch(content):  # http.client would repeat it in what it raises
        raise CredentialsError(f"{file.name}: is not one word of ASCII")
    return content
