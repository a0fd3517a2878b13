"""What must not work: each refusal exactly as AWS words it, and nothing done."""

import json

import pytest

from harness import functions
from harness.clients import Clients, refused
from harness.environment import ACCOUNT, REGION
from harness.identities import allow, create_role, create_user, deny, document, trust, unique
from harness.microservice import (
    LOGS,
    RestApi,
    create_function,
    create_table,
    function_arn,
    invoke,
    value_of,
)
from harness.services import QUERY, SERVICES, call


def test_gateway_without_a_permission(admin, shared):
    """500 to the caller, and the function never runs."""
    role = create_role(admin, allow(*LOGS))
    function = create_function(admin, functions.probe(), role)
    api = RestApi(admin, function, path="probe", permit=False)
    answer = api.post(shared.port, {"value": 1})
    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})
    assert answer.headers["x-amzn-ErrorType"] == "InternalServerErrorException"
    tested = admin.apigateway.test_invoke_method(
        restApiId=api.id, resourceId=api.resource, httpMethod="POST", body='{"value": 1}'
    )
    assert (tested["status"], json.loads(tested["body"])) == (500, {"message": "Internal server error"})
    assert "Invalid permissions on Lambda function" in tested["log"]
    # The first invocation that is allowed finds an instance without a history.
    assert value_of(admin, function, {"do": "where"})["calls"] == 1


@pytest.mark.parametrize("language", ["python", "rust"])
def test_role_without_a_policy(admin, shared, language):
    """DynamoDB's denial reaches the caller as the function's error."""
    table, role = create_table(admin), create_role(admin)
    function = create_function(admin, functions.manager(language), role, Timeout=30)
    api = RestApi(admin, function)
    request = {"operation": "create", "tableName": table, "payload": {"Item": {"id": "1"}}}
    session = role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + f"/{function}"
    expected = (
        f"User: {session} is not authorized to perform: dynamodb:PutItem on resource: "
        f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table} "
        "because no identity-based policy allows the dynamodb:PutItem action"
    )
    answer = invoke(admin, function, request)
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    for error in (answer["Payload"], api.post(shared.port, request).json):
        assert "AccessDeniedException" in error["errorMessage"], error
        assert expected in error["errorMessage"], error
    assert admin.dynamodb.scan(TableName=table)["Count"] == 0
    # No `logs:*` either: nothing may have been written.
    groups = admin.logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function}")
    assert groups["logGroups"] == []


@pytest.mark.parametrize("service", SERVICES)
def test_wrong_secret(admin, service):
    code = "SignatureDoesNotMatch" if service in QUERY else "InvalidSignatureException"
    message = (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details."
    )
    with refused(code, SERVICES[service].refusal_status, message):
        call(Clients(admin.endpoint, "test", "wrong"), service)


@pytest.mark.parametrize("service", SERVICES)
def test_unknown_key(admin, service):
    code = "InvalidClientTokenId" if service in QUERY else "UnrecognizedClientException"
    with refused(
        code, SERVICES[service].refusal_status, "The security token included in the request is invalid."
    ):
        call(Clients(admin.endpoint, "AKIAIOSFODNN7EXAMPLE", "wrong"), service)


@pytest.mark.parametrize("service", SERVICES)
def test_inactive_and_deleted_keys(admin, service):
    user = create_user(admin, allow("*"))
    name = user.sts.get_caller_identity()["Arn"].rsplit("/", 1)[1]
    code = "InvalidClientTokenId" if service in QUERY else "UnrecognizedClientException"
    call(user, service)
    admin.iam.update_access_key(UserName=name, AccessKeyId=user.key, Status="Inactive")
    with refused(code, SERVICES[service].refusal_status):
        call(user, service)
    admin.iam.update_access_key(UserName=name, AccessKeyId=user.key, Status="Active")
    call(user, service)
    admin.iam.delete_access_key(UserName=name, AccessKeyId=user.key)
    with refused(code, SERVICES[service].refusal_status):
        call(user, service)


