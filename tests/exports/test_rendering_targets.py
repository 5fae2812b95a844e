import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from exports.dashboards import rendering
from exports.deliver import deliver
from tests.exports.file_exports import (
    DOCUMENTS,
    PICTURES,
    SITE,
    documents_sql,
    pictures_sql,
    site_sql,
)
from tests.exports.small_house import SmallHouse, counts
from warehouse.errors import TallyhouseError
from warehouse.settings import Secret

G1, G2 = "20261120T030000Z", "20261121T030000Z"


@pytest.fixture
def house(tmp_path: Path) -> SmallHouse:
    return SmallHouse.in_folder(tmp_path)


def files(house: SmallHouse, target: str) -> dict[str, bytes]:
    folder = house.settings.exports_folder / target
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def delivered(house: SmallHouse, name: str, **options: Any) -> tuple[int, int, int, int]:
    """Written, unchanged, deleted, failed."""
    options = {"allow_deletions": True, **options}
    return counts(deliver(house.settings, "wrapped", **options), f"wrapped_{name}")


def test_each_student_has_a_file_and_a_rerun_sends_nothing(house: SmallHouse) -> None:
    house.publish_sql(G1, {"documents": DOCUMENTS}, documents=documents_sql(ab=3, **{"ab-cd": 4}))
    assert delivered(house, "documents") == (2, 0, 0, 0)
    before = files(house, "documents")
    assert sorted(before) == ["spinner/engdes1/ab-cd.json", "spinner/engdes1/ab.json"]
    assert json.loads(before["spinner/engdes1/ab.json"])["commands"] == 3
    assert delivered(house, "documents") == (0, 2, 0, 0)
    assert files(house, "documents") == before


def test_only_what_changed_is_written_and_what_is_gone_is_removed(house: SmallHouse) -> None:
    house.publish_sql(G1, {"documents": DOCUMENTS}, documents=documents_sql(a=1, b=2, c=3))
    delivered(house, "documents")
    house.publish_sql(G2, {"documents": DOCUMENTS}, documents=documents_sql(a=1, b=5))
    assert delivered(house, "documents") == (1, 1, 1, 0)
    assert sorted(files(house, "documents")) == [
        "spinner/engdes1/a.json",
        "spinner/engdes1/b.json",
    ]


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_text("{}")])
def test_lost_or_edited_file_comes_back(house: SmallHouse, damage: Any) -> None:
    house.publish_sql(G1, {"documents": DOCUMENTS}, documents=documents_sql(a=1, b=2))
    delivered(house, "documents")
    before = files(house, "documents")
    damage(house.settings.exports_folder / "documents" / "spinner" / "engdes1" / "a.json")
    assert delivered(house, "documents") == (1, 1, 0, 0)
    assert files(house, "documents") == before


def test_user_with_an_unsafe_name_gets_no_file_and_others_do(house: SmallHouse) -> None:
    house.publish_sql(G1, {"documents": DOCUMENTS}, documents=documents_sql(a=1, **{"../../x": 2}))
    assert delivered(house, "documents") == (1, 0, 0, 1)
    assert sorted(files(house, "documents")) == ["spinner/engdes1/a.json"]


