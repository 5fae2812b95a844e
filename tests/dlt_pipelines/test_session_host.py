from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dlt_pipelines.connectors.session_host import SessionHost, described, read_rules
from sample_world.relay_emulator import RelayEmulator
from warehouse.errors import TallyhouseError

NOW = datetime.now(tz=UTC)
STREAMS = ["spin30", "spin31"]


@pytest.fixture
def relay() -> Iterator[RelayEmulator]:
    with RelayEmulator() as made:
        yield made


@pytest.fixture
def folder(relay: RelayEmulator, tmp_path: Path) -> Path:
    relay.write_credentials(tmp_path, STREAMS)
    return tmp_path


def test_an_empty_host_gets_one_rule_a_stream_and_a_correct_one_none(
    relay: RelayEmulator, folder: Path
) -> None:
    host = SessionHost(relay.origin)
    wanted, problems = read_rules(folder, NOW)
    assert problems == []
    assert host.apply(wanted).posted == ("spin30", "spin31")
    again = host.apply(wanted)
    assert (again.posted, again.unchanged, again.wrong) == ((), ("spin30", "spin31"), ())
    assert relay.posted_rules() == STREAMS


def test_rules_numbered_by_hand_make_room(relay: RelayEmulator, folder: Path) -> None:
    host = SessionHost(relay.origin)
    wanted, _ = read_rules(folder, NOW)
    by_hand = [
        type(rule)(rule.stream, rule.destination, str(number), rule.token)
        for number, rule in enumerate(wanted)
    ]
    for rule in by_hand:
        host._post(rule)
    other = type(wanted[0])("spin99", wanted[0].destination, "9", wanted[0].token)
    host._post(other)
    posted, planned = relay.posted_rules(), host.apply(wanted, dry_run=True)
    assert (planned.posted, planned.deleted) == (("spin30", "spin31"), ("0", "1"))
    assert [rule.id for rule in host.rules()] == ["0", "1", "9"]
    assert relay.posted_rules() == posted
    assert host.apply(wanted).deleted == ("0", "1")
    assert [rule.id for rule in host.rules()] == ["9", "spin30", "spin31"]


def test_only_the_rule_that_differs_is_posted(relay: RelayEmulator, folder: Path) -> None:
    host = SessionHost(relay.origin)
    host.apply(read_rules(folder, NOW)[0])
    relay.write_credentials(folder, ["spin31"], lives=7200.0)
    assert host.apply(read_rules(folder, NOW)[0]).posted == ("spin31",)


def test_deletions_are_verified_one_by_one(relay: RelayEmulator, folder: Path) -> None:
    host = SessionHost(relay.origin)
    host.apply(read_rules(folder, NOW)[0])
    assert host.delete(["spin30"]) == []
    assert [rule.id for rule in host.rules()] == ["spin31"]


def test_a_rule_that_the_host_keeps_is_told(
    relay: RelayEmulator, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = SessionHost(relay.origin)
    wanted, _ = read_rules(folder, NOW)
    for id_ in ("0", "spin30"):
        host._post(type(wanted[0])("spin30", wanted[0].destination, id_, wanted[0].token))
    ask = SessionHost._request

    def keep(self: SessionHost, method: str, *words: str) -> tuple[int, str]:
        return (200, "0") if method == "DELETE" else ask(self, method, *words)

    monkeypatch.setattr(SessionHost, "_request", keep)
    assert host.delete(["0", "nobody"]) == ["0"]
    applied = host.apply(wanted)
    assert (applied.deleted, applied.wrong) == ((), ("0",))
    assert (applied.posted, applied.unchanged) == (("spin31",), ("spin30",))


@pytest.mark.parametrize("id_", ["", "all", "deleteAll"])
def test_ids_that_name_no_rule_are_refused(relay: RelayEmulator, id_: str) -> None:
    with pytest.raises(TallyhouseError, match="is no id of a rule"):
        SessionHost(relay.origin).delete(["spin30", id_])


def test_a_bad_pair_is_named_and_the_rest_is_read(relay: RelayEmulator, folder: Path) -> None:
    relay.write_credentials(folder, ["spin32"], topic="spin30-log")
    relay.write_credentials(folder, ["spin33"], aud="https://elsewhere.invalid")
    relay.write_credentials(folder, ["spin34"], exp=(NOW - timedelta(days=1)).timestamp())
    relay.write_credentials(folder, ["spin35", "spin36", "spin37", "pend38"])
    (folder / "log.token.spin35").unlink()
    (folder / "log.access.spin36").write_text("http://relay.invalid/session/spin36-log")
    (folder / "log.access.spin37").write_text(relay.access_url("spin38"))
    (folder / "notes.txt").touch()
    rules, problems = read_rules(folder, NOW)
    assert [rule.stream for rule in rules] == ["pend38", "spin30", "spin31"]
    assert problems == [
        "spin32: log.token.spin32 is for another topic",
        "spin33: log.token.spin33 is for another access server",
        "spin34: log.token.spin34 has expired",
        "spin35: log.token.spin35: FileNotFoundError",
        "spin36: log.access.spin36 is no https address",
        "spin37: log.access.spin37 does not end with /session/spin37-log",
    ]


def test_a_rule_is_described_without_its_token(relay: RelayEmulator, folder: Path) -> None:
    (rule, _), _ = read_rules(folder, NOW)
    shown = described(rule)
    assert shown["token"] == f"…{rule.token.reveal()[-6:]}"
    assert rule.token.reveal() not in f"{shown} {rule}"
    assert shown["expires_at"] is not None


def test_a_host_that_is_not_there_is_named() -> None:
    with pytest.raises(TallyhouseError, match=r"^SOURCES__SPINNER__HOST_API: "):
        SessionHost("http://127.0.0.1:9").wait(0)
