"""Writes vectors.json: requests signed by botocore, for the tests of this crate.

    pip install botocore==1.44.5 && python vectors.py > vectors.json

The first part signs requests made by hand, to reach every rule of the canonical form; the second
takes what real clients send.
"""

import datetime
import json
import sys

import botocore.auth
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 11, 22, 12, 24, 7, tzinfo=datetime.timezone.utc)
ACCESS_KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjE+/=token"

botocore.auth.get_current_datetime = lambda *_, **__: NOW
vectors = []


def record(name, request, headers_sent, canonical, token):
    scheme, rest = request.url.split("://", 1)
    host, _, target = rest.partition("/")
    headers = []
    for key, value in headers_sent.items():
        value = value.decode() if isinstance(value, bytes) else str(value)
        headers.append([key, value])
    if not any(key.lower() == "host" for key, _ in headers):
        headers.append(["Host", host])
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else bytes(body)
    vectors.append(
        {
            "name": name,
            "method": request.method,
            "target": "/" + target,
            "headers": headers,
            "body": body.decode(),
            "token": token,
            "canonical": canonical,
        }
    )


def by_hand(name, signer, target="/", method="GET", headers=(), body="", token=None, **options):
    credentials = Credentials(ACCESS_KEY, SECRET, token)
    service = "s3" if signer.__name__.startswith("S3") else "execute-api"
    auth = signer(credentials, service, "eu-west-1", **options)
    request = AWSRequest(method=method, url="http://api.example.com:4566" + target, data=body)
    for key, value in headers:
        request.headers.add_header(key, value)
    seen = []
    original = auth.canonical_request
    auth.canonical_request = lambda r: seen.append(original(r)) or seen[-1]
    auth.add_auth(request)
    record(name, request.prepare(), request.headers, seen[-1], token)


def hand_made():
    header, query = botocore.auth.SigV4Auth, botocore.auth.SigV4QueryAuth
    s3, s3_query = botocore.auth.S3SigV4Auth, botocore.auth.S3SigV4QueryAuth
    by_hand("vanilla", header)
    by_hand("post-body", header, method="POST", body="Param1=value1")
    by_hand("session-token", header, token=TOKEN)
    by_hand("path-dots", header, "/a/./b/../c//d/")
    by_hand("path-above-root", header, "/../../a")
    by_hand("path-escapes", header, "/a%2Fb/%7Ec/d%20e/%E1%88%B4")
    by_hand("path-reserved", header, "/function:x:1/(a)/b@c!$&'*+,;=/~-._")
    by_hand("query-order", header, "/?b=2&a=3&a=1&A=0&c")
    by_hand("query-empty", header, "/?a=&b&c=")
    by_hand("query-escapes", header, "/?a=%2F%3D%26&%20=%E1%88%B4&c=~-._")
    by_hand("query-prefix", header, "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1")
    by_hand("header-spaces", header, headers=[("My-Header", "  a   b  c "), ("Empty", "")])
    by_hand("header-twice", header, headers=[("My-Header", "z"), ("My-Header", "a, b")])
    by_hand("date-header", header, headers=[("Date", "Sun, 22 Nov 2026 12:24:07 GMT")])
    by_hand("content-type", header, method="PUT", headers=[("Content-Type", "a/b; charset=c")])
    by_hand("s3-path", s3, "/bucket/a//b/../c%2Fd")
    by_hand("presigned", query, "/a%2Fb?x=1&X-Y=%2F", expires=60)
    by_hand("presigned-header", query, headers=[("x-k8s-aws-id", "cluster")], expires=60)
    by_hand("presigned-token", query, "/?Action=GetCallerIdentity", token=TOKEN, expires=604800)
    by_hand("s3-presigned", s3_query, "/bucket/key//a", expires=1)


def from_clients():
    session = botocore.session.Session()
    calls = [
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"a": {"S": "\u1234"}}}),
        ("dynamodbstreams", "list_streams", {}),
        ("logs", "describe_log_groups", {}),
        ("iam", "create_role", {"RoleName": "r", "AssumeRolePolicyDocument": "{\"a\": \"+ &\"}"}),
        ("sts", "get_caller_identity", {}),
        ("lambda", "list_functions", {"MaxItems": 3, "Marker": "a b/c=="}),
        (
            "lambda",
            "invoke",
            {
                "FunctionName": "arn:aws:lambda:eu-west-1:000000000000:function:f",
                "Qualifier": "$LATEST",
                "InvocationType": "Event",
                "ClientContext": "e30=",
                "Payload": b"{}",
            },
        ),
        ("apigateway", "get_resources", {"restApiId": "abc", "embed": ["methods"]}),
        (
            "apigateway",
            "tag_resource",
            {"resourceArn": "arn:aws:apigateway:eu-west-1::/restapis/a", "tags": {"k": "v"}},
        ),
        ("apigatewayv2", "get_apis", {"MaxResults": "2"}),
    ]
    for service, operation, arguments in calls:
        seen = []
        original = botocore.auth.SigV4Auth.canonical_request

        def spy(self, request, original=original, seen=seen):
            seen.append(original(self, request))
            return seen[-1]

        botocore.auth.SigV4Auth.canonical_request = spy
        client = session.create_client(
            service,
            "eu-west-1",
            endpoint_url="http://127.0.0.1:4566",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET,
            aws_session_token=TOKEN,
        )
        sent = []

        def before_send(request, sent=sent, **_):
            sent.append(request)
            raise KeyboardInterrupt

        client.meta.events.register("before-send", before_send)
        try:
            getattr(client, operation)(**arguments)
        except KeyboardInterrupt:
            pass
        botocore.auth.SigV4Auth.canonical_request = original
        record(f"{service}-{operation}", sent[0], sent[0].headers, seen[-1], TOKEN)


hand_made()
from_clients()
json.dump(
    {
        "now": NOW.strftime("%Y%m%dT%H%M%SZ"),
        "access_key": ACCESS_KEY,
        "secret": SECRET,
        "vectors": vectors,
    },
    sys.stdout,
    indent=1,
)
print()