def test_pictures_are_drawn_anew_only_for_other_rows_or_another_edition(
    house: SmallHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.publish_sql(G1, {"pictures": PICTURES}, pictures=pictures_sql(3))
    assert delivered(house, "pictures") == (1, 0, 0, 0)
    before = files(house, "pictures")
    assert len(before) == 4
    assert delivered(house, "pictures") == (0, 1, 0, 0)
    monkeypatch.setattr(rendering, "version", lambda name: "another matplotlib")
    assert delivered(house, "pictures") == (1, 0, 0, 0)
    assert files(house, "pictures") == before
    house.publish_sql(G2, {"pictures": PICTURES}, pictures=pictures_sql(4))
    assert delivered(house, "pictures") == (1, 0, 0, 0)
    assert all(files(house, "pictures")[name] != data for name, data in before.items())


def release(house: SmallHouse) -> str:
    """The release that the entry page leads to."""
    entry = files(house, "site")["course_reports/index.html"].decode()
    return entry.partition("releases/")[2].partition("/")[0]


def test_site_is_made_in_releases(house: SmallHouse) -> None:
    house.publish_sql(G1, {"site": SITE}, site=site_sql(t1=10, t2=20))
    assert delivered(house, "site") == (2, 0, 0, 0)
    first, before = release(house), files(house, "site")
    assert sorted(before) == [
        "course_reports/index.html",
        f"course_reports/releases/{first}/spinner/engdes1/t1.html",
        f"course_reports/releases/{first}/spinner/engdes1/t2.html",
    ]
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC)):
        assert delivered(house, "site") == (0, 2, 0, 0)
    assert files(house, "site") == before

    house.publish_sql(G2, {"site": SITE}, site=site_sql(t1=10, t2=21))
    assert delivered(house, "site") == (1, 1, 0, 0)
    second, after = release(house), files(house, "site")
    assert second != first
    assert {name: after[name] for name in before if "releases" in name} == {
        name: data for name, data in before.items() if "releases" in name
    }
    path = "spinner/engdes1/t1.html"
    assert (
        after[f"course_reports/releases/{second}/{path}"]
        == before[f"course_reports/releases/{first}/{path}"]
    )


def test_site_keeps_the_release_before_and_no_older_one(house: SmallHouse) -> None:
    releases = []
    for number in range(3):
        generation = f"2026112{number}T030000Z"
        house.publish_sql(generation, {"site": SITE}, site=site_sql(t1=10 + number))
        delivered(house, "site")
        releases.append(release(house))
    folder = house.settings.exports_folder / "site" / "course_reports" / "releases"
    assert {path.name for path in folder.iterdir()} == set(releases[1:])


def test_lost_page_and_lost_entry_page_come_back(house: SmallHouse) -> None:
    house.publish_sql(G1, {"site": SITE}, site=site_sql(t1=10))
    delivered(house, "site")
    before = files(house, "site")
    for name in before:
        (house.settings.exports_folder / "site" / name).unlink()
        delivered(house, "site")
        assert files(house, "site") == before


def test_entry_page_is_flipped_last(house: SmallHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house.publish_sql(G1, {"site": SITE}, site=site_sql(t1=10))
    delivered(house, "site")
    former = release(house)
    house.publish_sql(G2, {"site": SITE}, site=site_sql(t1=11))

    def fail(*values: Any) -> str:
        raise TallyhouseError("power is lost")

    with monkeypatch.context() as broken:
        broken.setattr("exports.targets.site.SiteTarget._place", fail)
        with pytest.raises(TallyhouseError):
            delivered(house, "site")
    assert release(house) == former
    assert delivered(house, "site") == (1, 0, 0, 0)
    assert release(house) != former
    assert not (house.settings.exports_folder / "site" / "course_reports" / "drafts").exists()


def test_dry_run_writes_nothing(house: SmallHouse) -> None:
    house.publish_sql(G1, {"site": SITE}, site=site_sql(t1=10))
    assert delivered(house, "site", dry_run=True) == (1, 0, 0, 0)
    assert files(house, "site") == {}


def test_configured_folder_is_used(house: SmallHouse, tmp_path: Path) -> None:
    house.set(documents_url=Secret(str(tmp_path / "elsewhere")))
    house.publish_sql(G1, {"documents": DOCUMENTS}, documents=documents_sql(a=1))
    delivered(house, "documents")
    assert (tmp_path / "elsewhere" / "spinner" / "engdes1" / "a.json").is_file()


def test_wrong_address_is_named_without_its_text(house: SmallHouse) -> None:
    house.set(site_url=Secret("ftp://name:password@host/"))
    house.publish_sql(G1, {"site": SITE}, site=site_sql(t1=10))
    with pytest.raises(TallyhouseError, match="EXPORTS__SITE__URL") as failed:
        delivered(house, "site")
    assert "password" not in str(failed.value)
