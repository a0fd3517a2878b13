"""Requests that no SDK sends: each gets the error that AWS gives, never a 500, and harms nobody."""

import http.client
import json

import pytest

from harness import http as web
from harness.clients import Clients
from harness.microservice import create_table
from harness.server import Server

MIB = 1024 * 1024
TARGET = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.PutItem"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Server:
    """A server of its own: whoever brings it down must not take other tests with it."""
    server = Server(tmp_path_factory.mktemp("bad-input") / "data").start()
    yield server
    assert server.stop() == 0, server.process.output


@pytest.fixture(scope="module")
def admin(shared) -> Clients:
    return Clients(shared.endpoint)


@pytest.fixture(scope="module")
def table(admin) -> str:
    return create_table(admin)


@pytest.fixture(autouse=True)
def still_usable(shared, admin, table):
    """After every case: the same process answers, and a call succeeds."""
    pid = shared.process.pid
    yield
    if not shared.process.is_running:
        output = shared.process.output
        shared.start()
        pytest.fail(f"the server is gone:\n{output[-2000:]}")
    assert shared.process.pid == pid
    admin.dynamodb.list_tables()


def put(table: str, value: str) -> str:
    """PutItem's body with one attribute, given as raw JSON."""
    return f'{{"TableName": "{table}", "Item": {{"id": {{"S": "1"}}, "v": {value}}}}}'


BODIES = {
    "empty": lambda t: b"",
    "cut off": lambda t: put(t, '{"S": "x"}')[:-5].encode(),
    "not utf-8": lambda t: put(t, '{"S": "x"}').replace("x", "\udcff").encode("utf-8", "surrogateescape"),
    "utf-16": lambda t: put(t, '{"S": "x"}').encode("utf-16"),
    "null": lambda t: b"null",
    "a string": lambda t: b'"x"',
    "nested lists": lambda t: put(t, '{"L": [' * 40 + '{"S": "x"}' + "]}" * 40).encode(),
    "very deep lists": lambda t: put(t, '{"L": [' * 50_000 + "]}" * 50_000).encode(),
    "very deep unknown": lambda t: b'{"unknown": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "only opening": lambda t: b"[" * 1_000_000,
    "mistyped item": lambda t: put(t, "5").encode(),
    "mistyped value": lambda t: put(t, '{"S": {"x": 1}}').encode(),
    "two types": lambda t: put(t, '{"S": "x", "N": "1"}').encode(),
    "no type": lambda t: put(t, "{}").encode(),
    "unknown type": lambda t: put(t, '{"Q": "x"}').encode(),
    "not a number": lambda t: put(t, '{"N": "one"}').encode(),
    "39 digits": lambda t: put(t, '{"N": "' + "1" * 39 + '"}').encode(),
    "a huge exponent": lambda t: put(t, '{"N": "1e999999999999"}').encode(),
    "not base64": lambda t: put(t, '{"B": "%%%"}').encode(),
    "an empty set": lambda t: put(t, '{"SS": []}').encode(),
    "a set with duplicates": lambda t: put(t, '{"SS": ["a", "a"]}').encode(),
    "a lone surrogate": lambda t: put(t, '{"S": "\\ud800"}').encode(),
    "a null byte in the name": lambda t: put(t + "\\u0000", '{"S": "x"}').encode(),
    "item too large": lambda t: put(t, '{"S": "' + "x" * 410_000 + '"}').encode(),
    "a huge number literal": lambda t: b'{"TableName": ' + b"9" * 1_000_000 + b"}",
}


@pytest.mark.parametrize("case", BODIES)
def test_bodies(shared, table, admin, case):
    """On one connection: the bad body, then a good request, which must still work."""
    body = BODIES[case](table)
    connection = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=60)
    headers = web.signature(shared.port, "dynamodb", "POST", "/", body, TARGET)
    answer = web.on(connection, "POST", "/", body, headers)
    assert answer.status == 400, (answer.status, answer.text)
    kind = answer.json["__type"].rsplit("#", 1)[1]
    assert kind in ("SerializationException", "ValidationException"), answer.text
    good = json.dumps({"Limit": 1}).encode()
    listing = TARGET | {"X-Amz-Target": "DynamoDB_20120810.ListTables"}
    headers = web.signature(shared.port, "dynamodb", "POST", "/", good, listing)
    assert web.on(connection, "POST", "/", good, headers).status == 200
    connection.close()
    assert admin.dynamodb.scan(TableName=table)["Count"] == 0


