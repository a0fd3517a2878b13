"""Policies attached to tables and streams decide together with those of the callers."""

import json

import pytest

from harness.clients import Clients, refused
from harness.environment import ACCOUNT
from harness.identities import allow, create_user, unique
from harness.microservice import create_table

KEY = {"id": {"S": "1"}}


@pytest.fixture
def table(admin) -> dict:
    """A table with an item and a stream: its name, its ARN and its stream's."""
    name = unique("table")
    create_table(admin, name)
    admin.dynamodb.put_item(TableName=name, Item=KEY)
    admin.dynamodb.update_table(
        TableName=name, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    )
    described = admin.dynamodb.describe_table(TableName=name)["Table"]
    return {"name": name, "arn": described["TableArn"], "stream": described["LatestStreamArn"]}


def attach(admin: Clients, arn: str, effect: str, principal, *actions: str, **more) -> str:
    statement = {"Effect": effect, "Principal": principal, "Action": actions, "Resource": arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return admin.dynamodb.put_resource_policy(ResourceArn=arn, Policy=document, **more)["RevisionId"]


def user_arn(user: Clients) -> str:
    return user.sts.get_caller_identity()["Arn"]


def test_a_policy_lets_in_whom_it_names(admin, table):
    user, other = create_user(admin), create_user(admin)
    with refused("AccessDeniedException", 400):
        user.dynamodb.get_item(TableName=table["name"], Key=KEY)
    attach(admin, table["arn"], "Allow", {"AWS": user_arn(user)}, "dynamodb:GetItem")
    assert user.dynamodb.get_item(TableName=table["name"], Key=KEY)["Item"] == KEY
    # By ARN too, as callers of other accounts name it.
    assert user.dynamodb.get_item(TableName=table["arn"], Key=KEY)["Item"] == KEY
    batch = {table["name"]: {"Keys": [KEY]}}
    for call in (
        lambda: other.dynamodb.get_item(TableName=table["name"], Key=KEY),
        lambda: user.dynamodb.put_item(TableName=table["name"], Item=KEY),
        lambda: user.dynamodb.batch_get_item(RequestItems=batch),
    ):
        with refused("AccessDeniedException", 400):
            call()
    admin.dynamodb.delete_resource_policy(ResourceArn=table["arn"])
    with refused("AccessDeniedException", 400):
        user.dynamodb.get_item(TableName=table["name"], Key=KEY)
    with refused("PolicyNotFoundException", 400):
        admin.dynamodb.get_resource_policy(ResourceArn=table["arn"])


def test_a_denial_outweighs_everything(admin, table):
    user = create_user(admin, allow("dynamodb:*"))
    attach(admin, table["arn"], "Deny", {"AWS": user_arn(user)}, "dynamodb:DeleteItem")
    with refused("AccessDeniedException", 400) as caught:
        user.dynamodb.delete_item(TableName=table["name"], Key=KEY)
    assert "with an explicit deny in a resource-based policy" in caught.value.response["Error"]["Message"]
    assert user.dynamodb.get_item(TableName=table["name"], Key=KEY)["Item"] == KEY


def test_a_stream_has_a_policy_of_its_own(admin, table):
    user = create_user(admin)
    attach(admin, table["arn"], "Allow", {"AWS": user_arn(user)}, "dynamodb:*")
    streams = user.of("dynamodbstreams")
    with refused("AccessDeniedException", 400):
        streams.describe_stream(StreamArn=table["stream"])
    attach(admin, table["stream"], "Allow", {"AWS": user_arn(user)}, "dynamodb:DescribeStream")
    assert streams.describe_stream(StreamArn=table["stream"])["StreamDescription"]


def test_nobody_locks_themselves_out_by_mistake(admin, table):
    everyone = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    with refused("ValidationException", 400):
        attach(admin, table["arn"], "Deny", everyone, "dynamodb:PutResourcePolicy")
    attach(
        admin,
        table["arn"],
        "Deny",
        everyone,
        "dynamodb:PutResourcePolicy",
        ConfirmRemoveSelfResourceAccess=True,
    )
    with refused("AccessDeniedException", 400):
        attach(admin, table["arn"], "Allow", everyone, "dynamodb:*")
    admin.dynamodb.delete_resource_policy(ResourceArn=table["arn"])


def test_policies_survive(serve):
    server = serve()
    admin = Clients(server.endpoint)
    create_table(admin, "kept")
    arn = admin.dynamodb.describe_table(TableName="kept")["Table"]["TableArn"]
    revision = attach(admin, arn, "Allow", "*", "dynamodb:GetItem")
    server.kill()
    server.start()
    assert admin.dynamodb.get_resource_policy(ResourceArn=arn)["RevisionId"] == revision
