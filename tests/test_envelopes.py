"""Errors and answers on the wire, per protocol: status, headers and body."""

import json
import os
import re
import shutil
import subprocess
import urllib.parse
import zlib

import pytest

from harness import http
from harness.environment import ACCOUNT, REGION
from harness.microservice import create_table

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def form(**fields: str) -> str:
    return urllib.parse.urlencode(fields)


def check_dynamodb(answer: http.Answer, status: int, document: dict):
    """A DynamoDB answer: the body exactly, its checksum, and a request id of 52 characters."""
    assert (answer.status, answer.json) == (status, document)
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert answer.headers["x-amz-crc32"] == str(zlib.crc32(answer.body))
    assert re.fullmatch(r"[A-Z0-9]{52}", answer.headers["x-amzn-RequestId"])


def test_dynamodb_success(admin, shared):
    table = create_table(admin)
    body = json.dumps({"TableName": table, "Key": {"id": {"S": "nobody"}}})
    check_dynamodb(http.dynamodb(shared.port, "GetItem", body), 200, {})


DYNAMODB = {
    "missing table": (
        "GetItem", {"TableName": "missing", "Key": {"id": {"S": "a"}}}, 400,
        {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "Requested resource not found"},
    ),
    "unknown operation": (
        "Frobnicate", {}, 400, {"__type": "com.amazon.coral.service#UnknownOperationException"},
    ),
    "not json": (
        "GetItem", "{", 400, {"__type": "com.amazon.coral.service#SerializationException"},
    ),
    "a list": (
        "GetItem", "[]", 400,
        {
            "__type": "com.amazon.coral.service#SerializationException",
            "Message": "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.GetItemInput",
        },
    ),
    "wrong type": (
        "GetItem", {"TableName": 1, "Key": {}}, 400,
        {"__type": "com.amazon.coral.service#SerializationException", "Message": "NUMBER_VALUE cannot be converted to String"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DYNAMODB)
def test_dynamodb_errors(shared, case):
    target, body, status, document = DYNAMODB[case]
    answer = http.dynamodb(shared.port, target, body if isinstance(body, str) else json.dumps(body))
    check_dynamodb(answer, status, document)


def test_dynamodb_constraints(shared):
    """All broken constraints of the model in one message."""
    answer = http.dynamodb(
        shared.port, "GetItem", json.dumps({"TableName": "a", "ReturnConsumedCapacity": "MUCH"})
    )
    assert answer.status == 400
    assert answer.json["__type"] == "com.amazon.coral.validate#ValidationException"
    assert re.match(r"\d validation errors? detected: Value ", answer.json["message"]), answer.json


def test_logs_errors(shared):
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328.GetLogEvents"}
    body = json.dumps({"logGroupName": "missing", "logStreamName": "s"})
    answer = http.signed(shared.port, "logs", "POST", "/", body, headers)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/x-amz-json-1.1")
    assert answer.json == {
        "__type": "ResourceNotFoundException",
        "message": "The specified log group does not exist.",
    }
    assert re.fullmatch(UUID, answer.headers["x-amzn-RequestId"])


def test_lambda_errors(shared):
    answer = http.signed(shared.port, "lambda", "GET", "/2015-03-31/functions/missing")
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (404, "ResourceNotFoundException")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json == {
        "Type": "User",
        "Message": f"Function not found: arn:aws:lambda:{REGION}:{ACCOUNT}:function:missing",
    }
    assert re.fullmatch(UUID, answer.headers["x-amzn-RequestId"])


def test_apigateway_errors(shared):
    answer = http.signed(shared.port, "apigateway", "GET", "/restapis/missing")
    assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (404, "NotFoundException")
    assert answer.json == {"message": f"Invalid API identifier specified {ACCOUNT}:missing"}
    assert re.fullmatch(UUID, answer.headers["x-amzn-RequestId"])


QUERIES = {
    "iam": ("2010-05-08", "iam", {"Action": "GetRole", "RoleName": "missing"}, 404, "NoSuchEntity",
            "The role with name missing cannot be found."),
    "iam unknown action": ("2010-05-08", "iam", {"Action": "Frobnicate"}, 400, "InvalidAction",
                           "Could not find operation Frobnicate for version 2010-05-08"),
    "iam missing parameter": ("2010-05-08", "iam", {"Action": "GetRole"}, 400, "ValidationError",
                              "1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null"),
    "sts": ("2011-06-15", "sts", {"Action": "AssumeRole", "RoleArn": "x" * 20, "RoleSessionName": "a b"}, 400, "ValidationError",
            r"1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy "
            r"regular expression pattern: [\w+=,.@-]*"),
}  # fmt: skip


@pytest.mark.parametrize("case", QUERIES)
def test_query_errors(shared, case):
    version, service, fields, status, code, message = QUERIES[case]
    answer = http.signed(shared.port, service, "POST", "/", form(Version=version, **fields), FORM)
    escaped = message.replace("&", "&amp;")
    expected = (
        rf'<ErrorResponse xmlns="https://{service}\.amazonaws\.com/doc/{version}/">\s*<Error>\s*<Type>Sender</Type>\s*'
        rf"<Code>{code}</Code>\s*<Message>{re.escape(escaped)}</Message>\s*</Error>\s*"
        rf"<RequestId>{UUID}</RequestId>\s*</ErrorResponse>\s*"
    )
    assert answer.status == status, answer.text
    assert re.fullmatch(expected, answer.text.replace("&apos;", "'").replace("&#39;", "'")), answer.text
    assert answer.headers["Content-Type"].startswith("text/xml")


def test_query_success(shared):
    answer = http.signed(
        shared.port, "sts", "POST", "/", form(Version="2011-06-15", Action="GetCallerIdentity"), FORM
    )
    assert answer.status == 200
    assert re.fullmatch(
        r'<GetCallerIdentityResponse xmlns="https://sts\.amazonaws\.com/doc/2011-06-15/">\s*<GetCallerIdentityResult>'
        rf"(\s*<(Arn|UserId|Account)>[^<]+</\2>){{3}}\s*</GetCallerIdentityResult>\s*<ResponseMetadata>\s*"
        rf"<RequestId>{UUID}</RequestId>\s*</ResponseMetadata>\s*</GetCallerIdentityResponse>\s*",
        answer.text,
    ), answer.text


UNSIGNED = {
    "dynamodb": ("POST", "/", {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"},
                 b"{}", 400, "MissingAuthenticationTokenException"),
    "logs": ("POST", "/", {"X-Amz-Target": "Logs_20140328.DescribeLogGroups", "Content-Type": "application/x-amz-json-1.1"},
             b"{}", 400, "MissingAuthenticationTokenException"),
    "lambda": ("GET", "/2015-03-31/functions/", {}, b"", 403, "MissingAuthenticationTokenException"),
    "apigateway": ("GET", "/restapis", {}, b"", 403, "MissingAuthenticationTokenException"),
    "iam": ("POST", "/", FORM, form(Version="2010-05-08", Action="ListUsers").encode(), 403, "MissingAuthenticationToken"),
    "sts": ("POST", "/", FORM, form(Version="2011-06-15", Action="GetCallerIdentity").encode(), 403, "MissingAuthenticationToken"),
}  # fmt: skip


@pytest.mark.parametrize("service", UNSIGNED)
def test_without_a_signature(shared, service):
    method, path, headers, body, status, code = UNSIGNED[service]
    answer = http.request(shared.port, method, path, body, headers)
    assert answer.status == status, answer.text
    assert code in (answer.headers["x-amzn-ErrorType"] or "") + answer.text


def test_presigned_urls(shared, admin):
    """A signature in the query string: it works for whoever has the URL, as long as nothing is changed."""
    url = admin.sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    path = url.removeprefix(shared.endpoint)
    answer = http.request(shared.port, "GET", path)
    assert answer.status == 200 and "<Account>000000000000</Account>" in answer.text, answer.text
    for changed in (
        path.replace("X-Amz-Expires=60", "X-Amz-Expires=61"),
        path[:-1] + ("0" if path[-1] != "0" else "1"),
    ):
        answer = http.request(shared.port, "GET", changed)
        assert answer.status == 403 and "<Code>SignatureDoesNotMatch</Code>" in answer.text, answer.text


def test_http2_without_tls(shared):
    """Clients that know beforehand may speak HTTP/2."""
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    url = f"{shared.endpoint}/_fogbank/health"
    command = [
        "curl",
        "-sS",
        "--http2-prior-knowledge",
        "-o",
        os.devnull,
        "-w",
        "%{http_code} %{http_version}",
        url,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.stdout == "200 2", done.stdout + done.stderr


def test_health(shared):
    for path in ("/_fogbank/health", "/_localstack/health"):
        assert isinstance(shared.health(path), dict)


def test_metrics(shared):
    answer = http.request(shared.port, "GET", "/_fogbank/metrics")
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/plain")
    assert re.search(r"^# TYPE \w+ ", answer.text, re.MULTILINE), answer.text[:500]
