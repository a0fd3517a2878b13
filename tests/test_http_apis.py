"""HTTP APIs: made with boto3, asked over plain HTTP."""

import base64
import json
import time
from urllib.parse import quote

import pytest

from harness import functions, http
from harness.clients import Clients, refused, status_of
from harness.endpoint import Endpoint
from harness.environment import ACCOUNT, REGION
from harness.identities import allow, create_role, create_user, unique
from harness.microservice import create_function, function_arn
from harness.server import Server, eventually
from test_gateway_authorizers import Pool

ECHO = """
import json

def handler(event, context):
    asked = (event.get("queryStringParameters") or {}).get("answer")
    return json.loads(asked) if asked else event
"""

SHOW = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""

AUTHORIZER = """
calls = 0

def handler(event, context):
    global calls
    calls += 1
    who = (event["identitySource"] or [""])[0]
    if who == "broken":
        return {"principal": who}
    return {"isAuthorized": who == "ada", "context": {"who": who, "calls": calls, "arn": event["routeArn"]}}
"""


def inline(admin, source: str) -> str:
    package = {
        "Runtime": functions.PYTHON,
        "Handler": "index.handler",
        "Code": {"ZipFile": functions.zip_of({"index.py": source.encode()})},
    }
    return create_function(admin, package, create_role(admin))


def permit(admin, function: str, source: str):
    admin.lambda_.add_permission(
        FunctionName=function,
        StatementId=unique("gateway"),
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{source}",
    )


@pytest.fixture(scope="module")
def echo(admin) -> str:
    function = inline(admin, ECHO)
    permit(admin, function, "*")
    return function


@pytest.fixture(scope="module")
def endpoint():
    with Endpoint() as running:
        yield running


class HttpApi:
    """An API under construction, with a `$default` stage that deploys itself."""

    def __init__(self, admin: Clients, stage: dict | None = None, **settings):
        self.client = admin.of("apigatewayv2")
        self.id = self.client.create_api(Name=unique("http"), ProtocolType="HTTP", **settings)["ApiId"]
        self.client.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True, **(stage or {}))

    def integration(self, **settings) -> str:
        return self.client.create_integration(ApiId=self.id, **settings)["IntegrationId"]

    def function(self, name: str, version: str = "2.0", **settings) -> str:
        return self.integration(
            IntegrationType="AWS_PROXY",
            IntegrationUri=function_arn(name),
            PayloadFormatVersion=version,
            **settings,
        )

    def route(self, key: str, integration: str, **settings) -> str:
        target = f"integrations/{integration}"
        return self.client.create_route(ApiId=self.id, RouteKey=key, Target=target, **settings)["RouteId"]

    def send(self, port: int, line: str, body=b"", headers: dict | None = None):
        verb, path = line.split(" ", 1)
        host = f"{self.id}.execute-api.{REGION}.amazonaws.com"
        return http.request(port, verb, path, body, {"Host": host, **(headers or {})})


def test_quick_create(admin, shared, echo):
    client = admin.of("apigatewayv2")
    api = client.create_api(Name="quick", ProtocolType="HTTP", Target=function_arn(echo), Tags={"a": "b"})
    assert status_of(api) == 201
    assert api["RouteSelectionExpression"] == "$request.method $request.path"
    assert api["ApiKeySelectionExpression"] == "$request.header.x-api-key"
    assert (api["ProtocolType"], api["Tags"]) == ("HTTP", {"a": "b"})
    at = {"ApiId": api["ApiId"]}
    (route,) = client.get_routes(**at)["Items"]
    assert (route["RouteKey"], route["ApiGatewayManaged"]) == ("$default", True)
    (integration,) = client.get_integrations(**at)["Items"]
    assert route["Target"] == "integrations/" + integration["IntegrationId"]
    assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")
    (stage,) = client.get_stages(**at)["Items"]
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert client.get_deployment(**at, DeploymentId=stage["DeploymentId"])["AutoDeployed"] is True
    answer = http.request(shared.port, "GET", f"/_aws/execute-api/{api['ApiId']}/any/path")
    assert answer.json["rawPath"] == "/any/path"
    assert answer.headers["apigw-requestid"] == answer.json["requestContext"]["requestId"]
    client.delete_api(**at)
    with refused("NotFoundException", 404, f"Invalid API identifier specified {ACCOUNT}:{api['ApiId']}"):
        client.get_api(**at)


