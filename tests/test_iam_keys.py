"""Condition keys of the services decide real calls: tags of resources, and what requests say."""

import contextlib
import json

import pytest
from botocore.exceptions import ClientError

from harness import functions
from harness.environment import ACCOUNT, REGION
from harness.identities import allow, create_role, create_user, deny, document, trust, unique
from harness.microservice import create_function, create_table

KEY = {"id": {"S": "1"}}
MINE = {"StringEquals": {"aws:ResourceTag/team": "a"}}


def allowed(call, **arguments) -> bool:
    """Whether the gate lets a call through, whatever becomes of it then."""
    try:
        call(**arguments)
    except ClientError as error:
        return "not authorized to perform" not in error.response["Error"]["Message"]
    return True


def test_tags_of_functions(admin):
    user = create_user(admin, allow("lambda:*", Condition=MINE))
    role = create_role(admin)
    names = {}
    for team in ("a", "b"):
        names[team] = create_function(admin, functions.probe(), role, Tags={"team": team})
    for team, expected in (("a", True), ("b", False)):
        name = names[team]
        assert allowed(user.lambda_.get_function, FunctionName=name) is expected
        assert allowed(user.lambda_.invoke, FunctionName=name, Payload=b"{}") is expected
        assert allowed(user.lambda_.delete_function, FunctionName=name) is expected


def test_networks_of_functions(admin):
    subnets = {"ForAllValues:StringEquals": {"lambda:SubnetIds": ["subnet-1", "subnet-2"]}}
    groups = {"ForAnyValue:StringEquals": {"lambda:SecurityGroupIds": ["sg-1"]}}
    user = create_user(admin, allow("lambda:*", Condition=subnets | groups), allow("iam:PassRole"))
    name = create_function(admin, functions.probe(), create_role(admin))
    update = user.lambda_.update_function_configuration
    for network, expected in [
        ({"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1", "sg-2"]}, True),
        ({"SubnetIds": ["subnet-1", "subnet-3"], "SecurityGroupIds": ["sg-1"]}, False),
        ({"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-2"]}, False),
    ]:
        assert allowed(update, FunctionName=name, VpcConfig=network) is expected
    assert not allowed(update, FunctionName=name, Timeout=4)


def test_pages_that_lead_to_requests(admin):
    of_page = {"StringLike": {"aws:Referer": "https://app.example.com/*"}}
    user = create_user(admin, allow("dynamodb:ListTables", Condition=of_page))
    dynamodb = user.of("dynamodb")
    assert not allowed(dynamodb.list_tables)
    for page, expected in [("https://app.example.com/a", True), ("https://example.com/", False)]:
        def add(request, page=page, **_):
            request.headers["Referer"] = page

        dynamodb.meta.events.register("before-sign.dynamodb.*", add, unique_id="referer")
        assert allowed(dynamodb.list_tables) is expected
        dynamodb.meta.events.unregister("before-sign.dynamodb.*", unique_id="referer")


def test_tags_of_log_groups(admin):
    user = create_user(admin, allow("logs:*", Condition=MINE))
    for team, expected in (("a", True), ("b", False)):
        name = unique("group")
        admin.logs.create_log_group(logGroupName=name, tags={"team": team})
        create = user.logs.create_log_stream
        assert allowed(create, logGroupName=name, logStreamName="s") is expected
        assert allowed(user.logs.delete_log_group, logGroupName=name) is expected


def test_tags_of_apis_and_what_is_in_them(admin):
    user = create_user(admin, allow("apigateway:*", Condition=MINE))
    gateway = user.apigateway
    for team, expected in (("a", True), ("b", False)):
        api = admin.apigateway.create_rest_api(name=unique("api"), tags={"team": team})["id"]
        assert allowed(gateway.get_rest_api, restApiId=api) is expected
        assert allowed(gateway.get_resources, restApiId=api) is expected
        plan = admin.apigateway.create_usage_plan(name=unique("plan"), tags={"team": team})["id"]
        assert allowed(gateway.get_usage_plan, usagePlanId=plan) is expected


def test_tags_of_http_apis_and_what_is_in_them(admin):
    user, as_admin = create_user(admin, allow("apigateway:*", Condition=MINE)), admin.of("apigatewayv2")
    gateway = user.of("apigatewayv2")
    for team, expected in (("a", True), ("b", False)):
        made = as_admin.create_api(Name=unique("api"), ProtocolType="HTTP", Tags={"team": team})
        assert allowed(gateway.get_api, ApiId=made["ApiId"]) is expected
        assert allowed(gateway.get_routes, ApiId=made["ApiId"]) is expected


