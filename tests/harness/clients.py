"""The real clients: boto3, the AWS CLI and the JavaScript SDK, each without retries."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from .environment import CLIENTS, REGION, client_environment

TESTS = Path(__file__).resolve().parents[1]


class Clients:
    """boto3 clients of one identity, made when first asked for: `clients.dynamodb`."""

    def __init__(
        self, endpoint: str, key: str = "test", secret: str = "test", token: str | None = None, **config
    ):
        self.endpoint = endpoint
        self.key, self.secret, self.token = key, secret, token
        self._session = boto3.Session(key, secret, token, region_name=REGION)
        self._config = Config(
            retries={"total_max_attempts": 1},
            inject_host_prefix=False,
            connect_timeout=10,
            read_timeout=90,
            **config,
        )
        self._made = {}

    def of(self, service: str):
        if service not in self._made:
            self._made[service] = self._session.client(
                service, endpoint_url=self.endpoint, config=self._config
            )
        return self._made[service]

    dynamodb = property(lambda self: self.of("dynamodb"))
    lambda_ = property(lambda self: self.of("lambda"))
    apigateway = property(lambda self: self.of("apigateway"))
    iam = property(lambda self: self.of("iam"))
    sts = property(lambda self: self.of("sts"))
    logs = property(lambda self: self.of("logs"))

    def as_user(self, key: dict) -> "Clients":
        """The same server for the identity of an `AccessKey` or of `Credentials`."""
        return Clients(self.endpoint, key["AccessKeyId"], key["SecretAccessKey"], key.get("SessionToken"))


def error_of(call, **arguments) -> tuple[int, str, str]:
    """Status, code and message of a call that has to fail."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"])


@contextlib.contextmanager
def refused(code: str, status: int, message: str | None = None):
    """The body must be refused with exactly this error."""
    with pytest.raises(ClientError) as caught:
        yield caught
    answer = caught.value.response
    got = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
    assert got == (code, status), answer
    if message is not None:
        assert answer["Error"]["Message"] == message


def body_of(answer: dict) -> dict:
    """An answer without what only this request has."""
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def status_of(answer: dict) -> int:
    return answer["ResponseMetadata"]["HTTPStatusCode"]


class Cli:
    """The AWS CLI: `aws("iam", "get-user", "--user-name", "x")` answers the parsed output."""

    def __init__(
        self, endpoint: str, folder: Path, key: str = "test", secret: str = "test", token: str | None = None
    ):
        self._env = client_environment(endpoint, key, secret, token)
        self._program = Path(sys.executable).with_name("aws")
        self._folder = folder

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        command = [str(self._program), *arguments, "--output", "json"]
        return subprocess.run(
            command,
            env=self._env,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def __call__(self, *arguments: str):
        done = self.run(*arguments)
        assert done.returncode == 0, f"aws {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def refused(self, *arguments: str) -> str:
        """The one line on which the AWS CLI prints the error."""
        done = self.run(*arguments)
        assert done.returncode != 0, f"aws {' '.join(arguments)} succeeded\n{done.stdout}"
        return done.stderr.strip().removeprefix("aws: [ERROR]: ")


class Node:
    """Scripts of tests/js, run with the JavaScript SDK of the lock file."""

    def __init__(self, endpoint: str, folder: Path):
        modules = CLIENTS / "js" / "node_modules"
        assert modules.is_dir(), f"{modules} is missing: `cargo xtask test` sets the clients up"
        self._env = client_environment(endpoint) | {"FOGBANK_TEST_MODULES": str(modules)}
        self._folder = folder

    def __call__(self, script: str, *arguments: str):
        """Runs a script and answers the JSON that it prints last."""
        done = subprocess.run(
            ["node", str(TESTS / "js" / script), *arguments],
            env=self._env,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, f"node {script}\n{done.stdout}{done.stderr}"
        return json.loads(done.stdout.strip().splitlines()[-1])