def test_events_in_format_2(admin, shared, echo):
    api = HttpApi(admin, {"StageVariables": {"color": "blue"}})
    api.route("POST /pets/{id}", api.function(echo))
    headers = {"X-Two": "a", "Cookie": "c=1; d=2", "Content-Type": "application/json", "User-Agent": "tests"}
    event = api.send(shared.port, "POST /pets/a%20b?q=1&q=2&e=%26", '{"a": 1}', headers).json
    context = event.pop("requestContext")
    sent = event.pop("headers")
    assert event == {
        "version": "2.0",
        "routeKey": "POST /pets/{id}",
        "rawPath": "/pets/a b",
        "rawQueryString": "q=1&q=2&e=%26",
        "cookies": ["c=1", "d=2"],
        "queryStringParameters": {"q": "1,2", "e": "&"},
        "pathParameters": {"id": "a b"},
        "stageVariables": {"color": "blue"},
        "body": '{"a": 1}',
        "isBase64Encoded": False,
    }
    assert "cookie" not in sent and sent["x-two"] == "a" and sent["content-length"] == "8"
    assert {"host", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id"} <= set(sent)
    assert context["http"] == {
        "method": "POST",
        "path": "/pets/a b",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "tests",
    }
    assert context["domainName"] == f"{api.id}.execute-api.{REGION}.amazonaws.com"
    assert (context["stage"], context["apiId"], context["accountId"]) == ("$default", api.id, ACCOUNT)
    assert abs(context["timeEpoch"] / 1000 - time.time()) < 600
    assert "authorizer" not in context
    binary = api.send(shared.port, "POST /pets/1", b"\xff", {"Content-Type": "image/png"}).json
    assert (binary["body"], binary["isBase64Encoded"]) == ("/w==", True)


def test_events_in_format_1(admin, shared):
    function = inline(admin, SHOW)
    permit(admin, function, "*")
    api = HttpApi(admin)
    api.client.create_stage(ApiId=api.id, StageName="dev", AutoDeploy=True)
    api.route("POST /pets/{id}", api.function(function, "1.0"))
    headers = {"Postman-Token": "t", "ACCEPT": "*/*", "Content-Type": "application/json", "User-Agent": "tests"}
    event = api.send(shared.port, "POST /dev/pets/a%20b?q=1&q=2", "{}", headers).json
    context = event["requestContext"]
    host = f"{api.id}.execute-api.{REGION}.amazonaws.com"
    sent = event["headers"]
    assert list(event) == [
        "version",
        "resource",
        "path",
        "httpMethod",
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "requestContext",
        "pathParameters",
        "stageVariables",
        "body",
        "isBase64Encoded",
    ]
    assert (event["version"], event["resource"], event["path"]) == ("1.0", "/pets/{id}", "/dev/pets/a b")
    assert (event["pathParameters"], event["stageVariables"]) == ({"id": "a b"}, None)
    assert (event["queryStringParameters"], event["multiValueQueryStringParameters"]) == ({"q": "2"}, {"q": ["1", "2"]})
    assert (event["body"], event["isBase64Encoded"]) == ("{}", False)
    assert {"Content-Length", "Content-Type", "Host", "User-Agent", "X-Forwarded-For", "X-Amzn-Trace-Id"} <= set(sent)
    assert (sent["Postman-Token"], sent["accept"], event["multiValueHeaders"]["Host"]) == ("t", "*/*", [host])
    identity = context.pop("identity")
    nobody = ["accessKey", "accountId", "caller", "cognitoAmr", "cognitoAuthenticationProvider"]
    nobody += ["cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "user", "userArn"]
    assert identity == {**dict.fromkeys(nobody), "sourceIp": "127.0.0.1", "userAgent": "tests"}
    assert context.pop("requestId") == context.pop("extendedRequestId")
    assert context.pop("requestTime") and context.pop("requestTimeEpoch")
    assert context == {
        "accountId": ACCOUNT,
        "apiId": api.id,
        "domainName": host,
        "domainPrefix": api.id,
        "httpMethod": "POST",
        "path": "/dev/pets/a b",
        "protocol": "HTTP/1.1",
        "resourceId": "POST /pets/{id}",
        "resourcePath": "/pets/{id}",
        "stage": "dev",
    }


def test_answers_in_format_1(admin, shared, echo):
    api = HttpApi(admin)
    api.client.create_stage(ApiId=api.id, StageName="dev", AutoDeploy=True)
    api.route("GET /pets/{id}", api.function(echo, "1.0"))
    answer = {"statusCode": 201, "multiValueHeaders": {"X-A": ["1", "2"]}, "body": "made"}
    answer = api.send(shared.port, f"GET /dev/pets/7?answer={quote(json.dumps(answer))}")
    assert (answer.status, answer.text, answer.headers.get_all("X-A")) == (201, "made", ["1", "2"])
    malformed = api.send(shared.port, "GET /dev/pets/7?q=1&q=2")
    assert (malformed.status, malformed.json) == (500, {"message": "Internal Server Error"}), "an event is no answer"


ANSWERS = [
    ({"a": 1}, 200, '{"a":1}', "application/json"),
    ("text", 200, "text", "application/json"),
    ({"statusCode": 404, "body": "gone", "headers": {"content-type": "text/plain"}}, 404, "gone", "text/plain"),
    ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}, 200, "hi", "text/plain; charset=utf-8"),
]


