"""Decisions: what allows, what denies, and how a denial is explained. The same cases are decided for
real calls and by the policy simulator."""

import json
import subprocess
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from harness.clients import Clients, error_of
from harness.environment import ACCOUNT, REGION, server_environment
from harness.identities import allow, create_role, create_user, deny, document, trust, unique
from harness.microservice import create_table
from harness.server import binary

TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t"


def when(operator: str, key: str, *values: str) -> dict:
    return {"Condition": {operator: {key: list(values)}}}


# Statements, action, resource, context, decision.
CASES = {
    "nothing allows": ([], "dynamodb:GetItem", TABLE, {}, "implicitDeny"),
    "an action": ([allow("dynamodb:GetItem")], "dynamodb:GetItem", TABLE, {}, "allowed"),
    "case of actions": ([allow("DYNAMODB:getitem")], "dynamodb:GetItem", TABLE, {}, "allowed"),
    "a look-alike": ([allow("dynamodb:GetI*")], "dynamodb:GetІtem", TABLE, {}, "implicitDeny"),
    "a wildcard": ([allow("dynamodb:Get*")], "dynamodb:GetItem", TABLE, {}, "allowed"),
    "one letter": ([allow("dynamodb:?etItem")], "dynamodb:GetItem", TABLE, {}, "allowed"),
    "another service": ([allow("s3:*")], "dynamodb:GetItem", TABLE, {}, "implicitDeny"),
    "a resource": ([allow("*", on=TABLE)], "dynamodb:GetItem", TABLE, {}, "allowed"),
    "another resource": ([allow("*", on=TABLE + "x")], "dynamodb:GetItem", TABLE, {}, "implicitDeny"),
    "case of resources": ([allow("*", on=TABLE.upper())], "dynamodb:GetItem", TABLE, {}, None),
    "an explicit deny": ([allow("*"), deny("dynamodb:*")], "dynamodb:GetItem", TABLE, {}, "explicitDeny"),
    "a deny elsewhere": ([allow("*"), deny("s3:*")], "dynamodb:GetItem", TABLE, {}, "allowed"),
    "all but": (
        [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
        "dynamodb:GetItem",
        TABLE,
        {},
        "allowed",
    ),
    "all but this": (
        [{"Effect": "Allow", "NotAction": "dynamodb:Get*", "Resource": "*"}],
        "dynamodb:GetItem",
        TABLE,
        {},
        "implicitDeny",
    ),
    "no other resource": (
        [allow("*"), {"Effect": "Deny", "Action": "*", "NotResource": TABLE}],
        "dynamodb:GetItem",
        TABLE,
        {},
        "allowed",
    ),
    "a key": (
        [allow("*", **when("StringEquals", "aws:PrincipalTag/team", "a"))],
        "s3:GetObject",
        "*",
        {"aws:PrincipalTag/team": ["a"]},
        "allowed",
    ),
    "a missing key": (
        [allow("*", **when("StringEquals", "aws:PrincipalTag/team", "a"))],
        "s3:GetObject",
        "*",
        {},
        "implicitDeny",
    ),
    "a missing key, negated": (
        [allow("*", **when("StringNotEquals", "aws:PrincipalTag/team", "a"))],
        "s3:GetObject",
        "*",
        {},
        "allowed",
    ),
    "if it exists": (
        [allow("*", **when("StringEqualsIfExists", "aws:PrincipalTag/team", "a"))],
        "s3:GetObject",
        "*",
        {},
        "allowed",
    ),
    "that it is missing": ([allow("*", **when("Null", "k:k", "true"))], "s3:GetObject", "*", {}, "allowed"),
    "all values": (
        [allow("*", **when("ForAllValues:StringEquals", "dynamodb:Attributes", "a", "b"))],
        "dynamodb:GetItem",
        TABLE,
        {"dynamodb:Attributes": ["a", "c"]},
        "implicitDeny",
    ),
    "all of no values": (
        [allow("*", **when("ForAllValues:StringEquals", "dynamodb:Attributes", "a"))],
        "dynamodb:GetItem",
        TABLE,
        {},
        "allowed",
    ),
    "any value": (
        [allow("*", **when("ForAnyValue:StringLike", "aws:TagKeys", "c*"))],
        "dynamodb:TagResource",
        TABLE,
        {"aws:TagKeys": ["a", "cost"]},
        "allowed",
    ),
    "a variable": (
        [allow("*", on=f"{TABLE}-${{aws:username}}")],
        "dynamodb:GetItem",
        f"{TABLE}-ada",
        {"aws:username": ["ada"]},
        "allowed",
    ),
    "a variable's default": (
        [allow("*", on=f"{TABLE}-${{aws:PrincipalTag/team, 'none'}}")],
        "dynamodb:GetItem",
        f"{TABLE}-none",
        {},
        "allowed",
    ),
    "a variable is no pattern": (
        [allow("*", on=f"{TABLE}-${{aws:username}}")],
        "dynamodb:GetItem",
        f"{TABLE}-ada",
        {"aws:username": ["*"]},
        "implicitDeny",
    ),
    "an address": (
        [allow("*", **when("IpAddress", "aws:SourceIp", "203.0.113.0/24"))],
        "s3:GetObject",
        "*",
        {"aws:SourceIp": ["203.0.113.9"]},
        "allowed",
    ),
    "no address": (
        [allow("*"), deny("*", **when("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"))],
        "s3:GetObject",
        "*",
        {"aws:SourceIp": ["198.51.100.1"]},
        "explicitDeny",
    ),
    "a date": (
        [allow("*", **when("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"))],
        "s3:GetObject",
        "*",
        {"aws:CurrentTime": ["2019-12-31T23:59:59Z"]},
        "allowed",
    ),
    "a number": (
        [allow("*", **when("NumericLessThanEquals", "s3:max-keys", "10"))],
        "s3:ListBucket",
        "*",
        {"s3:max-keys": ["10.0"]},
        "allowed",
    ),
    "a truth": (
        [allow("*", **when("Bool", "aws:SecureTransport", "true"))],
        "s3:GetObject",
        "*",
        {"aws:SecureTransport": ["false"]},
        "implicitDeny",
    ),
    "an ARN": (
        [allow("*", **when("ArnLike", "aws:SourceArn", "arn:aws:execute-api:*:*:id/*/POST/*"))],
        "lambda:InvokeFunction",
        "*",
        {"aws:SourceArn": ["arn:aws:execute-api:r:1:id/s/POST/p"]},
        "allowed",
    ),
    "an ARN stays in its parts": (
        [allow("*", **when("ArnLike", "aws:SourceArn", "arn:aws:execute-api:*:id/*"))],
        "lambda:InvokeFunction",
        "*",
        {"aws:SourceArn": ["arn:aws:execute-api:r:1:id/s"]},
        "implicitDeny",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_simulated(admin, name):
    statements, action, resource, context, expected = CASES[name]
    statements = statements or [allow("none:None")]
    if expected is None:
        with pytest.raises(ClientError):
            admin.iam.simulate_custom_policy(
                PolicyInputList=[document(*statements)], ActionNames=[action], ResourceArns=[resource]
            )
        return
    answer = admin.iam.simulate_custom_policy(
        PolicyInputList=[document(*statements)],
        ActionNames=[action],
        ResourceArns=[resource],
        ContextEntries=[
            {"ContextKeyName": key, "ContextKeyValues": values, "ContextKeyType": "stringList"}
            for key, values in context.items()
        ],
    )
    (result,) = answer["EvaluationResults"]
    assert result["EvalDecision"] == expected, result


def test_tags_of_requests_and_tables_decide(admin):
    """`aws:RequestTag`, `aws:TagKeys` and `aws:ResourceTag` for DynamoDB."""
    table = create_table(admin)
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    user = create_user(
        admin,
        allow("dynamodb:TagResource", **when("StringEquals", "aws:RequestTag/team", "a")),
        allow("dynamodb:GetItem", **when("StringEquals", "aws:ResourceTag/team", "a")),
    )
    key = {"id": {"S": "1"}}
    with pytest.raises(ClientError):
        user.dynamodb.get_item(TableName=table, Key=key)
    with pytest.raises(ClientError):
        user.dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "b"}])
    user.dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "a"}])
    user.dynamodb.get_item(TableName=table, Key=key)