def test_session_tokens_belong_to_their_keys(admin):
    role = create_role(admin, allow("dynamodb:ListTables"), trusted=trust(f"arn:aws:iam::{ACCOUNT}:root"))
    user = create_user(admin, allow("sts:AssumeRole"))
    one = user.sts.assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    two = user.sts.assume_role(RoleArn=role, RoleSessionName="two")["Credentials"]
    call(admin.as_user(one), "dynamodb")
    for token in (None, two["SessionToken"], "garbage", one["SessionToken"][:-4]):
        with refused("UnrecognizedClientException", 400):
            call(Clients(admin.endpoint, one["AccessKeyId"], one["SecretAccessKey"], token), "dynamodb")


def test_nobody_may_do_nothing(admin):
    """A user without policies, on every service; who one is, everyone may ask."""
    user = create_user(admin)
    arn = user.sts.get_caller_identity()["Arn"]
    table, function = create_table(admin), create_function(admin, functions.probe(), create_role(admin))
    api = RestApi(admin, function, path="probe")
    attempts = [
        (user.dynamodb.put_item, {"TableName": table, "Item": {"id": {"S": "1"}}}, "dynamodb:PutItem",
         f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}", "AccessDeniedException", 400),
        (user.lambda_.invoke, {"FunctionName": function}, "lambda:InvokeFunction",
         function_arn(function), "AccessDeniedException", 403),
        (user.apigateway.delete_rest_api, {"restApiId": api.id}, "apigateway:DELETE",
         f"arn:aws:apigateway:{REGION}::/restapis/{api.id}", "AccessDeniedException", 403),
        (user.iam.create_user, {"UserName": "mallory"}, "iam:CreateUser",
         f"arn:aws:iam::{ACCOUNT}:user/mallory", "AccessDenied", 403),
        (user.logs.create_log_group, {"logGroupName": "mallory"}, "logs:CreateLogGroup",
         f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:mallory:log-stream:", "AccessDeniedException", 400),
    ]  # fmt: skip
    for operation, arguments, action, resource, code, status in attempts:
        message = (
            f"User: {arn} is not authorized to perform: {action} on resource: {resource} "
            f"because no identity-based policy allows the {action} action"
        )
        with refused(code, status, message):
            operation(**arguments)
    assert admin.dynamodb.scan(TableName=table)["Count"] == 0
    assert admin.apigateway.get_rest_api(restApiId=api.id)["id"] == api.id
    assert value_of(admin, function, {"do": "where"})["calls"] == 1
    with refused("NoSuchEntity", 404):
        admin.iam.get_user(UserName="mallory")


def test_an_explicit_deny_wins(admin):
    """Over the user's own allow and over a group's; whoever denies is named."""
    table = create_table(admin)
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    user = create_user(admin, allow("*"), deny("dynamodb:PutItem", on=arn))
    me = user.sts.get_caller_identity()["Arn"]
    user.dynamodb.get_item(TableName=table, Key={"id": {"S": "1"}})
    message = (
        f"User: {me} is not authorized to perform: dynamodb:PutItem on resource: {arn} "
        "with an explicit deny in an identity-based policy"
    )
    with refused("AccessDeniedException", 400, message):
        user.dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}})
    # A batch is denied for the same reason under its own name only.
    user.dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": {"id": {"S": "1"}}}}]})


def test_the_seeded_user_is_deniable(serve):
    """`test`/`test` is a user like any other."""
    admin = Clients(serve().endpoint)
    me = admin.sts.get_caller_identity()["Arn"]
    name = me.rsplit("/", 1)[1]
    admin.iam.put_user_policy(
        UserName=name, PolicyName="no", PolicyDocument=document(deny("dynamodb:CreateTable"))
    )
    with refused("AccessDeniedException", 400):
        create_table(admin)
    admin.iam.delete_user_policy(UserName=name, PolicyName="no")
    create_table(admin)


