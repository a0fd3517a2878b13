"""Operations on HTTP and WebSocket APIs answer and refuse as AWS does, case by case."""

import json

import pytest

from harness import http
from harness.clients import body_of, error_of
from harness.environment import ACCOUNT, REGION
from harness.identities import unique

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:none"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/none"
SOCKET = {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "$request.body.action"}
LAMBDA = {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "2.0"}
PROXY = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "IntegrationUri": "https://example.com"}
REQUEST = {
    "Name": "guard",
    "AuthorizerType": "REQUEST",
    "AuthorizerUri": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations",
    "IdentitySource": ["$request.header.Who"],
    "AuthorizerPayloadFormatVersion": "2.0",
}
JWT = {
    "Name": "tokens",
    "AuthorizerType": "JWT",
    "IdentitySource": ["$request.header.Authorization"],
    "JwtConfiguration": {"Issuer": "https://issuer.example", "Audience": ["app"]},
}
LENGTH = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must have length less than or equal to {}"
MAPPING = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{}]"


class Case:
    """An API of one kind, with the parts that cases speak of."""

    def __init__(self, admin, **settings):
        self.client = admin.of("apigatewayv2")
        made = self.client.create_api(Name=unique("api"), **(settings or {"ProtocolType": "HTTP"}))
        self.id = made["ApiId"]

    def call(self, operation: str, **arguments) -> dict:
        return body_of(getattr(self.client, operation)(ApiId=self.id, **arguments))


@pytest.fixture
def api(admin) -> Case:
    return Case(admin)


@pytest.fixture
def chat(admin) -> Case:
    return Case(admin, **SOCKET)


def test_defaults_of_apis(admin):
    client = admin.of("apigatewayv2")
    for settings, expression in [({"ProtocolType": "HTTP"}, "$request.method $request.path"), (SOCKET, "$request.body.action")]:
        made = body_of(client.create_api(Name="api", **settings))
        for changing in ("ApiId", "ApiEndpoint", "CreatedDate"):
            assert made.pop(changing)
        assert made == {
            "ApiKeySelectionExpression": "$request.header.x-api-key",
            "DisableExecuteApiEndpoint": False,
            "IpAddressType": "ipv4",
            "Name": "api",
            "ProtocolType": settings["ProtocolType"],
            "RouteSelectionExpression": expression,
            "Tags": {},
        }


def test_defaults_of_integrations(api, chat):
    common = {"ConnectionType": "INTERNET"}
    functions = {"IntegrationMethod": "POST", "PassthroughBehavior": "WHEN_NO_MATCH", "TimeoutInMillis": 29000}
    for case, settings, expected in [
        (api, LAMBDA, {"IntegrationMethod": "POST", "TimeoutInMillis": 30000}),
        (api, PROXY, {"PayloadFormatVersion": "1.0", "TimeoutInMillis": 30000}),
        (
            chat,
            {"IntegrationType": "MOCK"},
            {
                "IntegrationResponseSelectionExpression": "${integration.response.statuscode}",
                "PassthroughBehavior": "WHEN_NO_MATCH",
                "PayloadFormatVersion": "1.0",
                "TimeoutInMillis": 29000,
            },
        ),
        (
            chat,
            {"IntegrationType": "AWS", "IntegrationUri": REQUEST["AuthorizerUri"]},
            {
                **functions,
                "IntegrationResponseSelectionExpression": "${integration.response.body.errorMessage}",
                "PayloadFormatVersion": "1.0",
            },
        ),
        (
            chat,
            {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION},
            {**functions, "PayloadFormatVersion": "1.0"},
        ),
        (
            chat,
            PROXY,
            {"PassthroughBehavior": "WHEN_NO_MATCH", "PayloadFormatVersion": "1.0", "TimeoutInMillis": 29000},
        ),
    ]:
        made = case.call("create_integration", **settings)
        assert made.pop("IntegrationId")
        assert made == {**common, **settings, **expected}, settings


def test_defaults_of_stages(api, chat):
    log = {"DataTraceEnabled": False, "LoggingLevel": "OFF"}
    for case, settings in [(api, {}), (chat, log)]:
        made = case.call("create_stage", StageName="dev")
        assert made.pop("CreatedDate") and made.pop("LastUpdatedDate")
        assert made == {
            "DefaultRouteSettings": {"DetailedMetricsEnabled": False, **settings},
            "RouteSettings": {},
            "StageName": "dev",
            "StageVariables": {},
            "Tags": {},
        }


