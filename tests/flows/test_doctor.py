from pathlib import Path

import pytest

from flows.doctor import Finding, examine, host_of
from warehouse.settings import Secret, Settings


def texts(findings: list[Finding], state: str) -> str:
    return "\n".join(f"{one.what}: {one.text}" for one in findings if one.state == state)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_nothing_configured_is_no_problem(tmp_path: Path) -> None:
    findings = examine(Settings(folder=tmp_path / "data"), {})
    assert texts(findings, "problem") == ""
    assert "SOURCES__WRAPPED__CONNECTION_URL is not set" in texts(findings, "note")
    assert "outside addresses of a run: none" in texts(findings, "ok")


def test_a_misspelt_name_is_a_problem(tmp_path: Path) -> None:
    findings = examine(Settings(folder=tmp_path), {"SOURCES__WRAPPED__CONECTION_URL": "x"})
    assert "SOURCES__WRAPPED__CONECTION_URL: is not a name" in texts(findings, "problem")


def test_a_server_that_does_not_answer_is_a_problem_without_its_password(tmp_path: Path) -> None:
    url = Secret("mongodb://somebody:hidden@127.0.0.1:9/?serverSelectionTimeoutMS=100")
    findings = examine(Settings(folder=tmp_path, mongo_export_url=url), {})
    assert "target mongo: 127.0.0.1:9: ServerSelectionTimeoutError" in texts(findings, "problem")
    assert "outside addresses of a run: 127.0.0.1:9" in texts(findings, "ok")
    assert "hidden" not in str(findings)


def test_a_dangling_link_is_a_problem(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    settings.current_link.symlink_to("generations/20260101T000000Z")
    findings = examine(settings, {})
    assert "which is not there" in texts(findings, "problem")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("mongodb://db.invalid:27017/", "db.invalid:27017"),
        ("mongodb://user:p%40ss@a.invalid,b.invalid/x?tls=true", "a.invalid,b.invalid"),
    ],
)
def test_an_address_is_shown_without_user_and_password(url: str, host: str) -> None:
    assert host_of(Secret(url)) == host
