"""Requests below the SDKs: plain HTTP, hand-signed requests and raw bytes on a socket."""

import http.client
import json
import socket
from dataclasses import dataclass

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .environment import REGION

SECONDS = 60


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


def request(
    port: int, method: str, path: str, body: bytes | str = b"", headers: dict | None = None
) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        return on(connection, method, path, body, headers)
    finally:
        connection.close()


def on(connection, method: str, path: str, body: bytes | str = b"", headers: dict | None = None) -> Answer:
    """One request on a connection that is kept."""
    body = body.encode() if isinstance(body, str) else body
    connection.request(method, path, body=body, headers=headers or {})
    answer = connection.getresponse()
    return Answer(answer.status, answer.headers, answer.read())


def post(port: int, path: str, document, host: str | None = None) -> Answer:
    """A JSON document to an invoke URL, as curl would send it."""
    headers = {"Content-Type": "application/json"}
    if host is not None:
        headers["Host"] = host
    return request(port, "POST", path, json.dumps(document), headers)


def signature(
    port: int,
    service: str,
    method: str,
    path: str,
    body: bytes,
    headers: dict,
    key: str = "test",
    secret: str = "test",
    token: str | None = None,
) -> dict:
    """All headers of a request signed with Signature Version 4."""
    unsigned = AWSRequest(method=method, url=f"http://127.0.0.1:{port}{path}", data=body, headers=headers)
    SigV4Auth(Credentials(key, secret, token), service, REGION).add_auth(unsigned)
    return dict(unsigned.headers)


def signed(
    port: int, service: str, method: str, path: str, body: bytes | str = b"", headers=None, **identity
) -> Answer:
    """A hand-made request with a valid signature."""
    body = body.encode() if isinstance(body, str) else body
    return request(
        port, method, path, body, signature(port, service, method, path, body, headers or {}, **identity)
    )


def dynamodb(port: int, target: str, body: bytes | str, **identity) -> Answer:
    """A DynamoDB call with any body at all."""
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{target}"}
    return signed(port, "dynamodb", "POST", "/", body, headers, **identity)


class Shared:
    """Stands in for a socket whose answers are read one after the other: `HTTPResponse` reads ahead, and closes
    what it has read from."""

    def __init__(self, file):
        self._file = file

    def __getattr__(self, name):
        return getattr(self._file, name)

    def makefile(self, *_):
        return self

    def flush(self):
        pass

    def close(self):
        pass


class Wire:
    """A socket on which a test writes what it likes and reads HTTP answers."""

    def __init__(self, port: int):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self._answers = Shared(self._socket.makefile("rb"))

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_):
        self._socket.close()

    def send(self, data: bytes):
        self._socket.sendall(data)

    def end_of_sending(self):
        self._socket.shutdown(socket.SHUT_WR)

    def answer(self) -> Answer | None:
        """The next answer; `None` when the server closed instead."""
        parsed = http.client.HTTPResponse(self._answers)
        try:
            parsed.begin()
            return Answer(parsed.status, parsed.headers, parsed.read())
        except (http.client.BadStatusLine, ConnectionResetError):
            return None