def refusals(api: Case) -> list:
    """Operations with what they are refused with: `(operation, arguments, status, code, message)`."""
    bad, conflict, missing = (400, "BadRequestException"), (409, "ConflictException"), (404, "NotFoundException")
    route = lambda key, **more: ("create_route", {"RouteKey": key, **more})  # noqa: E731
    mapped = lambda **more: ("create_integration", {**PROXY, **more})  # noqa: E731
    no_key = 'The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
    proxies = "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)"
    no_authorizer = "Invalid authorizer ID specified. Setting the authorization type to {} requires a valid {}."
    return [
        (*route("GET x"), *bad, no_key),
        (*route("FETCH /x"), *bad, no_key),
        (*route("GET /x//y"), *bad, no_key),
        (*route("GET /taken"), *conflict, "Route with key GET /taken already exists for this API"),
        (*route("GET /a", AuthorizationType="JWT"), *bad, no_authorizer.format("JWT", "JWT authorizer")),
        (
            *route("GET /a", AuthorizationType="CUSTOM", AuthorizerId="nothing"),
            *bad,
            no_authorizer.format("CUSTOM or COGNITO_USER_POOLS", "authorizer"),
        ),
        ("create_integration", {"IntegrationType": "MOCK"}, *bad, proxies),
        ("create_integration", {"IntegrationType": "AWS", "IntegrationUri": FUNCTION}, *bad, proxies),
        ("create_integration", {**LAMBDA, "IntegrationUri": "nothing"}, *bad, "Invalid integration URI specified"),
        ("create_integration", {**PROXY, "IntegrationUri": "nothing"}, *bad, "Invalid integration URI specified"),
        (
            "create_integration",
            {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION},
            *bad,
            "PayloadFormatVersion is a required parameter for integration type AWS_PROXY",
        ),
        (
            *mapped(RequestParameters={"append:path": "/x"}),
            *bad,
            MAPPING.format("Invalid Request Actioned Parameter destination specified: append:path"),
        ),
        (
            *mapped(RequestParameters={"overwrite:header.X-Amz-Date": "x"}),
            *bad,
            MAPPING.format("Invalid Request Actioned Parameter destination specified: overwrite:header.X-Amz-Date"),
        ),
        (
            *mapped(ResponseParameters={"200": {"append:overwrite.static": "x"}}),
            *bad,
            MAPPING.format("Invalid Response Actioned Parameter destination specified: append:overwrite.static"),
        ),
        (
            *mapped(RequestParameters={"append:header.x": "$nothing.x"}),
            *bad,
            MAPPING.format("Invalid mapping expression specified: $nothing.x"),
        ),
        (
            "create_authorizer",
            {key: value for key, value in REQUEST.items() if key != "AuthorizerPayloadFormatVersion"},
            *bad,
            "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer",
        ),
        (
            "create_authorizer",
            {**JWT, "Name": "used"},
            *bad,
            "Authorizer name must be unique. Authorizer used already exists in this RestApi.",
        ),
        ("create_stage", {"StageName": "taken"}, *conflict, "Stage already exists"),
        (
            "create_stage",
            {"StageName": "x", "RouteSettings": {"GET /none": {"ThrottlingBurstLimit": 1}}},
            *missing,
            "Unable to find Route by key GET /none within the provided RouteSettings",
        ),
        (
            "update_api",
            {"CorsConfiguration": {"AllowOrigins": ["*"], "AllowCredentials": True}},
            *bad,
            "allow-credentials is not supported if 'allow-origin' is *",
        ),
        (
            "update_stage",
            {"StageName": "taken", "DefaultRouteSettings": {"LoggingLevel": "INFO"}},
            *bad,
            "Execution logs are not supported on protocolType HTTP",
        ),
        (
            "update_api",
            {"RouteSelectionExpression": "$request.body.action"},
            *bad,
            "Invalid expression $request.body.action specified",
        ),
        ("update_api", {"ApiKeySelectionExpression": "x"}, *bad, "Invalid expression x specified"),
        ("create_model", {"Name": "a-b", "Schema": '{"type": "object"}'}, *bad, "Model name must be alphanumeric: a-b"),
        (*mapped(IntegrationMethod="FETCH"), *bad, "HttpMethod must be a valid HTTP method: FETCH"),
        (*mapped(ConnectionType="VPC_LINK"), *bad, "ConnectionId is a required parameter for connection type VPC_LINK"),
        (
            *mapped(ResponseParameters={"199": {"overwrite:statuscode": "200"}}),
            *bad,
            "Invalid status code of response parameters: 199. It has to be between 200 and 599",
        ),
        (
            "create_integration",
            {"IntegrationType": "AWS_PROXY", "IntegrationSubtype": "SQS-Send", "PayloadFormatVersion": "1.0", "CredentialsArn": ROLE},
            *bad,
            "Invalid integration subtype specified: SQS-Send",
        ),
        ("update_api", {"Version": "v" * 65}, *bad, LENGTH.format("v" * 65, "version", "64")),
        ("update_api", {"Name": "n" * 129}, *bad, LENGTH.format("n" * 129, "name", "128")),
        ("get_api", {"ApiId": "nothing"}, *missing, f"Invalid API identifier specified {ACCOUNT}:nothing"),
        ("get_stages", {"ApiId": "nothing"}, *missing, f"Invalid API identifier specified {ACCOUNT}:nothing"),
    ]


