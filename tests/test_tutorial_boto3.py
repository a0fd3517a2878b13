"""The same microservice with boto3, on both functions: answers field by field, then all cases."""

import datetime
import json

import boto3
import boto3.dynamodb.conditions
import boto3.dynamodb.types
import pytest

from harness import functions, manager_cases
from harness.clients import body_of, refused, status_of
from harness.environment import ACCOUNT, REGION
from harness.identities import LAMBDA_TRUST, allow, deny, document, role_arn, unique
from harness.microservice import (
    ITEMS,
    LOGS,
    Microservice,
    create_table,
    function_arn,
    integration_uri,
    invoke,
    value_of,
)

LANGUAGES = ["python", "rust"]


@pytest.fixture(scope="module", params=LANGUAGES)
def service(request, admin) -> Microservice:
    return Microservice(admin, request.param)


def test_cases_through_invoke(service, admin):
    def call(request):
        return invoke(admin, service.function, request)["Payload"]

    manager_cases.run(call, service.table, admin.dynamodb)


def test_cases_through_the_api(service, admin, shared):
    def call(request):
        answer = service.api.post(shared.port, request)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json"), answer.text
        return answer.json

    manager_cases.run(call, service.table, admin.dynamodb)


def test_cases_through_test_invoke_method(service, admin):
    def call(request):
        answer = admin.apigateway.test_invoke_method(
            restApiId=service.api.id,
            resourceId=service.api.resource,
            httpMethod="POST",
            pathWithQueryString="/DynamoDBManager",
            body=json.dumps(request),
        )
        assert answer["status"] == 200, answer
        return json.loads(answer["body"])

    manager_cases.run(call, service.table, admin.dynamodb)


def test_function_lifecycle(admin):
    """Create, get, update configuration and code, delete: the states as recorded from AWS."""
    name, role = unique("lifecycle"), unique("role")
    admin.iam.create_role(RoleName=role, AssumeRolePolicyDocument=LAMBDA_TRUST)
    package = functions.probe()
    created = admin.lambda_.create_function(
        FunctionName=name,
        Role=role_arn(role),
        Timeout=5,
        MemorySize=256,
        Environment={"Variables": {"NAME": "a"}},
        **package,
    )
    assert status_of(created) == 201
    assert created["State"] == "Pending" and "LastUpdateStatus" not in created
    admin.lambda_.get_waiter("function_active_v2").wait(FunctionName=name)

    got = admin.lambda_.get_function(FunctionName=name)
    assert set(body_of(got)) == {"Code", "Configuration"}
    assert got["Code"]["RepositoryType"] == "S3" and got["Code"]["Location"].startswith("http")
    active = got["Configuration"]
    assert (active["State"], active["LastUpdateStatus"]) == ("Active", "Successful")
    assert not {"StateReason", "StateReasonCode"} & set(active)
    assert active["RevisionId"] != created["RevisionId"]
    assert active["Environment"] == {"Variables": {"NAME": "a"}}

    changed = admin.lambda_.update_function_configuration(
        FunctionName=name, Description="changed", Timeout=10
    )
    assert (changed["State"], changed["Description"], changed["Timeout"]) == ("Active", "changed", 10)
    assert (changed["LastUpdateStatus"], changed["LastUpdateStatusReasonCode"]) == ("InProgress", "Creating")
    assert changed["LastUpdateStatusReason"] == "The function is being created."
    admin.lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)

    other = functions.zip_of({"probe.py": b"def handler(event, context):\n    return 'new code'\n"})
    updated = admin.lambda_.update_function_code(FunctionName=name, ZipFile=other)
    assert updated["CodeSha256"] != created["CodeSha256"] and updated["CodeSize"] == len(other)
    admin.lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)
    assert value_of(admin, name, {}) == "new code"

    listed = admin.lambda_.get_paginator("list_functions").paginate().build_full_result()["Functions"]
    assert name in [function["FunctionName"] for function in listed]
    with refused("ResourceConflictException", 409, f"Function already exist: {name}"):
        admin.lambda_.create_function(FunctionName=name, Role=role_arn(role), **package)
    assert status_of(admin.lambda_.delete_function(FunctionName=name)) == 204
    with refused("ResourceNotFoundException", 404, f"Function not found: {function_arn(name)}"):
        admin.lambda_.get_function(FunctionName=name)
    with refused("ResourceNotFoundException", 404, f"Function not found: {function_arn(name)}:$LATEST"):
        admin.lambda_.invoke(FunctionName=name)


