from pathlib import Path

import pytest

from warehouse.errors import TallyhouseError
from warehouse.settings import NAMES, Secret, Settings


def read(**values: str) -> Settings:
    return Settings.from_environment(values, dotenv=None)


def test_nothing_set_means_the_sample_world_and_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = read()
    assert settings.folder == tmp_path / "data"
    assert settings.wrapped.is_sample_world
    assert settings.mongo_export_url is None
    assert settings.wrapped_inputs.dump_path == tmp_path / "data/world/wrapped/dump"
    assert (settings.keep, settings.deletion_limit, settings.sample_size) == (3, 0.2, "small")


def test_a_configured_source_takes_the_sample_worlds_place(tmp_path: Path) -> None:
    settings = read(SOURCES__WRAPPED__DUMP_PATH=str(tmp_path))
    assert not settings.wrapped.is_sample_world
    assert settings.wrapped_inputs.dump_path == tmp_path
    assert settings.wrapped_inputs.sqlite_path is None


def test_mongo_uri_is_source_and_target() -> None:
    settings = read(MONGO_URI="mongodb://somebody:hidden@db.invalid/")
    assert settings.wrapped.mongo_url == Secret("mongodb://somebody:hidden@db.invalid/")
    assert settings.mongo_export_url == Secret("mongodb://somebody:hidden@db.invalid/")


def test_mongo_uri_gives_way_to_the_full_names() -> None:
    settings = read(
        MONGO_URI="mongodb://alias.invalid/",
        SOURCES__WRAPPED__CONNECTION_URL="mongodb://source.invalid/",
        EXPORTS__MONGO__CONNECTION_URL="mongodb://target.invalid/",
    )
    assert settings.wrapped.mongo_url == Secret("mongodb://source.invalid/")
    assert settings.mongo_export_url == Secret("mongodb://target.invalid/")


def test_mongo_uri_may_name_a_dump_folder_and_is_then_no_target(tmp_path: Path) -> None:
    dump = tmp_path / "a dump"
    dump.mkdir()
    settings = read(MONGO_URI=dump.as_uri())
    assert settings.wrapped.dump_path == dump
    assert settings.wrapped.mongo_url is None
    assert settings.mongo_export_url is None


@pytest.mark.parametrize("address", ["rlw.db", "."])
def test_a_file_address_may_name_sqlite_files(tmp_path: Path, address: str) -> None:
    (tmp_path / "rlw.db").touch()
    named = (tmp_path / address).resolve()
    assert read(MONGO_URI=named.as_uri()).wrapped.sqlite_path == named


def test_a_file_address_and_another_dump_contradict(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with pytest.raises(TallyhouseError, match="MONGO_URI: SOURCES__WRAPPED__DUMP_PATH names other"):
        read(MONGO_URI=(tmp_path / "a").as_uri(), SOURCES__WRAPPED__DUMP_PATH=str(tmp_path / "b"))


def test_dotenv_gives_way_to_the_environment(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("WAREHOUSE__KEEP=5\nSAMPLE_WORLD__SEED=7\n")
    settings = Settings.from_environment({"SAMPLE_WORLD__SEED": "8"}, dotenv)
    assert (settings.keep, settings.sample_seed) == (5, 8)


def test_an_empty_value_counts_as_not_set() -> None:
    assert read(WAREHOUSE__KEEP="", MONGO_URI="").keep == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WAREHOUSE__KEEP", "0"),
        ("WAREHOUSE__KEEP", "three"),
        ("WAREHOUSE__PUBLISH", "mart_wrapped; drop"),
        ("WAREHOUSE__PUBLISH", ","),
        ("EXPORTS__DELETION_LIMIT", "20"),
        ("EXPORTS__WRAPPED__PRUNE_LEGACY", "perhaps"),
        ("SAMPLE_WORLD__SEED", "x"),
        ("SAMPLE_WORLD__SIZE", "huge"),
        ("SOURCES__WRAPPED__DUMP_PATH", "/nowhere/at/all"),
        ("SOURCES__WRAPPED__CONNECTION_URL", "mysql://db.invalid"),
        ("SOURCES__WRAPPED__CONNECTION_URL", "file://nowhere/at/all"),
        ("SOURCES__WRAPPED__CONNECTION_URL", "file:///nowhere/at/all"),
        ("MONGO_URI", "db.invalid:27017"),
        ("EXPORTS__MONGO__CONNECTION_URL", "file:///tmp"),
    ],
)
def test_an_invalid_value_fails_with_its_exact_name(name: str, value: str) -> None:
    with pytest.raises(TallyhouseError, match=f"^{name}: "):
        read(**{name: value})


