"""CloudWatch Logs as recorded of the real service, filter patterns, and functions that subscribe to groups."""

import json
import time

import pytest

from harness import functions
from harness.clients import body_of, refused
from harness.environment import ACCOUNT, REGION
from harness.identities import allow, create_role, unique
from harness.microservice import LOGS, create_function
from harness.server import eventually

MISSING = "The specified log group does not exist."
NOW = lambda: int(time.time() * 1000)  # noqa: E731


@pytest.fixture
def group(admin) -> str:
    name = unique("/test/group")
    admin.logs.create_log_group(logGroupName=name)
    return name


@pytest.fixture
def stream(admin, group) -> str:
    admin.logs.create_log_stream(logGroupName=group, logStreamName="stream")
    return "stream"


def put(admin, group: str, *messages: str):
    now = NOW()
    events = [{"timestamp": now, "message": message} for message in messages]
    return admin.logs.put_log_events(logGroupName=group, logStreamName="stream", logEvents=events)


def arn_of(group: str) -> str:
    return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"


def test_groups_as_recorded(admin):
    prefix = unique("/recorded")
    names = [f"{prefix}-{n}" for n in range(3)]
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234"
    admin.logs.create_log_group(logGroupName=names[0], kmsKeyId=key)
    for name in names[1:]:
        admin.logs.create_log_group(logGroupName=name)
    found = body_of(admin.logs.describe_log_groups(logGroupNamePrefix=prefix))["logGroups"]
    assert [group.pop("creationTime") > 0 for group in found] == [True] * 3
    common = {"deletionProtectionEnabled": False, "logGroupClass": "STANDARD", "metricFilterCount": 0, "storedBytes": 0}
    expected = [
        {"arn": arn_of(name) + ":*", "logGroupArn": arn_of(name), "logGroupName": name, **common} for name in names
    ]
    expected[0]["kmsKeyId"] = key
    assert found == expected
    [by_pattern] = admin.logs.describe_log_groups(logGroupNamePattern=names[1].strip("/"))["logGroups"]
    assert by_pattern.keys() == {"arn", "creationTime", "logGroupArn", "logGroupClass", "logGroupName", "metricFilterCount"}
    assert admin.logs.describe_log_groups(logGroupNamePattern="no_such_group")["logGroups"] == []
    words = "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
    with refused("InvalidParameterException", 400, words):
        admin.logs.describe_log_groups(logGroupNamePrefix=prefix, logGroupNamePattern="x")
    with refused("ResourceAlreadyExistsException", 400, "The specified log group already exists"):
        admin.logs.create_log_group(logGroupName=names[0])
    admin.logs.disassociate_kms_key(logGroupName=names[0])
    admin.logs.associate_kms_key(resourceIdentifier=arn_of(names[1]), kmsKeyId=key)
    found = admin.logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    assert [group.get("kmsKeyId") for group in found] == [None, key, None]


def test_lists_of_groups(admin):
    prefix = unique("listed")
    for number, stage in enumerate(("prod", "prod-eu", "dev")):
        admin.logs.create_log_group(logGroupName=f"/{prefix}/{number}", tags={"stage": stage})
    listed = admin.logs.list_log_groups(logGroupNamePattern=prefix[:24], limit=2)
    assert [group["logGroupName"] for group in listed["logGroups"]] == [f"/{prefix}/0", f"/{prefix}/1"]
    rest = admin.logs.list_log_groups(logGroupNamePattern=prefix[:24], nextToken=listed["nextToken"])
    name = f"/{prefix}/2"
    assert rest["logGroups"] == [{"logGroupName": name, "logGroupArn": arn_of(name), "logGroupClass": "STANDARD"}]
    assert "nextToken" not in rest

    def tagged(*values: str) -> list:
        found = admin.logs.list_log_groups(
            logGroupNamePattern=f"^/{prefix[:20]}", logGroupTags=[{"key": "stage", "values": list(values)}]
        )
        return [group["logGroupName"][-1] for group in found["logGroups"]]

    assert (tagged(), tagged("dev"), tagged("PROD*"), tagged("!dev")) == (["0", "1", "2"], ["2"], ["0", "1"], ["0", "1"])


def test_streams_as_recorded(admin, group, stream):
    def described(**asked) -> list:
        found = admin.logs.describe_log_streams(**asked)["logStreams"]
        assert all(one.pop("creationTime") > 0 for one in found)
        return found

    expected = [{"arn": f"{arn_of(group)}:log-stream:{stream}", "logStreamName": stream, "storedBytes": 0}]
    assert described(logGroupName=group) == expected
    assert described(logGroupIdentifier=group) == expected
    assert described(logGroupIdentifier=arn_of(group)) == expected
    with refused("ValidationException", 400, "LogGroup name and LogGroup ARN are mutually exclusive parameters."):
        described(logGroupName=group, logGroupIdentifier=arn_of(group))
    with refused("ResourceAlreadyExistsException", 400, "The specified log stream already exists"):
        admin.logs.create_log_stream(logGroupName=group, logStreamName=stream)


