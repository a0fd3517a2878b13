"""What must not be had by detours: roles that nobody was allowed to pass, other accounts' roles, and items that a
policy keeps from the caller."""

import json

import pytest

from harness.clients import Clients, error_of
from harness.environment import REGION
from harness.identities import allow, create_role, create_user, document, unique
from harness.rest import Rest

TRUST = document(
    {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
)
LIST_TABLES = f"arn:aws:apigateway:{REGION}:dynamodb:action/ListTables"


@pytest.fixture(scope="module")
def role(admin) -> str:
    return create_role(admin, allow("dynamodb:*"), trusted=TRUST)


@pytest.fixture(scope="module")
def user(admin) -> Clients:
    """May do everything with API Gateway, and pass no role."""
    return create_user(admin, allow("apigateway:*", "execute-api:*"))


def listing(credentials: str) -> dict:
    return {
        "type": "AWS",
        "integrationHttpMethod": "POST",
        "uri": LIST_TABLES,
        "credentials": credentials,
        "requestTemplates": {"application/json": "{}"},
    }


def openapi(credentials: str) -> bytes:
    integration = {
        "type": "aws",
        "httpMethod": "POST",
        "uri": LIST_TABLES,
        "credentials": credentials,
        "requestTemplates": {"application/json": "{}"},
        "responses": {"default": {"statusCode": "200"}},
    }
    get = {"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": integration}
    return json.dumps(
        {"openapi": "3.0.1", "info": {"title": unique("api"), "version": "1"}, "paths": {"/": {"get": get}}}
    ).encode()


def denied_to_pass(call):
    status, code, message = error_of(call)
    assert (status, code) == (403, "AccessDeniedException") and "iam:PassRole" in message, message


@pytest.mark.parametrize("credentials", ["{role}", "${stageVariables.role}", "${stageVariables.a}{role}"])
def test_integrations_need_leave_to_pass_the_role(user, role, credentials):
    api = Rest(user)
    given = credentials.replace("{role}", role)
    denied_to_pass(lambda: api.method("GET", integration=listing(given)))


@pytest.mark.parametrize("path", ["/credentials", "credentials"])
def test_patches_need_it_however_their_path_is_written(user, role, path):
    api = Rest(user)
    at = api.method("POST")
    patch = {"op": "replace", "path": path, "value": role}
    denied_to_pass(lambda: user.apigateway.update_integration(**at, patchOperations=[patch]))


def test_documents_need_it(user, role):
    gateway = user.apigateway
    denied_to_pass(lambda: gateway.import_rest_api(body=openapi(role)))
    denied_to_pass(lambda: gateway.put_rest_api(restApiId=Rest(user).id, mode="merge", body=openapi(role)))
    denied_to_pass(lambda: user.of("apigatewayv2").import_api(Body=openapi(role).decode()))
    assert gateway.import_rest_api(body=openapi("arn:aws:iam::*:user/*"))["id"]


def test_roles_of_other_accounts_cannot_be_passed(shared, role):
    """Not even by the other account's administrator: the role trusts API Gateway for its own account."""
    other = Clients(shared.endpoint, "222233334444", "test")
    denied_to_pass(lambda: other.apigateway.import_rest_api(body=openapi(role)))


@pytest.fixture(scope="module")
def table(admin) -> str:
    name = unique("tenants")
    admin.dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for who in ("me", "you"):
        admin.dynamodb.put_item(TableName=name, Item={"id": {"S": who}, "open": {"S": "o"}, "secret": {"S": "s"}})
    return name


@pytest.mark.parametrize("condition", ["id = :v", ":v = id", "(:v = id)", "#i = :v", ":v = #i"])
def test_leading_keys_are_seen_however_the_condition_is_written(admin, table, condition):
    only_mine = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["me"]}}
    tenant = create_user(admin, allow("dynamodb:Query", Condition=only_mine)).dynamodb
    names = {"ExpressionAttributeNames": {"#i": "id"}} if "#i" in condition else {}

    def query(who: str):
        values = {":v": {"S": who}}
        return tenant.query(
            TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values, **names
        )

    assert query("me")["Count"] == 1
    assert error_of(lambda: query("you"))[1] == "AccessDeniedException"


def test_a_failed_condition_shows_no_more_than_may_be_read(admin, table):
    may = {
        "StringEquals": {"dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"]},
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["id", "open"]},
    }
    actions = ["PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "PartiQLUpdate"]
    limited = create_user(
        admin, allow(*(f"dynamodb:{action}" for action in actions), Condition=may)
    ).dynamodb
    key, fails = {"id": {"S": "me"}}, "attribute_not_exists(id)"
    shows = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    check = {"TableName": table, "Key": key, "ConditionExpression": fails, **shows}
    for call in (
        lambda: limited.put_item(TableName=table, Item=key, ConditionExpression=fails, **shows),
        lambda: limited.delete_item(TableName=table, Key=key, ConditionExpression=fails, **shows),
        lambda: limited.update_item(TableName=table, Key=key, ConditionExpression=fails, **shows),
        lambda: limited.transact_write_items(TransactItems=[{"ConditionCheck": check}]),
        lambda: limited.execute_statement(
            Statement=f"UPDATE \"{table}\" SET \"open\"='x' WHERE id='me' AND \"open\"='y'", **shows
        ),
    ):
        assert error_of(call)[1] == "AccessDeniedException"
    failed = error_of(lambda: limited.put_item(TableName=table, Item=key, ConditionExpression=fails))
    assert failed[1] == "ConditionalCheckFailedException"
