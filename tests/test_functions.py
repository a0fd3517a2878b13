"""What a function may rely on: its environment, its errors, its time, its instances, its logs."""

import base64
import concurrent.futures
import json
import random
import re

import pytest

from harness import functions
from harness.clients import refused, status_of
from harness.environment import REGION
from harness.identities import allow, create_role
from harness.microservice import LOGS, create_function, function_arn, invoke, value_of
from harness.server import eventually, processes_with

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
RUNTIMES = {"python": functions.probe, "node": functions.probe_node}


@pytest.fixture(scope="module", params=RUNTIMES)
def probe(request, admin) -> str:
    """A function in each language, allowed to log, with variables of its own."""
    role = create_role(admin, allow(*LOGS))
    variables = {"GREETING": "höllo = $HOME", "EMPTY": ""}
    package = RUNTIMES[request.param]()
    return create_function(
        admin, package, role, Environment={"Variables": variables}, Timeout=10, MemorySize=256
    )


@pytest.fixture(scope="module")
def python(admin) -> str:
    return create_function(admin, functions.probe(), create_role(admin, allow(*LOGS)), Timeout=10)


@pytest.mark.parametrize(
    "value", [None, True, 0, 1.5, "", "téxt \U0001f600", [], {}, {"a": [{"b": None}]}, "x" * 100_000]
)
def test_values_go_through(admin, probe, value):
    answer = invoke(admin, probe, {"value": value})
    assert (answer["Payload"], answer["StatusCode"], answer["ExecutedVersion"]) == (value, 200, "$LATEST")
    assert "FunctionError" not in answer


def test_an_invocation_without_a_payload(admin, probe):
    answer = admin.lambda_.invoke(FunctionName=probe)
    assert (answer["StatusCode"], answer["Payload"].read()) == (200, b"null")


