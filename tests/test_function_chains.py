"""Functions that invoke functions: chains without an end are broken off."""

import json

import pytest

from harness import functions
from harness.clients import Clients
from harness.identities import allow, create_role, unique
from harness.microservice import LOGS, create_function, function_arn, invoke
from harness.server import eventually

CHAIN = b"""
import json, boto3
client = boto3.client("lambda")
def handler(event, context):
    print("DEPTH", event["depth"])
    kind = event.get("kind", "RequestResponse")
    more = dict(event, depth=event["depth"] + 1)
    try:
        answer = client.invoke(FunctionName=event["next"], InvocationType=kind, Payload=json.dumps(more))
    except client.exceptions.RecursiveInvocationException as stopped:
        return {"depth": event["depth"], "stopped": stopped.response["Error"]["Message"]}
    text = answer["Payload"].read()
    return json.loads(text) if text else None
"""


@pytest.fixture(scope="module")
def chain(admin) -> str:
    name = unique("chain")
    code = functions.zip_of({"app.py": CHAIN})
    package = {"Runtime": functions.PYTHON, "Handler": "app.handler", "Code": {"ZipFile": code}}
    role = create_role(admin, allow(*LOGS, "lambda:InvokeFunction"))
    return create_function(admin, package, role, FunctionName=name, Timeout=60, MemorySize=256)


def depths(admin, function: str) -> list[int]:
    events = admin.logs.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    return [int(event["message"].split()[1]) for event in events if event["message"].startswith("DEPTH")]


def test_a_chain_is_broken_off_after_sixteen_invocations(admin, chain):
    answer = invoke(admin, chain, {"depth": 1, "next": chain})["Payload"]
    assert answer["depth"] == 16
    assert answer["stopped"].startswith("Lambda has detected your function being invoked in a recursive loop")


def test_events_too(admin, chain):
    before = len(depths(admin, chain))
    admin.lambda_.invoke(
        FunctionName=chain,
        InvocationType="Event",
        Payload=json.dumps({"depth": 1, "next": chain, "kind": "Event"}),
    )
    eventually(lambda: len(depths(admin, chain)) - before == 16, "sixteen invocations", 60)
    assert max(depths(admin, chain)) == 16


def test_a_function_may_allow_it(admin, chain):
    admin.lambda_.put_function_recursion_config(FunctionName=chain, RecursiveLoop="Allow")
    other = unique("nobody")
    # The end comes by itself: the last link names a function that is not there.
    answer = invoke(admin, chain, {"depth": 1, "next": other})
    assert answer["Payload"]["errorType"] == "ResourceNotFoundException"
    assert other in answer["Payload"]["errorMessage"]
    admin.lambda_.put_function_recursion_config(FunctionName=chain, RecursiveLoop="Terminate")


def test_events_of_a_function_that_is_switched_off(admin, chain):
    group = f"/given-up/{chain}"
    admin.logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
    admin.lambda_.put_function_event_invoke_config(
        FunctionName=chain, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    role = admin.lambda_.get_function_configuration(FunctionName=chain)["Role"].split("/")[-1]
    admin.iam.put_role_policy(
        RoleName=role,
        PolicyName="more",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": allow(*LOGS)}),
    )
    admin.lambda_.put_function_concurrency(FunctionName=chain, ReservedConcurrentExecutions=0)
    admin.lambda_.invoke(FunctionName=chain, InvocationType="Event", Payload="{}")

    def word():
        events = admin.logs.filter_log_events(logGroupName=group)["events"]
        return [json.loads(event["message"]) for event in events]

    [told] = eventually(word, "word of the event")
    context = told["requestContext"]
    assert context.pop("requestId")
    assert context == {
        "functionArn": f"{function_arn(chain)}:$LATEST",
        "condition": "ZeroReservedConcurrency",
        "approximateInvokeCount": 0,
    }
    assert told["requestPayload"] == {}
    assert "responsePayload" not in told or told["responsePayload"] is None
    admin.lambda_.delete_function_concurrency(FunctionName=chain)


def test_code_in_a_folder_is_seen_at_once(serve, tmp_path):
    server = serve("--hot-reload")
    clients = Clients(server.endpoint)
    code = tmp_path / "code"
    code.mkdir()
    source = "def handler(event, context):\n    return {answer}\n"
    (code / "app.py").write_text(source.format(answer=1))
    package = {"Runtime": functions.PYTHON, "Handler": "app.handler"}
    package["Code"] = {"S3Bucket": "hot-reload", "S3Key": str(code)}
    function = create_function(clients, package, create_role(clients))
    assert invoke(clients, function, {})["Payload"] == 1
    for answer in (2, 3):
        (code / "app.py").write_text(source.format(answer=answer))
        changed = lambda: invoke(clients, function, {})["Payload"] == answer
        eventually(changed, "the change shows")
    server.restart()
    assert invoke(clients, function, {})["Payload"] == 3
    with pytest.raises(clients.lambda_.exceptions.InvalidParameterValueException):
        clients.lambda_.update_function_code(
            FunctionName=function, S3Bucket="hot-reload", S3Key="relative/folder"
        )


def test_folders_are_for_servers_that_allow_them(admin):
    with pytest.raises(admin.lambda_.exceptions.ClientError) as caught:
        admin.lambda_.create_function(
            FunctionName=unique("function"),
            Runtime=functions.PYTHON,
            Handler="app.handler",
            Role=create_role(admin),
            Code={"S3Bucket": "hot-reload", "S3Key": "/etc"},
        )
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "NotImplemented",
        "Lambda: code in folders needs --hot-reload",
    )
