"""Users' own domain names: the host of a request and the first parts of its path choose the API."""

import json

import pytest

from harness import functions, http
from harness.clients import refused
from harness.identities import create_role, unique
from harness.microservice import create_function, function_arn, integration_uri
from harness.rest import Rest, mock_answer
from test_http_apis import HttpApi, inline, permit

SEEN = '{"path": "$context.path", "stage": "$context.stage", "host": "$context.domainName", "prefix": "$context.domainPrefix"}'


@pytest.fixture
def domain(admin) -> str:
    name = f"api.{unique('domain')}.example.com".lower()
    arn = "arn:aws:acm:us-east-1:000000000000:certificate/x"
    admin.apigateway.create_domain_name(
        domainName=name, regionalCertificateArn=arn, endpointConfiguration={"types": ["REGIONAL"]}
    )
    return name


def answering(admin, text: str = SEEN) -> Rest:
    api = Rest(admin)
    api.response(api.method("GET"), responseTemplates=mock_answer(text))
    api.response(api.method("GET", api.resource("pets")), responseTemplates=mock_answer(text))
    return api.deploy().deploy("prod")


def get(server, domain: str, path: str):
    return http.request(server.port, "GET", path, headers={"Host": f"{domain}:{server.port}"})


def test_base_paths(admin, shared, domain):
    api, other = answering(admin), answering(admin, '"other"')
    gateway = admin.apigateway
    assert get(shared, domain, "/pets").json == {"message": "Forbidden"}
    gateway.create_base_path_mapping(domainName=domain, restApiId=api.id, stage="test")
    gateway.create_base_path_mapping(domainName=domain, basePath="v1", restApiId=api.id)
    gateway.create_base_path_mapping(domainName=domain, basePath="other", restApiId=other.id, stage="test")
    at_root = get(shared, domain, "/pets").json
    assert at_root == {
        "path": "/pets",
        "stage": "test",
        "host": f"{domain}:{shared.port}",
        "prefix": "api",
    }
    staged = get(shared, domain, "/v1/prod/pets").json
    assert (staged["path"], staged["stage"]) == ("/v1/prod/pets", "prod")
    assert get(shared, domain, "/v1/nothing/pets").status == 403
    assert get(shared, domain, "/other/pets").json == "other"
    assert get(shared, domain, "/others").status == 403
    gateway.delete_base_path_mapping(domainName=domain, basePath="other")
    assert get(shared, domain, "/other/pets").status == 403
    gateway.delete_domain_name(domainName=domain)
    assert get(shared, domain, "/pets").status == 404, "a host like any other"


def test_what_is_mapped_stays(admin, domain):
    api = answering(admin).deploy()
    gateway = admin.apigateway
    gateway.create_base_path_mapping(domainName=domain, restApiId=api.id, stage="test")
    end = f"in your domains: {domain}"
    with refused("BadRequestException", 400, f"Deleting stage test failed. Please remove all base path mappings related to the stage {end}"):
        gateway.delete_stage(restApiId=api.id, stageName="test")
    with refused("BadRequestException", 400, f"Deleting RestApi {api.id} failed. Please remove all base path mappings related to the RestApi {end}"):
        gateway.delete_rest_api(restApiId=api.id)
    gateway.delete_base_path_mapping(domainName=domain, basePath="(none)")
    gateway.delete_stage(restApiId=api.id, stageName="test")
    gateway.delete_rest_api(restApiId=api.id)


def test_names_are_unique(admin, domain):
    with refused("ConflictException", 409):
        admin.apigateway.create_domain_name(domainName=domain, certificateArn="arn:aws:acm:us-east-1:000000000000:certificate/x")


def test_only_the_domain_name(admin, shared, domain):
    """An API whose own endpoint is disabled answers on its domain names."""
    api = answering(admin)
    change = {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}
    admin.apigateway.update_rest_api(restApiId=api.id, patchOperations=[change])
    api.deploy()
    admin.apigateway.create_base_path_mapping(domainName=domain, restApiId=api.id, stage="test")
    assert http.request(shared.port, "GET", api.path("/")).status == 403
    assert get(shared, domain, "/").status == 200