def test_refusals(api):
    api.call("create_route", RouteKey="GET /taken")
    api.call("create_stage", StageName="taken")
    api.call("create_authorizer", **{**JWT, "Name": "used"})
    for operation, arguments, status, code, message in refusals(api):
        found = error_of(getattr(api.client, operation), **{"ApiId": api.id, **arguments})
        assert found == (status, code, message), (operation, arguments)


def test_what_is_in_use_stays(api):
    integration = api.call("create_integration", **PROXY)["IntegrationId"]
    guard = api.call("create_authorizer", **REQUEST)["AuthorizerId"]
    guarded = {"AuthorizationType": "CUSTOM", "AuthorizerId": guard}
    route = api.call("create_route", RouteKey="GET /a", Target=f"integrations/{integration}", **guarded)["RouteId"]
    api.call("create_stage", StageName="dev")
    name = unique("d") + ".example.com"
    api.client.create_domain_name(DomainName=name, DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:x"}])
    api.client.create_api_mapping(DomainName=name, ApiId=api.id, Stage="dev")
    conflict = (409, "ConflictException")
    for operation, arguments, expected in [
        (
            "delete_integration",
            {"IntegrationId": integration},
            (*conflict, f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{route}]"),
        ),
        (
            "delete_authorizer",
            {"AuthorizerId": guard},
            (*conflict, "Cannot delete authorizer 'guard', is referenced in route: GET /a"),
        ),
        (
            "delete_stage",
            {"StageName": "dev"},
            (
                400,
                "BadRequestException",
                f"Deleting stage dev failed. Please remove all base path mappings related to the stage in your domains: {name}",
            ),
        ),
        (
            "delete_api",
            {},
            (
                400,
                "BadRequestException",
                f"Deleting API {api.id} failed. Please remove all API mappings for the API from your custom domain names.",
            ),
        ),
    ]:
        assert error_of(getattr(api.client, operation), ApiId=api.id, **arguments) == expected
    api.client.delete_domain_name(DomainName=name)
    api.call("update_route", RouteId=route, AuthorizationType="NONE")
    api.call("delete_authorizer", AuthorizerId=guard)
    api.call("delete_route", RouteId=route)
    api.call("delete_integration", IntegrationId=integration)
    api.call("delete_stage", StageName="dev")


MAPPING_KEYS = [
    ("/", "API mapping key should not end with a '/'."),
    ("a/", "API mapping key should not end with a '/'."),
    ("/a", "API mapping key should not start with a '/' or have consecutive '/'s."),
    ("a//b", "API mapping key should not start with a '/' or have consecutive '/'s."),
    ("a~b", "An API mapping key may contain only letters, numbers and one of $-_.+!*'(), characters."),
    ("a" * 301, "ApiMapping key length must be under 300 characters."),
]


def test_mappings_of_domain_names(api):
    api.call("create_stage", StageName="dev")
    name = unique("d") + ".example.com"
    configuration = {"CertificateArn": "arn:aws:acm:x"}
    edge = {**configuration, "EndpointType": "EDGE"}
    no_edge = "EDGE endpoint type is not supported for APIGatewayV2 domainName"
    create, bad = api.client.create_domain_name, (400, "BadRequestException")
    assert error_of(create, DomainName=name, DomainNameConfigurations=[edge]) == (*bad, no_edge)
    create(DomainName=name, DomainNameConfigurations=[configuration])
    add, leads = api.client.create_api_mapping, {"DomainName": name, "ApiId": api.id, "Stage": "dev"}
    for key, message in MAPPING_KEYS:
        assert error_of(add, **leads, ApiMappingKey=key) == (*bad, message), key
    assert error_of(add, **{**leads, "ApiId": "none"}) == (*bad, "Invalid API identifier specified: none")
    assert error_of(add, **{**leads, "Stage": "none"}) == (*bad, "Invalid stage identifier specified")
    assert add(**leads, ApiMappingKey="a,b$/c")["ApiMappingKey"] == "a,b$/c"
    api.client.delete_domain_name(DomainName=name)


def test_updates_that_remove(api):
    """Empty texts and maps remove what is there; what is not said stays."""
    api.call("update_api", Description="d", Version="1")
    shown = api.call("update_api", Description="", Version="")
    assert "Description" not in shown and "Version" not in shown
    parameters = {"append:header.a": "1", "append:header.b": "2"}
    answers = {"200": {"overwrite:statuscode": "201"}, "404": {"append:header.x": "y"}}
    made = api.call(
        "create_integration", **PROXY, Description="d", RequestParameters=parameters, ResponseParameters=answers
    )
    at = {"IntegrationId": made["IntegrationId"]}
    shown = api.call("update_integration", **at, RequestParameters={"append:header.a": ""}, ResponseParameters={"200": {}})
    assert (shown["RequestParameters"], shown["Description"]) == ({"append:header.b": "2"}, "d")
    assert shown["ResponseParameters"] == {"404": {"append:header.x": "y"}}
    assert "Description" not in api.call("update_integration", **at, Description="")
    guard = api.call("create_authorizer", **REQUEST, AuthorizerCredentialsArn=ROLE)["AuthorizerId"]
    shown = api.call("update_authorizer", AuthorizerId=guard, AuthorizerCredentialsArn="", IdentitySource=[])
    assert "AuthorizerCredentialsArn" not in shown and "IdentitySource" not in shown
    log = {"DestinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:x", "Format": "$context.requestId"}
    settings = {"DetailedMetricsEnabled": True, "ThrottlingBurstLimit": 5}
    api.call("create_stage", StageName="dev", AccessLogSettings=log, DefaultRouteSettings=settings, StageVariables={"a": "1", "b": "2"})
    shown = api.call(
        "update_stage", StageName="dev", AccessLogSettings={}, DefaultRouteSettings={}, StageVariables={"a": ""}
    )
    assert "AccessLogSettings" not in shown
    assert (shown["DefaultRouteSettings"], shown["StageVariables"]) == ({"DetailedMetricsEnabled": False}, {"b": "2"})


def test_pages(api):
    for number in range(5):
        api.call("create_route", RouteKey=f"GET /{number}")
    found, token = [], {}
    while True:
        page = api.call("get_routes", MaxResults="2", **token)
        assert len(page["Items"]) <= 2
        found += [route["RouteKey"] for route in page["Items"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sorted(found) == [f"GET /{number}" for number in range(5)]
    assert error_of(api.client.get_routes, ApiId=api.id, MaxResults="x")[:2] == (400, "BadRequestException")


def test_documents_with_warnings(admin, shared):
    client = admin.of("apigatewayv2")
    paths = {
        "$default": {"x-amazon-apigateway-any-method": {"isDefaultRoute": True}},
        "/other": {"get": {"x-amazon-apigateway-integration": {"type": "AWS", "httpMethod": "POST", "uri": FUNCTION}}},
    }
    document = json.dumps({"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": paths})
    made = client.import_api(Body=document)
    assert len(made["Warnings"]) == 3
    routes = client.get_routes(ApiId=made["ApiId"])["Items"]
    assert {route["RouteKey"] for route in routes} == {"$default", "GET /other"}
    assert all("Target" not in route for route in routes)
    status, code, message = error_of(client.import_api, Body=document, FailOnWarnings=True)
    assert (status, code) == (400, "BadRequestException")
    assert message.startswith("Warnings found during import:")
    for bad in ("", "[]", '{"swagger": "2.0", "info": {"title": "t"}}'):
        assert error_of(client.import_api, Body=bad)[:2] == (400, "BadRequestException"), bad
    client.create_stage(ApiId=made["ApiId"], StageName="$default", AutoDeploy=True)
    answer = http.request(shared.port, "GET", f"/_aws/execute-api/{made['ApiId']}/other")
    assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})
