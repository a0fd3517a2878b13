"""An API keeps what its exported document promises, whatever Schemathesis thinks of sending it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness import http
from harness.environment import REGION
from harness.identities import allow, create_role, document, unique
from test_gateway_documents import Imported, export

SEED = os.environ.get("FOGBANK_TEST_SEED", "1")
SECONDS = 300

PET = {
    "type": "object",
    "required": ["id", "name"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 40, "pattern": "^[a-z0-9-]+$"},
        "name": {"type": "string", "minLength": 1, "maxLength": 80},
        "age": {"type": "integer", "minimum": 0, "maximum": 40},
        "tags": {"type": "array", "items": {"enum": ["fast", "slow", "loud"]}, "minItems": 1, "uniqueItems": True},
    },
}
MESSAGE = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}

PUT = """
{"TableName": "TABLE", "Item": {
  "id": {"S": $input.json('$.id')},
  "name": {"S": $input.json('$.name')}
  #if($input.path('$.age') != ""), "age": {"N": "$input.path('$.age')"}#end
  #if($input.path('$.tags') != ""), "tags": {"SS": $input.json('$.tags')}#end
}}
"""
GET = """
{"TableName": "TABLE", "Key": {"id": {"S": "$util.escapeJavaScript($input.params('id')).replaceAll("\\\\'", "'")"}}}
"""
FOUND = """
#set($item = $input.path('$.Item'))
#if($item == "")
#set($context.responseOverride.status = 404)
{"message": "no such pet"}
#else
{"id": $input.json('$.Item.id.S'), "name": $input.json('$.Item.name.S')
  #if($item.age != ""), "age": $item.age.N#end
  #if($item.tags != ""), "tags": $input.json('$.Item.tags.SS')#end
}
#end
"""


GATEWAY_TRUST = document(
    {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
)


def answers(*models: tuple[str, str]) -> dict:
    """Responses of a method: a status and the model of its body."""
    schema = {"$ref": "#/definitions/%s"}
    return {
        status: {"description": status, "schema": {"$ref": schema["$ref"] % model}} for status, model in models
    }


def calls(action: str, role: str, template: str, response: str) -> dict:
    """An integration with DynamoDB, without a function in between."""
    return {
        "type": "aws",
        "httpMethod": "POST",
        "uri": f"arn:aws:apigateway:{REGION}:dynamodb:action/{action}",
        "credentials": role,
        "passthroughBehavior": "never",
        "requestTemplates": {"application/json": template},
        "responses": {
            "default": {"statusCode": "200", "responseTemplates": {"application/json": response}},
            "4\\d{2}": {
                "statusCode": "400",
                "responseTemplates": {"application/json": '{"message": $input.json("$.message")}'},
            },
        },
    }


def definition(table: str, role: str) -> dict:
    json_only = {"consumes": ["application/json"], "produces": ["application/json"]}
    body = {"in": "body", "name": "Pet", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
    of_id = {"in": "path", "name": "id", "required": True, "type": "string"}
    refused, missing = ("400", "Message"), ("404", "Message")
    return {
        "swagger": "2.0",
        "info": {"title": unique("pets"), "version": "1"},
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-request-validator": "all",
        "definitions": {"Pet": PET, "Message": MESSAGE},
        "paths": {
            "/pets": {
                "post": {
                    **json_only,
                    "parameters": [body],
                    "responses": answers(("200", "Pet"), refused, ("415", "Message")),
                    "x-amazon-apigateway-integration": calls(
                        "PutItem", role, PUT.replace("TABLE", table), '{"id": "new", "name": "stored"}'
                    ),
                }
            },
            "/pets/{id}": {
                "get": {
                    **json_only,
                    "parameters": [of_id],
                    "responses": answers(("200", "Pet"), refused, missing, ("415", "Message")),
                    "x-amazon-apigateway-integration": calls(
                        "GetItem", role, GET.replace("TABLE", table), FOUND
                    ),
                }
            },
        },
    }


@pytest.fixture
def api(admin) -> Imported:
    table = unique("pets")
    admin.dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    role = create_role(admin, allow("dynamodb:PutItem", "dynamodb:GetItem"), trusted=GATEWAY_TRUST)
    gateway = admin.apigateway
    made = gateway.import_rest_api(body=json.dumps(definition(table, role)), failOnWarnings=True)
    gateway.create_deployment(restApiId=made["id"], stageName="test")
    return Imported(made["id"])


@pytest.mark.parametrize(
    "pet",
    [
        {"id": "1", "name": "Rex"},
        {"id": "2", "name": 'a "quoted" \\ $name #end\n\u2028 \U0001f415', "age": 0, "tags": ["slow", "fast"]},
    ],
)
def test_what_is_put_comes_back(shared, api, pet):
    path = f"/restapis/{api.id}/test/_user_request_/pets"
    assert http.post(shared.port, path, pet).status == 200
    found = http.request(shared.port, "GET", f"{path}/{pet['id']}")
    assert (found.status, {**found.json, "tags": sorted(found.json.get("tags", []))}) == (
        200,
        {**pet, "tags": sorted(pet.get("tags", []))},
    )


def test_an_exported_document_is_kept(admin, shared, api, tmp_path):
    """Bodies that fit the models are taken and others refused; every answer is of a form, status and type that the
    document has."""
    exported = tmp_path / "openapi.json"
    exported.write_text(json.dumps(export(admin, api, "oas30")))
    base = f"http://127.0.0.1:{shared.port}/restapis/{api.id}/test/_user_request_"
    schemathesis = [
        *(str(Path(sys.executable).with_name("st")), "run", str(exported), "--url", base),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", "100", "--seed", SEED),
        *("--checks", "all", "--exclude-checks", "unsupported_method", "--no-color"),
        *("--generation-database", "none", "--request-timeout", "10", "--continue-on-failure"),
    ]
    ran = subprocess.run(schemathesis, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr[-2_000:]