def test_what_requests_say_of_rest_apis(admin):
    """As the guide's examples of conditions have it: no open methods, private endpoints, names of one's own."""
    open_method = {"StringEquals": {"apigateway:Request/RouteAuthorizationType": "NONE"}}
    public = {"ForAllValues:StringEquals": {"apigateway:Request/EndpointType": ["EDGE", "REGIONAL"]}}
    named = {"Null": {"apigateway:Request/EndpointType": "false"}}
    foreign = {"StringNotLike": {"apigateway:Resource/ApiName": "mine-*"}}
    guarded = {"StringEquals": {"apigateway:Resource/RouteAuthorizationType": "AWS_IAM"}}
    user = create_user(
        admin,
        allow("apigateway:*"),
        deny("apigateway:PUT", "apigateway:PATCH", Condition=open_method),
        deny("apigateway:POST", "apigateway:PATCH", Condition=public | named),
        deny("apigateway:DELETE", on="arn:aws:apigateway:*::/restapis/??????????", Condition=foreign),
        deny("apigateway:DELETE", Condition=guarded),
    )
    gateway = user.apigateway
    for kind, expected in (("EDGE", False), ("PRIVATE", True)):
        endpoint = {"types": [kind]}
        assert allowed(gateway.create_rest_api, name="x", endpointConfiguration=endpoint) is expected
    api, other = (admin.apigateway.create_rest_api(name=unique(name))["id"] for name in ("mine", "theirs"))
    root = admin.apigateway.get_resources(restApiId=api)["items"][0]["id"]
    method = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    assert not allowed(gateway.put_method, **method, authorizationType="NONE")
    assert allowed(gateway.put_method, **method, authorizationType="AWS_IAM")
    to_none = [{"op": "replace", "path": "/authorizationType", "value": "NONE"}]
    assert not allowed(gateway.update_method, **method, patchOperations=to_none)
    assert not allowed(gateway.delete_method, **method)
    assert not allowed(gateway.delete_rest_api, restApiId=other)
    assert allowed(gateway.delete_rest_api, restApiId=api)


def test_what_requests_say_of_http_apis(admin):
    open_route = {"StringEquals": {"apigateway:Request/RouteAuthorizationType": "NONE"}}
    user = create_user(admin, allow("apigateway:*"), deny("apigateway:POST", "apigateway:PATCH", Condition=open_route))
    gateway = user.of("apigatewayv2")
    api = gateway.create_api(Name=unique("api"), ProtocolType="HTTP")["ApiId"]
    for kind, expected in (("NONE", False), ("AWS_IAM", True)):
        route = f"GET /{kind}"
        assert allowed(gateway.create_route, ApiId=api, RouteKey=route, AuthorizationType=kind) is expected


def test_functions_are_made_with_tags_by_those_who_may_tag(admin):
    """As "Secure your functions by tag" of the guide: a new function counts as having its tags already."""
    tags = {"StringEquals": {"aws:RequestTag/team": "a", "aws:ResourceTag/team": "a"}}
    role, passing = create_role(admin), allow("iam:PassRole")
    create, tag = "lambda:CreateFunction", "lambda:TagResource"
    maker = create_user(admin, allow(create, Condition=tags), passing)
    tagger = create_user(admin, allow(create, tag, Condition=tags), passing)
    for user, team, expected in [(maker, "a", False), (tagger, "a", True), (tagger, "b", False)]:
        function = {"FunctionName": unique("function"), "Tags": {"team": team}, "Role": role}
        assert allowed(user.lambda_.create_function, **functions.probe(), **function) is expected


def test_tags_of_users_and_roles(admin):
    user = create_user(admin, allow("iam:*", Condition=MINE))
    for team, expected in (("a", True), ("b", False)):
        name = unique("tagged")
        tags = [{"Key": "team", "Value": team}]
        admin.iam.create_user(UserName=name, Tags=tags)
        admin.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(f"arn:aws:iam::{ACCOUNT}:root"), Tags=tags)
        assert allowed(user.iam.get_user, UserName=name) is expected
        assert allowed(user.iam.get_role, RoleName=name) is expected


