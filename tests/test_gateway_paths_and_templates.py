"""Which resource a path reaches, and what templates make of a request: case by case, against a MOCK
that answers with what the method saw, or an endpoint that shows what it was sent."""

import json
import socket

import pytest

from harness.endpoint import Endpoint
from harness.rest import Rest, mock_answer, send

JSON = "application/json"
SEEN = '{"resource": "$context.resourcePath", "method": "$context.httpMethod", "parameters": {#foreach($name in $input.params().path.keySet())"$name": "$util.escapeJavaScript($input.params().path.get($name))"#if($foreach.hasNext), #end#end}}'
RESOURCES = ["pets", "pets/{id}", "pets/cats", "pets/{id}/owner", "pets/dogs", "files", "files/{path+}", "files/own", "only"]


@pytest.fixture(scope="module")
def tree(admin) -> Rest:
    """A GET on each resource, ANY on the one for files, and on some nothing but PUT."""
    api = Rest(admin)
    made = {"": api.root}
    for path in RESOURCES:
        parent, _, part = path.rpartition("/")
        made[path] = api.resource(part, made[parent])
        verb = {"files/{path+}": "ANY", "files/own": "PUT", "pets/dogs": "PUT", "only": "PUT"}.get(path, "GET")
        api.response(api.method(verb, made[path]), responseTemplates=mock_answer(SEEN))
    return api.deploy()


# A request, the resource and the path parameters that it reaches, or none.
PATHS = [
    ("GET /pets", "/pets", {}),
    ("GET /pets/", "/pets", {}),
    ("GET //pets", "/pets", {}),
    ("GET /pets/7", "/pets/{id}", {"id": "7"}),
    ("GET /pets/7/", "/pets/{id}", {"id": "7"}),
    ("GET /pets/cats", "/pets/cats", {}),
    ("GET /pets/a%2Fb", "/pets/{id}", {"id": "a%2Fb"}),
    ("GET /pets/a%20b", "/pets/{id}", {"id": "a%20b"}),
    ("GET /pets/7/owner", "/pets/{id}/owner", {"id": "7"}),
    ("GET /pets/..", "/pets/{id}", {"id": ".."}),
    ("GET /pets//owner", None, None),
    ("GET /PETS", None, None),
    ("GET /pe%74s", None, None),
    ("POST /pets", None, None),
    ("GET /only", None, None),
    # A resource without the method leaves the request to a less specific one.
    ("PUT /pets/dogs", "/pets/dogs", {}),
    ("GET /pets/dogs", "/pets/{id}", {"id": "dogs"}),
    ("POST /pets/dogs", None, None),
    ("PUT /files/own", "/files/own", {}),
    ("GET /files/own", "/files/{path+}", {"path": "own"}),
    ("GET /files", "/files", {}),
    ("GET /files/a/b", "/files/{path+}", {"path": "a/b"}),
    ("GET /files/a//b", "/files/{path+}", {"path": "a//b"}),
    ("GET /files/../pets", "/files/{path+}", {"path": "../pets"}),
    ("PATCH /files/x?y=%2e%2e", "/files/{path+}", {"path": "x"}),
    ("GET /files/%2e%2e/%2e%2e/etc", "/files/{path+}", {"path": "%2e%2e/%2e%2e/etc"}),
]


@pytest.mark.parametrize(("line", "resource", "parameters"), PATHS)
def test_paths(tree, shared, line, resource, parameters):
    answer = send(shared.port, tree, line)
    if resource is None:
        assert (answer.status, answer.json) == (403, {"message": "Missing Authentication Token"})
        assert answer.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    else:
        seen = {"resource": resource, "method": line.split()[0], "parameters": parameters}
        assert (answer.status, answer.json) == (200, seen)


BODY = """{"a": [1, 2.50, {"b": "x\\"y'z"}], "n": null, "t": true, "big": 12345678901234567890, "o": {"k": "v", "l": [{"i": 1}, {"i": 2}, {"i": 3}]}}"""

