"""Lambda beyond functions: layers, function URLs, settings for events, event source mappings."""

import json
import urllib.error
import urllib.request

import pytest

from harness import functions
from harness.clients import Clients, refused
from harness.identities import allow, create_role
from harness.microservice import LOGS, create_function, function_arn, invoke
from harness.server import eventually

ECHO = b"""
import json
def handler(event, context):
    print("EVENT", json.dumps(event))
    if isinstance(event, dict) and "rawPath" in event:
        return {"statusCode": 201, "headers": {"x-path": event["rawPath"]}, "body": event.get("body", "")}
    return event
"""
LAYERED = b"""
import shared
def handler(event, context):
    return shared.VALUE
"""
STREAM = [
    "dynamodb:DescribeStream",
    "dynamodb:GetShardIterator",
    "dynamodb:GetRecords",
    "dynamodb:ListStreams",
]


def package(source: bytes) -> dict:
    code = functions.zip_of({"app.py": source})
    return {"Runtime": functions.PYTHON, "Handler": "app.handler", "Code": {"ZipFile": code}}


@pytest.fixture(scope="module")
def echo(admin) -> str:
    return create_function(admin, package(ECHO), create_role(admin, allow(*LOGS, *STREAM)), Timeout=10)


def test_layers_are_merged_in_their_order(admin):
    arns = []
    for value in (b"1", b"2"):
        zip_file = functions.zip_of({"python/shared.py": b"VALUE = " + value})
        name = f"layer-{value.decode()}"
        published = admin.lambda_.publish_layer_version(LayerName=name, Content={"ZipFile": zip_file})
        assert published["Version"] == 1
        arns.append(published["LayerVersionArn"])
    role = create_role(admin, allow(*LOGS))
    name = create_function(admin, package(LAYERED), role, Layers=arns)
    assert invoke(admin, name, {})["Payload"] == 2
    layers = admin.lambda_.get_function_configuration(FunctionName=name)["Layers"]
    assert [layer["Arn"] for layer in layers] == arns
    # A function keeps the layers that it has.
    admin.lambda_.delete_layer_version(LayerName="layer-1", VersionNumber=1)
    assert invoke(admin, name, {})["Payload"] == 2