def test_environment(admin, probe):
    """The function's own variables and Lambda's; nothing of the server's."""
    variables = value_of(admin, probe, {"do": "environment"})
    assert (variables["GREETING"], variables["EMPTY"]) == ("höllo = $HOME", "")
    expected = {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": probe,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{probe}",
        "AWS_ENDPOINT_URL": admin.endpoint,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{admin.lambda_.get_function(FunctionName=probe)['Configuration']['Runtime']}",
    }
    assert {key: variables.get(key) for key in expected} == expected
    assert variables["AWS_ACCESS_KEY_ID"].startswith("ASIA") and variables["AWS_SESSION_TOKEN"]
    assert not [key for key in variables if key.startswith(("CARGO", "FOGBANK", "PYTEST", "VIRTUAL_ENV"))]
    clients = admin.as_user(
        {
            "AccessKeyId": variables["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": variables["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": variables["AWS_SESSION_TOKEN"],
        }
    )
    arn = clients.sts.get_caller_identity()["Arn"]
    assert re.fullmatch(rf"arn:aws:sts::000000000000:assumed-role/role-\w+/{probe}", arn)


def test_context(admin, probe):
    about = value_of(admin, probe, {"do": "about"})
    values = {key.lower().replace("_", ""): value for key, value in about.items()}
    assert re.fullmatch(UUID, values["awsrequestid"])
    assert (values["functionname"], values["invokedfunctionarn"]) == (probe, function_arn(probe))
    assert (values["loggroupname"], int(values["memorylimitinmb"])) == (f"/aws/lambda/{probe}", 256)
    assert values.get("hastimeleft") or 0 < values["remainingms"] <= 10_000


def test_an_error_in_python(admin, python):
    answer = invoke(admin, python, {"do": "fail", "message": 'not "today"'})
    assert (answer["StatusCode"], answer["FunctionError"], status_of(answer)) == (200, "Unhandled", 200)
    error = answer["Payload"]
    assert list(error) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (error["errorMessage"], error["errorType"]) == ('not "today"', "ValueError")
    assert re.fullmatch(UUID, error["requestId"])
    assert re.fullmatch(
        r'  File "/var/task/probe\.py", line \d+, in fail\n    raise ValueError\(event\["message"\]\)\n',
        error["stackTrace"][-1],
    ), error["stackTrace"]
    assert len(error["stackTrace"]) == 2, "the handler and what it called, not the runtime's own frames"


def test_an_error_in_node(admin):
    function = create_function(admin, functions.probe_node(), create_role(admin))
    answer = invoke(admin, function, {"do": "fail", "message": "not today"})
    assert answer["FunctionError"] == "Unhandled"
    error = answer["Payload"]
    assert list(error) == ["errorType", "errorMessage", "trace"]
    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "not today")
    assert error["trace"][0] == "RangeError: not today" and "index.mjs" in error["trace"][1]


BROKEN = {
    "no module": ({"other.py": b""}, "probe.handler", "Runtime.ImportModuleError", "Unable to import module 'probe': No module named 'probe'"),
    "no handler": ({"probe.py": b"x = 1"}, "probe.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'probe'"),
    "syntax": ({"probe.py": b"def handler(:"}, "probe.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'probe': invalid syntax (probe.py, line 1)"),
    "bad handler": ({"probe.py": b""}, "probe", "Runtime.MalformedHandlerName", "Bad handler 'probe': not enough values to unpack (expected 2, got 1)"),
    "import raises": ({"probe.py": b"raise Exception('Runtime startup fails')"}, "probe.handler", "Exception", "Runtime startup fails"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_functions_that_cannot_start(admin, case):
    files, handler, kind, message = BROKEN[case]
    package = functions.probe() | {"Handler": handler, "Code": {"ZipFile": functions.zip_of(files)}}
    function = create_function(admin, package, create_role(admin))
    answer = invoke(admin, function, {})
    assert answer["FunctionError"] == "Unhandled"
    assert (answer["Payload"]["errorType"], answer["Payload"]["errorMessage"]) == (kind, message)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(0, "Runtime exited without providing a reason"), (3, "Runtime exited with error: exit status 3")],
)
def test_a_process_that_ends(admin, python, status, reason):
    before = value_of(admin, python, {"do": "where"})["instance"]
    answer = invoke(admin, python, {"do": "leave", "status": status})
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Runtime.ExitError"
    assert re.fullmatch(rf"RequestId: {UUID} Error: {reason}", answer["Payload"]["errorMessage"])
    assert value_of(admin, python, {"do": "where"})["instance"] != before


def test_an_answer_that_is_not_json(admin, python):
    error = invoke(admin, python, {"do": "unserialisable"})["Payload"]
    assert error["errorType"] == "Runtime.MarshalError"
    assert (
        error["errorMessage"] == "Unable to marshal response: Object of type object is not JSON serializable"
    )


def test_an_answer_that_is_too_large(admin, python):
    error = invoke(admin, python, {"do": "fill", "size": 6_291_557})["Payload"]
    assert error == {
        "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }
    assert len(value_of(admin, python, {"do": "fill", "size": 6_291_556 - 2})) == 6_291_554


def test_a_timeout_kills_all_of_it(admin):
    """The function, the processes it started, and nothing else: the next call is served."""
    function = create_function(admin, functions.probe(), create_role(admin), Timeout=1)
    mark = f"86400.{random.randrange(10**9)}"
    answer = invoke(admin, function, {"do": "hang", "mark": mark})
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Sandbox.Timedout"
    assert re.fullmatch(
        rf"RequestId: {UUID} Error: Task timed out after 1\.00 seconds", answer["Payload"]["errorMessage"]
    )
    eventually(lambda: not processes_with(mark), "the end of the function's child process")
    assert value_of(admin, function, {"do": "where"})["calls"] == 1


def test_instances_are_reused(admin, probe):
    first, second = (value_of(admin, probe, {"do": "where"}) for _ in range(2))
    assert (second["instance"], second["calls"]) == (first["instance"], first["calls"] + 1)


def test_one_request_at_a_time_per_instance(admin, python):
    """Two calls that overlap are served by two instances."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(value_of, admin, python, {"do": "where", "seconds": 2}) for _ in range(2)]
        one, two = (call.result() for call in calls)
    assert one["instance"] != two["instance"]
    assert max(one["started"], two["started"]) < min(one["ended"], two["ended"]), "served one after the other"


def test_many_at_once(admin, python):
    """Forty callers at once; every answer goes to the one who asked."""
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda n: value_of(admin, python, {"value": n}), range(200)))
    assert answers == list(range(200))


def test_reserved_concurrency(admin):
    function = create_function(admin, functions.probe(), create_role(admin))
    admin.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    with refused("TooManyRequestsException", 429, "Rate Exceeded.") as caught:
        invoke(admin, function, {})
    assert caught.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    admin.lambda_.delete_function_concurrency(FunctionName=function)
    assert value_of(admin, function, {"value": 1}) == 1


def test_new_code_and_configuration_take_effect(admin):
    function = create_function(
        admin, functions.probe(), create_role(admin), Environment={"Variables": {"NAME": "old"}}
    )
    assert value_of(admin, function, {"do": "environment"})["NAME"] == "old"
    admin.lambda_.update_function_configuration(
        FunctionName=function, Environment={"Variables": {"NAME": "new"}}
    )
    admin.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
    assert value_of(admin, function, {"do": "environment"})["NAME"] == "new"
    code = functions.zip_of({"probe.py": b"def handler(event, context):\n    return 'new code'\n"})
    admin.lambda_.update_function_code(FunctionName=function, ZipFile=code)
    admin.lambda_.get_waiter("function_updated_v2").wait(FunctionName=function)
    assert value_of(admin, function, {}) == "new code"


def test_invocation_types(admin, python):
    dry = admin.lambda_.invoke(FunctionName=python, InvocationType="DryRun")
    assert (dry["StatusCode"], dry["Payload"].read()) == (204, b"")
    mark = f"asynchronous {random.randrange(10**9)}"
    event = {"do": "say", "out": mark, "err": ""}
    queued = admin.lambda_.invoke(FunctionName=python, InvocationType="Event", Payload=json.dumps(event))
    assert (queued["StatusCode"], queued["Payload"].read()) == (202, b"")
    assert "ExecutedVersion" not in queued
    eventually(lambda: messages(admin, python, f'"{mark}"'), "the queued event's output in the log")


def messages(admin, function: str, pattern: str = "") -> list[str]:
    group = f"/aws/lambda/{function}"
    pages = admin.logs.get_paginator("filter_log_events").paginate(logGroupName=group, filterPattern=pattern)
    try:
        return [event["message"] for page in pages for event in page["events"]]
    except admin.logs.exceptions.ResourceNotFoundException:
        # The group comes with the first line.
        return []


def test_the_tail_of_the_log(admin, probe):
    answer = invoke(admin, probe, {"do": "say", "out": "to stdout", "err": "to stderr"}, LogType="Tail")
    tail = base64.b64decode(answer["LogResult"]).decode()
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert tail.startswith(f"START RequestId: {request_id} Version: $LATEST\n")
    assert f"END RequestId: {request_id}\n" in tail
    assert re.search(
        rf"REPORT RequestId: {request_id}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\t"
        r"Memory Size: 256 MB\tMax Memory Used: \d+ MB\t",
        tail,
    ), tail
    assert "to stdout" in tail and "to stderr" in tail


def test_output_lands_in_the_log_group(admin, probe):
    answer = invoke(admin, probe, {"do": "say", "out": "this to the group", "err": "and this"})
    request_id = answer["ResponseMetadata"]["RequestId"]

    def complete():
        found = messages(admin, probe)
        return found if any(m.startswith(f"REPORT RequestId: {request_id}\t") for m in found) else None

    found = eventually(complete, "the REPORT line")
    start = found.index(f"START RequestId: {request_id} Version: $LATEST\n")
    end = found.index(f"END RequestId: {request_id}\n")
    between = "".join(found[start:end])
    assert "this to the group\n" in between and "and this\n" in between


def test_no_log_without_the_permission(admin):
    """Neither a group nor a line where the role allows none; other functions' logs go on."""
    silent = create_function(admin, functions.probe(), create_role(admin))
    partly = create_function(admin, functions.probe(), create_role(admin, allow("logs:CreateLogGroup")))
    spoken = create_function(admin, functions.probe(), create_role(admin, allow(*LOGS)))
    for function in (silent, partly, spoken):
        answer = invoke(admin, function, {"do": "say", "out": "hello", "err": ""}, LogType="Tail")
        assert "hello" in base64.b64decode(answer["LogResult"]).decode()
    group = f"/aws/lambda/{spoken}"
    eventually(
        lambda: admin.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        and any(m.startswith("REPORT") for m in messages(admin, spoken)),
        "the third function's log",
    )
    groups = admin.logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{silent}")["logGroups"]
    assert groups == []
    for group in admin.logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{partly}")["logGroups"]:
        assert admin.logs.describe_log_streams(logGroupName=group["logGroupName"])["logStreams"] == []


def test_a_payload_that_is_not_json(admin, python):
    with refused("InvalidRequestContentException", 400) as caught:
        admin.lambda_.invoke(FunctionName=python, Payload=b"{")
    message = caught.value.response["Error"]["Message"]
    assert message.startswith(
        "Could not parse request body into json: Could not parse payload into json: "
    ), message


def test_names_and_arns_mean_the_same(admin, python):
    for name in (python, function_arn(python), f"000000000000:function:{python}", f"{python}:$LATEST"):
        assert value_of(admin, name, {"value": 1}) == 1
    with refused("ResourceNotFoundException", 404, f"Function not found: {function_arn(python)}:42"):
        invoke(admin, python, {}, Qualifier="42")


def test_versions_and_aliases(admin):
    function = create_function(admin, functions.probe(), create_role(admin))
    version = admin.lambda_.publish_version(FunctionName=function)["Version"]
    assert version == "1"
    admin.lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion="1")
    answer = invoke(admin, function, {"do": "about"}, Qualifier="live")
    assert (answer["ExecutedVersion"], answer["Payload"]["function_version"]) == ("1", "1")
    assert answer["Payload"]["invoked_function_arn"] == f"{function_arn(function)}:live"
