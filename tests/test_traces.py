"""One trace for each request: what became of it, from the route to the last call of its function."""

import contextlib
import http.server
import json
import subprocess
import threading
import urllib.error
import urllib.request

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from harness import functions
from harness.clients import Clients
from harness.environment import server_environment
from harness.identities import allow, create_role
from harness.microservice import LOGS, RestApi, create_function, create_table
from harness.server import binary, eventually

ROOT = "1-5759e988-bd862e3fe1be46a994272793"


def traces(endpoint: str, path: str = "") -> dict:
    with urllib.request.urlopen(f"{endpoint}/_fogbank/traces{path}") as answer:
        return json.load(answer)


def named(trace: dict, name: str) -> dict:
    spans = [span for span in trace["spans"] if span["name"] == name]
    assert len(spans) == 1, (name, trace)
    (span,) = spans
    return span


@pytest.fixture(scope="module")
def service(admin) -> dict:
    """An API, its function and its table."""
    table = create_table(admin)
    role = create_role(admin, allow("dynamodb:*"), allow(*LOGS))
    function = create_function(admin, functions.manager("python"), role, Timeout=30)
    return {"table": table, "function": function, "api": RestApi(admin, function)}


def put(service: dict, shared, trace: str) -> None:
    item = {"Item": {"id": "1", "secret": "an-items-secret"}}
    event = {"operation": "create", "tableName": service["table"], "payload": item}
    request = urllib.request.Request(
        f"{shared.endpoint}{service['api'].url_path()}",
        data=json.dumps(event).encode(),
        headers={"Content-Type": "application/json", "X-Amzn-Trace-Id": trace},
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
        assert ROOT in answer.headers["X-Amzn-Trace-Id"]


def test_a_request_from_its_route_to_the_table(service, shared):
    put(service, shared, f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1")
    trace = traces(shared.endpoint, f"/{ROOT}")
    top = named(trace, f"POST /test/{service['api'].path}")
    assert (top["parent"], top["notes"]["status"]) == ("53995c3f42cd8ad8", "200")
    for step in ("route", "authorise", "validate", "integrate"):
        assert named(trace, step)["parent"] == top["id"], step
    invoke = named(trace, "invoke")
    assert invoke["parent"] == named(trace, "integrate")["id"]
    assert service["function"] in invoke["notes"]["function"]
    assert invoke["log"][-1].startswith("REPORT RequestId:")
    for step in ("init", "handler"):
        assert named(trace, step)["parent"] == invoke["id"], step
    # The function's SDK hands the trace on; its call is within the invocation.
    call = named(trace, "dynamodb PutItem")
    assert (call["parent"], call["notes"]["capacity"]) == (invoke["id"], f"1 {service['table']}")
    decisions = {
        span["parent"]: span["notes"]["action"] for span in trace["spans"] if span["name"] == "decide"
    }
    assert decisions[call["id"]] == "dynamodb:PutItem"
    assert "lambda:InvokeFunction" in decisions.values()
    assert "an-items-secret" not in json.dumps(trace)

    listed = [listed for listed in traces(shared.endpoint)["traces"] if listed["id"] == ROOT]
    assert listed[-1]["name"] == top["name"]
    shown = subprocess.run(
        [str(binary()), "trace", ROOT, "--endpoint", shared.endpoint],
        env=server_environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert f"└─ {top['name']}  " in shown.stdout, shown
    assert "dynamodb PutItem" in shown.stdout and "ms" in shown.stdout


def test_what_is_not_traced(admin, shared):
    table = create_table(admin)
    before = traces(shared.endpoint)["position"]
    unsampled = "1-5759e988-000000000000000000000001"
    headers = {"X-Amzn-Trace-Id": f"Root={unsampled};Sampled=0"}
    with contextlib.suppress(urllib.error.HTTPError):
        urllib.request.urlopen(urllib.request.Request(f"{shared.endpoint}/restapis/x/y/", headers=headers))
    admin.dynamodb.get_item(TableName=table, Key={"id": {"S": "1"}})
    new = traces(shared.endpoint, f"?after={before}")["traces"]
    assert not any(listed["id"] == unsampled or "GetItem" in listed["name"] for listed in new)
    with pytest.raises(urllib.error.HTTPError) as caught:
        traces(shared.endpoint, f"/{unsampled}")
    assert caught.value.code == 404


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes what is exported, and reads it with OpenTelemetry's own messages."""

    def do_POST(self):
        assert (self.path, self.headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf")
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_export(serve):
    collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    collector.received = []
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    try:
        server = serve("--otlp", f"http://127.0.0.1:{collector.server_port}")
        Clients(server.endpoint).iam.list_users()

        def exported() -> list:
            resources = [resource for request in collector.received for resource in request.resource_spans]
            return [span for resource in resources for scope in resource.scope_spans for span in scope.spans]

        def calls() -> list:
            return [span for span in exported() if span.name == "iam ListUsers"]

        eventually(calls, "the span arrives")
        (call,) = calls()
        service = collector.received[0].resource_spans[0].resource.attributes[0]
        assert (service.key, service.value.string_value) == ("service.name", "fogbank")
        assert (len(call.trace_id), len(call.span_id), call.parent_span_id) == (16, 8, b"")
        assert call.end_time_unix_nano >= call.start_time_unix_nano
        within = [span for span in exported() if span.parent_span_id == call.span_id]
        assert within and all(span.trace_id == call.trace_id for span in within)
    finally:
        collector.shutdown()
