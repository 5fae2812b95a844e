"""Files to and from a server that speaks S3, with the settings that a user writes."""

import random
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dlt_pipelines.landing import land
from exports.summary import ExportSummary
from flows.doctor import examine
from tests.exports.file_exports import (
    DOCUMENTS,
    PICTURES,
    SITE,
    documents_sql,
    pictures_sql,
    site_sql,
)
from tests.exports.laboratory import Laboratory, command
from tests.exports.small_house import SmallHouse, counts
from tests.servers.cutting_proxy import CuttingProxy
from tests.servers.s3_server import Key, S3Server, url
from warehouse.errors import TallyhouseError
from warehouse.settings import Settings

pytestmark = pytest.mark.xdist_group("s3")

G1, G2, G3 = "20261120T030000Z", "20261121T030000Z", "20261122T030000Z"
EXPORTS = {"documents": DOCUMENTS, "pictures": PICTURES, "site": SITE}
WRITES = ("PUT", "POST", "DELETE")
_NUMBERS = count()


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture(scope="module")
def keys(server: S3Server) -> dict[str, Key]:
    return server.open_users()


class Bucket:
    """A bucket of its own for a test."""

    def __init__(self, server: S3Server, keys: dict[str, Key]) -> None:
        self.name = f"bucket-{next(_NUMBERS)}"
        self.server = server
        self.keys = keys
        self.client = server.client("s3", keys["writer"])
        place = {"LocationConstraint": "eu-west-2"}
        self.client.create_bucket(Bucket=self.name, CreateBucketConfiguration=place)
        server.requests()

    def keys_of(self, prefix: str = "") -> list[str]:
        """What is there; pyarrow may leave an empty object that stands for a folder."""
        found = self.client.list_objects_v2(Bucket=self.name, Prefix=prefix).get("Contents", [])
        return [each["Key"] for each in found if not each["Key"].endswith("/")]

    def read(self, key: str) -> bytes:
        body: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return body

    def content_type(self, key: str) -> str:
        found: str = self.client.head_object(Bucket=self.name, Key=key)["ContentType"]
        return found

    def release(self) -> str:
        """The release that the entry page leads to."""
        entry = self.read("site/course_reports/index.html").decode()
        return entry.partition("releases/")[2].partition("/")[0]

    def house(self, folder: Path, *, port: int | None = None, **more: str) -> SmallHouse:
        """A house whose targets are in this bucket."""
        key = self.keys["writer"]
        (folder / "dump").mkdir(exist_ok=True)
        environment = {
            "WAREHOUSE__FOLDER": str(folder),
            "SOURCES__WRAPPED__DUMP_PATH": str(folder / "dump"),
            "AWS_ACCESS_KEY_ID": key.access_key,
            "AWS_SECRET_ACCESS_KEY": key.secret_key,
            **{
                f"EXPORTS__{name.upper()}__URL": url(self.name, name, port or self.server.port)
                for name in EXPORTS
            },
            **more,
        }
        return SmallHouse(Settings.from_environment(environment, dotenv=None))


@pytest.fixture
def bucket(server: S3Server, keys: dict[str, Key]) -> Bucket:
    return Bucket(server, keys)


def publish(house: SmallHouse, generation: str, students: dict[str, int], weight: int) -> None:
    house.publish_sql(
        generation,
        EXPORTS,
        documents=documents_sql(**students),
        pictures=pictures_sql(weight),
        site=site_sql(t1=10, t2=weight),
    )


def all_counts(summary: ExportSummary) -> list[tuple[int, int, int, int]]:
    """Written, unchanged, deleted, failed: of documents, pictures, pages."""
    return [counts(summary, f"wrapped_{name}") for name in EXPORTS]


def sent(house: SmallHouse) -> int:
    """How many documents the ledger says were sent."""
    if not house.settings.ledger_file.exists():
        return 0
    with sqlite3.connect(house.settings.ledger_file) as ledger:
        (number,) = ledger.execute("select count(*) from documents").fetchone()
    return int(number)