# A template and what it makes of BODY at `POST .../p/7?q=1&q=2&e=a%20b` with the header `X-H: h`.
TEMPLATES = {
    "the body as it came": ("$input.body", BODY),
    "json of the body": ("$input.json('$.a')", '[1,2.5,{"b":"x\\"y\'z"}]'),
    "json of what is not there": ("[$input.json('$.none')]", '[""]'),
    "path of a text": ("$input.path('$.o.k')", "v"),
    "path of a number": ("$input.path('$.big')", "12345678901234567890"),
    "a filter": ("$input.json('$.o.l[?(@.i > 1)].i')", "[2,3]"),
    "a filter on what is there": ("$input.json('$.o.l[?(@.i)]')", '[{"i":1},{"i":2},{"i":3}]'),
    "a slice": ("$input.json('$.o.l[0:2].i')", "[1,2]"),
    "a deep scan": ("$input.json('$..i')", "[1,2,3]"),
    "brackets": ("$input.json(\"$['o']['k']\")", '"v"'),
    "a length": ("$input.path('$.o.l').size()", "3"),
    "params by kind": ("$input.params().path.id $input.params().querystring.get('q') $input.params().header.get('X-H')", "7 2 h"),
    "params by name": ("$input.params('id') $input.params('e') $input.params('x-h') [$input.params('none')]", "7 a b h []"),
    "escape": ("$util.escapeJavaScript($input.path('$.a[2].b'))", "x\\\"y'z"),
    "parse": ('$util.parseJson(\'{"x": [1, {"y": "z"}]}\').x[1].y', "z"),
    "URLs": ('$util.urlEncode("a b&c/é") $util.urlDecode("a+b%26")', "a+b%26c%2F%C3%A9 a b&"),
    "base 64": ('$util.base64Encode("né") $util.base64Decode("bsOp")', "bsOp né"),
    "stage variables": ("$stageVariables.color $stageVariables.get('color') $stageVariables['color']", "blue blue blue"),
    "the context": ("$context.stage $context.httpMethod $context.resourcePath $context.identity.sourceIp $context.apiId.length()", "test POST PATH 127.0.0.1 10"),
    "the context has no such member": ("[$context.none][$!context.none.none]", "[][]"),
    "set and arithmetic": ("#set($x = 7)#set($y = $x * 2 + 1)$y #set($z = $x / 2)$z #set($m = $x % 4)$m", "15 3 3"),
    "if and else": ("#if($x)a#elseif(1 == 1 && !false)b#{else}c#end", "b"),
    "foreach": ("#foreach($i in [1..3])$foreach.index:$foreach.count:$i#if($foreach.hasNext),#end#end", "0:1:1,1:2:2,2:3:3"),
    "foreach over a map": ("#foreach($e in $input.path('$.o').entrySet())$e.key=$e.value;#break#end", "k=v;"),
    "stop": ("before#stop after", "before"),
    "macro": ("#macro(pair $k $v)\"$k\": \"$v\"#end{#pair('a' 1), #pair(\"b\" 2)}", '{"a": "1", "b": "2"}'),
    "define": ("#define($d)<$x>#end#set($x = 1)$d#set($x = 2)$d", "<1><2>"),
    "strings": ('#set($s = "a-b-c")$s.replaceAll("-", "+") $s.split("-").size() $s.substring(2) $s.toUpperCase() $s.contains("b") $s.indexOf("c") $s.matches("a.*") $s.length()', "a+b+c 3 b-c A-B-C true 4 true 5"),
    "lists": ("#set($l = [1])#set($ignored = $l.add(2))#set($ignored = $l.remove(0))$l $l.isEmpty() $l.contains(2) $l.get(0)", "[2] false true 2"),
    "maps": ('#set($m = {"a": 1})#set($ignored = $m.put("b", 2))$m $m.keySet() $m.size() $m.containsKey("b") $m.remove("a")', "{a=1, b=2} [a, b] 2 true 1"),
    "comments": ("a## to the end\nb#* in\nbetween *#c#[[ $as is #if ]]#d", "abc $as is #if d"),
    "interpolation": ('#set($n = 1)"$n" #set($s = "<$n>")$s #set($r = \'<$n>\')$r', '"1" <1> <$n>'),
    "directives take their line": ("a\n#set($x = 1)\nb\n#if(true)\nc\n#end\nd", "a\nb\nc\nd"),
}  # fmt: skip