def request(server, url_id: str, path: str, data: bytes | None = None) -> tuple[int, dict, bytes]:
    asked = urllib.request.Request(f"{server.endpoint}/_aws/lambda-url/{url_id}{path}", data=data)
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_function_urls(shared, admin, echo):
    config = admin.lambda_.create_function_url_config(FunctionName=echo, AuthType="NONE")
    url_id = config["FunctionUrl"].split("//")[1].split(".")[0]
    assert request(shared, url_id, "/a")[0] == 403
    admin.lambda_.add_permission(
        FunctionName=echo,
        StatementId="public",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    status, headers, body = request(shared, url_id, "/a/b?c=d", b"")
    assert (status, headers["x-path"], body) == (201, "/a/b", b"")
    admin.lambda_.update_function_url_config(FunctionName=echo, AuthType="AWS_IAM")
    assert request(shared, url_id, "/a")[0] == 403
    admin.lambda_.delete_function_url_config(FunctionName=echo)
    assert request(shared, url_id, "/a")[0] == 404


def test_event_settings(admin, echo):
    put = admin.lambda_.put_function_event_invoke_config(FunctionName=echo, MaximumRetryAttempts=0)
    assert put["FunctionArn"] == f"{function_arn(echo)}:$LATEST"
    assert put["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    with refused("InvalidParameterValueException", 400):
        admin.lambda_.put_function_event_invoke_config(FunctionName=echo)
    admin.lambda_.delete_function_event_invoke_config(FunctionName=echo)


PROVISIONED = b"""
import os
def handler(event, context):
    return os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
"""
BROKEN = b"""
raise ValueError("no")
"""


def provisioned_of(admin, code: bytes) -> dict:
    """A new version of a new function that has two instances set aside."""
    function = create_function(admin, package(code), create_role(admin, allow(*LOGS)))
    version = admin.lambda_.publish_version(FunctionName=function)["Version"]
    names = {"FunctionName": function, "Qualifier": version}
    put = admin.lambda_.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=2, **names)
    assert put["Status"] == "IN_PROGRESS"
    assert put["AllocatedProvisionedConcurrentExecutions"] == 0
    return names


def test_provisioned_instances_are_there_before_requests(serve):
    server = serve()
    admin = Clients(server.endpoint)
    names = provisioned_of(admin, PROVISIONED)
    get = admin.lambda_.get_provisioned_concurrency_config
    for restarts in (True, False):
        eventually(lambda: get(**names)["Status"] == "READY", "instances are ready")
        assert get(**names)["AllocatedProvisionedConcurrentExecutions"] == 2
        assert get(**names)["AvailableProvisionedConcurrentExecutions"] == 2
        assert invoke(admin, names["FunctionName"], {})["Payload"] == "on-demand"
        assert json.load(admin.lambda_.invoke(**names)["Payload"]) == "provisioned-concurrency"
        if restarts:
            server.restart()
    admin.lambda_.delete_provisioned_concurrency_config(**names)
    assert json.load(admin.lambda_.invoke(**names)["Payload"]) == "on-demand"


def test_provisioned_instances_follow_their_alias(admin):
    function = create_function(admin, package(PROVISIONED), create_role(admin, allow(*LOGS)))
    first = admin.lambda_.publish_version(FunctionName=function)["Version"]
    admin.lambda_.update_function_code(
        FunctionName=function, ZipFile=functions.zip_of({"app.py": PROVISIONED + b"#"})
    )
    admin.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
    second = admin.lambda_.publish_version(FunctionName=function)["Version"]
    admin.lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion=first)
    names = {"FunctionName": function, "Qualifier": "live"}
    admin.lambda_.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=1, **names)
    get = admin.lambda_.get_provisioned_concurrency_config
    for version, other in ((first, second), (second, first)):
        admin.lambda_.update_alias(FunctionName=function, Name="live", FunctionVersion=version)
        eventually(lambda: get(**names)["Status"] == "READY", "instances are ready")
        answer = admin.lambda_.invoke(**names)
        assert answer["ExecutedVersion"] == version
        assert json.load(answer["Payload"]) == "provisioned-concurrency"
        answer = admin.lambda_.invoke(FunctionName=function, Qualifier=other)
        assert json.load(answer["Payload"]) == "on-demand"


def test_provisioned_instances_that_cannot_start_are_told_of(admin):
    names = provisioned_of(admin, BROKEN)
    get = admin.lambda_.get_provisioned_concurrency_config
    eventually(lambda: get(**names)["Status"] == "FAILED", "it fails")
    assert get(**names)["StatusReason"] == "FUNCTION_ERROR_INIT_FAILURE"
    assert get(**names)["AllocatedProvisionedConcurrentExecutions"] == 0


def test_changes_of_a_table_reach_the_function(admin, echo):
    admin.dynamodb.create_table(
        TableName="watched",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    admin.dynamodb.get_waiter("table_exists").wait(TableName="watched")
    stream = admin.dynamodb.describe_table(TableName="watched")["Table"]["LatestStreamArn"]
    created = admin.lambda_.create_event_source_mapping(
        FunctionName=echo,
        EventSourceArn=stream,
        StartingPosition="TRIM_HORIZON",
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]},
    )
    assert (created["State"], created["BatchSize"]) == ("Creating", 100)
    get = admin.lambda_.get_event_source_mapping
    eventually(lambda: get(UUID=created["UUID"])["State"] == "Enabled", "the mapping is enabled")
    admin.dynamodb.put_item(TableName="watched", Item={"id": {"S": "first"}})
    admin.dynamodb.delete_item(TableName="watched", Key={"id": {"S": "first"}})

    def seen() -> bool:
        group = f"/aws/lambda/{echo}"
        # It comes with the function's first line.
        if not admin.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return False
        found = admin.logs.filter_log_events(logGroupName=group)["events"]
        events = [event["message"] for event in found if '"Records"' in event["message"]]
        return any('"first"' in event and "INSERT" in event for event in events)

    eventually(seen, "the function got the record")
    eventually(lambda: get(UUID=created["UUID"])["LastProcessingResult"] == "OK", "the result is told")
    with refused("ResourceConflictException", 409):
        admin.lambda_.create_event_source_mapping(
            FunctionName=echo, EventSourceArn=stream, StartingPosition="LATEST"
        )
    assert admin.lambda_.delete_event_source_mapping(UUID=created["UUID"])["State"] == "Deleting"
