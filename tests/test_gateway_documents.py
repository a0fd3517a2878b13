"""OpenAPI documents out of APIs and into them again; the documentation they carry."""

import json
from dataclasses import dataclass

import pytest

from harness.clients import refused
from harness.identities import unique
from harness.rest import Rest, mock_answer, send

EXTENSIONS = {"extensions": "integrations,authorizers,apigateway"}
MODEL = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


@pytest.fixture(scope="module")
def api(admin) -> Rest:
    gateway = admin.apigateway
    api = Rest(admin, description="of pets", binaryMediaTypes=["image/png"])
    gateway.create_model(restApiId=api.id, name="Pet", contentType="application/json", schema=json.dumps(MODEL))
    validator = gateway.create_request_validator(restApiId=api.id, name="all", validateRequestBody=True)["id"]
    pet = api.resource("{id}", api.resource("pets"))
    at = api.method(
        "POST",
        pet,
        operationName="putPet",
        requestValidatorId=validator,
        requestModels={"application/json": "Pet"},
        requestParameters={"method.request.path.id": True, "method.request.querystring.q": False},
        apiKeyRequired=False,
    )
    api.response(at, headers={"X-Id": "'7'"}, responseTemplates=mock_answer('"$input.params(\'id\')"'))
    api.method("ANY", authorizationType="AWS_IAM")
    return api.deploy()


@dataclass
class Imported:
    id: str


def export(admin, api, kind: str, **parameters) -> dict:
    answer = admin.apigateway.get_export(restApiId=api.id, stageName="test", exportType=kind, parameters=parameters)
    assert answer["contentType"] == "application/json"
    return json.loads(answer["body"].read())


def test_openapi_3(admin, api):
    document = export(admin, api, "oas30")
    assert document["openapi"] == "3.0.1" and document["info"]["description"] == "of pets"
    assert document["servers"][0]["variables"] == {"basePath": {"default": "test"}}
    post = document["paths"]["/pets/{id}"]["post"]
    assert {(p["name"], p["in"], p.get("required", False)) for p in post["parameters"]} == {
        ("id", "path", True),
        ("q", "query", False),
    }
    reference = {"$ref": "#/components/schemas/Pet"}
    assert post["requestBody"]["content"] == {"application/json": {"schema": reference}}
    assert post["responses"]["200"]["headers"] == {"X-Id": {"schema": {"type": "string"}}}
    assert document["components"]["schemas"] == {"Pet": MODEL}
    assert "x-amazon-apigateway-integration" not in post
    assert document["paths"]["/"]["x-amazon-apigateway-any-method"]["security"] == [{"sigv4": []}]


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
def test_yaml(admin, api, kind):
    """In YAML the same document comes out, and in again."""
    gateway = admin.apigateway
    of_stage = {"restApiId": api.id, "stageName": "test", "exportType": kind, "parameters": EXTENSIONS}
    answer = gateway.get_export(**of_stage, accepts="application/yaml")
    assert answer["contentType"] == "application/yaml"
    assert answer["contentDisposition"].endswith('.yaml"')
    body = answer["body"].read()
    assert body.startswith(b"---\n")
    copy = gateway.import_rest_api(body=body)
    gateway.create_deployment(restApiId=copy["id"], stageName="test")
    exports = [export(admin, made, kind, **EXTENSIONS)["paths"] for made in (api, Imported(copy["id"]))]
    assert exports[0] == exports[1]


@pytest.mark.parametrize("kind", ["oas30", "swagger"])
def test_what_goes_out_comes_in_again(admin, shared, api, kind):
    document = export(admin, api, kind, **EXTENSIONS)
    gateway = admin.apigateway
    again = Rest.__new__(Rest)
    again.id = gateway.import_rest_api(body=json.dumps(document))["id"]
    gateway.create_deployment(restApiId=again.id, stageName="test")
    for made in (api, again):
        answer = send(shared.port, made, "POST /pets/7", '{"name": "x"}', {"Content-Type": "application/json"})
        assert (answer.status, answer.json, answer.headers["X-Id"]) == (200, "7", "7")
        invalid = send(shared.port, made, "POST /pets/7", "{}", {"Content-Type": "application/json"})
        assert (invalid.status, invalid.json) == (400, {"message": "Invalid request body"})
        assert send(shared.port, made, "GET /").status == 403
    second = export(admin, again, kind, **EXTENSIONS)
    for document in (document, second):
        for member in ("host", "servers"):
            document.pop(member, None)
        document["info"].pop("version")
    assert second == document


def test_what_is_refused(admin, api):
    at = {"restApiId": api.id, "stageName": "test"}
    with refused("BadRequestException", 400):
        admin.apigateway.get_export(**at, exportType="raml")
    with refused("NotFoundException", 404, "Invalid stage identifier specified"):
        admin.apigateway.get_export(restApiId=api.id, stageName="none", exportType="oas30")


def test_documentation(admin):
    gateway = admin.apigateway
    parts = [
        {"location": {"type": "API"}, "properties": {"description": "all"}},
        {"location": {"type": "METHOD", "path": "/", "method": "GET"}, "properties": {"description": "one"}},
    ]
    document = {
        "openapi": "3.0.1",
        "info": {"title": unique("documented")},
        "paths": {},
        "x-amazon-apigateway-documentation": {"version": "1", "documentationParts": parts},
    }
    api = gateway.import_rest_api(body=json.dumps(document))["id"]

    def kept():
        items = gateway.get_documentation_parts(restApiId=api)["items"]
        return [{"location": item["location"], "properties": json.loads(item["properties"])} for item in items]

    assert kept() == parts
    with refused("ConflictException", 409):
        gateway.create_documentation_part(restApiId=api, location={"type": "API"}, properties="{}")
    version = gateway.create_documentation_version(restApiId=api, documentationVersion="1.0")
    assert version["version"] == "1.0"
    gateway.import_documentation_parts(restApiId=api, mode="overwrite", body=json.dumps(document))
    assert kept() == parts
    assert len(gateway.get_documentation_parts(restApiId=api, type="METHOD")["items"]) == 1


@pytest.mark.parametrize("kind", ["REST", "HTTP"])
def test_variables_of_aws_in_documents(admin, kind):
    """Region, account and partition are the importer's."""
    uri = (
        "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:f/invocations"
    )
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": uri, "payloadFormatVersion": "1.0"}
    get = {"responses": {}, "x-amazon-apigateway-integration": integration}
    body = json.dumps(
        {"openapi": "3.0.1", "info": {"title": unique("api"), "version": "1"}, "paths": {"/a": {"get": get}}}
    )
    if kind == "REST":
        made = admin.apigateway.import_rest_api(body=body.encode())
        items = admin.apigateway.get_resources(restApiId=made["id"], embed=["methods"])["items"]
        (imported,) = [item["resourceMethods"]["GET"]["methodIntegration"] for item in items if item["path"] == "/a"]
        found = imported["uri"]
    else:
        http_apis = admin.of("apigatewayv2")
        made = http_apis.import_api(Body=body)
        found = http_apis.get_integrations(ApiId=made["ApiId"])["Items"][0]["IntegrationUri"]
    assert "${" not in found and ":us-east-1:000000000000:function:f" in found