def test_files_arrive_with_their_content_types_and_a_second_run_sends_nothing(
    bucket: Bucket, tmp_path: Path
) -> None:
    house = bucket.house(tmp_path)
    publish(house, G1, {"a": 1, "b": 2}, 3)
    assert all_counts(house.deliver()) == [(2, 0, 0, 0), (1, 0, 0, 0), (2, 0, 0, 0)]
    requests = bucket.server.requests()
    release = bucket.release()
    page = f"site/course_reports/releases/{release}/spinner/engdes1"
    picture = "pictures/students/spinner/engdes1/u1"
    assert {key: bucket.content_type(key) for key in bucket.keys_of()} == {
        "documents/spinner/engdes1/a.json": "application/json",
        "documents/spinner/engdes1/b.json": "application/json",
        f"{picture}-dark.png": "image/png",
        f"{picture}-dark.svg": "image/svg+xml",
        f"{picture}-light.png": "image/png",
        f"{picture}-light.svg": "image/svg+xml",
        "site/course_reports/index.html": "text/html; charset=utf-8",
        f"{page}/t1.html": "text/html; charset=utf-8",
        f"{page}/t2.html": "text/html; charset=utf-8",
    }
    assert bucket.read(f"{picture}-light.png").startswith(b"\x89PNG")
    puts = [each for each in requests if each.startswith("PUT") and not each.endswith("/")]
    assert puts[-1] == f"PUT /{bucket.name}/site/course_reports/index.html"
    # One request a file and no part of one: documents, pictures, drafts of pages, pages, entry.
    assert len(puts) == 2 + 4 + 2 + 2 + 1

    bucket.server.requests()
    assert all_counts(house.deliver()) == [(0, 2, 0, 0), (0, 1, 0, 0), (0, 2, 0, 0)]
    assert [each for each in bucket.server.requests() if each.startswith(WRITES)] == []


def test_changed_is_sent_gone_is_removed_and_undo_goes_back(bucket: Bucket, tmp_path: Path) -> None:
    house = bucket.house(tmp_path)
    publish(house, G1, {"a": 1, "b": 2, "c": 3}, 3)
    house.deliver()
    first = bucket.release()
    before = {key: bucket.read(key) for key in bucket.keys_of()}

    publish(house, G2, {"a": 1, "b": 5}, 4)
    summary = house.deliver(allow_deletions=True)
    assert all_counts(summary) == [(1, 1, 1, 0), (1, 0, 0, 0), (1, 1, 0, 0)]
    assert bucket.keys_of("documents/") == [
        "documents/spinner/engdes1/a.json",
        "documents/spinner/engdes1/b.json",
    ]
    assert b'"commands": 5' in bucket.read("documents/spinner/engdes1/b.json")
    second = bucket.release()
    assert second != first
    pages = [key for key in before if "/releases/" in key]
    assert len(pages) == 2
    assert {key: bucket.read(key) for key in pages} == {key: before[key] for key in pages}

    summary = house.deliver(undo=True)
    assert all_counts(summary) == [(2, 1, 0, 0), (1, 0, 0, 0), (1, 1, 0, 0)]
    after = {key: bucket.read(key) for key in bucket.keys_of()}
    assert {key: after[key] for key in before} == before
    assert {key.split("/")[3] for key in after.keys() - before.keys()} == {second}

    publish(house, G3, {"a": 1, "b": 5}, 6)
    house.deliver(allow_deletions=True)
    releases = {key.split("/")[3] for key in bucket.keys_of("site/course_reports/releases/")}
    assert releases == {first, bucket.release()}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "hunter2"}, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ({"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN"}, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ({"EXPORTS__DOCUMENTS__URL": "absent"}, "there is no bucket absent"),
        ({"EXPORTS__DOCUMENTS__URL": "key:hunter2@own"}, "the key in the address"),
    ],
    ids=["wrong secret", "unknown key", "absent bucket", "wrong key in the address"],
)
def test_who_is_not_let_in_is_told_which_setting_to_correct(
    bucket: Bucket, tmp_path: Path, changed: dict[str, str], told: str
) -> None:
    if address := changed.get("EXPORTS__DOCUMENTS__URL"):
        name = address.replace("own", bucket.name)
        changed = {"EXPORTS__DOCUMENTS__URL": url(name, "documents", bucket.server.port)}
    house = bucket.house(tmp_path, **changed)
    publish(house, G1, {"a": 1}, 3)
    with pytest.raises(TallyhouseError, match=r"^EXPORTS__DOCUMENTS__URL: ") as refused:
        house.deliver()
    assert told in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert sent(house) == 0
    assert bucket.keys_of() == []
    mended = bucket.house(tmp_path)
    assert all_counts(mended.deliver()) == [(1, 0, 0, 0), (1, 0, 0, 0), (2, 0, 0, 0)]


