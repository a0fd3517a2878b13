"""REST APIs whose answers are passed on while they come (response transfer mode STREAM)."""

import http.client
import json

import pytest

from harness import functions
from harness.clients import refused
from harness.endpoint import Endpoint, Gate
from harness.server import eventually
from harness.identities import allow, create_role, unique
from harness.microservice import LOGS, create_function
from harness.rest import Rest, send
from test_up import up  # noqa: F401  (a fixture)

# It may wait in its middle for an API to answer, which is when the test says so.
CODE = """
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  const query = event.queryStringParameters || {};
  if (query.fail === 'before') throw new Error('no answer');
  const out = awslambda.HttpResponseStream.from(stream, {
    statusCode: 207, headers: { 'X-Kind': 'streamed', 'Content-Type': 'text/plain' }, cookies: ['a=1', 'b=2'],
  });
  out.write('one ');
  if (query.wait) await fetch(process.env.AWS_ENDPOINT_URL + query.wait);
  if (query.fail === 'after') throw new Error('half an answer');
  if (query.megabytes) for (let i = 0; i < +query.megabytes; i++) out.write('x'.repeat(1000000));
  out.write('two');
  out.end();
});
"""
PLAIN = b"""
def handler(event, context):
    return {"statusCode": 200, "body": "whole"}
"""


@pytest.fixture(scope="module")
def endpoint():
    with Endpoint() as running:
        yield running


@pytest.fixture(scope="module")
def role(admin) -> str:
    return create_role(admin, allow(*LOGS))


@pytest.fixture(scope="module")
def function(admin, role) -> str:
    package = {"Runtime": "nodejs22.x", "Handler": "index.handler"}
    code = functions.zip_of({"index.js": CODE.encode()})
    return create_function(admin, package | {"Code": {"ZipFile": code}}, role, Timeout=20, MemorySize=256)


def uri_of(admin, function: str) -> str:
    arn = admin.lambda_.get_function_configuration(FunctionName=function)["FunctionArn"]
    return f"arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/{arn}/response-streaming-invocations"


def streaming(admin, function: str, **more) -> Rest:
    api = Rest(admin)
    integration = {
        "type": "AWS_PROXY",
        "integrationHttpMethod": "POST",
        "uri": uri_of(admin, function),
        "responseTransferMode": "STREAM",
    }
    api.method("GET", integration=integration | more)
    admin.lambda_.add_permission(
        FunctionName=function,
        StatementId=unique("api"),
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=api.arn(),
    )
    return api.deploy()


def begin(port: int, api: Rest, query: str = "") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", api.path() + query)
    return connection.getresponse()


def path_to(gate: Gate, admin) -> str:
    """Where functions wait for it: they reach the server, but not the test."""
    api = Rest(admin)
    api.method("GET", integration={"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": gate.url})
    return api.deploy().path()


def test_functions_are_heard_while_they_write(admin, shared, function, endpoint):
    api = streaming(admin, function)
    gate = endpoint.gate()
    answer = begin(shared.port, api, f"?wait={path_to(gate, admin)}")
    assert (answer.status, answer.getheader("X-Kind")) == (207, "streamed")
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert answer.getheader("Transfer-Encoding") == "chunked"
    # The function waits for what happens next.
    assert answer.read1() == b"one "
    gate.open()
    assert answer.read() == b"two"


def test_more_than_a_buffered_answer_may_have(admin, shared, function):
    answer = begin(shared.port, streaming(admin, function), "?megabytes=15")
    assert len(answer.read()) == 15_000_007


def test_functions_that_fail(admin, shared, function, role):
    api = streaming(admin, function)
    before = send(shared.port, api, "GET /?fail=before")
    assert (before.status, before.json) == (502, {"message": "Internal server error"})
    after = begin(shared.port, api, "?fail=after")
    with pytest.raises(http.client.IncompleteRead):
        after.read()
    package = {"Runtime": functions.PYTHON, "Handler": "app.handler"}
    code = {"Code": {"ZipFile": functions.zip_of({"app.py": PLAIN})}}
    plain = create_function(admin, package | code, role)
    assert send(shared.port, streaming(admin, plain)).status == 502


def test_the_timeout_ends_a_stream(admin, shared, function, endpoint):
    api = streaming(admin, function, timeoutInMillis=2000)
    gate = endpoint.gate()
    answer = begin(shared.port, api, f"?wait={path_to(gate, admin)}")
    assert answer.status == 207
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    gate.open()