EXPRESSIONS = [
    "(" * 4096,
    "(" * 2000 + "a = b" + ")" * 2000,
    "a < b " + "OR (a < b " * 149 + ")" * 149,
    "NOT (" * 299 + "a < b" + ")" * 299,
    "size(" * 800 + "a" + ")" * 800,
    "NOT " * 1000 + "a = :v",
    "a[" * 1000,
    "a." * 2000 + "a",
    "a = :v AND " * 300 + "a = :v",
    "x" * 5000,
    "a = ",
    "'a' = \"b\"",
    "a = :v \x00",
    "size(size(size(a))) = :v",
    "SET a = 1",
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=range(len(EXPRESSIONS)))
@pytest.mark.parametrize("parameter", ["FilterExpression", "ProjectionExpression"])
def test_expressions(shared, table, parameter, expression):
    body = {"TableName": table, parameter: expression}
    if parameter == "FilterExpression":
        body["ExpressionAttributeValues"] = {":v": {"S": "x"}}
    answer = web.dynamodb(shared.port, "Scan", json.dumps(body))
    allowed = (200, 400) if any(word in expression for word in ("AND", "OR", "NOT")) else (400,)
    assert answer.status in allowed, answer.text
    if answer.status == 400:
        assert answer.json["__type"].endswith("#ValidationException"), answer.text


