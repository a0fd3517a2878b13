"""Web pages that use the services: those of this machine and those that the server was told of,
no others."""

import json

import pytest

from harness import http
from harness.server import Server

ALLOWED = ["http://localhost:3000", "http://127.0.0.1", "https://app.example.com"]
FOREIGN = ["https://example.com", "https://app.example.com.evil.example", "null"]
WANTED = "authorization,content-type,x-amz-date,x-amz-target"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    data = tmp_path_factory.mktemp("browsers") / "data"
    server = Server(data, "--allow-origin", "https://app.example.com").start()
    yield server
    assert server.stop() == 0


def preflight(server, origin: str) -> http.Answer:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": WANTED,
        "Access-Control-Request-Private-Network": "true",
    }
    return http.request(server.port, "OPTIONS", "/", headers=headers)


def list_tables(server, origin: str) -> http.Answer:
    headers = {
        "Origin": origin,
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
    }
    return http.signed(server.port, "dynamodb", "POST", "/", b"{}", headers)


@pytest.mark.parametrize("origin", ALLOWED)
def test_pages_that_may(server, origin):
    asked = preflight(server, origin)
    assert asked.status == 200
    assert asked.headers["Access-Control-Allow-Origin"] == origin
    assert asked.headers["Access-Control-Allow-Headers"] == WANTED
    assert asked.headers["Access-Control-Allow-Private-Network"] == "true"
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]

    answer = list_tables(server, origin)
    assert (answer.status, answer.json) == (200, {"TableNames": []})
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "x-amzn-RequestId" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", FOREIGN)
def test_pages_that_may_not(server, origin):
    asked = preflight(server, origin)
    assert (asked.status, asked.headers["Access-Control-Allow-Origin"]) == (403, None)
    answer = list_tables(server, origin)
    assert answer.status == 400
    assert json.loads(answer.body)["__type"].endswith("#AccessDeniedException")
    assert answer.headers["Access-Control-Allow-Origin"] is None


def test_clients_that_are_no_browsers(server):
    answer = http.dynamodb(server.port, "ListTables", "{}")
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Origin"] is None