def test_a_key_that_may_only_read_sends_nothing_and_none_is_recorded(
    bucket: Bucket, tmp_path: Path
) -> None:
    reader = bucket.keys["reader"]
    house = bucket.house(
        tmp_path,
        AWS_ACCESS_KEY_ID=reader.access_key,
        AWS_SECRET_ACCESS_KEY=reader.secret_key,
    )
    publish(house, G1, {"a": 1}, 3)
    with pytest.raises(TallyhouseError, match=r"EXPORTS__DOCUMENTS__URL: .*\(ACCESS_DENIED\)"):
        house.deliver()
    assert f"PUT /{bucket.name}/documents/spinner/engdes1/a.json" in bucket.server.requests()
    assert sent(house) == 0
    assert bucket.keys_of() == []


def test_a_connection_that_breaks_once_is_no_fault(bucket: Bucket, tmp_path: Path) -> None:
    students = {f"student{number:03}": number for number in range(60)}
    with CuttingProxy(bucket.server.port) as proxy:
        house = bucket.house(tmp_path, port=proxy.port)
        publish(house, G1, students, 3)
        proxy.cut_after_bytes = 30_000
        assert all_counts(house.deliver()) == [(60, 0, 0, 0), (1, 0, 0, 0), (2, 0, 0, 0)]
    assert proxy.cuts_count >= 1
    assert len(bucket.keys_of("documents/")) == 60


def test_the_run_after_a_server_that_stayed_away_sends_the_rest(
    bucket: Bucket, tmp_path: Path
) -> None:
    students = {f"student{number:03}": number for number in range(120)}
    with CuttingProxy(bucket.server.port) as proxy:
        house = bucket.house(tmp_path, port=proxy.port)
        publish(house, G1, students, 3)
        proxy.cut_after_bytes, proxy.stays_away = 130_000, True
        with pytest.raises(TallyhouseError, match=r"^EXPORTS__DOCUMENTS__URL: .*export` again"):
            house.deliver()
        known, there = sent(house), len(bucket.keys_of("documents/"))
        assert 0 < known <= there < 120
        proxy.stays_away, proxy.cut_after_bytes = False, None
        rest = house.deliver()
    assert counts(rest, "wrapped_documents") == (120 - known, known, 0, 0)
    assert bucket.keys_of("documents/") == [
        f"documents/spinner/engdes1/{name}.json" for name in sorted(students)
    ]
    assert sent(house) == 120 + 1 + 2


def test_a_certificate_is_checked(tmp_path: Path) -> None:
    authority, private = _certificate(tmp_path)
    with S3Server("-c", str(authority), "-k", str(private)) as server:
        for options in ((), (f"tls_ca_file_path={authority}",)):
            address = url("absent", "documents", server.port, "scheme=https", *options)
            house = SmallHouse(
                Settings.from_environment(
                    {
                        "WAREHOUSE__FOLDER": str(tmp_path),
                        "EXPORTS__DOCUMENTS__URL": address,
                        "AWS_ACCESS_KEY_ID": "any",
                        "AWS_SECRET_ACCESS_KEY": "any",
                    },
                    dotenv=None,
                )
            )
            if not options:
                publish(house, G1, {"a": 1}, 3)
            told = "there is no bucket absent" if options else "(?i)certificate"
            with pytest.raises(TallyhouseError, match=told):
                house.deliver()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate that no authority but itself stands for, and its key."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    now = datetime.now(tz=UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "private.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@pytest.mark.parametrize(("disabled", "is_asked"), [("", False), ("false", True)])
