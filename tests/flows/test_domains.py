"""Which domains a run takes, and where each sample world goes."""

from pathlib import Path

from flows.domains import domains_of
from flows.worlds import WORLDS
from warehouse.progress import ignore_progress
from warehouse.settings import Settings


def settings_of(folder: Path, **environment: str) -> Settings:
    return Settings.from_environment({"WAREHOUSE__FOLDER": str(folder), **environment}, None)


def test_with_nothing_configured_all_domains_run_from_the_sample_world(tmp_path: Path) -> None:
    assert domains_of(settings_of(tmp_path)) == ("spinner", "wrapped")


def test_with_one_source_configured_only_its_domain_runs(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, SOURCES__SPINNER__DATA_PATH=str(tmp_path))

    assert domains_of(settings) == ("spinner",)


def test_a_sample_world_is_written_once_and_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    first = WORLDS["spinner"](tmp_path / "one", 1, "tiny", ignore_progress)
    again = WORLDS["spinner"](tmp_path / "one", 1, "tiny", ignore_progress)
    WORLDS["spinner"](tmp_path / "two", 1, "tiny", ignore_progress)

    assert (first.is_new, again.is_new) == (True, False)
    files = {
        name: sorted(
            (str(file.relative_to(tmp_path / name)), file.read_bytes())
            for file in (tmp_path / name).rglob("*.parquet")
        )
        for name in ("one", "two")
    }
    assert len(files["one"]) > 10
    assert files["one"] == files["two"]
