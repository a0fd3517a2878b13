"""Signatures that are altered, doubled, early or late, and policies that are too much."""

import datetime
import json
from unittest import mock

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from harness import http
from harness.clients import refused
from harness.environment import ACCOUNT, REGION
from harness.identities import allow, document, unique

HEADERS = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.ListTables"}
MINUTE = datetime.timedelta(minutes=1)


def signed(port: int, **identity) -> dict:
    return http.signature(port, "dynamodb", "POST", "/", b"{}", HEADERS, **identity)


def at(offset: datetime.timedelta):
    """Signs as if it were another time."""
    time = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + offset
    return mock.patch("botocore.auth.get_current_datetime", return_value=time)


def sent(shared, headers: dict, body: bytes = b"{}", path: str = "/") -> tuple:
    answer = http.request(shared.port, "POST", path, body, headers)
    kind = answer.json.get("__type", "").rsplit("#")[-1]
    return answer.status, kind, answer.json.get("message", answer.json.get("Message", ""))


def test_a_signature_may_be_used_again_in_its_time(shared):
    """As with AWS: within its minutes a request is what it says, however often."""
    headers = signed(shared.port)
    for _ in range(2):
        assert sent(shared, headers)[0] == 200


@pytest.mark.parametrize("altered", ["signature", "body", "target", "date", "scope", "key", "signed headers"])
def test_altered(shared, altered):
    headers, body = signed(shared.port), b"{}"
    authorization = headers["Authorization"]
    match altered:
        case "signature":
            last = "0" if authorization[-1] != "0" else "1"
            headers["Authorization"] = authorization[:-1] + last
        case "body":
            body = b'{"Limit":1}'
        case "target":
            headers["X-Amz-Target"] = "DynamoDB_20120810.DescribeLimits"
        case "date":
            headers["X-Amz-Date"] = headers["X-Amz-Date"][:-2] + "Z"
        case "scope":
            headers["Authorization"] = authorization.replace(REGION, "eu-west-1")
        case "key":
            headers["Authorization"] = authorization.replace("=test/", "=AKIAIOSFODNN7EXAMPLE/")
        case "signed headers":
            headers["Authorization"] = authorization.replace("host;", "")
    status, kind, _ = sent(shared, headers, body)
    assert status == 400
    kinds = ("InvalidSignatureException", "IncompleteSignatureException", "UnrecognizedClientException")
    assert kind in kinds, kind


def test_two_authorizations(shared):
    headers = signed(shared.port)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    for second in ("AWS4-HMAC-SHA256 x", headers["Authorization"]):
        with http.Wire(shared.port) as wire:
            head = ["POST / HTTP/1.1", f"Host: 127.0.0.1:{shared.port}", *lines, f"Authorization: {second}", "Content-Length: 2"]
            wire.send("\r\n".join(head).encode() + b"\r\n\r\n{}")
            assert wire.answer().status == 400


@pytest.mark.parametrize("header", ["X-Amz-Target", "X-Amz-Security-Token"])
def test_what_decides_has_to_be_signed(shared, header):
    without = {name: value for name, value in HEADERS.items() if name != header}
    headers = http.signature(shared.port, "dynamodb", "POST", "/", b"{}", without)
    headers[header] = HEADERS.get(header, "a-token-of-somebody")
    assert sent(shared, headers)[0] in (400, 403)


@pytest.mark.parametrize("minutes, expected", [(-4, 200), (4, 200), (-20, 400), (20, 400)])
def test_clocks_that_differ(shared, minutes, expected):
    with at(minutes * MINUTE):
        headers = signed(shared.port)
    status, kind, message = sent(shared, headers)
    assert status == expected, message
    if expected == 400:
        word = "expired" if minutes < 0 else "not yet current"
        assert (kind, word in message) == ("InvalidSignatureException", True), message


@pytest.mark.parametrize("age, expected", [(0, 200), (2, 403)])
def test_presigned_urls_end(shared, age, expected):
    url = f"http://127.0.0.1:{shared.port}/?Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest(method="GET", url=url)
    with at(-age * MINUTE):
        SigV4QueryAuth(Credentials("test", "test"), "sts", REGION, expires=60).add_auth(request)
    path = request.url.split(str(shared.port), 1)[1]
    assert http.request(shared.port, "GET", path).status == expected


def test_policies_that_are_too_long(admin):
    long = document(allow("s3:GetObject", on="arn:aws:s3:::" + "x" * 6_144))
    with refused("LimitExceeded", 409):
        admin.iam.create_policy(PolicyName=unique("p"), PolicyDocument=long)
    statement = json.dumps(allow("s3:*"))
    many = '{"Version":"2012-10-17","Statement":[' + ",".join([statement] * 10_001) + "]}"
    assert len(many) > 131_072
    with pytest.raises(ClientError) as caught:
        admin.iam.create_policy(PolicyName=unique("p"), PolicyDocument=many)
    codes = ("ValidationError", "MalformedPolicyDocument", "RequestEntityTooLarge")
    assert caught.value.response["Error"]["Code"] in codes
    nested = '{"Version":"2012-10-17","Statement":' + "[" * 60_000
    with refused("MalformedPolicyDocument", 400, "Syntax errors in policy."):
        admin.iam.create_policy(PolicyName=unique("p"), PolicyDocument=nested)


@pytest.mark.parametrize(
    "arn",
    [f"arn:aws:iam::{ACCOUNT}:role:x/y", f"arn:aws:iam:::{ACCOUNT}:role/y", f"arn:aws:iam::{ACCOUNT}:role/y:z", "a" * 20],
)
def test_arns_with_other_colons(admin, arn):
    with pytest.raises(ClientError) as caught:
        admin.sts.assume_role(RoleArn=arn, RoleSessionName="session")
    assert caught.value.response["Error"]["Code"] in ("ValidationError", "AccessDenied")


@pytest.mark.parametrize("action", ["dynamodb:GetIt\u0435m", "dynam\u043edb:GetItem", "dynamodb:GetItem\u200b"])
def test_look_alikes_grant_nothing(admin, action):
    policies = [document(allow(action))]
    with_it = {"PolicyInputList": policies, "ActionNames": ["dynamodb:GetItem"]}
    try:
        (result,) = admin.iam.simulate_custom_policy(**with_it)["EvaluationResults"]
    except ClientError as error:
        assert error.response["Error"]["Code"] in ("InvalidInput", "MalformedPolicyDocument", "ValidationError")
    else:
        assert result["EvalDecision"] == "implicitDeny"