@pytest.mark.parametrize("returned, status, body, content_type", ANSWERS)
def test_answers_in_format_2(admin, shared, echo, returned, status, body, content_type):
    api = HttpApi(admin)
    api.route("$default", api.function(echo))
    answer = api.send(shared.port, f"GET /?answer={quote(json.dumps(returned))}")
    assert (answer.status, answer.text.replace(" ", "")) == (status, body)
    assert answer.headers["content-type"] == content_type


BAD_ANSWERS = [
    {"statusCode": 99},
    {"statusCode": "abc"},
    {"statusCode": 200.5},
    {"statusCode": None},
    {"statusCode": 200, "headers": []},
    {"statusCode": 200, "headers": {"a": ["x"]}},
    {"statusCode": 200, "cookies": "a=1"},
    {"statusCode": 200, "isBase64Encoded": True, "body": "!"},
]


def test_bad_answers_in_format_2(admin, shared, echo):
    api = HttpApi(admin)
    api.route("$default", api.function(echo))
    for returned in BAD_ANSWERS:
        answer = api.send(shared.port, f"GET /?answer={quote(json.dumps(returned))}")
        assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"}), returned
    empty = api.send(shared.port, f"GET /?answer={quote(json.dumps({'statusCode': 302}))}")
    assert (empty.status, empty.body, empty.headers["content-type"]) == (302, b"", None)


BODIES = [
    ("text/plain", b"a", "a"),
    ("application/json; charset=utf-8", b"{}", "{}"),
    ("application/vnd.api+json", b"{}", "{}"),
    ("text/plain", b"\xff", None),
    ("application/x-www-form-urlencoded", b"a=1", None),
    ("multipart/form-data; boundary=x", b"--x", None),
    ("application/octet-stream", b"a", None),
]


def test_bodies_in_format_2(admin, shared, echo):
    api = HttpApi(admin)
    api.route("$default", api.function(echo))
    for kind, body, text in BODIES:
        event = api.send(shared.port, "POST /", body, {"Content-Type": kind}).json
        expected = (base64.b64encode(body).decode(), True) if text is None else (text, False)
        assert (event["body"], event["isBase64Encoded"]) == expected, kind


