"""What an address of files may say; a server that answers is in tests/servers/test_s3.py."""

from pathlib import Path

import pytest

from warehouse.errors import TallyhouseError
from warehouse.file_place import address_of, open_place, server_of
from warehouse.settings import Secret

KEYED = Secret("s3://key:a%2Fsecret@bucket/some/prefix?region=eu-west-2")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("s3://bucket/prefix", "write s3://bucket/prefix?region="),
        ("s3:///prefix?region=eu-west-2", "write s3://bucket/prefix?region="),
        ("s3://bucket?region=eu-west-2&tls_verify_certificates=false", "further options are"),
        ("s3://bucket?region=eu-west-2&scheme=http", "scheme=http is only for"),
        (
            "s3://bucket?region=eu-west-2&scheme=http&endpoint_override=192.0.2.1:9000",
            "scheme=http is only for",
        ),
        (
            "s3://bucket?region=eu-west-2&scheme=http&endpoint_override=localhost.example:9000",
            "scheme=http is only for",
        ),
        ("s3://hunter2@bucket?region=eu-west-2", "s3://key:secret@bucket"),
        ("ftp://key:hunter2@host/", "must begin with s3://"),
    ],
)
def test_an_address_that_can_not_be_used_is_refused_without_its_text(url: str, told: str) -> None:
    with pytest.raises(TallyhouseError, match=r"^A_NAME: ") as refused:
        open_place(Secret(url), "A_NAME", None)
    assert told in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_what_is_shown_of_an_address_has_no_key() -> None:
    assert address_of(KEYED) == "s3://bucket/some/prefix"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (KEYED.reveal(), "s3.eu-west-2.amazonaws.com"),
        ("s3://bucket?region=x&endpoint_override=s3.example:9000", "s3.example:9000"),
        ("file:///somewhere", None),
        ("somewhere", None),
    ],
)
def test_the_server_of_an_address(url: str, server: str | None) -> None:
    assert server_of(Secret(url), "A_NAME") == server


@pytest.mark.parametrize("written", ["{}", "file://{}"])
def test_a_folder_is_a_place(tmp_path: Path, written: str) -> None:
    place = open_place(Secret(written.format(tmp_path)), "A_NAME", None)
    assert (place.address, place.root, place.is_local) == (str(tmp_path), str(tmp_path), True)
