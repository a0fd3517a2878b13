"""Every form of the invoke URL, and what API Gateway answers where there is nothing to invoke."""

import json

import pytest

from harness import functions, http
from harness.environment import REGION
from harness.identities import create_role, unique
from harness.microservice import RestApi, create_function, function_arn, integration_uri


@pytest.fixture(scope="module")
def api(admin) -> RestApi:
    return RestApi(admin, create_function(admin, functions.probe(), create_role(admin)), path="probe")


FORMS = {
    "path": ("/restapis/{id}/test/_user_request_/probe", None),
    "aws path": ("/_aws/execute-api/{id}/test/probe", None),
    "localhost host": ("/test/probe", "{id}.execute-api.localhost:{port}"),
    "amazonaws host": ("/test/probe", "{id}.execute-api.us-east-1.amazonaws.com:{port}"),
    "amazonaws host without a port": ("/test/probe", "{id}.execute-api.us-east-1.amazonaws.com"),
    "localstack's host": ("/test/probe", "{id}.execute-api.localhost.localstack.cloud:{port}"),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(api, shared, form):
    path, host = (part and part.format(id=api.id, port=shared.port) for part in FORMS[form])
    answer = http.post(shared.port, path, {"value": form}, host)
    assert (answer.status, answer.json) == (200, form)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["x-amzn-RequestId"] and answer.headers["x-amz-apigw-id"]


def test_query_strings_and_slashes_reach_the_same_method(api, shared):
    for path in (api.url_path() + "?a=b&a=c", api.url_path() + "/"):
        answer = http.post(shared.port, path, {"value": 1})
        assert (answer.status, answer.json) == (200, 1), path


REFUSALS = {
    "no such path": ("POST", "/restapis/{id}/test/_user_request_/other", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"),
    "no such method": ("GET", "/restapis/{id}/test/_user_request_/probe", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"),
    "root": ("GET", "/restapis/{id}/test/_user_request_/", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"),
    "no such stage": ("POST", "/restapis/{id}/prod/_user_request_/probe", 403, "Forbidden", "ForbiddenException"),
    "no such api": ("POST", "/restapis/0000000000/test/_user_request_/probe", 403, "Forbidden", "ForbiddenException"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(api, shared, case):
    method, path, status, message, kind = REFUSALS[case]
    answer = http.request(shared.port, method, path.format(id=api.id), b"{}" if method == "POST" else b"")
    assert (answer.status, answer.json) == (status, {"message": message})
    assert answer.headers["x-amzn-ErrorType"] == kind


def test_a_deployment_is_a_snapshot(admin, shared):
    """Changes of resources show only after the next deployment; other stages keep theirs."""
    function = create_function(admin, functions.probe(), create_role(admin))
    api = RestApi(admin, function, path="probe")
    gateway = admin.apigateway
    gateway.delete_resource(restApiId=api.id, resourceId=api.resource)
    assert api.post(shared.port, {"value": "still there"}).json == "still there"
    root = gateway.get_resources(restApiId=api.id)["items"][0]["id"]
    at = {"restApiId": api.id, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**at, authorizationType="NONE")
    gateway.put_integration(**at, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    gateway.put_method_response(**at, statusCode="200")
    gateway.put_integration_response(
        **at, statusCode="200", responseTemplates={"application/json": '{"mock": true}'}
    )
    root_path = f"/restapis/{api.id}/test/_user_request_/"
    assert http.request(shared.port, "GET", root_path).status == 403
    gateway.create_deployment(restApiId=api.id, stageName="test")
    answer = http.request(shared.port, "GET", root_path)
    assert (answer.status, answer.json) == (200, {"mock": True})
    assert api.post(shared.port, {"value": "gone"}).status == 403


def integration_api(admin, function: str, **integration) -> RestApi:
    """The usual API, its integration replaced and deployed again."""
    api = RestApi(admin, function, path="probe")
    at = {"restApiId": api.id, "resourceId": api.resource, "httpMethod": "POST"}
    arguments = {
        "type": "AWS",
        "integrationHttpMethod": "POST",
        "uri": integration_uri(function_arn(function)),
    }
    admin.apigateway.put_integration(**at, **(arguments | integration))
    # Its responses went with the integration that was replaced.
    admin.apigateway.put_integration_response(**at, statusCode="200")
    api.at = at
    return api


def test_proxy_integration(admin, shared):
    """AWS_PROXY: the event of the documentation, and the function's own status, headers and body."""
    source = b"""
def handler(event, context):
    import json
    return {"statusCode": 201, "headers": {"X-Own": "yes", "Content-Type": "text/plain"}, "body": json.dumps(event)}
"""
    package = functions.probe() | {"Code": {"ZipFile": functions.zip_of({"probe.py": source})}}
    function = create_function(admin, package, create_role(admin))
    api = integration_api(admin, function, type="AWS_PROXY")
    admin.apigateway.create_deployment(restApiId=api.id, stageName="test", variables={"stage": "variable"})
    answer = http.request(
        shared.port, "POST", api.url_path() + "?a=1&b=x%20y&a=2", b'{"raw": 1}', {"X-Sent": "v", "Content-Type": "application/json"}
    )  # fmt: skip
    assert (answer.status, answer.headers["X-Own"], answer.headers["Content-Type"]) == (
        201,
        "yes",
        "text/plain",
    )
    event = answer.json
    assert set(event) == {
        "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters",
        "multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext", "body", "isBase64Encoded",
    }  # fmt: skip
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/probe", "/probe", "POST")
    assert event["headers"]["X-Sent"] == "v" and event["multiValueHeaders"]["X-Sent"] == ["v"]
    assert event["queryStringParameters"] == {"a": "2", "b": "x y"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["x y"]}
    assert (event["pathParameters"], event["stageVariables"]) == (None, {"stage": "variable"})
    assert (event["body"], event["isBase64Encoded"]) == ('{"raw": 1}', False)
    context = event["requestContext"]
    assert (context["stage"], context["apiId"], context["resourcePath"]) == ("test", api.id, "/probe")
    assert len(context["identity"]) == 12 and context["identity"]["sourceIp"] == "127.0.0.1"


PROXY_ANSWERS = [
    ("{'statusCode': 204}", 204, ""),
    ("{'statusCode': '202', 'body': 'text'}", 202, "text"),
    ("'just a string'", 502, '{"message":"Internal server error"}'),
    ("{'body': 'b', 'unknown': 1}", 502, '{"message":"Internal server error"}'),
]


def test_what_a_proxy_function_may_answer(admin, shared):
    source = "def handler(event, context):\n    return [%s][int(event['queryStringParameters']['case'])]\n"
    code = source % ", ".join(answer for answer, _, _ in PROXY_ANSWERS)
    package = functions.probe() | {"Code": {"ZipFile": functions.zip_of({"probe.py": code.encode()})}}
    api = integration_api(admin, create_function(admin, package, create_role(admin)), type="AWS_PROXY")
    admin.apigateway.create_deployment(restApiId=api.id, stageName="test")
    for case, (_, status, body) in enumerate(PROXY_ANSWERS):
        answer = http.request(shared.port, "POST", f"{api.url_path()}?case={case}", b"")
        # Whether there is a space after the colon is not known.
        assert (answer.status, answer.text.replace('": "', '":"')) == (status, body), PROXY_ANSWERS[case]


def test_templates_and_selection_patterns(admin, shared):
    """A request template shapes the event; a pattern on the error message picks the status."""
    function = create_function(admin, functions.probe(), create_role(admin))
    template = (
        '{"do": "$input.params(\'do\')", "message": $input.json(\'$.why\'), "value": $input.json(\'$\')}'
    )
    api = integration_api(admin, function, requestTemplates={"application/json": template})
    gateway = admin.apigateway
    gateway.put_method_response(**api.at, statusCode="404")
    gateway.put_integration_response(
        **api.at,
        statusCode="404",
        selectionPattern=".*nothing.*",
        responseTemplates={"application/json": "{\"error\": $input.json('$.errorMessage')}"},
    )
    gateway.create_deployment(restApiId=api.id, stageName="test")
    found = http.post(shared.port, api.url_path() + "?do=echo", {"why": "", "x": [1, "é"]})
    assert (found.status, found.json) == (200, {"why": "", "x": [1, "é"]})
    missing = http.post(shared.port, api.url_path() + "?do=fail", {"why": "nothing here"})
    assert (missing.status, missing.json) == (404, {"error": "nothing here"})
    other = http.post(shared.port, api.url_path() + "?do=fail", {"why": "else"})
    assert (other.status, other.json["errorMessage"], other.json["errorType"]) == (200, "else", "ValueError")


def test_a_custom_id(admin, shared):
    name = unique("custom").replace("-", "")[:18]
    made = admin.apigateway.create_rest_api(name=name, tags={"_custom_id_": name})
    assert made["id"] == name
    assert http.request(shared.port, "GET", f"/restapis/{name}/test/_user_request_/").status == 403


def test_sources_of_a_permission(admin, shared):
    """The ARN in a permission decides: another API's, another method's, another stage's do not do."""
    function = create_function(admin, functions.probe(), create_role(admin))
    api = RestApi(admin, function, path="probe", permit=False)
    account = api.arn.split(":")[4]
    wrong = [
        f"arn:aws:execute-api:{REGION}:{account}:0000000000/*/POST/probe",
        f"arn:aws:execute-api:{REGION}:{account}:{api.id}/*/GET/probe",
        f"arn:aws:execute-api:{REGION}:{account}:{api.id}/prod/POST/probe",
        f"arn:aws:execute-api:eu-west-1:{account}:{api.id}/*/POST/probe",
    ]
    for source in wrong:
        api.permit(function, source)
        answer = api.post(shared.port, {"value": 1})
        assert (answer.status, answer.json) == (500, {"message": "Internal server error"}), source
    api.permit(function, f"arn:aws:execute-api:{REGION}:{account}:{api.id}/test/POST/probe")
    assert api.post(shared.port, {"value": json.dumps(1)}).json == "1"
