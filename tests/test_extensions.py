"""Extensions: programs beside a function that hear of its invocations, and get its telemetry."""

import json

import pytest

from harness import functions
from harness.clients import Clients
from harness.identities import allow, create_role
from harness.microservice import LOGS, create_function, invoke
from harness.server import Server, eventually

OBSERVER = functions.FUNCTIONS / "extension" / "observer"
ECHO = b"""
import json, os, urllib.request
def register(events):
    url = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2020-01-01/extension/register"
    headers = {"Lambda-Extension-Name": "within"}
    request = urllib.request.Request(url, json.dumps({"events": events}).encode(), headers)
    try:
        urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())
EARLY = register(["SHUTDOWN"])
def handler(event, context):
    print("function says", event)
    return EARLY if event == "early" else register([]) if event == "late" else event
"""


@pytest.fixture(scope="module")
def clients(tmp_path_factory) -> Clients:
    """A server whose instances end soon when they are idle."""
    server = Server(tmp_path_factory.mktemp("extensions") / "data", "--lambda-idle-timeout", "2").start()
    yield Clients(server.endpoint)
    assert server.stop() == 0, server.process.output


def deploy(clients, mode: str, executable: bool = True) -> str:
    layer = clients.lambda_.publish_layer_version(
        LayerName="observer",
        Content={"ZipFile": functions.zip_of({"extensions/observer": OBSERVER.read_bytes()}, executable)},
    )
    code = functions.zip_of({"app.py": ECHO})
    package = {"Runtime": functions.PYTHON, "Handler": "app.handler", "Code": {"ZipFile": code}}
    return create_function(
        clients,
        package,
        create_role(clients, allow(*LOGS)),
        Layers=[layer["LayerVersionArn"]],
        Environment={"Variables": {"OBSERVER": mode}},
        Timeout=10,
    )


class Log:
    """A function's log, read again each time."""

    def __init__(self, clients, function: str):
        self.clients, self.group = clients, f"/aws/lambda/{function}"

    def lines(self) -> list[str]:
        try:
            pages = self.clients.logs.get_paginator("filter_log_events").paginate(logGroupName=self.group)
            return [event["message"] for page in pages for event in page["events"]]
        except self.clients.logs.exceptions.ResourceNotFoundException:
            return []

    def eventually_has(self, text: str):
        """The log is written in the background."""
        eventually(lambda: any(text in line for line in self.lines()), f"the log has {text!r}")

    def observed(self, what: str) -> list[dict]:
        own = [json.loads(line) for line in self.lines() if line.startswith('{"observer"')]
        return [line for line in own if line["observer"] == what]

    def telemetry(self) -> list[dict]:
        return [line["event"] for line in self.observed("telemetry")]


def test_an_extension_hears_of_invocations_and_of_the_end(clients):
    function = deploy(clients, "")
    for event in ("one", "two"):
        assert invoke(clients, function, event)["Payload"] == event
    log = Log(clients, function)
    shutdowns = lambda: [t for t in log.observed("told") if t["event"]["eventType"] == "SHUTDOWN"]  # noqa: E731
    eventually(shutdowns, "the idle instance tells its extension that it ends")
    assert shutdowns()[0]["event"]["shutdownReason"] == "spindown"

    registered = log.observed("registered")[0]
    assert registered["status"] == 200
    assert registered["about"] == {
        "functionName": function,
        "functionVersion": "$LATEST",
        "handler": "app.handler",
        "accountId": "000000000000",
    }
    refused = log.observed("unknown event")[0]["answer"]
    assert refused == [
        403,
        {"errorMessage": "NAP: ErrorInvalidEventType", "errorType": "Extension.InvalidEventType"},
    ]
    assert log.observed("unnamed")[0]["answer"][1]["errorType"] == "Extension.InvalidExtensionName"

    told = [t for t in log.observed("told") if t["event"]["eventType"] == "INVOKE"]
    lines = log.lines()
    started = [line.split()[2] for line in lines if line.startswith("START RequestId: ")]
    assert sorted(t["event"]["requestId"] for t in told) == sorted(started)
    event = told[0]["event"]
    assert event.keys() == {"eventType", "deadlineMs", "requestId", "invokedFunctionArn", "tracing"}
    assert event["invokedFunctionArn"].endswith(f":function:{function}")
    assert event["tracing"]["type"] == "X-Amzn-Trace-Id"
    assert event["tracing"]["value"].startswith("Root=1-")
    assert all(t["status"] == 200 and t["identified"] for t in told)
    assert "EXTENSION\tName: observer\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n" in lines

    names = log.observed("environment")[0]["names"]
    assert {"AWS_LAMBDA_FUNCTION_NAME", "AWS_SESSION_TOKEN", "OBSERVER", "PATH"} <= set(names)
    assert not {"_HANDLER", "AWS_EXECUTION_ENV", "LAMBDA_TASK_ROOT", "_FOGBANK_OPT"} & set(names)


def test_an_extension_within_the_runtime_registers_before_it_is_up(clients):
    function = deploy(clients, "")
    early = invoke(clients, function, "early")["Payload"]
    assert early[0] == 403
    assert early[1]["errorMessage"] == "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension"
    late = invoke(clients, function, "late")["Payload"]
    assert late[1] == {
        "errorMessage": "Extension registration closed already",
        "errorType": "Extension.RegistrationClosed",
    }


