"""Compressed bodies, both ways. Signatures and checksums are of what goes over the wire."""

import gzip
import json
import zlib

import pytest

from harness import http
from harness.microservice import create_table

CODINGS = {"gzip": (gzip.compress, gzip.decompress), "deflate": (zlib.compress, zlib.decompress)}
LIMIT = 16 * 1024 * 1024


def send(port: int, operation: str, body: bytes, **headers: str) -> http.Answer:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers |= {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    return http.signed(port, "dynamodb", "POST", "/", body, headers)


@pytest.fixture(scope="module")
def table(admin) -> str:
    return create_table(admin)


@pytest.mark.parametrize("coding", CODINGS)
def test_there_and_back(admin, shared, table, coding):
    compress, decompress = CODINGS[coding]
    item = {"id": {"S": coding}, "text": {"S": "abcdefgh" * 1000}}
    body = json.dumps({"TableName": table, "Item": item}).encode()
    answer = send(shared.port, "PutItem", compress(body), Content_Encoding=coding)
    assert (answer.status, answer.body) == (200, b"{}")
    assert answer.headers["Content-Encoding"] is None, "too short to be worth it"

    body = json.dumps({"TableName": table, "Key": {"id": {"S": coding}}}).encode()
    answer = send(shared.port, "GetItem", body, Accept_Encoding=f"br, {coding}")
    assert answer.headers["Content-Encoding"] == coding
    assert len(answer.body) < 1000
    assert answer.headers["x-amz-crc32"] == str(zlib.crc32(answer.body)), "of the compressed body"
    assert json.loads(decompress(answer.body)) == {"Item": item}

    plain = send(shared.port, "GetItem", body, Accept_Encoding="identity")
    assert plain.headers["Content-Encoding"] is None
    assert plain.json == {"Item": item}


# DynamoDB calls what it cannot read an error of its own, as ScyllaDB's Alternator tests observe.
BAD = {
    "not compressed": (b'{"TableName": "t"}', "gzip", 500, "InternalServerError"),
    "cut off": (gzip.compress(b"{}" * 1000)[:20], "gzip", 500, "InternalServerError"),
    "the other coding": (gzip.compress(b"{}"), "deflate", 500, "InternalServerError"),
    "an unknown coding": (b"{}", "br", 500, "InternalServerError"),
    "nothing": (b"", "gzip", 500, "InternalServerError"),
    "far too much comes out": (gzip.compress(bytes(100 * LIMIT)), "gzip", 413, "RequestEntityTooLargeException"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_bodies(shared, case):
    body, coding, status, code = BAD[case]
    answer = send(shared.port, "GetItem", body, Content_Encoding=coding)
    assert (answer.status, answer.json["__type"].split("#")[-1]) == (status, code), answer.text