def report(endpoint: str, path: str):
    return told_at(endpoint, f"iam/{path}")


def told_at(endpoint: str, path: str):
    """What the server tells about itself."""
    with urllib.request.urlopen(f"{endpoint}/_fogbank/{path}") as answer:
        return json.load(answer)


def denied(call, **arguments) -> str:
    """The id of the denial."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    metadata = caught.value.response["ResponseMetadata"]
    assert metadata["HTTPHeaders"]["x-fogbank-decision-id"] == metadata["RequestId"]
    return metadata["RequestId"]


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [str(binary()), *arguments]
    return subprocess.run(command, env=server_environment(), capture_output=True, text=True, timeout=60)


def test_a_denial_explains_itself(admin, shared):
    table = create_table(admin)
    user = create_user(admin, allow("dynamodb:Get*"), deny("dynamodb:PutItem", Sid="NoWrites"))
    endpoint = shared.endpoint
    silent = report(endpoint, "decisions/" + denied(user.dynamodb.scan, TableName=table))
    assert silent["decided"] == {
        "reason": "implicitDeny",
        "layer": "identity-based policy",
        "statement": None,
    }
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    assert (silent["action"], silent["resource"]) == ("dynamodb:Scan", arn)
    remedy = silent["remedy"]["statement"]
    assert remedy == {"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": arn}

    item = {"id": {"S": "1"}}
    id = denied(user.dynamodb.put_item, TableName=table, Item=item)
    explicit = report(endpoint, f"decisions/{id}")
    assert explicit["decided"]["reason"] == "explicitDeny"
    assert explicit["decided"]["statement"]["sid"] == "NoWrites"
    assert (explicit["decided"]["statement"]["line"], explicit["remedy"]) == (1, None)
    told = run("iam", "explain", id, "--endpoint", endpoint)
    assert "an explicit deny in the identity-based policy: inline statement NoWrites" in told.stdout, told

    decoded = admin.sts.decode_authorization_message(EncodedMessage=explicit["encodedMessage"])
    decoded = json.loads(decoded["DecodedMessage"])
    assert (decoded["allowed"], decoded["explicitDeny"]) == (False, True)
    assert decoded["context"]["action"] == "dynamodb:PutItem"
    with pytest.raises(urllib.error.HTTPError):
        report(endpoint, "decisions/none")


def test_the_remedy_is_a_remedy(admin, shared):
    table = create_table(admin)
    name = unique("user")
    user = create_user(admin, name=name)
    decision = report(shared.endpoint, "decisions/" + denied(user.dynamodb.scan, TableName=table))
    admin.iam.put_user_policy(
        UserName=name, PolicyName="remedy", PolicyDocument=document(decision["remedy"]["statement"])
    )
    user.dynamodb.scan(TableName=table)


def test_suggestions(admin, shared):
    """The least policy for what was called, and a gate for wider ones."""
    table = create_table(admin)
    role = create_role(
        admin, allow("dynamodb:*", "logs:*"), trusted=trust(f"arn:aws:iam::{ACCOUNT}:user/test")
    )
    name = role.rsplit("/", 1)[1]
    session = admin.sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    session = admin.as_user(session)
    session.dynamodb.get_item(TableName=table, Key={"id": {"S": "1"}})
    session.dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}})
    command = ["iam", "suggest", "--role", name, "--check", "--endpoint", shared.endpoint]
    wide = run(*command)
    policy = json.loads(wide.stdout)
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    actions = ["dynamodb:GetItem", "dynamodb:PutItem"]
    assert policy["Statement"] == [{"Effect": "Allow", "Action": actions, "Resource": [arn]}]
    assert wide.returncode == 1 and "never used: logs:* on * (inline)" in wide.stderr, wide
    admin.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=wide.stdout)
    assert run(*command).returncode == 0
    sam = run(*command, "--format", "sam")
    assert f'- "{arn}"' in sam.stdout and sam.stdout.startswith("Policies:"), sam


def test_audit_lets_through_and_records(serve):
    server = serve("--iam", "audit")
    admin = Clients(server.endpoint)
    user = create_user(admin)
    user.dynamodb.list_tables()
    last = report(server.endpoint, "decisions/last")
    assert (last["outcome"], last["action"]) == ("audited", "dynamodb:ListTables")


def test_off_is_for_loopback(serve):
    server = serve("--iam", "off")
    create_user(Clients(server.endpoint)).dynamodb.list_tables()
    elsewhere = run("serve", "--in-memory", "--listen", "0.0.0.0:0", "--iam", "off")
    assert elsewhere.returncode != 0 and "--iam off" in elsewhere.stderr


def test_service_control_policies(serve, tmp_path):
    path = tmp_path / "organization.json"
    everything = {"Version": "2012-10-17", "Statement": [allow("*")]}
    but_tables = {"Version": "2012-10-17", "Statement": [deny("dynamodb:CreateTable")]}
    path.write_text(
        json.dumps(
            {
                "*": [{"Name": "FullAWSAccess", "Document": everything}],
                ACCOUNT: [
                    {"Name": "FullAWSAccess", "Document": everything},
                    {"Name": "NoTables", "Document": but_tables},
                ],
            }
        )
    )
    server = serve("--service-control-policies", str(path))
    with pytest.raises(ClientError, match="with an explicit deny in a service control policy"):
        create_table(Clients(server.endpoint))
    create_table(Clients(server.endpoint, key="111111111111"))


def test_accounts_are_apart(admin, shared):
    """A key of twelve digits is an account; roles and their trust lead from one to the other."""
    other = Clients(shared.endpoint, key="222222222222")
    assert other.sts.get_caller_identity()["Account"] == "222222222222"
    name = unique("role")
    admin.iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=trust("arn:aws:iam::222222222222:root")
    )
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    session = other.sts.assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    assert other.as_user(session).sts.get_caller_identity()["Account"] == ACCOUNT
    stranger = Clients(shared.endpoint, key="333333333333")
    with pytest.raises(ClientError, match="not authorized to perform: sts:AssumeRole"):
        stranger.sts.assume_role(RoleArn=arn, RoleSessionName="session")


def test_hostile_patterns_are_decided(admin):
    pattern = "arn:aws:s3:::" + "*a" * 1_000 + "b"
    answer = admin.iam.simulate_custom_policy(
        PolicyInputList=[document(allow("*", on=pattern))],
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::" + "a" * 1_500],
    )
    assert answer["EvaluationResults"][0]["EvalDecision"] == "implicitDeny"


def test_no_secret_is_told(serve):
    """Neither logs nor errors, metrics or reports have a secret, whatever is asked and refused."""
    server = serve("--log", "debug")
    admin = Clients(server.endpoint)
    name = unique("user")
    admin.iam.create_user(UserName=name)
    key = admin.iam.create_access_key(UserName=name)["AccessKey"]
    admin.iam.create_login_profile(UserName=name, Password="a-Password-1234")
    device = admin.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    role = create_role(admin, trusted=trust(f"arn:aws:iam::{ACCOUNT}:user/test"))
    session = admin.sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    secrets = [
        key["SecretAccessKey"],
        "a-Password-1234",
        device["Base32StringSeed"].decode(),
        session["SecretAccessKey"],
        session["SessionToken"],
    ]
    told = []
    wrong = dict(key, SecretAccessKey=key["SecretAccessKey"][::-1])
    other = dict(session, SecretAccessKey=key["SecretAccessKey"])
    for credentials in (key, wrong, session, other, dict(session, SessionToken=None)):
        with pytest.raises(ClientError) as caught:
            admin.as_user(credentials).dynamodb.scan(TableName="missing")
        told.append(str(caught.value.response))
    told.append(json.dumps(report(server.endpoint, "decisions")))
    for listed in told_at(server.endpoint, "traces")["traces"]:
        told.append(json.dumps(told_at(server.endpoint, f"traces/{listed['id']}")))
    with urllib.request.urlopen(f"{server.endpoint}/_fogbank/metrics") as answer:
        told.append(answer.read().decode())
    server.stop()
    told.append("".join(server.process.output))
    for secret in secrets:
        assert not any(secret in text for text in told)


def test_whoever_gets_the_name_of_a_user_that_is_gone_is_not_trusted(admin):
    """A trust policy means the user, not the name: it follows a new name, and keeps the id of who is gone."""

    def trusted() -> str:
        role = admin.iam.get_role(RoleName=name)["Role"]
        return role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]

    name = unique("named")
    create_user(admin, name=name)
    user = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    arn = admin.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(user))["Role"]["Arn"]
    admin.iam.update_user(UserName=name, NewUserName=f"{name}-2", NewPath="/p/")
    assert trusted() == f"arn:aws:iam::{ACCOUNT}:user/p/{name}-2"
    assert error_of(admin.iam.update_assume_role_policy, RoleName=name, PolicyDocument=trust(user))[:2] == (
        400,
        "MalformedPolicyDocument",
    )
    admin.iam.update_user(UserName=f"{name}-2", NewUserName=name, NewPath="/")
    assert trusted() == user
    id = admin.iam.get_user(UserName=name)["User"]["UserId"]
    key = admin.iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["AccessKeyId"]
    admin.iam.delete_access_key(UserName=name, AccessKeyId=key)
    admin.iam.delete_user(UserName=name)
    assert trusted() == id
    again = create_user(admin, allow("sts:*"), name=name)
    refused = error_of(again.sts.assume_role, RoleArn=arn, RoleSessionName="session")
    assert refused[:2] == (403, "AccessDenied")
    gone = error_of(admin.iam.update_assume_role_policy, RoleName=name, PolicyDocument=trust(id))
    assert gone == (400, "MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{id}"')