def test_events_have_the_path_that_was_asked_for(admin, shared, domain):
    source = b"def handler(event, context):\n    import json\n    return {'statusCode': 200, 'body': json.dumps(event)}\n"
    package = functions.probe() | {"Code": {"ZipFile": functions.zip_of({"probe.py": source})}}
    function = create_function(admin, package, create_role(admin))
    admin.lambda_.add_permission(
        FunctionName=function, StatementId="all", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    api = Rest(admin)
    integration = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": integration_uri(function_arn(function))}
    api.method("ANY", api.resource("{proxy+}"), integration)
    api.deploy()
    admin.apigateway.create_base_path_mapping(domainName=domain, basePath="v1", restApiId=api.id, stage="test")
    event = json.loads(get(shared, domain, "/v1/a/b").body)
    assert (event["path"], event["requestContext"]["path"]) == ("/v1/a/b", "/v1/a/b")
    assert event["pathParameters"] == {"proxy": "a/b"}
    assert event["requestContext"]["stage"] == "test"


def test_rest_and_http_apis_share_a_domain(admin, shared, domain):
    """A domain name is the same whichever service's operations name it, and so are its paths."""
    gateway, client = admin.apigateway, admin.of("apigatewayv2")
    rest, http_api = answering(admin, '"rest"'), HttpApi(admin)
    function = inline(admin, "def handler(event, context):\n    return event")
    permit(admin, function, "*")
    http_api.route("GET /pets/{id}", http_api.function(function))
    client.create_stage(ApiId=http_api.id, StageName="beta", AutoDeploy=True)
    for key, stage in (("web/v1", "$default"), ("beta", "beta")):
        client.create_api_mapping(DomainName=domain, ApiId=http_api.id, Stage=stage, ApiMappingKey=key)
    gateway.create_base_path_mapping(domainName=domain, restApiId=rest.id, stage="test")
    event = get(shared, domain, "/web/v1/pets/7?a=1").json
    assert (event["routeKey"], event["rawPath"], event["pathParameters"]) == ("GET /pets/{id}", "/pets/7", {"id": "7"})
    assert event["requestContext"]["domainName"] == domain
    assert get(shared, domain, "/beta/pets/7").json["requestContext"]["stage"] == "beta"
    assert get(shared, domain, "/web/v1/nothing").json == {"message": "Not Found"}
    assert get(shared, domain, "/pets").json == "rest"

    mappings = {mapping.get("ApiMappingKey", ""): mapping for mapping in client.get_api_mappings(DomainName=domain)["Items"]}
    assert {key: mapping["ApiId"] for key, mapping in mappings.items()} == {
        "": rest.id,
        "beta": http_api.id,
        "web/v1": http_api.id,
    }
    shown = client.get_domain_name(DomainName=domain)["DomainNameConfigurations"][0]
    own = gateway.get_domain_name(domainName=domain)
    assert (shown["EndpointType"], shown["ApiGatewayDomainName"]) == ("REGIONAL", own["regionalDomainName"])
    moved = mappings["beta"]["ApiMappingId"]
    client.update_api_mapping(DomainName=domain, ApiMappingId=moved, ApiId=rest.id, Stage="test", ApiMappingKey="old")
    assert get(shared, domain, "/old/pets").json == "rest"
    assert get(shared, domain, "/beta/pets").json == {"message": "Missing Authentication Token"}
    with refused("ConflictException", 409):
        client.create_api_mapping(DomainName=domain, ApiId=http_api.id, Stage="$default", ApiMappingKey="old")
    client.delete_api_mapping(DomainName=domain, ApiMappingId=moved)
    assert gateway.get_base_path_mappings(domainName=domain)["items"][0]["basePath"] == "(none)"
    client.update_api(ApiId=http_api.id, DisableExecuteApiEndpoint=True)
    assert http_api.send(shared.port, "GET /pets/7").status == 404
    assert get(shared, domain, "/web/v1/pets/7").status == 200
