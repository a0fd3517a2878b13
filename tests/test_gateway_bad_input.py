"""What only an attacker sends to an invoke URL, and endpoints and functions that do harm: answered
within bounds, and others are served on."""

import json
import time

import pytest

from harness import functions, http
from harness.clients import refused
from harness.identities import create_role
from harness.microservice import create_function, function_arn, integration_uri
from harness.rest import Rest, mock_answer, send

JSON = "application/json"


@pytest.fixture(scope="module")
def api(admin) -> Rest:
    """GET and POST of the root say which they are."""
    api = Rest(admin)
    for verb in ("GET", "POST"):
        api.response(api.method(verb), responseTemplates=mock_answer('"$context.httpMethod"'))
    return api.deploy()


SMUGGLED = b"GET /restapis/ID/test/_user_request_/ HTTP/1.1\r\nHost: x\r\n\r\n"
SMUGGLING = {
    "a length and chunks": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": b"Transfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n",
    "two lengths in one": b"Content-Length: 0, %d\r\n\r\n",
    "a signed length": b"Content-Length: +%d\r\n\r\n",
    "chunks twice": b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunks that are none": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunks before another coding": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunks with a space": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "a folded header": b"X: y\r\n Content-Length: %d\r\n\r\n",
    "a chunk with a bad length": b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
}


@pytest.mark.parametrize("case", SMUGGLING)
def test_smuggling(api, shared, case):
    """Whatever is not one request by any reading is refused, and nothing behind it is read."""
    smuggled = SMUGGLED.replace(b"ID", api.id.encode())
    head = f"POST {api.path('/')} HTTP/1.1\r\nHost: x\r\n".encode()
    rest = SMUGGLING[case]
    with http.Wire(shared.port) as wire:
        try:
            wire.send(head + (rest % len(smuggled) if b"%d" in rest else rest) + smuggled)
            wire.end_of_sending()
            answers = [wire.answer()]
            while answers[-1] is not None and len(answers) < 3:
                answers.append(wire.answer())
        except OSError:
            return  # closed on us
    assert all(answer is None or answer.text != '"GET"' for answer in answers), answers


def test_heads_at_their_limit(api, shared):
    """10,240 bytes of request line and header values."""
    assert send(shared.port, api, headers={"X-Long": "a" * 10_000}).status == 200
    many = {f"X-{number}": "a" * 1000 for number in range(11)}
    for headers in ({"X-Long": "a" * 10_240}, many):
        answer = send(shared.port, api, headers=headers)
        assert answer.status == 431 and "10240" in answer.json["message"]
    assert send(shared.port, api, "GET /?" + "q" * 10_240).status == 431


def test_slow_clients(api, shared):
    """Many that send a byte now and then: others do not wait for them."""
    head = f"POST {api.path('/')} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n".encode()
    wires = [http.Wire(shared.port) for _ in range(50)]
    try:
        for number, wire in enumerate(wires):
            wire.send(head[: number * 4] if number < 25 else head + b"{")
        assert send(shared.port, api).json == "GET"
    finally:
        for wire in wires:
            wire.__exit__()


def function(admin, source: str, **configuration) -> str:
    package = functions.probe() | {"Code": {"ZipFile": functions.zip_of({"probe.py": source.encode()})}}
    name = create_function(admin, package, create_role(admin), **configuration)
    admin.lambda_.add_permission(
        FunctionName=name, StatementId="all", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    return name


AUTHORIZERS = {
    "raises": "raise ValueError('no')",
    "exits": "import os; os._exit(1)",
    "takes too long": "import time; time.sleep(60)",
    "answers nothing": "return None",
    "answers a text": "return 'Allow'",
    "answers no policy": "return {'principalId': 'p'}",
    "answers a policy that is none": "return {'principalId': 'p', 'policyDocument': {'Statement': 7}}",
    "answers nested context": "return {'principalId': 'p', 'context': {'a': {'b': 1}}, 'policyDocument': {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}]}}",
    "answers a lot": "return {'principalId': 'p' * 3000000}",
}


@pytest.mark.parametrize("case", AUTHORIZERS)
def test_authorizers_that_fail(admin, shared, case):
    source = f"def handler(event, context):\n    {AUTHORIZERS[case]}\n"
    name = function(admin, source, Timeout=2)
    api = Rest(admin)
    authorizer = admin.apigateway.create_authorizer(
        restApiId=api.id,
        name="a",
        type="TOKEN",
        authorizerUri=integration_uri(function_arn(name)),
        identitySource="method.request.header.Authorization",
    )["id"]
    api.response(api.method("GET", authorizationType="CUSTOM", authorizerId=authorizer))
    answer = send(shared.port, api.deploy(), headers={"Authorization": "t"})
    assert (answer.status, answer.json) == (500, {"message": None})
    assert answer.headers["x-amzn-ErrorType"] in ("AuthorizerConfigurationException", "AuthorizerFailureException")


SCHEMAS = {
    "a cycle": {"type": "object", "properties": {"a": {"$ref": "#"}}},
    "a cycle of nothing but references": {"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}, "$ref": "#/definitions/a"},
    "a catastrophic pattern": {"type": "object", "properties": {"s": {"type": "string", "pattern": "^(a+)+$"}}},
    "nested repetition": {"type": "object", "properties": {"s": {"type": "string", "pattern": "((a{1,100}){1,100}){1,100}"}}},
    "a reference to elsewhere": {"$ref": "http://127.0.0.1:1/schema.json"},
    "a reference to a file": {"$ref": "file:///etc/passwd"},
    "many alternatives": {"allOf": [{"anyOf": [{"type": "object"}] * 30}] * 30},
}  # fmt: skip


@pytest.mark.parametrize("case", SCHEMAS)
def test_schemas(admin, shared, case):
    """A model that cannot be used, or only at a price, is refused or fails: at once."""
    api = Rest(admin)
    gateway = admin.apigateway
    try:
        gateway.create_model(restApiId=api.id, name="M", contentType=JSON, schema=json.dumps(SCHEMAS[case]))
    except gateway.exceptions.BadRequestException:
        return
    validator = gateway.create_request_validator(restApiId=api.id, name="v", validateRequestBody=True)["id"]
    api.response(api.method("POST", requestValidatorId=validator, requestModels={JSON: "M"}))
    api.deploy()
    deep = '{"a":' * 60 + '{"s": "' + "a" * 40 + '!"}' + "}" * 60
    for body in (json.dumps({"s": "a" * 40 + "!"}), deep):
        started = time.monotonic()
        answer = send(shared.port, api, "POST /", body, {"Content-Type": JSON})
        assert answer.status in (200, 400, 500), answer.text
        assert time.monotonic() - started < http.SECONDS / 2, "bounded"


def test_documents_that_never_end(admin):
    """An OpenAPI document whose aliases multiply is refused."""
    laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for one, other in zip("abcdefghi", "bcdefghij", strict=True):
        laughs += f"{other}: &{other} [" + ", ".join([f"*{one}"] * 9) + "]\n"
    with refused("BadRequestException", 400):
        admin.apigateway.import_rest_api(body=("openapi: 3.0.1\n" + laughs).encode())