def test_functions_see_mapped_requests(admin, shared, echo):
    api = HttpApi(admin, {"StageVariables": {"color": "blue"}})
    parameters = {
        "append:header.x-all": "$request.header.x-own",
        "overwrite:header.x-color": "${stageVariables.color}!",
        "remove:header.x-gone": "''",
        "overwrite:querystring.id": "$request.path.id",
        "remove:querystring.drop": "''",
    }
    api.route("GET /pets/{id}", api.function(echo, RequestParameters=parameters))
    headers = {"X-Own": "1", "X-All": "0", "X-Gone": "x"}
    event = api.send(shared.port, "GET /pets/7?drop=1&keep=2", headers=headers).json
    sent = event["headers"]
    assert (sent["x-all"], sent["x-color"], "x-gone" in sent) == ("0,1", "blue!", False)
    assert event["queryStringParameters"] == {"keep": "2", "id": "7"}
    assert event["rawQueryString"] == "keep=2&id=7"


def test_cookies_become_headers(admin, shared, echo):
    api = HttpApi(admin)
    api.route("$default", api.function(echo))
    returned = quote('{"statusCode": 200, "cookies": ["a=1", "b=2"]}')
    assert api.send(shared.port, f"GET /?answer={returned}").headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_routes_are_ranked(admin, shared, echo):
    api = HttpApi(admin)
    function = api.function(echo)
    keys = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]
    for key in keys:
        api.route(key, function)
    for line, key in {
        "GET /pets/dog/1": "GET /pets/dog/1",
        "GET /pets/dog/2": "GET /pets/dog/{id}",
        "GET /pets/cat/1": "GET /pets/{proxy+}",
        "POST /test/5": "ANY /{proxy+}",
        "GET /": "ANY /{proxy+}",
    }.items():
        assert api.send(shared.port, line).json["routeKey"] == key, line
    with refused("ConflictException", 409, "Route with key $default already exists for this API"):
        api.route("$default", function)
    for bad in ("GET", "FETCH /x", "GET x"):
        with refused("BadRequestException", 400):
            api.route(bad, function)


def test_nothing_is_found(admin, shared, echo):
    api = HttpApi(admin)
    api.route("GET /pets", api.function(echo))
    for line in ("GET /", "POST /pets", "GET /pets/", "GET /pets/1"):
        answer = api.send(shared.port, line)
        assert (answer.status, answer.json) == (404, {"message": "Not Found"}), line
        assert answer.headers["content-type"] == "application/json"


def test_the_functions_policy_decides(admin, shared):
    function = inline(admin, ECHO)
    api = HttpApi(admin)
    integration = api.function(function)
    api.route("GET /pets/{id}", integration)
    api.route("$default", integration)
    denied = api.send(shared.port, "GET /pets/1")
    assert (denied.status, denied.json) == (500, {"message": "Internal Server Error"})
    permit(admin, function, f"{api.id}/*/GET/pets/*")
    assert api.send(shared.port, "GET /pets/1").status == 200
    assert api.send(shared.port, "GET /other").status == 500
    permit(admin, function, f"{api.id}/*/$default")
    assert api.send(shared.port, "GET /other").status == 200