@pytest.fixture(scope="module")
def templates(admin) -> Rest:
    """Each template makes the body of a request to an endpoint that shows it."""
    with Endpoint() as endpoint:
        api = Rest(admin)
        for number, (template, _) in enumerate(TEMPLATES.values()):
            resource = api.resource("{id}", api.resource("p", api.resource(f"t{number}")))
            integration = {"type": "HTTP", "integrationHttpMethod": "POST", "uri": endpoint.url, "requestTemplates": {JSON: template}}
            api.response(api.method("POST", resource, integration))
        yield api.deploy(variables={"color": "blue"})


@pytest.mark.parametrize("case", TEMPLATES)
def test_templates(templates, shared, case):
    number = list(TEMPLATES).index(case)
    line = f"POST /t{number}/p/7?q=1&q=2&e=a%20b"
    answer = send(shared.port, templates, line, BODY, {"X-H": "h", "Content-Type": JSON})
    sent = answer.json["body"].encode("latin-1").decode()
    assert sent == TEMPLATES[case][1].replace("PATH", f"/t{number}/p/{{id}}")


# What fails, and the answer that each kind of failure gets: status, body, error type.
OVERRIDES = [
    ('#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-Set = "v"){}', 418, "v"),
    ("#set($context.responseOverride.status = 99){}", 200, None),
]


@pytest.mark.parametrize(("template", "status", "header"), OVERRIDES)
def test_overrides(admin, shared, template, status, header):
    api = Rest(admin)
    api.response(api.method("GET"), responseTemplates=mock_answer(template))
    answer = send(shared.port, api.deploy())
    assert (answer.status, answer.headers["X-Set"]) == (status, header)


def refusing_socket() -> int:
    """A port on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


def broken(api: Rest, **integration):
    return api.method("GET", integration={"type": "MOCK", "requestTemplates": {JSON: '{"statusCode": 200}'}, **integration})


FAILURES = {
    "no integration response": ({}, 500, "Internal server error", "InternalServerErrorException"),
    "a request template that fails": ({"requestTemplates": {JSON: "#if("}}, 500, "Internal server error", "InternalServerErrorException"),
    "a content type without a template": ({"passthroughBehavior": "NEVER", "requestTemplates": {"text/plain": "x"}}, 415, "Unsupported Media Type", "UnsupportedMediaTypeException"),
    "nobody at the endpoint": ({"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://127.0.0.1:PORT/"}, 504, "Network error communicating with endpoint", "InternalServerErrorException"),
    "a host that does not exist": ({"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "http://${stageVariables.none}/"}, 500, "Internal server error", "InternalServerErrorException"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILURES)
def test_failures(admin, shared, case):
    integration, status, message, kind = FAILURES[case]
    integration = json.loads(json.dumps(integration).replace("PORT", str(refusing_socket())))
    api = Rest(admin)
    if integration.get("type") == "HTTP_PROXY":
        api.method("GET", integration=integration)
    else:
        broken(api, **integration)
    answer = send(shared.port, api.deploy(), headers={"Content-Type": JSON})
    assert (answer.status, answer.json) == (status, {"message": message})
    assert answer.headers["x-amzn-ErrorType"] == kind
    assert answer.headers["Content-Type"] == JSON


def test_gateway_responses(admin, shared):
    """A type's own response decides, then the default of its class; the error type stays."""
    api = Rest(admin)
    api.response(api.method("GET"))
    put = api.gateway.put_gateway_response
    put(
        restApiId=api.id,
        responseType="DEFAULT_4XX",
        statusCode="404",
        responseParameters={"gatewayresponse.header.X-Asked": "method.request.querystring.q", "gatewayresponse.header.X-Fixed": "'f'"},
        responseTemplates={JSON: '{"type": "$context.error.responseType", "why": $context.error.messageString, "path": "$context.path"}'},
    )
    missing = send(shared.port, api.deploy(), "GET /none?q=1")
    assert (missing.status, missing.json) == (404, {"type": "MISSING_AUTHENTICATION_TOKEN", "why": "Missing Authentication Token", "path": "/test/none"})
    assert (missing.headers["X-Asked"], missing.headers["X-Fixed"]) == ("1", "f")
    assert missing.headers["x-amzn-ErrorType"] == "MissingAuthenticationTokenException"
    put(restApiId=api.id, responseType="MISSING_AUTHENTICATION_TOKEN", responseTemplates={"text/xml": "<m>$context.error.message</m>"})
    own = send(shared.port, api.deploy(), "GET /none", headers={"Accept": "text/xml"})
    assert (own.status, own.text, own.headers["Content-Type"]) == (403, "<m>Missing Authentication Token</m>", "text/xml")