def test_published_schemas_are_a_list_of_names() -> None:
    assert read(WAREHOUSE__PUBLISH="mart_wrapped, export_wrapped").publish == (
        "mart_wrapped",
        "export_wrapped",
    )


def test_no_text_shows_a_secret() -> None:
    settings = read(MONGO_URI="mongodb://somebody:hidden@db.invalid/")
    secret = settings.mongo_export_url
    assert secret is not None
    assert "hidden" not in f"{settings!r} {secret} {secret!r} {secret:>30}"
    assert secret.reveal() == "mongodb://somebody:hidden@db.invalid/"


def test_an_error_does_not_show_the_address(tmp_path: Path) -> None:
    with pytest.raises(TallyhouseError) as caught:
        read(MONGO_URI="mongo://somebody:hidden@db.invalid/")
    assert "hidden" not in str(caught.value)


def test_the_example_explains_every_name() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text()
    assert sorted(line[1:].split("=")[0] for line in example.splitlines() if "=" in line) == sorted(
        NAMES
    )


def test_a_folder_of_credentials_or_the_session_hosts_address_is_a_real_laboratory(
    tmp_path: Path,
) -> None:
    house = str(tmp_path / "house")
    assert read(WAREHOUSE__FOLDER=house).spinner.is_sample_world
    assert read(WAREHOUSE__FOLDER=house).spinner_data_path == tmp_path / "house/world/spinner"
    relay = read(WAREHOUSE__FOLDER=house, SOURCES__SPINNER__CREDENTIALS_PATH=str(tmp_path))
    assert (relay.spinner.mode, relay.spinner.is_sample_world) == ("relay", False)
    assert relay.spinner_data_path == tmp_path / "house/capture"
    host = read(LOG_URL="ws://localhost:8888/ws/spin30", DATA_PATH=str(tmp_path))
    assert (host.spinner.mode, host.spinner_data_path) == ("host", tmp_path)


def test_what_was_imported_takes_the_sample_worlds_place(tmp_path: Path) -> None:
    (tmp_path / "capture").mkdir()
    assert read(WAREHOUSE__FOLDER=str(tmp_path)).spinner_data_path == tmp_path / "capture"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOURCES__SPINNER__MODE", "direct"),
        ("SOURCES__SPINNER__HOST_URL", "http://localhost"),
        ("SOURCES__SPINNER__CAPTURE_ID", "a/b"),
        ("SOURCES__SPINNER__INTAKE_PORT", "70000"),
        ("EXPORTS__SPINNER__ANSWERS", "on"),
    ],
)
def test_an_invalid_setting_of_the_laboratory_is_named(name: str, value: str) -> None:
    with pytest.raises(TallyhouseError, match=f"^{name}: "):
        read(**{name: value})


def test_an_intake_asks_for_a_password() -> None:
    with pytest.raises(TallyhouseError, match=r"^SOURCES__SPINNER__INTAKE_PASSWORD: "):
        read(SOURCES__SPINNER__INTAKE_PORT="8080")


def test_a_key_of_s3_is_whole_or_not_there() -> None:
    assert read().s3_keys is None
    given = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "hidden"}
    keys = read(**given).s3_keys
    assert keys is not None
    assert (keys.access_key.reveal(), keys.secret_key.reveal()) == ("AKIA", "hidden")
    assert "hidden" not in repr(keys)
    for missing in given:
        with pytest.raises(TallyhouseError, match=f"^{missing}: "):
            read(**{name: value for name, value in given.items() if name != missing})
