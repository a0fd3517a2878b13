"""The environment in which the server and its clients run: nothing of the caller's leaks in."""

import os
from pathlib import Path

REGION = "us-east-1"
ACCOUNT = "000000000000"

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = Path(os.environ.get("FOGBANK_TEST_CLIENTS") or ROOT / "target" / "clients")


# What clients, the server and the emulators it replaces read.
CONFIGURING = ("AWS_", "BOTO_", "FOGBANK_", "LAMBDA_", "LOCALSTACK_")
CONFIGURING_NAMES = (
    "DEBUG",
    "SERVICES",
    "PERSISTENCE",
    "GATEWAY_LISTEN",
    "ENFORCE_IAM",
    "DATA_DIR",
    "EDGE_PORT",
)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def scrubbed(**extra: str) -> dict[str, str]:
    """The caller's environment without anything that configures AWS clients or the server."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(CONFIGURING) and key.upper() not in CONFIGURING_NAMES + PROXIES
    }
    return kept | extra


def server_environment(**extra: str) -> dict[str, str]:
    """For servers: they share what runtimes need, so that boto3 is fetched once for all tests."""
    return scrubbed(FOGBANK_RUNTIMES=str(CLIENTS / "runtimes"), **extra)


def client_environment(endpoint: str, key: str = "test", secret: str = "test", token: str | None = None):
    """What a person would export before using an SDK or the AWS CLI, and no retries."""
    variables = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
    }
    if token is not None:
        variables["AWS_SESSION_TOKEN"] = token
    return scrubbed(**variables)