def test_no_machine_metadata_is_asked_for_unless_it_is_meant(
    bucket: Bucket, tmp_path: Path, disabled: str, is_asked: bool
) -> None:
    script = (
        "from warehouse.file_place import open_place\n"
        "from warehouse.settings import Secret\n"
        f"open_place(Secret({url(bucket.name, '', bucket.server.port)!r}), 'X', None)\n"
    )
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as metadata:

        def answer() -> None:
            with suppress(OSError):  # closed, and nobody came
                while True:
                    metadata.accept()[0].close()
                    asked.set()

        threading.Thread(target=answer, daemon=True).start()
        port = metadata.getsockname()[1]
        environment = {
            "HOME": str(tmp_path),
            "AWS_ACCESS_KEY_ID": bucket.keys["writer"].access_key,
            "AWS_SECRET_ACCESS_KEY": bucket.keys["writer"].secret_key,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{port}",
            **({"AWS_EC2_METADATA_DISABLED": disabled} if disabled else {}),
        }
        tried = subprocess.run(
            [sys.executable, "-c", script],
            cwd=Path(__file__).parents[2],
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
    assert (tried.returncode, tried.stderr) == (0, "")
    assert asked.is_set() == is_asked


def test_doctor_asks_the_servers_and_names_them(bucket: Bucket, tmp_path: Path) -> None:
    absent = url("absent", "site", bucket.server.port)
    house = bucket.house(
        tmp_path,
        EXPORTS__SITE__URL=absent,
        SOURCES__SPINNER__SEALED_URL=url(bucket.name, "sealed", bucket.server.port),
    )
    told = {each.what: (each.state, each.text) for each in examine(house.settings, {})}
    assert told["EXPORTS__DOCUMENTS__URL"] == ("ok", f"s3://{bucket.name}/documents answers")
    assert told["SOURCES__SPINNER__SEALED_URL"] == ("ok", f"s3://{bucket.name}/sealed answers")
    assert told["EXPORTS__SITE__URL"] == (
        "problem",
        "there is no bucket absent; correct its name, or create it.",
    )
    assert told["outside addresses of a run"] == ("ok", f"127.0.0.1:{bucket.server.port}")


def lab_settings(bucket: Bucket, folder: Path, port: int, name: str = "") -> Settings:
    key = bucket.keys["reader"]
    return Settings.from_environment(
        {
            "WAREHOUSE__FOLDER": str(folder),
            "SOURCES__SPINNER__SEALED_URL": url(name or bucket.name, "lab", port),
            "AWS_ACCESS_KEY_ID": key.access_key,
            "AWS_SECRET_ACCESS_KEY": key.secret_key,
        },
        dotenv=None,
    )


def messages_landed(settings: Settings) -> list[tuple[Any, ...]]:
    with duckdb.connect(settings.build_file, read_only=True) as connection:
        return connection.sql(
            "select stream, capture_id, t_ms from raw_spinner.messages order by all"
        ).fetchall()


def test_sealed_files_are_loaded_once_each_in_any_order(bucket: Bucket, tmp_path: Path) -> None:
    laboratory = Laboratory(tmp_path / "laboratory")
    for stream in ("spin30", "spin31"):
        for capture_id in ("a", "b"):
            messages = [command("u", t, "p") for t in range(3)]
            laboratory.capture(messages, capture_id, stream=stream)
    sealed = laboratory.settings.spinner_data_path / "sealed"
    files = sorted(sealed.rglob("*.parquet"))
    assert len(files) == 4
    random.Random(2).shuffle(files)

    def upload(file: Path) -> None:
        name = f"lab/{file.relative_to(sealed).as_posix()}"
        bucket.client.put_object(Bucket=bucket.name, Key=name, Body=file.read_bytes())

    everything = [
        (stream, capture_id, t)
        for stream in ("spin30", "spin31")
        for capture_id in ("a", "b")
        for t in (0, 1, 2)
    ]
    with pytest.raises(TallyhouseError, match=r"^SOURCES__SPINNER__SEALED_URL: there is no bucket"):
        land("spinner", lab_settings(bucket, tmp_path / "house", bucket.server.port, "absent"))

    upload(files[0])
    settings = lab_settings(bucket, tmp_path / "house", bucket.server.port)
    assert land("spinner", settings).as_dict()["landed"] == 3
    for file in files[1:]:
        upload(file)
    with CuttingProxy(bucket.server.port) as proxy:
        through = lab_settings(bucket, tmp_path / "house", proxy.port)
        # Enough to find the files and to read one or two, but not all three.
        proxy.cut_after_bytes, proxy.stays_away = 6_000, True
        with pytest.raises(TallyhouseError, match=r"^SOURCES__SPINNER__SEALED_URL: cannot use s3:"):
            land("spinner", through)
        assert proxy.cuts_count == 1
        assert len(messages_landed(settings)) == 3
        proxy.cut_after_bytes, proxy.stays_away = None, False
        assert land("spinner", through).as_dict()["landed"] == 9
    assert messages_landed(settings) == everything

    upload(files[0])  # the same once more, with another time
    bucket.server.requests()
    again = land("spinner", settings).as_dict()
    assert (again["read"], again["landed"]) == (0, 0)
    name = files[0].relative_to(sealed).as_posix()
    gets = [each for each in bucket.server.requests() if each.startswith("GET") and "?" not in each]
    assert gets == [f"GET /{bucket.name}/lab/{name}"]
    assert messages_landed(settings) == everything
