"""What is wrong with a function, and what its callers are told: packages, starts, answers, and code
that meddles with its own runtime. The server serves on after each."""

import io
import json
import os
import stat
import zipfile

import pytest

from harness import functions
from harness.clients import refused
from harness.identities import allow, create_role, unique
from harness.microservice import LOGS, create_function, invoke, value_of

UNZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."


@pytest.fixture(scope="module")
def role(admin) -> str:
    return create_role(admin, allow(*LOGS))


def zip_with(name: str, content: bytes, mode: int = stat.S_IFREG | 0o644) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = mode << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, content)
    return packed.getvalue()


def damaged() -> bytes:
    whole = bytearray(functions.zip_of({"app.py": os.urandom(4096)}))
    whole[100:200] = bytes(100)
    return bytes(whole)


PACKAGES = {
    "no zip": (lambda: b"this is no zip", UNZIP),
    "empty": (lambda: b"", UNZIP),
    "cut off": (lambda: functions.zip_of({"app.py": b"x" * 5000})[:-40], UNZIP),
    "damaged": (damaged, UNZIP),
    "leads out": (lambda: zip_with("../outside.py", b"x"), UNZIP),
    "absolute link": (lambda: zip_with("link", b"/etc/passwd", stat.S_IFLNK | 0o777), UNZIP),
    "link that leads out": (lambda: zip_with("a/link", b"../../x", stat.S_IFLNK | 0o777), UNZIP),
    "too large": (
        lambda: zip_with("zeros", bytes(262_144_001)),
        "Unzipped size must be smaller than 262144000 bytes",
    ),
}


@pytest.mark.parametrize("case", PACKAGES)
def test_packages_that_are_refused(admin, role, case):
    make, message = PACKAGES[case]
    with refused("InvalidParameterValueException", 400, message):
        admin.lambda_.create_function(
            FunctionName=unique("function"),
            Runtime=functions.PYTHON,
            Handler="app.handler",
            Role=role,
            Code={"ZipFile": make()},
        )


def python(admin, role: str, source: str, **more) -> str:
    code = functions.zip_of({"app.py": source.encode()})
    package = {"Runtime": functions.PYTHON, "Handler": "app.handler", "Code": {"ZipFile": code}}
    return create_function(admin, package, role, **more)


def failure(admin, function: str, event=None) -> dict:
    answer = invoke(admin, function, event or {})
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled"), answer
    return answer["Payload"]


def test_an_import_that_hangs(admin, role):
    function = python(admin, role, "import time\ntime.sleep(60)\n", Timeout=2)
    error = failure(admin, function)
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Error: Task timed out after 2.00 seconds")


def test_a_runtime_that_never_asks_for_work(admin, role):
    program = b"#!/bin/sh\nwhile :; do sleep 1; done\n"
    code = functions.zip_of({"bootstrap": program}, executable=True)
    package = {"Runtime": "provided.al2023", "Handler": "any", "Code": {"ZipFile": code}}
    error = failure(admin, create_function(admin, package, role, Timeout=1))
    assert error["errorType"] == "Sandbox.Timedout"


ANSWERS = {
    "nan": ("return float('nan')", "NaN"),
    "infinity": ("return [float('inf')]", "[Infinity]"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_numbers_that_are_none(admin, role, case):
    # AWS's runtime for Python writes them as Python does.
    body, expected = ANSWERS[case]
    function = python(admin, role, f"def handler(event, context):\n    {body}\n")
    answer = admin.lambda_.invoke(FunctionName=function)
    assert answer["Payload"].read().decode() == expected


MEDDLER = """
import http.client, json, os, time

def call(method, path, body=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"], timeout=5)
    connection.request(method, "/2018-06-01/runtime/" + path, body)
    answer = connection.getresponse()
    return [answer.status, answer.read().decode()]

def raw(data):
    import socket
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(data)
        return connection.recv(200).decode(errors="replace")

def handler(event, context):
    if event.get("call"):
        return call(*event["call"])
    if event.get("raw"):
        return raw(bytes.fromhex(event["raw"]))
    if event.get("close"):
        os.closerange(3, 256)
        return "closed"
    if event.get("answer"):
        return call("POST", f"invocation/{context.aws_request_id}/response", '"its own"')
    return "well"
"""


@pytest.fixture(scope="module")
def meddler(admin, role) -> str:
    return python(admin, role, MEDDLER, Timeout=10)


CALLS = {
    "another's id": (["POST", "invocation/8476a536-e9f4-11e8-9739-2dfe598c3fcd/response", "{}"], 400, "InvalidRequestID"),
    "another's error": (["POST", "invocation/nobody/error", "{}"], 400, "InvalidRequestID"),
    "a second one": (["GET", "invocation/next"], 403, "InvalidStateTransition"),
    "a late start error": (["POST", "init/error", "{}"], 403, "InvalidStateTransition"),
    "an unknown path": (["GET", "nothing"], 404, "InvalidPath"),
    "an unknown verb": (["DELETE", "invocation/next"], 404, "InvalidPath"),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_calls_of_the_runtime_api_out_of_turn(admin, meddler, case):
    call, status, kind = CALLS[case]
    answer = value_of(admin, meddler, {"call": call})
    assert answer[0] == status
    assert json.loads(answer[1])["errorType"] == kind
    assert value_of(admin, meddler, {}) == "well"


@pytest.mark.parametrize("data", [b"\x00\xff garbage\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST x\r\n" * 50])
def test_garbage_for_the_runtime_api(admin, meddler, data):
    assert value_of(admin, meddler, {"raw": data.hex()}).startswith(("HTTP/1.1 400", ""))
    assert value_of(admin, meddler, {}) == "well"


def test_a_function_that_closes_its_sockets(admin, meddler):
    assert failure(admin, meddler, {"close": True})["errorType"] == "Runtime.ExitError"
    assert value_of(admin, meddler, {}) == "well"


def test_a_function_that_answers_for_its_runtime(admin, meddler):
    assert value_of(admin, meddler, {"answer": True}) == "its own"
    # Its runtime's own answer came too late; whatever becomes of the instance, the next call works.
    assert value_of(admin, meddler, {}) == "well"