def test_table_lifecycle(admin):
    name = unique("lifecycle")
    created = admin.dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "s", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
    )["TableDescription"]
    assert set(created) == {
        "AttributeDefinitions", "CreationDateTime", "DeletionProtectionEnabled", "ItemCount", "KeySchema",
        "ProvisionedThroughput", "TableArn", "TableId", "TableName", "TableSizeBytes", "TableStatus",
    }  # fmt: skip
    assert created["TableStatus"] == "CREATING"
    with refused("ResourceInUseException", 400, f"Table already exists: {name}"):
        admin.dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    admin.dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    described = admin.dynamodb.describe_table(TableName=name)["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert set(described) == set(created) | {"WarmThroughput"}
    assert described["WarmThroughput"] == {
        "ReadUnitsPerSecond": 5,
        "Status": "ACTIVE",
        "WriteUnitsPerSecond": 5,
    }
    assert {key: described[key] for key in ("TableId", "TableArn", "KeySchema", "CreationDateTime")} == {
        key: created[key] for key in ("TableId", "TableArn", "KeySchema", "CreationDateTime")
    }
    tables = admin.dynamodb.get_paginator("list_tables").paginate().build_full_result()["TableNames"]
    assert name in tables
    deleted = admin.dynamodb.delete_table(TableName=name)["TableDescription"]
    assert deleted["TableStatus"] == "DELETING"
    assert set(deleted) == {
        "DeletionProtectionEnabled", "ItemCount", "ProvisionedThroughput", "TableArn", "TableId", "TableName",
        "TableSizeBytes", "TableStatus",
    }  # fmt: skip
    admin.dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    with refused("ResourceNotFoundException", 400, f"Requested resource not found: Table: {name} not found"):
        admin.dynamodb.describe_table(TableName=name)
    with refused("ResourceNotFoundException", 400, f"Requested resource not found: Table: {name} not found"):
        admin.dynamodb.delete_table(TableName=name)
    with refused("ResourceNotFoundException", 400, "Requested resource not found"):
        admin.dynamodb.get_item(TableName=name, Key={"p": {"S": "a"}, "s": {"N": "1"}})


def test_resource_api(admin):
    """boto3's resource layer, which the Python function itself uses."""
    name = create_table(admin)
    session = boto3.Session("test", "test", region_name=REGION)
    table = session.resource("dynamodb", endpoint_url=admin.endpoint).Table(name)
    with table.batch_writer() as batch:
        for number in range(60):
            batch.put_item({"id": f"{number:03}", "number": number, "bytes": b"\x00\xff", "set": {"a", "b"}})
    assert table.get_item(Key={"id": "007"})["Item"] == {
        "id": "007",
        "number": 7,
        "bytes": boto3.dynamodb.types.Binary(b"\x00\xff"),
        "set": {"a", "b"},
    }
    found = table.scan(FilterExpression=boto3.dynamodb.conditions.Attr("number").between(10, 19))
    assert (found["Count"], found["ScannedCount"]) == (10, 60)
    assert {int(item["number"]) for item in found["Items"]} == set(range(10, 20))


def test_pages_follow_each_other(admin):
    """Scan and Query in pages of seven, both directions, and 1 MB pages without a limit."""
    name = unique("pages")
    admin.dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "s", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    admin.dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    for number in range(-10, 11):
        item = {"p": {"S": "a"}, "s": {"N": str(number)}, "filling": {"S": "x" * 100_000}}
        admin.dynamodb.put_item(TableName=name, Item=item)
    query = {
        "TableName": name,
        "KeyConditionExpression": "p = :p AND s BETWEEN :low AND :high",
        "ExpressionAttributeValues": {":p": {"S": "a"}, ":low": {"N": "-9"}, ":high": {"N": "10"}},
        "ProjectionExpression": "s",
    }
    for forward, expected in [(True, list(range(-9, 11))), (False, list(range(10, -10, -1)))]:
        pages = list(
            admin.dynamodb.get_paginator("query").paginate(
                **query, ScanIndexForward=forward, PaginationConfig={"PageSize": 7}
            )
        )
        assert [len(page["Items"]) for page in pages] == [7, 7, 6]
        assert [int(item["s"]["N"]) for page in pages for item in page["Items"]] == expected
    pages = list(admin.dynamodb.get_paginator("scan").paginate(TableName=name))
    assert [page["ScannedCount"] for page in pages] == [11, 10], "a page ends once it holds 1 MB"
    assert "LastEvaluatedKey" in pages[0] and "LastEvaluatedKey" not in pages[1]


def test_api_in_pieces(admin):
    """Every answer of the REST API's control plane, then its removal piece by piece."""
    gateway = admin.apigateway
    name = unique("pieces")
    created = gateway.create_rest_api(name=name, description="this is my api")
    assert status_of(created) == 201
    api, root = created["id"], created["rootResourceId"]
    assert isinstance(created["createdDate"], datetime.datetime)
    assert body_of(created) == {
        "apiKeySource": "HEADER",
        "createdDate": created["createdDate"],
        "description": "this is my api",
        "disableExecuteApiEndpoint": False,
        "endpointConfiguration": {"ipAddressType": "ipv4", "types": ["EDGE"]},
        "id": api,
        "name": name,
        "rootResourceId": root,
    }
    assert body_of(gateway.get_rest_api(restApiId=api)) == body_of(created) | {"tags": {}}

    resource = gateway.create_resource(restApiId=api, parentId=root, pathPart="pets")
    assert status_of(resource) == 201
    at = {"restApiId": api, "resourceId": resource["id"], "httpMethod": "POST"}
    with refused("NotFoundException", 404, "Invalid Method identifier specified"):
        gateway.get_method(**at)
    method = gateway.put_method(**at, authorizationType="NONE")
    assert status_of(method) == 201
    uri = integration_uri(function_arn("nothing-there-yet"))
    integration = gateway.put_integration(**at, type="AWS", integrationHttpMethod="POST", uri=uri)
    assert status_of(integration) == 201
    answer = gateway.put_method_response(**at, statusCode="200")
    assert (status_of(answer), body_of(answer)) == (201, {"statusCode": "200"})
    answer = gateway.put_integration_response(**at, statusCode="200", selectionPattern="")
    assert (status_of(answer), body_of(answer)) == (201, {"selectionPattern": "", "statusCode": "200"})
    assert body_of(gateway.get_method(**at)) == {
        "apiKeyRequired": False,
        "authorizationType": "NONE",
        "httpMethod": "POST",
        "methodResponses": {"200": {"statusCode": "200"}},
        "methodIntegration": {
            "cacheKeyParameters": [],
            "cacheNamespace": resource["id"],
            "httpMethod": "POST",
            "integrationResponses": {"200": {"selectionPattern": "", "statusCode": "200"}},
            "passthroughBehavior": "WHEN_NO_MATCH",
            "timeoutInMillis": 29000,
            "type": "AWS",
            "uri": uri,
        },
    }
    deployment = gateway.create_deployment(restApiId=api)
    assert status_of(deployment) == 201 and set(body_of(deployment)) == {"id", "createdDate"}
    stage = gateway.create_stage(
        restApiId=api, stageName="dev", deploymentId=deployment["id"], variables={"a": "b"}
    )
    assert status_of(stage) == 201
    assert set(body_of(stage)) == {
        "cacheClusterEnabled", "cacheClusterStatus", "createdDate", "deploymentId", "lastUpdatedDate",
        "methodSettings", "stageName", "tracingEnabled", "variables",
    }  # fmt: skip
    with refused(
        "BadRequestException", 400, "Active stages pointing to this deployment must be moved or deleted"
    ):
        gateway.delete_deployment(restApiId=api, deploymentId=deployment["id"])

    assert status_of(gateway.delete_stage(restApiId=api, stageName="dev")) == 202
    assert status_of(gateway.delete_deployment(restApiId=api, deploymentId=deployment["id"])) == 202
    assert status_of(gateway.delete_integration_response(**at, statusCode="200")) == 204
    assert status_of(gateway.delete_integration(**at)) == 204
    assert status_of(gateway.delete_method_response(**at, statusCode="200")) == 204
    assert status_of(gateway.delete_method(**at)) == 204
    assert status_of(gateway.delete_resource(restApiId=api, resourceId=resource["id"])) == 202
    assert status_of(gateway.delete_rest_api(restApiId=api)) == 202
    with refused("NotFoundException", 404, f"Invalid API identifier specified {ACCOUNT}:{api}"):
        gateway.get_rest_api(restApiId=api)


def test_policies_and_roles(admin):
    name = unique("pieces")
    policy = admin.iam.create_policy(PolicyName=name, PolicyDocument=document(allow(*ITEMS)))["Policy"]
    role = admin.iam.create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA_TRUST)["Role"]
    assert set(role) == {"Arn", "AssumeRolePolicyDocument", "CreateDate", "Path", "RoleId", "RoleName"}
    got = admin.iam.get_role(RoleName=name)["Role"]
    assert set(got) == set(role) | {"MaxSessionDuration", "RoleLastUsed"}
    assert (got["MaxSessionDuration"], got["RoleLastUsed"]) == (3600, {})
    with refused("EntityAlreadyExists", 409, f"Role with name {name} already exists."):
        admin.iam.create_role(RoleName=name, AssumeRolePolicyDocument=LAMBDA_TRUST)
    missing = f"{policy['Arn']}123"
    with refused("NoSuchEntity", 404, f"Policy {missing} does not exist or is not attachable."):
        admin.iam.attach_role_policy(RoleName=name, PolicyArn=missing)
    admin.iam.attach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
    assert admin.iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["AttachmentCount"] == 1
    with refused("DeleteConflict", 409):
        admin.iam.delete_policy(PolicyArn=policy["Arn"])
    admin.iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(allow(*LOGS)))
    assert admin.iam.list_role_policies(RoleName=name)["PolicyNames"] == ["inline"]
    version = admin.iam.create_policy_version(
        PolicyArn=policy["Arn"], PolicyDocument=document(deny("*")), SetAsDefault=True
    )["PolicyVersion"]
    assert (version["VersionId"], version["IsDefaultVersion"]) == ("v2", True)
    with refused("DeleteConflict", 409):
        admin.iam.delete_role(RoleName=name)
    admin.iam.detach_role_policy(RoleName=name, PolicyArn=policy["Arn"])
    admin.iam.delete_role_policy(RoleName=name, PolicyName="inline")
    admin.iam.delete_role(RoleName=name)
    admin.iam.delete_policy_version(PolicyArn=policy["Arn"], VersionId="v1")
    admin.iam.delete_policy(PolicyArn=policy["Arn"])
    with refused("NoSuchEntity", 404, f"Policy {policy['Arn']} was not found."):
        admin.iam.get_policy(PolicyArn=policy["Arn"])
    with refused("MalformedPolicyDocument", 400, "This policy contains invalid Json"):
        admin.iam.create_role(RoleName=name, AssumeRolePolicyDocument="not json")


