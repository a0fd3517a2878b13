"""Answers piece by piece: InvokeWithResponseStream and function URLs that stream."""

import http.client
import json

import pytest

from harness import functions
from harness.clients import body_of
from harness.identities import allow, create_role
from harness.microservice import LOGS, create_function, function_arn

STREAMS = rb"""
const pause = () => new Promise((resolve) => setTimeout(resolve, 300));
exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
  if (event.headers) {
    stream = awslambda.HttpResponseStream.from(stream, {
      statusCode: 207, headers: { 'X-Kind': 'streamed', 'Content-Type': 'text/plain' }, cookies: ['a=1'],
    });
  }
  if (event.fail === 'before') throw new Error('no answer');
  stream.write('one ');
  await pause();
  if (event.fail === 'after') throw new TypeError('half an answer');
  if (event.fail === 'exit') process.exit(3);
  stream.write('two ');
  await pause();
  stream.write('three');
  stream.end();
});
"""
PLAIN = b"""
def handler(event, context):
    if event.get("fail"):
        raise ValueError("no answer")
    return {"got": event, "filler": "x" * 200_000}
"""


@pytest.fixture(scope="module")
def role(admin) -> str:
    return create_role(admin, allow(*LOGS))


@pytest.fixture(scope="module")
def streams(admin, role) -> str:
    package = {"Runtime": "nodejs20.x", "Handler": "index.handler"}
    code = functions.zip_of({"index.js": STREAMS})
    return create_function(admin, package | {"Code": {"ZipFile": code}}, role, Timeout=10, MemorySize=256)


@pytest.fixture(scope="module")
def plain(admin, role) -> str:
    code = functions.zip_of({"app.py": PLAIN})
    package = {"Runtime": functions.PYTHON, "Handler": "app.handler", "Code": {"ZipFile": code}}
    return create_function(admin, package, role)


def stream_of(admin, function: str, event, **more):
    """The answer without its events; the payload's chunks; the last event."""
    answer = admin.lambda_.invoke_with_response_stream(
        FunctionName=function, Payload=json.dumps(event), **more
    )
    events = list(answer.pop("EventStream"))
    chunks = [event["PayloadChunk"]["Payload"] for event in events[:-1]]
    return body_of(answer), chunks, events[-1]["InvokeComplete"]


def test_pieces_come_as_they_are_written(admin, streams):
    answer, chunks, complete = stream_of(admin, streams, {})
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert chunks == [b"one ", b"two ", b"three"]
    assert complete == {}


def test_a_function_that_does_not_stream(admin, plain):
    _, chunks, complete = stream_of(admin, plain, {"a": 1}, LogType="Tail")
    assert len(chunks) > 1
    assert json.loads(b"".join(chunks))["got"] == {"a": 1}
    assert complete.keys() == {"LogResult"}


def test_failures_stand_at_the_end(admin, streams, plain):
    def failure(function: str, event):
        _, chunks, complete = stream_of(admin, function, event)
        return b"".join(chunks), complete["ErrorCode"], json.loads(complete["ErrorDetails"])["errorMessage"]

    assert failure(plain, {"fail": True}) == (b"", "ValueError", "no answer")
    assert failure(streams, {"fail": "before"}) == (b"", "Error", "no answer")
    assert failure(streams, {"fail": "after"}) == (b"one ", "TypeError", "half an answer")
    written, kind, _ = failure(streams, {"fail": "exit"})
    assert written == b"one "
    assert kind in ("Runtime.ExitError", "Runtime.TruncatedResponse")
    # The next instance serves on.
    assert stream_of(admin, streams, {})[1] == [b"one ", b"two ", b"three"]


def test_an_invocation_puts_the_pieces_together(admin, streams):
    answer = admin.lambda_.invoke(FunctionName=streams, Payload="{}")
    assert answer["Payload"].read() == b"one two three"
    failed = admin.lambda_.invoke(FunctionName=streams, Payload='{"fail": "after"}')
    assert failed["FunctionError"] == "Unhandled"
    assert json.load(failed["Payload"])["errorType"] == "TypeError"


def test_refusals_are_no_streams(admin):
    with pytest.raises(admin.lambda_.exceptions.ResourceNotFoundException) as caught:
        admin.lambda_.invoke_with_response_stream(FunctionName="nobody")
    message = f"Function not found: {function_arn('nobody')}:$LATEST"
    assert caught.value.response["Error"]["Message"] == message


def test_a_dry_run(admin, streams):
    answer = admin.lambda_.invoke_with_response_stream(FunctionName=streams, InvocationType="DryRun")
    assert answer["StatusCode"] == 204


def test_urls_stream(shared, admin, streams):
    config = admin.lambda_.create_function_url_config(
        FunctionName=streams, AuthType="NONE", InvokeMode="RESPONSE_STREAM"
    )
    admin.lambda_.add_permission(
        FunctionName=streams,
        StatementId="url",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=30)
    connection.request("GET", "/", headers={"Host": config["FunctionUrl"].split("/")[2]})
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("X-Kind")) == (207, "streamed")
    assert answer.getheader("Set-Cookie") == "a=1"
    # The rest is still being written.
    assert answer.read1() == b"one "
    assert answer.read() == b"two three"


def test_the_javascript_sdk(node, streams):
    assert node("stream.mjs", streams) == {"chunks": ["one ", "two ", "three"], "version": "$LATEST"}