def test_events_as_recorded(admin, group, stream):
    at = {"logGroupName": group, "logStreamName": stream}
    day = 86_400_000
    with refused("ResourceNotFoundException", 400, "The specified log stream does not exist."):
        admin.logs.put_log_events(**at | {"logStreamName": "none"}, logEvents=[{"timestamp": NOW(), "message": "m"}])
    with refused("ResourceNotFoundException", 400, MISSING):
        admin.logs.get_log_events(**at | {"logGroupName": "/none"})
    with refused("ResourceNotFoundException", 400, "The specified log stream does not exist."):
        admin.logs.get_log_events(**at | {"logStreamName": "none"})
    words = "Log events in a single PutLogEvents request must be in chronological order."
    with refused("InvalidParameterException", 400, words):
        events = [{"timestamp": NOW(), "message": "late"}, {"timestamp": NOW() - 1000, "message": "early"}]
        admin.logs.put_log_events(**at, logEvents=events)
    old = admin.logs.put_log_events(**at, logEvents=[{"timestamp": NOW() - 15 * day, "message": "old"}])
    assert body_of(old).keys() == {"nextSequenceToken", "rejectedLogEventsInfo"}
    assert old["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    new = admin.logs.put_log_events(**at, logEvents=[{"timestamp": NOW() + day, "message": "new"}])
    assert new["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 0}
    with refused("InvalidParameterException", 400, "The specified nextToken is invalid."):
        admin.logs.get_log_events(**at, nextToken="invalid")
    words = "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000"
    with refused("InvalidParameterException", 400, words):
        admin.logs.get_log_events(**at, limit=10001)


def test_resource_policies_as_recorded(admin):
    for policy in admin.logs.describe_resource_policies()["resourcePolicies"]:
        admin.logs.delete_resource_policy(policyName=policy["policyName"])
    document = json.dumps({"Version": "2012-10-17", "Statement": []})
    kept = body_of(admin.logs.put_resource_policy(policyName="a", policyDocument=document))["resourcePolicy"]
    assert kept.pop("lastUpdatedTime") > 0
    assert kept == {"policyName": "a", "policyDocument": document, "policyScope": "ACCOUNT"}
    for number in range(9):
        admin.logs.put_resource_policy(policyName=f"b{number}", policyDocument=document)
    with refused("LimitExceededException", 400, "Resource limit exceeded."):
        admin.logs.put_resource_policy(policyName="c", policyDocument=document)
    changed = json.dumps({"Version": "2008-10-17", "Statement": []})
    admin.logs.put_resource_policy(policyName="a", policyDocument=changed)
    first = admin.logs.describe_resource_policies(limit=1)
    assert first["resourcePolicies"][0]["policyDocument"] == changed
    rest = admin.logs.describe_resource_policies(nextToken=first["nextToken"])
    assert [policy["policyName"] for policy in rest["resourcePolicies"]] == [f"b{n}" for n in range(9)]
    with refused("ResourceNotFoundException", 400, "Policy with name [non-existent] does not exist."):
        admin.logs.delete_resource_policy(policyName="non-existent")
    with refused("InvalidParameterException", 400):
        admin.logs.put_resource_policy(policyName="a", policyDocument="no policy")


def test_filters(admin, group, stream):
    """All three forms; the pattern's own tests know more."""
    put(admin, group, '{"level": "ERROR", "status": 503}', '{"level": "INFO", "status": 200}', "GET /x 404 7", "an ERROR")

    def found(pattern: str) -> list:
        events = admin.logs.filter_log_events(logGroupName=group, filterPattern=pattern)["events"]
        return [event["message"][:10] for event in events]

    assert found("ERROR") == ['{"level": ', "an ERROR"]
    assert found('{ $.level = "ERROR" && $.status >= 500 }') == ['{"level": ']
    assert found("[verb, path, status = 4*, bytes]") == ["GET /x 404"]
    assert found("%an ERR.R%") == ["an ERROR"]
    with refused("InvalidParameterException", 400, "Invalid filter pattern"):
        found("{ $.level = ")
    tested = admin.logs.test_metric_filter(
        filterPattern="[verb, path, status = 4*, bytes]", logEventMessages=["an ERROR", "GET /x 404 7"]
    )
    values = {"$verb": "GET", "$path": "/x", "$status": "404", "$bytes": "7"}
    assert tested["matches"] == [{"eventNumber": 2, "eventMessage": "GET /x 404 7", "extractedValues": values}]


RECEIVER = b"""
import base64, gzip, json
def handler(event, context):
    print("GOT " + gzip.decompress(base64.b64decode(event["awslogs"]["data"])).decode())
"""


@pytest.fixture(scope="module")
def receiver(admin) -> str:
    code = functions.zip_of({"app.py": RECEIVER})
    package = {"Runtime": functions.PYTHON, "Handler": "app.handler", "Code": {"ZipFile": code}}
    name = create_function(admin, package, create_role(admin, allow(*LOGS)))
    admin.logs.create_log_group(logGroupName=f"/aws/lambda/{name}")
    return name


def arn_of_function(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def let_logs_invoke(admin, function: str, group: str, principal: str):
    admin.lambda_.add_permission(
        FunctionName=function,
        StatementId=unique("logs"),
        Action="lambda:InvokeFunction",
        Principal=principal,
        SourceArn=arn_of(group) + ":*",
        SourceAccount=ACCOUNT,
    )


def subscribe(admin, group: str, function: str, name: str = "test", pattern: str = "", **more):
    return admin.logs.put_subscription_filter(
        logGroupName=group, filterName=name, filterPattern=pattern, destinationArn=arn_of_function(function), **more
    )


@pytest.mark.parametrize("principal", ["logs.amazonaws.com", f"logs.{REGION}.amazonaws.com"])
def test_functions_get_what_they_subscribe_to(admin, group, stream, receiver, principal):
    with refused(
        "InvalidParameterException",
        400,
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.",
    ):
        subscribe(admin, group, receiver)
    let_logs_invoke(admin, receiver, group, principal)
    subscribe(admin, group, receiver, pattern="{ $.level = ERROR }")
    put(admin, group, '{"level": "INFO"}', '{"level": "ERROR", "n": 1}', '{"level": "ERROR", "n": 2}')
    put(admin, group, "another")

    def received() -> list:
        lines = admin.logs.filter_log_events(logGroupName=f"/aws/lambda/{receiver}", filterPattern="GOT")["events"]
        messages = [json.loads(line["message"].removeprefix("GOT ")) for line in lines]
        return [message for message in messages if message["logGroup"] == group]

    [message] = eventually(received, "the function is called")
    events = message.pop("logEvents")
    assert message == {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": ["test"],
    }
    stored = admin.logs.filter_log_events(logGroupName=group, filterPattern="ERROR")["events"]
    assert events == [{"id": e["eventId"], "timestamp": e["timestamp"], "message": e["message"]} for e in stored]
    admin.logs.delete_subscription_filter(logGroupName=group, filterName="test")
    put(admin, group, '{"level": "ERROR", "n": 3}')
    subscribe(admin, group, receiver, pattern='"n\\": 4"')
    put(admin, group, '{"level": "ERROR", "n": 4}')
    eventually(lambda: len(received()) == 2, "it is called again")
    assert ['"n": 4' in event["message"] for event in received()[1]["logEvents"]] == [True]


def test_subscriptions_as_recorded(admin, group, receiver):
    filters = lambda **asked: admin.logs.describe_subscription_filters(logGroupName=group, **asked)["subscriptionFilters"]  # noqa: E731
    assert filters() == []
    with refused("ResourceNotFoundException", 400, MISSING):
        admin.logs.describe_subscription_filters(logGroupName="/none")
    let_logs_invoke(admin, receiver, group, "logs.amazonaws.com")
    subscribe(admin, group, receiver)
    subscribe(admin, group, receiver, pattern="[]")
    [shown] = filters()
    assert shown.pop("creationTime") > 0
    assert shown == {
        "applyOnTransformedLogs": False,
        "destinationArn": arn_of_function(receiver),
        "distribution": "ByLogStream",
        "filterName": "test",
        "filterPattern": "[]",
        "logGroupName": group,
    }
    subscribe(admin, group, receiver, "second", distribution="Random")
    with refused("LimitExceededException", 400, "Resource limit exceeded."):
        subscribe(admin, group, receiver, "third")
    assert [one["filterName"] for one in filters(limit=1)] == ["second"]
    assert [one["filterName"] for one in filters(filterNamePrefix="t")] == ["test"]
    with refused("ResourceNotFoundException", 400, MISSING):
        admin.logs.delete_subscription_filter(logGroupName="/none", filterName="test")
    with refused("ResourceNotFoundException", 400, "The specified subscription filter does not exist."):
        admin.logs.delete_subscription_filter(logGroupName=group, filterName="none")
    foreign = f"arn:aws:lambda:{REGION}:123456789012:function:none"
    kinesis = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/none"
    words = "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers."
    at = {"filterName": "f", "filterPattern": ""}
    for name in ("/none", group):
        with refused("AccessDeniedException", 400, words):
            admin.logs.put_subscription_filter(logGroupName=name, destinationArn=foreign, **at)
    with refused("InvalidParameterException", 400, "destinationArn for vendor kinesis cannot be used without roleArn"):
        admin.logs.put_subscription_filter(logGroupName=group, destinationArn=kinesis, **at)