def test_tags_of_requests(admin):
    condition = {"StringEquals": {"aws:RequestTag/team": "a"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    user = create_user(admin, allow("apigateway:*", "logs:*", Condition=condition))
    for tags, expected in (({"team": "a"}, True), ({"team": "b"}, False), ({"team": "a", "x": "1"}, False)):
        assert allowed(user.apigateway.create_rest_api, name=unique("api"), tags=tags) is expected, tags
        assert allowed(user.logs.create_log_group, logGroupName=unique("group"), tags=tags) is expected, tags


@pytest.fixture(scope="module")
def table(admin) -> str:
    return create_table(admin)


def test_selected_attributes(admin, table):
    """The developer guide's policy for some attributes of a table's items."""
    condition = {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["id", "name"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    }
    user = create_user(admin, allow("dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem", Condition=condition))
    get, query = user.dynamodb.get_item, user.dynamodb.query
    names = {"#n": "name"}
    some = {"ProjectionExpression": "id, #n", "ExpressionAttributeNames": names}
    assert allowed(get, TableName=table, Key=KEY, **some)
    assert not allowed(get, TableName=table, Key=KEY)
    assert not allowed(get, TableName=table, Key=KEY, ProjectionExpression="id, salary")
    where = {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": "1"}}}
    assert allowed(query, TableName=table, **where, **some)
    assert not allowed(query, TableName=table, **where)
    assert not allowed(query, TableName=table, Select="ALL_ATTRIBUTES", **where)
    batch = user.dynamodb.batch_get_item
    assert allowed(batch, RequestItems={table: {"Keys": [KEY], **some}})
    assert not allowed(batch, RequestItems={table: {"Keys": [KEY]}})


def test_leading_keys(admin, table):
    condition = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}
    name = unique("user")
    user = create_user(admin, allow("dynamodb:*Item", "dynamodb:Query", Condition=condition), name=name)
    for id, expected in ((name, True), ("another", False)):
        key = {"id": {"S": id}}
        assert allowed(user.dynamodb.put_item, TableName=table, Item=key) is expected
        assert allowed(user.dynamodb.delete_item, TableName=table, Key=key) is expected
        batch = {table: [{"PutRequest": {"Item": {"id": {"S": name}}}}, {"DeleteRequest": {"Key": {"id": {"S": id}}}}]}
        with contextlib.suppress(admin.dynamodb.exceptions.ClientError):
            if id != name:
                assert not allowed(user.dynamodb.batch_write_item, RequestItems=batch)
        where = {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": id}}}
        assert allowed(user.dynamodb.query, TableName=table, **where) is expected


def test_what_writes_return_and_cost(admin, table):
    nothing = {"StringEquals": {"dynamodb:ReturnValues": "NONE", "dynamodb:ReturnConsumedCapacity": "NONE"}}
    user = create_user(admin, allow("dynamodb:PutItem", Condition=nothing))
    put = user.dynamodb.put_item
    assert allowed(put, TableName=table, Item=KEY)
    assert not allowed(put, TableName=table, Item=KEY, ReturnValues="ALL_OLD")
    assert not allowed(put, TableName=table, Item=KEY, ReturnConsumedCapacity="TOTAL")


def test_transactions_only(admin, table):
    inside = {"ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": ["TransactWriteItems"]}}
    user = create_user(admin, allow("dynamodb:PutItem", Condition=inside))
    assert not allowed(user.dynamodb.put_item, TableName=table, Item=KEY)
    put = {"Put": {"TableName": table, "Item": KEY}}
    assert allowed(user.dynamodb.transact_write_items, TransactItems=[put])


def test_whom_permissions_of_functions_are_for(admin):
    condition = {"StringEquals": {"lambda:Principal": "apigateway.amazonaws.com"}}
    user = create_user(admin, allow("lambda:AddPermission", Condition=condition))
    function = create_function(admin, functions.probe(), create_role(admin))
    for principal, expected in (("apigateway.amazonaws.com", True), ("*", False)):
        permission = {"FunctionName": function, "StatementId": unique("s"), "Action": "lambda:InvokeFunction"}
        assert allowed(user.lambda_.add_permission, Principal=principal, **permission) is expected


def test_chained_sessions_need_what_they_bring(admin):
    """A session with transitive tags hands them on: the next role has to let it tag."""
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}

    def role(*actions: str) -> str:
        statement = {"Effect": "Allow", "Principal": root, "Action": list(actions)}
        return create_role(admin, allow("sts:*"), trusted=document(statement))

    first = role("sts:AssumeRole", "sts:TagSession")
    session = admin.sts.assume_role(
        RoleArn=first,
        RoleSessionName="one",
        Tags=[{"Key": "team", "Value": "a"}],
        TransitiveTagKeys=["team"],
    )["Credentials"]
    session = admin.as_user(session)
    plain, tagging = role("sts:AssumeRole"), role("sts:AssumeRole", "sts:TagSession")
    assert not allowed(session.sts.assume_role, RoleArn=plain, RoleSessionName="two")
    assert allowed(session.sts.assume_role, RoleArn=tagging, RoleSessionName="two")


def test_inline_policies_of_the_older_language(admin, table):
    """Version 2008-10-17, and none at all, take variables as text; managed policies must be newer."""
    name = unique("user")
    user = create_user(admin, name=name)
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/"
    for version, resource, expected in (
        ({"Version": "2008-10-17"}, arn + table, True),
        ({}, arn + table, True),
        ({}, arn + "${aws:username}*", False),
        ({}, "*", True),
    ):
        old = json.dumps({**version, "Statement": [allow("dynamodb:GetItem", on=resource)]})
        admin.iam.put_user_policy(UserName=name, PolicyName="old", PolicyDocument=old)
        assert allowed(user.dynamodb.get_item, TableName=table, Key=KEY) is expected, old
        with pytest.raises(ClientError, match="Policy document must be version 2012-10-17 or greater."):
            admin.iam.create_policy(PolicyName=unique("p"), PolicyDocument=old)