def test_stages_and_deployments(admin, shared, echo):
    client = admin.of("apigatewayv2")
    api = client.create_api(Name="staged", ProtocolType="HTTP")["ApiId"]
    with refused("BadRequestException", 400, "At least one route is required before deploying the API."):
        client.create_deployment(ApiId=api)
    integration = client.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function_arn(echo), PayloadFormatVersion="2.0"
    )
    assert (integration["ConnectionType"], integration["TimeoutInMillis"]) == ("INTERNET", 30000)
    target = "integrations/" + integration["IntegrationId"]
    client.create_route(ApiId=api, RouteKey="GET /one", Target=target)
    client.create_stage(ApiId=api, StageName="dev")

    def status(path):
        return http.request(shared.port, "GET", f"/_aws/execute-api/{api}/dev{path}").status

    assert status("/one") == 404, "not deployed"
    first = client.create_deployment(ApiId=api, StageName="dev")["DeploymentId"]
    client.create_route(ApiId=api, RouteKey="GET /two", Target=target)
    assert (status("/one"), status("/two")) == (200, 404)
    second = client.create_deployment(ApiId=api)["DeploymentId"]
    client.update_stage(ApiId=api, StageName="dev", DeploymentId=second)
    assert (status("/one"), status("/two")) == (200, 200)
    client.delete_deployment(ApiId=api, DeploymentId=first)
    with refused("BadRequestException", 400):
        client.delete_deployment(ApiId=api, DeploymentId=second)
    with refused("ConflictException", 409):
        client.delete_integration(ApiId=api, IntegrationId=integration["IntegrationId"])
    event = http.request(shared.port, "GET", f"/_aws/execute-api/{api}/dev/one").json
    assert (event["rawPath"], event["requestContext"]["stage"]) == ("/dev/one", "dev")
    pages = client.get_routes(ApiId=api, MaxResults="1")
    rest = client.get_routes(ApiId=api, MaxResults="1", NextToken=pages["NextToken"])
    assert len({page["Items"][0]["RouteKey"] for page in (pages, rest)}) == 2 and "NextToken" not in rest


def test_http_proxy(admin, shared, endpoint):
    api = HttpApi(admin)
    mapped = api.integration(
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri=endpoint.url + "/show/{proxy}",
        RequestParameters={
            "append:header.X-Added": "$request.header.X-Own",
            "overwrite:querystring.q": "${request.path.proxy}-${context.stage}",
            "remove:header.X-Gone": "''",
        },
        ResponseParameters={"200": {"overwrite:statuscode": "202", "append:header.X-Method": "$response.body.method"}},
    )
    api.route("ANY /a/{proxy+}", mapped)
    headers = {"X-Own": "own", "X-Gone": "gone"}
    answer = api.send(shared.port, "PUT /a/b/c?q=1&x=2", b"body", headers)
    shown = answer.json
    assert (answer.status, answer.headers["X-Method"]) == (202, "PUT")
    assert (shown["method"], shown["path"], shown["body"]) == ("PUT", "/show/b/c", "body")
    assert shown["query"] == {"x": ["2"], "q": ["b/c-$default"]}
    assert shown["headers"]["x-added"] == "own" and "x-gone" not in shown["headers"]
    assert "forwarded" in shown["headers"] and shown["headers"]["via"] == "HTTP/1.1 AmazonAPIGateway"
    rewritten = api.integration(
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri=endpoint.url,
        RequestParameters={"overwrite:path": "/other/$request.path".replace("$request.path", "${request.path}")},
    )
    api.route("GET /b", rewritten)
    assert api.send(shared.port, "GET /b").json["path"].replace("//", "/") == "/other/b"
    for path, status in (("/close", 503), ("/garbage", 503)):
        broken = api.integration(
            IntegrationType="HTTP_PROXY", IntegrationMethod="GET", IntegrationUri=endpoint.url + path
        )
        api.route(f"GET {path}", broken)
        answer = api.send(shared.port, f"GET {path}")
        assert (answer.status, answer.json) == (status, {"message": "Service Unavailable"})
    slow = api.integration(
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri=endpoint.url + "/slow",
        TimeoutInMillis=50,
    )
    api.route("GET /slow", slow)
    assert api.send(shared.port, "GET /slow").status == 503
    for bad in ("append:path", "overwrite:header.Authorization", "put:header.x"):
        with refused("BadRequestException", 400):
            api.integration(
                IntegrationType="HTTP_PROXY",
                IntegrationMethod="GET",
                IntegrationUri=endpoint.url,
                RequestParameters={bad: "x"},
            )


