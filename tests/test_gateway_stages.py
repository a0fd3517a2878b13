"""What stages do besides routing: caches, canaries, access logs and execution logs."""

import json

import pytest

from harness import http
from harness.endpoint import Endpoint
from harness.identities import unique
from harness.rest import Rest, mock_answer, send
from harness.server import eventually


def counting(admin) -> Rest:
    """GET answers something else every time, unless it comes from a cache."""
    api = Rest(admin)
    integration = {
        "type": "MOCK",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "cacheKeyParameters": ["method.request.querystring.q"],
    }
    at = api.method("GET", integration=integration, requestParameters={"method.request.querystring.q": False})
    api.response(at, responseTemplates=mock_answer('"$context.requestId"'))
    return api


def change(admin, api, **changes):
    """Replaces settings of the stage; `__` stands for a slash."""
    patches = [
        {"op": "replace", "path": "/" + path.replace("__", "/").replace("ALL", "*"), "value": value}
        for path, value in changes.items()
    ]
    return admin.apigateway.update_stage(restApiId=api.id, stageName="test", patchOperations=patches)


def test_caches(admin, shared):
    api = counting(admin).deploy()
    stage = change(admin, api, cacheClusterEnabled="true", cacheClusterSize="0.5", ALL__ALL__caching__enabled="true")
    assert (stage["cacheClusterEnabled"], stage["cacheClusterSize"]) == (True, "0.5")
    assert stage["cacheClusterStatus"] == "AVAILABLE"
    first = send(shared.port, api, "GET /?q=1").json
    assert send(shared.port, api, "GET /?q=1&other=2").json == first, "only q tells answers apart"
    assert send(shared.port, api, "GET /?q=2").json != first
    fresh = send(shared.port, api, "GET /?q=1", headers={"Cache-Control": "max-age=0"})
    assert fresh.json == first and fresh.headers["Warning"].startswith("199 Cache-control headers were ignored")
    change(admin, api, ALL__ALL__caching__unauthorizedCacheControlHeaderStrategy="FAIL_WITH_403")
    assert send(shared.port, api, "GET /?q=1", headers={"Cache-Control": "max-age=0"}).status == 403
    change(admin, api, ALL__ALL__caching__requireAuthorizationForCacheControl="false")
    fresh = send(shared.port, api, "GET /?q=1", headers={"Cache-Control": "max-age=0"})
    assert fresh.json != first
    assert send(shared.port, api, "GET /?q=1").json == fresh.json
    admin.apigateway.flush_stage_cache(restApiId=api.id, stageName="test")
    assert send(shared.port, api, "GET /?q=1").json != fresh.json