CONDITIONS = [
    ({"StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}, "own-key", True),
    ({"StringEquals": {"dynamodb:LeadingKeys": ["other"]}}, "own-key", False),
    ({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["${aws:username}*"]}}, "own-key", True),
    ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, "any", True),
    ({"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, "any", False),
    ({"Bool": {"aws:SecureTransport": "false"}}, "any", True),
    ({"Bool": {"aws:SecureTransport": "true"}}, "any", False),
    ({"StringEqualsIfExists": {"aws:PrincipalTag/team": "blue"}}, "any", True),
    ({"StringEquals": {"aws:PrincipalTag/team": "blue"}}, "any", False),
    ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "any", True),
    ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "any", False),
    ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/${aws:username}"}}, "any", True),
    ({"StringNotEquals": {"aws:RequestedRegion": REGION}}, "any", False),
    ({"Null": {"aws:PrincipalTag/team": "true"}}, "any", True),
]


def test_conditions(admin):
    """One user, its policy rewritten for each condition."""
    table, name = create_table(admin), unique("user")
    user = create_user(admin, name=name)
    for condition, key, allowed in CONDITIONS:
        key = name if key == "own-key" else "any"
        text = document(allow("dynamodb:GetItem", Condition=condition))
        admin.iam.put_user_policy(UserName=name, PolicyName="conditional", PolicyDocument=text)
        arguments = {"TableName": table, "Key": {"id": {"S": key}}}
        if allowed:
            user.dynamodb.get_item(**arguments)
        else:
            with refused("AccessDeniedException", 400):
                user.dynamodb.get_item(**arguments)


def test_roles_and_who_may_assume_them(admin):
    user = create_user(admin, allow("sts:AssumeRole"))
    me = user.sts.get_caller_identity()["Arn"]
    stranger = create_role(admin, allow("*"))
    message = (
        f"User: {me} is not authorized to perform: sts:AssumeRole on resource: {stranger} "
        "because no role trust policy allows the sts:AssumeRole action"
    )
    with refused("AccessDenied", 403, message):
        user.sts.assume_role(RoleArn=stranger, RoleSessionName="session")
    role = create_role(admin, allow("dynamodb:*"), trusted=trust(me))
    assumed = user.sts.assume_role(
        RoleArn=role,
        RoleSessionName="session",
        Policy=document(allow("dynamodb:ListTables", "dynamodb:CreateTable")),
    )
    session = f"{role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/session"
    assert assumed["AssumedRoleUser"]["Arn"] == session
    clients = admin.as_user(assumed["Credentials"])
    assert clients.sts.get_caller_identity()["Arn"] == session
    clients.dynamodb.list_tables()
    message = (
        f"User: {session} is not authorized to perform: dynamodb:DescribeLimits on resource: * "
        "because no session policy allows the dynamodb:DescribeLimits action"
    )
    with refused("AccessDeniedException", 400, message):
        clients.dynamodb.describe_limits()
    with refused("AccessDenied", 403):
        clients.iam.list_users()


def test_passing_a_role_needs_a_permission(admin):
    role = create_role(admin)
    user = create_user(admin, allow("lambda:*"))
    me, name = user.sts.get_caller_identity()["Arn"], unique("function")
    message = (
        f"User: {me} is not authorized to perform: iam:PassRole on resource: {role} "
        "because no identity-based policy allows the iam:PassRole action"
    )
    with refused("AccessDeniedException", 403, message):
        user.lambda_.create_function(FunctionName=name, Role=role, **functions.probe())
    with refused("ResourceNotFoundException", 404):
        admin.lambda_.get_function(FunctionName=name)


def test_a_role_that_lambda_may_not_assume(admin):
    role = create_role(admin, trusted=trust(f"arn:aws:iam::{ACCOUNT}:root"))
    with refused(
        "InvalidParameterValueException",
        400,
        "The role defined for the function cannot be assumed by Lambda.",
    ):
        admin.lambda_.create_function(FunctionName=unique("function"), Role=role, **functions.probe())