def test_endpoints_are_heard_while_they_write(admin, shared, endpoint):
    api = Rest(admin)
    gate = endpoint.gate()
    integration = {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "responseTransferMode": "STREAM"}
    api.method("GET", integration=integration | {"uri": gate.url + "/paced"})
    api.deploy()
    answer = begin(shared.port, api)
    assert (answer.status, answer.read1()) == (200, b"one ")
    gate.open()
    assert answer.read() == b"two"


def test_access_logs(admin, shared, function):
    """One line, once the whole answer has passed."""
    api = streaming(admin, function)
    group = unique("access")
    admin.logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:us-east-1:000000000000:log-group:{group}"
    names = ["responseTransferMode", "timeToAllHeaders", "timeToFirstContent", "latency"]
    layout = " ".join(["$context.requestId $context.responseLength", *(f"$context.integration.{n}" for n in names)])
    patches = [{"op": "replace", "path": f"/accessLogSettings/{n}", "value": v} for n, v in (("destinationArn", arn), ("format", layout))]
    admin.apigateway.update_stage(restApiId=api.id, stageName="test", patchOperations=patches)
    assert begin(shared.port, api).read() == b"one two"

    def logged():
        return admin.logs.filter_log_events(logGroupName=group)["events"]

    [line] = eventually(logged, "a line")
    _, length, mode, headers, content, latency = line["message"].split()
    assert (length, mode) == ("7", "STREAMED")
    assert int(headers) <= int(content) <= int(latency)


def test_tests_wait_for_the_stream(admin, function):
    api = streaming(admin, function)
    shown = admin.apigateway.test_invoke_method(restApiId=api.id, resourceId=api.root, httpMethod="GET")
    assert (shown["status"], shown["body"], "log" in shown) == (207, "one two", False)


def test_the_mode_is_kept_and_changed(admin, function):
    api = streaming(admin, function)
    at = {"restApiId": api.id, "resourceId": api.root, "httpMethod": "GET"}
    assert admin.apigateway.get_integration(**at)["responseTransferMode"] == "STREAM"
    document = admin.apigateway.get_export(
        restApiId=api.id, stageName="test", exportType="oas30", parameters={"extensions": "apigateway"}
    )
    [written] = [path["get"] for path in json.load(document["body"])["paths"].values()]
    assert written["x-amazon-apigateway-integration"]["responseTransferMode"] == "STREAM"
    patch = [{"op": "replace", "path": "/responseTransferMode", "value": "BUFFERED"}]
    with refused("BadRequestException", 400):
        admin.apigateway.update_integration(**at, patchOperations=patch)
    uri = uri_of(admin, function).replace("2021-11-15", "2015-03-31").replace("response-streaming-", "")
    changed = admin.apigateway.update_integration(
        **at, patchOperations=[*patch, {"op": "replace", "path": "/uri", "value": uri}]
    )
    assert changed["responseTransferMode"] == "BUFFERED"


TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Streaming:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs22.x
      Handler: index.handler
      InlineCode: |
CODE
      Events:
        Get:
          Type: Api
          Properties: {Path: /, Method: get, ResponseTransferMode: STREAM, TimeoutInMillis: 60000}
  Pass:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref ServerlessRestApi
      ResourceId: !GetAtt ServerlessRestApi.RootResourceId
      HttpMethod: POST
      AuthorizationType: NONE
      Integration: {Type: HTTP_PROXY, IntegrationHttpMethod: GET, Uri: "http://127.0.0.1:1/", ResponseTransferMode: STREAM}
"""


def test_templates(up, tmp_path):  # noqa: F811
    indented = "".join(f"        {line}\n" for line in CODE.strip().splitlines())
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE.replace("CODE\n", indented))
    service = up(template)
    [api] = service.admin.apigateway.get_rest_apis()["items"]
    rest = f"/restapis/{api['id']}/Prod/_user_request_/"
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("GET", rest)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (207, b"one two")
    at = {"restApiId": api["id"], "resourceId": api["rootResourceId"]}
    for verb in ("GET", "POST"):
        assert service.admin.apigateway.get_integration(**at, httpMethod=verb)["responseTransferMode"] == "STREAM"