TOO_LARGE = {
    "dynamodb": ("dynamodb", "POST", "/", TARGET, 16 * MIB + 1),
    "logs": ("logs", "POST", "/", {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328.CreateLogGroup"}, 16 * MIB + 1),
    "invoke": ("lambda", "POST", "/2015-03-31/functions/f/invocations", {}, 6 * MIB + 101),
    "zip": ("lambda", "POST", "/2015-03-31/functions", {"Content-Type": "application/json"}, 70 * MIB + 1),
}  # fmt: skip


@pytest.mark.parametrize("case", TOO_LARGE)
def test_too_large(shared, case):
    """One byte more than AWS takes: 413, after which the connection can be used or is closed cleanly."""
    service, method, path, headers, size = TOO_LARGE[case]
    answer = web.signed(shared.port, service, method, path, b"{" * size, headers)
    assert answer.status == 413, (answer.status, answer.text)


def test_too_large_for_a_gateway(shared):
    answer = web.request(shared.port, "POST", "/restapis/a/b/_user_request_/c", b"x" * (10 * MIB + 1))
    assert (answer.status, answer.text) == (413, "HTTP content length exceeded 10485760 bytes.")


def test_endless_chunks(shared):
    """A chunked body without an end is answered or cut off, however long the client goes on."""
    head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    head += "".join(f"{key}: {value}\r\n" for key, value in TARGET.items()) + "\r\n"
    chunk = b"100000\r\n" + b" " * MIB + b"\r\n"
    with web.Wire(shared.port) as wire:
        wire.send(head.encode())
        with pytest.raises(OSError):
            for _ in range(1024):
                wire.send(chunk)


RAW = {
    "nonsense": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50,
    "no version": b"GET /\r\n\r\n",
    "bad version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "no host": b"GET /_fogbank/health HTTP/1.1\r\n\r\n",
    "bad header": b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
    "null in a header": b"GET / HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
    "bad length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and chunks": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bad chunk": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: x\r\n"
    + b"".join(b"X-%d: y\r\n" % i for i in range(5000))
    + b"\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 3 * MIB + b"\r\n\r\n",
    "a long path": b"GET /" + b"a" * 3 * MIB + b" HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("case", RAW)
def test_broken_http(shared, case):
    with web.Wire(shared.port) as wire:
        try:
            wire.send(RAW[case])
            wire.end_of_sending()
            answer = wire.answer()
        except OSError:
            return  # closed on us
    assert answer is None or answer.status < 500, answer


def test_a_body_that_never_comes(shared):
    """Half a request, then silence: others are served meanwhile."""
    with web.Wire(shared.port) as wire:
        wire.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert shared.health()
        wire.end_of_sending()
        answer = wire.answer()
        assert answer is None or 400 <= answer.status < 500


PATHS = {
    "wrong verb": ("dynamodb", "GET", "/", TARGET, (404, 405)),
    "wrong path": ("dynamodb", "POST", "/wrong", TARGET, (404,)),
    "unknown target": ("dynamodb", "POST", "/", TARGET | {"X-Amz-Target": "Nonsense_1.PutItem"}, (400, 404)),
    "no target": ("dynamodb", "POST", "/", {"Content-Type": "application/x-amz-json-1.0"}, (400, 404)),
    "lambda path": ("lambda", "GET", "/2015-03-31/nonsense", {}, (403, 404)),
    "lambda verb": ("lambda", "PATCH", "/2015-03-31/functions/f", {}, (403, 404, 405)),
    "gateway path": ("apigateway", "GET", "/restapis/a/nonsense", {}, (403, 404)),
    "bad escape": ("lambda", "GET", "/2015-03-31/functions/%zz", {}, (400, 403, 404)),
    "escaped null": ("lambda", "GET", "/2015-03-31/functions/%00", {}, (400, 403, 404)),
    "not utf-8": ("lambda", "GET", "/2015-03-31/functions/%ff%fe", {}, (400, 403, 404)),
    "dots": ("lambda", "GET", "/2015-03-31/functions/../../etc/passwd", {}, (400, 403, 404)),
    "nothing at all": ("s3", "GET", "/bucket/key", {}, (400, 403, 404, 501)),
}


@pytest.mark.parametrize("case", PATHS)
def test_wrong_verbs_and_paths(shared, case):
    service, method, path, headers, statuses = PATHS[case]
    answer = web.signed(shared.port, service, method, path, b"" if method == "GET" else b"{}", headers)
    assert answer.status in statuses, (answer.status, answer.text)


FORMS = {
    "no action": b"",
    "bad escape": b"Action=%zz&Version=2010-05-08",
    "not utf-8": b"Action=GetRole&RoleName=%ff&Version=2010-05-08",
    "deep member": b"Action=CreateRole&Version=2010-05-08" + b"&Tags" + b".member.1" * 5000 + b"=x",
    "huge index": b"Action=TagRole&Version=2010-05-08&RoleName=a&Tags.member.99999999999999999999.Key=x",
    "many fields": b"Action=ListUsers&Version=2010-05-08" + b"&a=b" * 100_000,
    "a policy of brackets": b"Action=CreatePolicy&Version=2010-05-08&PolicyName=deep&PolicyDocument="
    + b"%5B" * 50_000,
}


@pytest.mark.parametrize("case", FORMS)
def test_forms(shared, case):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = web.signed(shared.port, "iam", "POST", "/", FORMS[case], headers)
    assert answer.status < 500, (answer.status, answer.text)
    if case != "many fields":
        assert 400 <= answer.status, answer.text


AUTHORIZATIONS = [
    "",
    "AWS4-HMAC-SHA256",
    "AWS4-HMAC-SHA256 Credential=",
    "AWS4-HMAC-SHA256 Credential=test/x/y, SignedHeaders=, Signature=",
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature="
    + "0" * 64,
    "AWS4-HMAC-SHA256 Credential=" + "/" * 10_000,
    "Basic dGVzdDp0ZXN0",
    "Bearer x",
    "\xff\xfe",
]


@pytest.mark.parametrize("value", AUTHORIZATIONS, ids=range(len(AUTHORIZATIONS)))
def test_authorizations(shared, value):
    answer = web.request(shared.port, "POST", "/", b"{}", TARGET | {"Authorization": value})
    assert answer.status in (400, 403), (answer.status, answer.text)


def test_payloads_of_invocations(shared):
    for payload in (b"{", b"\xff", b"nonsense"):
        path = "/2015-03-31/functions/missing/invocations"
        answer = web.signed(shared.port, "lambda", "POST", path, payload)
        assert 400 <= answer.status < 500, answer.text


def test_many_silent_connections(shared):
    """Connections that say nothing do not keep others out for good."""
    wires = []
    try:
        for _ in range(500):
            wires.append(web.Wire(shared.port))
        wires[0].send(b"GET /_fogbank/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wires[0].answer().status == 200
    finally:
        for wire in wires:
            wire.__exit__()
    assert shared.health()