def test_cors(admin, shared, echo):
    cors = {
        "AllowOrigins": ["https://a.example"],
        "AllowMethods": ["GET", "PUT"],
        "AllowHeaders": ["x-own"],
        "ExposeHeaders": ["x-shown"],
        "MaxAge": 60,
        "AllowCredentials": True,
    }
    api = HttpApi(admin, CorsConfiguration=cors)
    api.route("GET /", api.function(echo))
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
    preflight = api.send(shared.port, "OPTIONS /anything", headers=asks)
    assert (preflight.status, preflight.body) == (204, b"")
    allowed = {name.lower(): value for name, value in preflight.headers.items() if "access-control" in name.lower()}
    assert allowed == {
        "access-control-allow-origin": "https://a.example",
        "access-control-allow-methods": "GET,PUT",
        "access-control-allow-headers": "x-own",
        "access-control-expose-headers": "x-shown",
        "access-control-max-age": "60",
        "access-control-allow-credentials": "true",
    }
    answer = api.send(shared.port, "GET /", headers={"Origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    other = api.send(shared.port, "GET /", headers={"Origin": "https://b.example"})
    assert "access-control-allow-origin" not in other.headers
    api.client.delete_cors_configuration(ApiId=api.id)
    assert api.send(shared.port, "OPTIONS /", headers=asks).status == 404


def test_throttling(admin, shared, echo):
    api = HttpApi(admin)
    integration = api.function(echo)
    api.route("GET /slow", integration)
    api.route("GET /fast", integration)
    slow = {"GET /slow": {"ThrottlingRateLimit": 0.001, "ThrottlingBurstLimit": 2}}
    api.client.update_stage(ApiId=api.id, StageName="$default", RouteSettings=slow)
    answers = [api.send(shared.port, "GET /slow") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 429, 429]
    assert answers[-1].json == {"message": "Too Many Requests"}
    assert api.send(shared.port, "GET /fast").status == 200


def test_lambda_authorizers(admin, shared, echo):
    function = inline(admin, AUTHORIZER)
    api = HttpApi(admin)
    settings = {
        "Name": "guard",
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn(function)}/invocations",
        "IdentitySource": ["$request.header.X-Who"],
        "AuthorizerPayloadFormatVersion": "2.0",
        "EnableSimpleResponses": True,
        "AuthorizerResultTtlInSeconds": 300,
    }
    guard = api.client.create_authorizer(ApiId=api.id, **settings)["AuthorizerId"]
    permit(admin, function, f"{api.id}/authorizers/{guard}")
    api.route("GET /", api.function(echo), AuthorizationType="CUSTOM", AuthorizerId=guard)

    def get(who):
        return api.send(shared.port, "GET /", headers={"X-Who": who} if who else {})

    assert (get(None).status, get(None).json) == (401, {"message": "Unauthorized"})
    assert (get("eve").status, get("eve").json) == (403, {"message": "Forbidden"})
    assert (get("broken").status, get("broken").json) == (500, {"message": "Internal Server Error"})
    first = get("ada").json["requestContext"]["authorizer"]
    assert first["lambda"]["who"] == "ada"
    assert first["lambda"]["arn"] == f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/$default/GET/"
    assert get("ada").json["requestContext"]["authorizer"] == first, "kept"
    api.client.reset_authorizers_cache(ApiId=api.id, StageName="$default")
    assert get("ada").json["requestContext"]["authorizer"] != first
    with refused("ConflictException", 409):
        api.client.delete_authorizer(ApiId=api.id, AuthorizerId=guard)


def test_iam(admin, shared, echo):
    api = HttpApi(admin)
    api.route("GET /pets/{id}", api.function(echo), AuthorizationType="AWS_IAM")
    unsigned = api.send(shared.port, "GET /pets/1")
    assert (unsigned.status, unsigned.json) == (403, {"message": "Forbidden"})
    resource = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/$default/GET/pets/1"
    user = create_user(admin, allow("execute-api:Invoke", on=resource))

    def get(path):
        headers = {"Host": f"{api.id}.execute-api.{REGION}.amazonaws.com"}
        identity = {"key": user.key, "secret": user.secret}
        return http.signed(shared.port, "execute-api", "GET", path, headers=headers, **identity)

    event = get("/pets/1").json
    assert event["requestContext"]["authorizer"]["iam"]["accessKey"] == user.key
    assert get("/pets/2").status == 403


def test_tokens(tmp_path):
    pool = Pool()
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps(pool.jwks()))
    server = Server(tmp_path / "data", "--jwks", f"{pool.issuer}={keys}").start()
    try:
        admin = Clients(server.endpoint)
        function = inline(admin, ECHO)
        permit(admin, function, "*")
        api = HttpApi(admin)
        guard = api.client.create_authorizer(
            ApiId=api.id,
            Name="tokens",
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": pool.issuer, "Audience": ["app"]},
        )["AuthorizerId"]
        guarded = {"AuthorizationType": "JWT", "AuthorizerId": guard}
        integration = api.function(function)
        api.route("GET /", integration, **guarded)
        api.route("GET /scoped", integration, **guarded, AuthorizationScopes=["read"])

        def get(path, token=None):
            headers = {"Authorization": token} if token else {}
            return api.send(server.port, f"GET {path}", headers=headers)

        missing = get("/")
        assert (missing.status, missing.json) == (401, {"message": "Unauthorized"})
        assert missing.headers["www-authenticate"] == "Bearer"
        good = get("/", "Bearer " + pool.token(aud="app", groups=["a", "b"])).json
        jwt = good["requestContext"]["authorizer"]["jwt"]
        assert (jwt["claims"]["sub"], jwt["claims"]["groups"], jwt["scopes"]) == ("u-1", "[a b]", None)
        for wrong, why in (
            (pool.token(aud="other"), "the token does not have a valid audience"),
            (pool.token(aud="app", exp=time.time() - 1), "the token has expired"),
            (pool.token(aud="app", iss="https://elsewhere"), "the token does not have a valid issuer"),
            (pool.token(aud="app", nbf=time.time() + 600), "the token has not become valid yet"),
            (Pool().token(aud="app"), "signature is invalid"),
            ("nonsense", "token contains an invalid number of segments"),
        ):
            answer = get("/", wrong)
            assert (answer.status, answer.json) == (401, {"message": "Unauthorized"})
            challenge = f'Bearer scope="" error="invalid_token" error_description="{why}"'
            assert answer.headers["www-authenticate"] == challenge
        unscoped = get("/scoped", pool.token(aud="app", scope="write"))
        assert (unscoped.status, unscoped.json) == (403, {"message": "Forbidden"})
        challenge = 'Bearer scope="read" error="insufficient_scope" error_description="expected scopes: [read]"'
        assert unscoped.headers["www-authenticate"] == challenge
        scoped = get("/scoped", pool.token(client_id="app", scope="write read")).json
        assert scoped["requestContext"]["authorizer"]["jwt"]["scopes"] == ["write", "read"]
    finally:
        server.process.kill()


