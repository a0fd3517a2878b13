"""DynamoDB's protocol on a kept connection, signed by hand: a small part of what boto3 costs.

For tests that make so many calls, and want so many at the same time, that boto3 would be all they
measure. One connection is for one thread.
"""

import datetime
import hashlib
import hmac
import json
import socket

from .environment import REGION

SECONDS = 60


class Refused(Exception):
    """An error that the server answered."""

    def __init__(self, status: int, answer: dict):
        super().__init__(f"{status} {answer}")
        self.status, self.answer = status, answer
        self.code = answer.get("__type", "").rpartition("#")[2]

    @property
    def reasons(self) -> list[dict]:
        """Why each action of a transaction was cancelled, in their order."""
        return self.answer.get("CancellationReasons", [])


class Lost(Exception):
    """The connection ended before the answer: nobody knows whether the operation happened."""


class Connection:
    def __init__(self, port: int):
        self._host = f"127.0.0.1:{port}"
        self._day, self._key = "", b""
        self._buffer = b""
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except ConnectionError as error:
            raise Lost(str(error)) from error

    def close(self):
        self._socket.close()

    def call(self, operation: str, **members) -> dict:
        """One operation of DynamoDB, with the members of its input as the API names them."""
        return self._send(f"DynamoDB_20120810.{operation}", members)

    def streams(self, operation: str, **members) -> dict:
        """One operation of DynamoDB Streams."""
        return self._send(f"DynamoDBStreams_20120810.{operation}", members)

    def _send(self, target: str, members: dict) -> dict:
        request = self._request(target, json.dumps(members).encode())
        try:
            self._socket.sendall(request)
            status, body = self._answer()
        except ConnectionError as error:
            raise Lost(str(error)) from error
        answer = json.loads(body)
        if status != 200:
            raise Refused(status, answer)
        return answer

    def _request(self, target: str, body: bytes) -> bytes:
        now = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{now[:8]}/{REGION}/dynamodb/aws4_request"
        digest = hashlib.sha256(body).hexdigest()
        canonical = (
            f"POST\n/\n\nhost:{self._host}\nx-amz-date:{now}\nx-amz-target:{target}\n\n"
            f"host;x-amz-date;x-amz-target\n{digest}"
        )
        to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self._signing_key(now[:8]), to_sign.encode(), "sha256").hexdigest()
        head = (
            f"POST / HTTP/1.1\r\nhost: {self._host}\r\nx-amz-date: {now}\r\nx-amz-target: {target}\r\n"
            f"content-type: application/x-amz-json-1.0\r\ncontent-length: {len(body)}\r\n"
            f"authorization: AWS4-HMAC-SHA256 Credential=test/{scope}, "
            f"SignedHeaders=host;x-amz-date;x-amz-target, Signature={signature}\r\n\r\n"
        )
        return head.encode() + body

    def _signing_key(self, day: str) -> bytes:
        if day != self._day:
            key = b"AWS4test"
            for part in (day, REGION, "dynamodb", "aws4_request"):
                key = hmac.new(key, part.encode(), "sha256").digest()
            self._day, self._key = day, key
        return self._key

    def _answer(self) -> tuple[int, bytes]:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._receive()
        status, *lines = self._buffer[:end].decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        start, length = end + 4, int(headers["content-length"])
        while len(self._buffer) < start + length:
            self._receive()
        body = self._buffer[start : start + length]
        self._buffer = self._buffer[start + length :]
        return int(status.split(" ")[1]), body

    def _receive(self):
        part = self._socket.recv(65536)
        if not part:
            raise Lost("the server closed the connection")
        self._buffer += part
