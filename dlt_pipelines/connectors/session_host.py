"""The session host's rules: which topics it hands on.

The host keeps them in memory only, cuts a running connection when a rule of the same id is posted
again, says 200 to deletions of ids that it does not have, and deletes nothing when asked to delete
all. So rules are compared first, posted and deleted one by one, and listed afterwards.
"""

import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from dlt_pipelines.connectors.credentials import (
    Credentials,
    CredentialsError,
    found_streams,
    read_pair,
)
from dlt_pipelines.connectors.relay import is_loopback
from warehouse.errors import TallyhouseError
from warehouse.settings import Secret

TIMEOUT_SECONDS = 10.0
RESERVED_ID = "deleteAll"

_RULES = "/api/destinations"
_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Rule:
    """One stream that the session host hands on from one topic of the relay."""

    stream: str
    destination: str
    id: str
    token: Secret

    @property
    def credentials(self) -> Credentials:
        """What it connects with."""
        return Credentials(self.destination, self.token)


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying rules did, or would do."""

    posted: tuple[str, ...]
    deleted: tuple[str, ...]
    unchanged: tuple[str, ...]
    wrong: tuple[str, ...]  # ids that the host does not have as they should be


def read_rules(folder: Path, now: datetime) -> tuple[list[Rule], list[str]]:
    """Read a folder of pairs.

    Args:
        folder: Holds `log.access.spin30` and `log.token.spin30`, and so on.
        now: Against which tokens are expired.

    Returns:
        A rule for each good pair, sorted by stream, and for each bad one what is wrong with it.
    """
    rules, problems = [], []
    for stream in found_streams(folder):
        try:
            credentials = read_pair(folder, stream)
        except CredentialsError as error:
            problems.append(f"{stream}: {error}")
            continue
        if problem := _problem(stream, credentials, now):
            problems.append(f"{stream}: {problem}")
        else:
            rules.append(Rule(stream, credentials.access_url, stream, credentials.token))
    return rules, problems


def _problem(stream: str, credentials: Credentials, now: datetime) -> str | None:
    address, claims = urlsplit(credentials.access_url), credentials.claims
    is_safe = address.scheme == "https" or (address.scheme == "http" and is_loopback(address))
    audience = claims.get("aud")
    origin = f"{address.scheme}://{address.netloc}"
    if not is_safe:
        return f"log.access.{stream} is no https address"
    if not address.path.endswith(f"/session/{stream}-log"):
        return f"log.access.{stream} does not end with /session/{stream}-log"
    if claims.get("topic") != f"{stream}-log":
        return f"log.token.{stream} is for another topic"
    if origin not in (audience if isinstance(audience, list) else [audience]):
        return f"log.token.{stream} is for another access server"
    if credentials.expires_at is None or credentials.expires_at <= now:
        return f"log.token.{stream} has expired"
    return None


class SessionHost:
    """The session host's interface."""

    def __init__(self, url: str) -> None:
        """Talk to the host at this address; nothing is sent yet."""
        self._url = url
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise TallyhouseError("SOURCES__SPINNER__HOST_API: must begin with http://.")
        self._host, self._port = parts.hostname, parts.port or 80

    def wait(self, seconds: float) -> None:
        """Wait until it is healthy.

        Raises:
            TallyhouseError: It was not, all that time.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                status, _ = self._request("GET", "/healthcheck")
            except TallyhouseError:
                status = 0
            if status == http.HTTPStatus.OK:
                return
            if time.monotonic() >= deadline:
                raise TallyhouseError(
                    f"SOURCES__SPINNER__HOST_API: no session host is healthy at {self._url}."
                )
            time.sleep(_POLL_SECONDS)

    def rules(self) -> list[Rule]:
        """The rules that it has, by id."""
        status, body = self._request("GET", f"{_RULES}/all")
        try:
            found = json.loads(body) or {}
            rules = list(found.values()) if isinstance(found, dict) else list(found)
            read = [
                Rule(rule["stream"], rule["destination"], rule["id"], Secret(rule["token"]))
                for rule in rules
            ]
        except (ValueError, KeyError, TypeError):
            raise TallyhouseError(
                f"SOURCES__SPINNER__HOST_API: {self._url} listed no rules ({status})."
            ) from None
        return sorted(read, key=lambda rule: rule.id)

    def apply(self, wanted: Sequence[Rule], *, dry_run: bool = False) -> Applied:
        """Let the host have these rules, and no other ones of their streams.

        Args:
            wanted: One for each stream.
            dry_run: Change nothing, and say what would be done.

        Returns:
            What was done, and what is not as it should be after it.
        """
        present = self.rules()
        ids = {rule.stream: rule.id for rule in wanted}
        doubled = [rule.id for rule in present if ids.get(rule.stream, rule.id) != rule.id]
        missing = [rule for rule in wanted if rule not in present]
        wrong: set[str] = set()
        if not dry_run:
            wrong.update(self.delete(doubled))
            for rule in missing:
                self._post(rule)
            after = self.rules()
            wrong.update(rule.id for rule in wanted if rule not in after)
        return Applied(
            posted=tuple(rule.id for rule in missing),
            deleted=tuple(id_ for id_ in doubled if id_ not in wrong),
            unchanged=tuple(rule.id for rule in wanted if rule in present),
            wrong=tuple(sorted(wrong)),
        )

    def delete(self, ids: Sequence[str]) -> list[str]:
        """Delete rules one by one.

        Returns:
            Those ids that are still there.

        Raises:
            TallyhouseError: An id is empty or reserved.
        """
        for id_ in ids:
            _check_id(id_)
        for id_ in ids:
            self._request("DELETE", f"{_RULES}/{quote(id_, safe='')}")
        present = {rule.id for rule in self.rules()} if ids else set()
        return [id_ for id_ in ids if id_ in present]

    def _post(self, rule: Rule) -> None:
        _check_id(rule.id)
        body = {
            "stream": rule.stream,
            "destination": rule.destination,
            "id": rule.id,
            "token": rule.token.reveal(),
        }
        self._request("POST", _RULES, json.dumps(body))

    def _request(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            raise TallyhouseError(
                f"SOURCES__SPINNER__HOST_API: {self._url} does not answer ({type(error).__name__})."
            ) from None
        finally:
            connection.close()


def _check_id(id_: str) -> None:
    if id_ in {"", "all", RESERVED_ID}:
        raise TallyhouseError(f"{id_!r} is no id of a rule; name rules one by one.")


def described(rule: Rule) -> dict[str, Any]:
    """A rule for people, without its token."""
    expires_at = rule.credentials.expires_at
    return {
        "id": rule.id,
        "stream": rule.stream,
        "destination": rule.destination,
        "token": rule.credentials.token_tail,
        "expires_at": expires_at.astimezone(UTC).isoformat() if expires_at else None,
    }