def test_access_logs(admin, shared, echo):
    group = unique("access")
    admin.logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    line = (
        '{"id":"$context.requestId","route":"$context.routeKey","status":$context.status,'
        '"why":"$context.error.message","path":"$context.path","integration":"$context.integration.status",'
        '"service":"$context.integrationStatus"}'
    )
    api = HttpApi(admin, {"AccessLogSettings": {"DestinationArn": arn, "Format": line}})
    api.route("GET /here", api.function(echo))
    found = api.send(shared.port, "GET /here")
    api.send(shared.port, "GET /away")

    def lines():
        events = admin.logs.filter_log_events(logGroupName=group)["events"]
        return sorted((json.loads(event["message"]) for event in events), key=lambda line: line["status"])

    eventually(lambda: len(lines()) == 2, "two lines")
    here, away = lines()
    assert here == {
        "id": found.headers["apigw-requestid"],
        "route": "GET /here",
        "status": 200,
        "why": "-",
        "path": "/here",
        "integration": "200",
        "service": "200",
    }
    assert (away["status"], away["why"]) == (404, "Not Found")


def test_documents_there_and_back(admin, shared, echo):
    client = admin.of("apigatewayv2")
    document = {
        "openapi": "3.0.1",
        "info": {"title": "imported", "version": "1", "description": "of a document"},
        "paths": {
            "/pets/{id}": {
                "get": {
                    "operationId": "getPet",
                    "security": [{"tokens": ["read"]}],
                    "x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/echo"},
                }
            },
            "/$default": {
                "x-amazon-apigateway-any-method": {
                    "isDefaultRoute": True,
                    "x-amazon-apigateway-integration": {
                        "type": "aws_proxy",
                        "httpMethod": "POST",
                        "uri": function_arn(echo),
                        "payloadFormatVersion": "2.0",
                    },
                }
            },
        },
        "components": {
            "x-amazon-apigateway-integrations": {
                "echo": {"type": "aws_proxy", "uri": function_arn(echo), "payloadFormatVersion": "1.0"}
            },
            "securitySchemes": {
                "tokens": {
                    "type": "oauth2",
                    "x-amazon-apigateway-authorizer": {
                        "type": "jwt",
                        "identitySource": "$request.header.Authorization",
                        "jwtConfiguration": {"issuer": "https://issuer.example", "audience": ["app"]},
                    },
                }
            },
        },
        "x-amazon-apigateway-cors": {"allowOrigins": ["*"]},
    }
    api = client.import_api(Body=json.dumps(document))
    at = {"ApiId": api["ApiId"]}
    assert (api["Name"], api["Version"], api["CorsConfiguration"]) == ("imported", "1", {"AllowOrigins": ["*"]})
    client.create_stage(**at, StageName="$default", AutoDeploy=True)
    routes = {route["RouteKey"]: route for route in client.get_routes(**at)["Items"]}
    assert set(routes) == {"GET /pets/{id}", "$default"}
    guarded = routes["GET /pets/{id}"]
    assert (guarded["AuthorizationType"], guarded["AuthorizationScopes"]) == ("JWT", ["read"])
    assert http.request(shared.port, "GET", f"/_aws/execute-api/{api['ApiId']}/pets/1").status == 401
    assert http.request(shared.port, "GET", f"/_aws/execute-api/{api['ApiId']}/x").json["routeKey"] == "$default"

    def routes(id):
        return sorted((route["RouteKey"], route["AuthorizationType"]) for route in client.get_routes(ApiId=id)["Items"])

    for kind in ("JSON", "YAML"):
        exported = client.export_api(**at, Specification="OAS30", OutputType=kind)["body"].read().decode()
        assert exported.startswith("{") == (kind == "JSON")
        assert routes(client.import_api(Body=exported)["ApiId"]) == routes(api["ApiId"])
    client.reimport_api(**at, Body=json.dumps({**document, "paths": {"/$default": document["paths"]["/$default"]}}))
    assert [route["RouteKey"] for route in client.get_routes(**at)["Items"]] == ["$default"]


def test_tags_domains_and_links(admin):
    client = admin.of("apigatewayv2")
    api = HttpApi(admin)
    arn = f"arn:aws:apigateway:{REGION}::/apis/{api.id}"
    client.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert client.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    name = unique("d") + ".example.com"
    domain = client.create_domain_name(DomainName=name, DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:x"}])
    assert domain["DomainNameConfigurations"][0]["SecurityPolicy"] == "TLS_1_2"
    mapping = client.create_api_mapping(DomainName=name, ApiId=api.id, Stage="$default", ApiMappingKey="v1")
    assert client.get_api_mappings(DomainName=name)["Items"][0]["ApiMappingId"] == mapping["ApiMappingId"]
    client.delete_domain_name(DomainName=name)
    link = client.create_vpc_link(Name="link", SubnetIds=["subnet-1"])["VpcLinkId"]
    assert client.get_vpc_link(VpcLinkId=link)["VpcLinkStatus"] == "AVAILABLE"
    client.delete_vpc_link(VpcLinkId=link)