def test_canaries(admin, shared):
    gateway = admin.apigateway
    api = Rest(admin)
    at = api.method("GET")
    api.response(at, responseTemplates=mock_answer('"$stageVariables.color"'))
    api.deploy(variables={"color": "blue"})
    api.deploy(canarySettings={"percentTraffic": 0.0, "stageVariableOverrides": {"color": "green"}})
    assert {send(shared.port, api).json for _ in range(20)} == {"blue"}
    change(admin, api, canarySettings__percentTraffic="100.0")
    assert {send(shared.port, api).json for _ in range(20)} == {"green"}
    change(admin, api, canarySettings__percentTraffic="50.0")
    assert {send(shared.port, api).json for _ in range(100)} == {"blue", "green"}
    canary = gateway.get_stage(restApiId=api.id, stageName="test")["canarySettings"]
    promote = [
        {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"},
        {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"},
        {"op": "remove", "path": "/canarySettings"},
    ]
    stage = gateway.update_stage(restApiId=api.id, stageName="test", patchOperations=promote)
    assert "canarySettings" not in stage and stage["deploymentId"] == canary["deploymentId"]
    assert {send(shared.port, api).json for _ in range(20)} == {"green"}


def lines(admin, group: str) -> list[str]:
    try:
        events = admin.logs.filter_log_events(logGroupName=group)["events"]
    except admin.logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"] for event in events]


def test_access_logs(admin, shared):
    api = counting(admin).deploy()
    group = unique("access")
    admin.logs.create_log_group(logGroupName=group)
    layout = '{"id":"$context.requestId","status":"$context.status","path":"$context.resourcePath","length":$context.responseLength,"none":"$context.authorizer.principalId","error":$context.error.messageString}'
    change(
        admin,
        api,
        accessLogSettings__destinationArn=f"arn:aws:logs:us-east-1:000000000000:log-group:{group}",
        accessLogSettings__format=layout,
    )
    answer = send(shared.port, api)
    send(shared.port, api, "GET /nothing")
    logged = eventually(lambda: len(found := lines(admin, group)) == 2 and found, "two lines")
    first = next(line for line in logged if answer.json in line)
    assert json.loads(first.replace('"error":-', '"error":null')) == {
        "id": answer.json,
        "status": "200",
        "path": "/",
        "length": len(answer.body),
        "none": "-",
        "error": None,
    }
    assert any('"status":"403"' in line and '"Missing Authentication Token"' in line for line in logged)


def test_integrations_in_access_logs(admin, shared):
    """What the endpoint said, under both names of each variable."""
    with Endpoint() as endpoint:
        api = Rest(admin)
        api.method("GET", integration={"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": endpoint.url + "/status/404"})
        closed = {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": endpoint.url + "/garbage"}
        api.method("POST", integration=closed)
        api.deploy()
        group = unique("access")
        admin.logs.create_log_group(logGroupName=group)
        layout = "$context.requestId $context.httpMethod $context.integration.status $context.integrationStatus $context.integration.latency=$context.integrationLatency $context.integrationErrorMessage"
        change(
            admin,
            api,
            accessLogSettings__destinationArn=f"arn:aws:logs:us-east-1:000000000000:log-group:{group}",
            accessLogSettings__format=layout,
        )
        assert send(shared.port, api).status == 404
        assert send(shared.port, api, "POST /").status == 504
        logged = eventually(lambda: len(found := lines(admin, group)) == 2 and found, "two lines")
    told = dict(line.split(" ", 2)[1:] for line in logged)
    status, service_status, latency, error = told["GET"].split(" ", 3)
    one, other = latency.split("=")
    assert (status, service_status, one, error) == ("404", "404", other, "-") and one.isdigit()
    assert told["POST"].startswith("- - -=- Execution failed due to a network error")


def test_execution_logs(admin, shared):
    with Endpoint() as endpoint:
        api = Rest(admin)
        api.method("GET", integration={"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": endpoint.url})
        api.deploy()
        change(admin, api, ALL__ALL__logging__loglevel="INFO", ALL__ALL__logging__dataTrace="true")
        answer = send(shared.port, api)
        group = f"API-Gateway-Execution-Logs_{api.id}/test"
        logged = eventually(lambda: lines(admin, group), "lines")
    mark = f"({answer.headers['x-amzn-RequestId']}) "
    assert all(line.startswith(mark) for line in logged)
    told = [line.removeprefix(mark) for line in logged]
    assert f"Endpoint request URI: {endpoint.url}" in told
    assert "HTTP Method: GET, Resource Path: /" in told
    assert told[-2:] == ["Successfully completed execution", "Method completed with status: 200"]


BAD = {
    "a loop that never ends": "#foreach($i in [1..100000000])#foreach($j in [1..100000000])x#end#end",
    "a text that grows": '#set($a = "xxxxxxxxxx")#foreach($i in [1..100])#set($a = "$a$a")#end$a',
    "a catastrophic pattern": '$input.body.matches("(a+)+b")',
    "a path without end": "$input.path('$" + "..*" * 50 + "')",
}


@pytest.mark.parametrize("case", BAD)
def test_templates_that_would_never_end(admin, shared, case):
    api = Rest(admin)
    template = '{"statusCode": 200}##\n' + BAD[case]
    at = api.method("POST", integration={"type": "MOCK", "requestTemplates": {"application/json": template}})
    api.response(at)
    api.deploy()
    body = json.dumps("a" * 30) if "pattern" in case else json.dumps([[[[[[1] * 3] * 3] * 3] * 3] * 3] * 3)
    answer = send(shared.port, api, "POST /", body)
    assert answer.status in (200, 400, 500)


def test_bodies_and_heads_at_their_limits(admin, shared):
    api = Rest(admin)
    api.response(api.method("POST"))
    api.deploy()
    most = b"1" * (10 * 1024 * 1024)
    assert send(shared.port, api, "POST /", most).status == 200
    over = send(shared.port, api, "POST /", most + b"1")
    assert (over.status, over.text) == (413, "HTTP content length exceeded 10485760 bytes.")
    assert send(shared.port, api, "POST /", headers={"X-Long": "a" * 9000}).status == 200
    for path in ("/../../stages/test", "/%2e%2e/%2e%2e/", "/..%2f..", "/%00", "/%ff"):
        answer = http.request(shared.port, "POST", api.path(path))
        assert answer.status in (400, 403), path
