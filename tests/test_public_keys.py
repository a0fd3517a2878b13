"""Keys that everybody knows are for whoever sits at the machine: not for functions, nor for web pages whose name
has been made to lead here; and so are reports."""

import pytest

from harness import functions, http
from harness.identities import allow, create_role, create_user
from harness.microservice import LOGS, create_function, invoke
from test_sandbox import level  # noqa: F401  (a fixture)

GREEDY = """
import os, urllib.request, urllib.error
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    try:
        boto3.client("iam", aws_access_key_id=event, aws_secret_access_key=event).list_users()
        code = "allowed"
    except ClientError as error:
        code = error.response["Error"]["Code"]
    statuses = []
    for path in ("traces", "iam/decisions", "metrics", "health"):
        try:
            with urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/_fogbank/" + path) as answer:
                statuses.append(answer.status)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)
    return [code, statuses]
"""


@pytest.mark.parametrize("key", ["test", "111122223333"])
def test_functions_are_what_their_roles_are(admin, level, key):  # noqa: F811
    if level != "sandbox":
        pytest.skip("functions share the machine's network")
    code = {"ZipFile": functions.zip_of({"index.py": GREEDY.encode()})}
    package = {"Runtime": functions.PYTHON, "Handler": "index.handler", "Code": code}
    function = create_function(admin, package, create_role(admin, allow(*LOGS)), Timeout=20)
    got = invoke(admin, function, key)["Payload"]
    assert got == ["InvalidClientTokenId", [403, 403, 404, 200]]


def test_other_names_need_other_keys(admin, shared):
    """A page on `evil.example.com` whose name now means 127.0.0.1 is of the same origin as this server."""
    body = "Action=ListUsers&Version=2010-05-08"
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    def ask(host: str, **identity):
        return http.signed(shared.port, "iam", "POST", "/", body, form | {"Host": host}, **identity)

    evil = f"evil.example.com:{shared.port}"
    refused = ask(evil)
    assert refused.status == 403 and "--allow-origin http://evil.example.com" in refused.text
    assert ask(f"localhost:{shared.port}").status == 200
    user = create_user(admin, allow("iam:ListUsers"))
    assert ask(evil, key=user.key, secret=user.secret).status == 200


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example.com"}, {"X-Forwarded-For": "203.0.113.1"}, {"Via": "1.1 proxy"}, {"Forwarded": "for=x"}],
    ids=lambda headers: next(iter(headers)),
)
def test_reports_are_for_this_machine(shared, headers):
    assert http.request(shared.port, "GET", "/_fogbank/traces").status == 200
    assert http.request(shared.port, "GET", "/_fogbank/traces", headers=headers).status == 403