def test_validation(admin, shared):
    api = Rest(admin)
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 1}}, "additionalProperties": False}
    api.gateway.create_model(restApiId=api.id, name="M", contentType=JSON, schema=json.dumps(schema))
    validator = api.gateway.create_request_validator(restApiId=api.id, name="v", validateRequestBody=True, validateRequestParameters=True)["id"]
    required = {"method.request.querystring.q": True, "method.request.header.X-R": True, "method.request.querystring.o": False}
    at = api.method("POST", requestValidatorId=validator, requestModels={JSON: "M"}, requestParameters=required)
    api.response(at)
    api.deploy()
    sent = {"X-R": "1", "Content-Type": JSON}
    cases = [
        ("POST /?q=1", '{"a": 1}', sent, 200, None),
        ("POST /?q=1", '{"a": 0}', sent, 400, "Invalid request body"),
        ("POST /?q=1", '{"a": 1, "b": 2}', sent, 400, "Invalid request body"),
        ("POST /?q=1", "", sent, 400, "Invalid request body"),
        ("POST /?q=1", "{", sent, 400, "Invalid request body"),
        ("POST /", '{"a": 1}', {"Content-Type": JSON}, 400, "Missing required request parameters: [X-R, q]"),
        ("POST /?q=", '{"a": 1}', sent, 400, "Missing required request parameters: [q]"),
    ]  # fmt: skip
    for line, body, headers, status, message in cases:
        answer = send(shared.port, api, line, body, headers)
        assert answer.status == status, (line, body, answer.text)
        if message is not None:
            assert answer.json == {"message": message}, (line, body)
            assert answer.headers["x-amzn-ErrorType"] == "BadRequestException"


def test_cors_as_users_configure_it(admin, shared):
    """A MOCK answers a browser's preflight; the method itself allows the origin."""
    api = Rest(admin)
    allowed = {
        "Access-Control-Allow-Origin": "'https://page.example'",
        "Access-Control-Allow-Methods": "'GET,PUT,OPTIONS'",
        "Access-Control-Allow-Headers": "'Content-Type,X-Own'",
        "Access-Control-Max-Age": "'600'",
    }
    api.response(api.method("OPTIONS"), headers=allowed)
    own = {"Access-Control-Allow-Origin": allowed["Access-Control-Allow-Origin"]}
    api.response(api.method("PUT"), headers=own, responseTemplates=mock_answer({"done": True}))
    api.deploy()
    asked = {
        "Origin": "https://page.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "x-own",
    }
    preflight = send(shared.port, api, "OPTIONS /", headers=asked)
    assert (preflight.status, preflight.body) == (200, b"")
    assert {name: preflight.headers[name] for name in allowed} == {
        name: value.strip("'") for name, value in allowed.items()
    }
    sent = {"Origin": "https://page.example", "X-Own": "1", "Content-Type": "application/json"}
    answer = send(shared.port, api, "PUT /", "{}", headers=sent)
    assert (answer.json, answer.headers["Access-Control-Allow-Origin"]) == ({"done": True}, "https://page.example")
