"""An S3 server on loopback, as a process of its own; it checks keys, signatures and rights."""

import http.client
import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any, Self

import boto3

REGION = "eu-west-2"
# Amazon asks for s3:ListBucket where moto asks for s3:HeadBucket.
_ALLOWED = {"writer": "s3:*", "reader": ["s3:GetObject", "s3:HeadBucket", "s3:ListBucket"]}
_OWNER = ("owner", "owner's secret")  # before rights are checked, any key will do
_WAIT_SECONDS = 60


@dataclass(frozen=True)
class Key:
    """What one user signs with."""

    access_key: str
    secret_key: str


class S3Server:
    """moto's server, with a user who may do everything and one who may only read."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0", *arguments],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stderr is not None
        self._requests: list[str] = []
        self._heard = threading.Condition()
        self.port = 0
        threading.Thread(target=self._listen, args=(self._process.stderr,), daemon=True).start()
        with self._heard:
            assert self._heard.wait_for(lambda: self.port, _WAIT_SECONDS), "moto did not start"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.wait()

    def _listen(self, told: IO[str]) -> None:
        for line in told:
            with self._heard:
                if "Running on http" in line:
                    self.port = int(line.rpartition(":")[2])
                elif line.count('"') == 2:
                    self._requests.append(line.split('"')[1].removesuffix(" HTTP/1.1"))
                self._heard.notify_all()

    def requests(self) -> list[str]:
        """The requests since the last time, each its method and path, in their order."""
        # A request is in the server's log before its answer is read, so after this one all are.
        last = "/moto-api/config"
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{last}"):
            pass
        with self._heard:
            assert self._heard.wait_for(
                lambda: self._requests and last in self._requests[-1], _WAIT_SECONDS
            )
            heard, self._requests = self._requests[:-1], []
        return heard

    def open_users(self) -> dict[str, Key]:
        """Make the users, and check rights from now on."""
        iam = self.client("iam", Key(*_OWNER))
        keys = {}
        for name, actions in _ALLOWED.items():
            statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
            policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            iam.create_user(UserName=name)
            iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=policy)
            made = iam.create_access_key(UserName=name)["AccessKey"]
            keys[name] = Key(made["AccessKeyId"], made["SecretAccessKey"])
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        # So many requests are let pass unchecked.
        connection.request("POST", "/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
        assert connection.getresponse().status == http.HTTPStatus.OK
        connection.close()
        return keys

    def client(self, service: str, key: Key) -> Any:
        """A client of another make than the one that is tested."""
        return boto3.client(
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=key.access_key,
            aws_secret_access_key=key.secret_key,
            region_name=REGION,
        )


def url(bucket: str, prefix: str, port: int, *options: str) -> str:
    """The address of a prefix, as settings have it."""
    written: Sequence[str] = (
        f"region={REGION}",
        f"endpoint_override=127.0.0.1:{port}",
        *(options or ("scheme=http",)),
    )
    return f"s3://{bucket}/{prefix}?{'&'.join(written)}"