@pytest.mark.parametrize("mode", ["telemetry", "logs"])
def test_a_subscriber_gets_what_happens(clients, mode):
    function = deploy(clients, mode)
    assert invoke(clients, function, "one")["Payload"] == "one"
    log = Log(clients, function)
    types = lambda: {event["type"] for event in log.telemetry()}  # noqa: E731
    eventually(lambda: "platform.report" in types(), "the report is delivered")
    assert log.observed("subscribed")[0]["answer"] == [200, "OK"]
    status, refused = log.observed("refused")[0]["answer"]
    assert (status, refused["errorType"]) == (400, "ValidationError")

    events = {event["type"]: event["record"] for event in log.telemetry()}
    request_id = events["platform.start"]["requestId"]
    assert events["platform.start"] == {"requestId": request_id, "version": "$LATEST"}
    assert events["platform.runtimeDone"]["status"] == "success"
    assert events["platform.runtimeDone"]["metrics"]["producedBytes"] == len('"one"')
    metrics = events["platform.report"]["metrics"]
    assert metrics.keys() == {
        "durationMs",
        "billedDurationMs",
        "memorySizeMB",
        "maxMemoryUsedMB",
        "initDurationMs",
    }
    assert events["function"] == "function says one\n"
    assert events["platform.extension"] == {
        "name": "observer",
        "state": "Ready",
        "events": ["INVOKE", "SHUTDOWN"],
    }
    subscription = {"name": "observer", "state": "Subscribed", "types": ["platform", "function", "extension"]}
    if mode == "telemetry":
        assert events["platform.telemetrySubscription"] == subscription
        assert events["platform.initStart"]["initializationType"] == "on-demand"
        assert events["platform.initRuntimeDone"]["status"] == "success"
        assert events["platform.initReport"]["metrics"].keys() == {"durationMs"}
        assert "platform.end" not in events
        line = "TELEMETRY\tName: observer\tState: Subscribed\tTypes: [Platform, Function, Extension]\n"
    else:
        assert events["platform.logsSubscription"] == subscription
        assert events["platform.end"] == {"requestId": request_id}
        assert not any(name.startswith("platform.init") for name in events)
        line = "LOGS\tName: observer\tState: Subscribed\tTypes: [platform,function,extension]\n"
    log.eventually_has(line)


@pytest.mark.parametrize(
    ("mode", "error_type", "reason", "line"),
    [
        ("exits", "Extension.Crash", "exit status 7", "State: Started\tEvents: []"),
        (
            "init-error",
            "Extension.InitError",
            "Observer.NoLuck",
            "State: InitError\tEvents: [INVOKE,SHUTDOWN]\tError Type: Observer.NoLuck",
        ),
        ("crashes", "Extension.Crash", "exit status 3", "State: Ready\tEvents: [INVOKE,SHUTDOWN]"),
        ("exit-error", "Extension.ExitError", "Observer.Tired", "State: Ready"),
    ],
)
def test_a_failing_extension_fails_the_function(clients, mode, error_type, reason, line):
    function = deploy(clients, mode)
    # The function may be done before its extension fails: then the next invocation starts anew.
    outcomes = [invoke(clients, function, event) for event in ("one", "two", "three")]
    failed = [outcome for outcome in outcomes if outcome.get("FunctionError")]
    if mode in ("exits", "init-error"):
        assert len(failed) == 3
    for outcome in failed:
        assert outcome["Payload"]["errorType"] == error_type
        assert outcome["Payload"]["errorMessage"].endswith(f" Error: {reason}")
    log = Log(clients, function)
    log.eventually_has(f"EXTENSION\tName: observer\t{line}")
    log.eventually_has(f"Error: {reason}\n{error_type}\n")


def test_an_extension_that_cannot_be_executed(clients):
    function = deploy(clients, "", executable=False)
    outcome = invoke(clients, function, "one")
    assert outcome["Payload"]["errorType"] == "Extension.LaunchError"
    reason = "fork/exec /opt/extensions/observer: permission denied"
    assert outcome["Payload"]["errorMessage"].endswith(reason)
    log = Log(clients, function)
    log.eventually_has("EXTENSION\tName: observer\tState: LaunchError\tEvents: []\tError Type: PermissionDenied\n")


WRAPPER = b"""#!/bin/sh
export WRAPPED="yes, $#"
exec "$@"
"""
TELLS = b"""
import os
def handler(event, context):
    return os.environ.get("WRAPPED")
"""


@pytest.mark.parametrize(("wrapper", "expected"), [("/opt/wrapper", "yes"), ("/opt/missing", None)])
def test_a_wrapper_starts_the_runtime(clients, wrapper, expected):
    layer = clients.lambda_.publish_layer_version(
        LayerName="wrapper", Content={"ZipFile": functions.zip_of({"wrapper": WRAPPER}, executable=True)}
    )
    code = {"ZipFile": functions.zip_of({"app.py": TELLS})}
    function = create_function(
        clients,
        {"Runtime": functions.PYTHON, "Handler": "app.handler", "Code": code},
        create_role(clients, allow(*LOGS)),
        Layers=[layer["LayerVersionArn"]],
        Environment={"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": wrapper}},
    )
    outcome = invoke(clients, function, {})
    if expected:
        assert outcome["Payload"].startswith(expected)
    else:
        assert outcome["Payload"]["errorType"] == "Runtime.ExitError"
        assert outcome["Payload"]["errorMessage"].endswith("Runtime exited with error: exit status 127")