def test_logs_by_hand(admin):
    group, stream = f"/by-hand/{unique('group')}", "one"
    admin.logs.create_log_group(logGroupName=group)
    with refused("ResourceAlreadyExistsException", 400, "The specified log group already exists"):
        admin.logs.create_log_group(logGroupName=group)
    admin.logs.create_log_stream(logGroupName=group, logStreamName=stream)
    with refused("ResourceNotFoundException", 400, "The specified log stream does not exist."):
        admin.logs.get_log_events(logGroupName=group, logStreamName="two")
    admin.logs.put_retention_policy(logGroupName=group, retentionInDays=7)
    described = admin.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    assert [{k: v for k, v in g.items() if k not in ("creationTime", "storedBytes")} for g in described] == [
        {
            "arn": f"{arn}:*",
            "deletionProtectionEnabled": False,
            "logGroupArn": arn,
            "logGroupClass": "STANDARD",
            "logGroupName": group,
            "metricFilterCount": 0,
            "retentionInDays": 7,
        }
    ]
    now = int(datetime.datetime.now().timestamp() * 1000)
    events = [
        {"timestamp": now + i, "message": f"line {i} {'ERROR' if i == 3 else 'fine'}"} for i in range(5)
    ]
    admin.logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    read = admin.logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
    assert [event["message"] for event in read["events"]] == [event["message"] for event in events]
    again = admin.logs.get_log_events(
        logGroupName=group, logStreamName=stream, startFromHead=True, nextToken=read["nextForwardToken"]
    )
    assert (again["events"], again["nextForwardToken"]) == ([], read["nextForwardToken"])
    found = admin.logs.filter_log_events(logGroupName=group, filterPattern="ERROR")["events"]
    assert [(event["logStreamName"], event["message"]) for event in found] == [(stream, "line 3 ERROR")]
    admin.logs.delete_log_group(logGroupName=group)
    with refused("ResourceNotFoundException", 400, "The specified log group does not exist."):
        admin.logs.filter_log_events(logGroupName=group)
