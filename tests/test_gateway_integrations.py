"""What REST APIs integrate with: HTTP endpoints and the other services of the stack."""

import json
import ssl

import pytest

from harness import http
from harness.clients import refused
from harness.endpoint import Endpoint
from harness.identities import allow, create_role, document, unique
from harness.rest import Rest, send


@pytest.fixture(scope="module")
def endpoint():
    with Endpoint() as running:
        yield running


def test_http_proxy_passes_everything_on(admin, shared, endpoint):
    api = Rest(admin)
    proxy = api.resource("{proxy+}")
    api.method(
        "ANY",
        proxy,
        {
            "type": "HTTP_PROXY",
            "integrationHttpMethod": "ANY",
            "uri": endpoint.url + "/show/{proxy}",
            "requestParameters": {
                "integration.request.path.proxy": "method.request.path.proxy",
                "integration.request.header.X-Static": "'static'",
            },
        },
        requestParameters={"method.request.path.proxy": True},
    )
    api.deploy()
    answer = send(shared.port, api, "PUT /a/b%20c?x=1&x=2&y=%26", b"body", {"X-Own": "own", "Expect": ""})
    shown = answer.json
    assert (shown["method"], shown["path"], shown["body"]) == ("PUT", "/show/a/b%20c", "body")
    assert shown["query"] == {"x": ["1", "2"], "y": ["&"]}
    assert shown["headers"]["x-own"] == "own" and shown["headers"]["x-static"] == "static"
    assert shown["headers"]["x-amzn-apigateway-api-id"] == api.id
    assert answer.headers["x-amzn-Remapped-Server"].startswith("BaseHTTP")
    assert answer.headers["x-amzn-Remapped-Content-Length"]


def test_http_endpoints_by_template(admin, shared, endpoint):
    api = Rest(admin)
    at = api.method(
        "POST",
        integration={
            "type": "HTTP",
            "integrationHttpMethod": "PUT",
            "uri": endpoint.url + "/show",
            "requestTemplates": {"application/json": '{"wrapped": $input.json("$")}'},
            "requestParameters": {"integration.request.querystring.q": "method.request.header.X-Q"},
        },
        requestParameters={"method.request.header.X-Q": False},
    )
    api.response(at, headers={"X-Answered": "integration.response.header.Content-Type"})
    api.deploy()
    answer = send(shared.port, api, "POST /", '{"a": 1}', {"X-Q": "v 1", "X-Own": "own", "Content-Type": "application/json"})
    shown = answer.json
    assert json.loads(shown["body"]) == {"wrapped": {"a": 1}}
    assert (shown["method"], shown["query"]) == ("PUT", {"q": ["v 1"]})
    assert shown["headers"]["user-agent"] == f"AmazonAPIGateway_{api.id}"
    assert "x-own" not in shown["headers"]
    assert answer.headers["X-Answered"] == "application/json"
    assert answer.headers["X-Amzn-Trace-Id"].startswith("Root=")


FAILURES = {
    "redirects are not followed": ("/status/302", 302, "status"),
    "errors are passed on": ("/status/418", 418, "status"),
    "too slow": ("/slow", 504, {"message": "Endpoint request timed out"}),
    "closes early": ("/close", 504, {"message": "Network error communicating with endpoint"}),
    "no HTTP": ("/garbage", 504, {"message": "Network error communicating with endpoint"}),
    "too large": ("/huge", 500, {"message": "Internal server error"}),
}


@pytest.mark.parametrize("case", FAILURES)
def test_endpoints_that_misbehave(admin, shared, endpoint, case):
    path, status, body = FAILURES[case]
    api = Rest(admin)
    integration = {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": endpoint.url + path, "timeoutInMillis": 500}
    api.method("GET", integration=integration)
    api.deploy()
    answer = send(shared.port, api)
    assert (answer.status, answer.text if isinstance(body, str) else answer.json) == (status, body)


def test_nobody_listens(admin, shared):
    api = Rest(admin)
    for verb, uri in (("GET", "http://127.0.0.1:1/"), ("POST", "http://nothing.invalid/")):
        api.method(verb, integration={"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": uri})
    api.deploy()
    assert (send(shared.port, api).status, send(shared.port, api, "POST /").status) == (504, 500)


def gateway_role(admin, *actions: str) -> str:
    """A role that API Gateway may assume."""
    name = unique("gateway-role")
    trust = document(
        {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    arn = admin.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    if actions:
        admin.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(allow(*actions)))
    return arn


def dynamodb(action: str, role: str, template: str, uri: str | None = None, **more) -> dict:
    return {
        "type": "AWS",
        "integrationHttpMethod": "POST",
        "uri": uri or f"arn:aws:apigateway:us-east-1:dynamodb:action/{action}",
        "credentials": role,
        "requestTemplates": {"application/json": template},
        **more,
    }


def test_dynamodb_without_a_function(admin, shared):
    table = unique("table")
    admin.dynamodb.create_table(
        TableName=table,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    role = gateway_role(admin, "dynamodb:PutItem", "dynamodb:GetItem")
    api = Rest(admin)
    item = api.resource("{id}")
    put = f"""{{"TableName": "{table}", "Item": {{"id": {{"S": "$input.params('id')"}}, "text": {{"S": "$input.path('$.text')"}}}}}}"""
    get = f"""{{"TableName": "{table}", "Key": {{"id": {{"S": "$input.params('id')"}}}}}}"""
    at = api.method("PUT", item, dynamodb("PutItem", role, put))
    api.response(at)
    path = "arn:aws:apigateway:us-east-1:dynamodb:path//"
    target = {"integration.request.header.X-Amz-Target": "'DynamoDB_20120810.GetItem'"}
    at = api.method("GET", item, dynamodb("GetItem", role, get, path, requestParameters=target))
    api.response(at, responseTemplates={"application/json": '{"text": $input.json("$.Item.text.S")}'})
    at = api.method("DELETE", item, dynamodb("DeleteItem", role, get))
    api.response(at)
    api.response(at, "403", selectionPattern="400")
    api.deploy()
    assert (send(shared.port, api, "PUT /7", '{"text": "seven"}').text) == "{}"
    assert send(shared.port, api, "GET /7").json == {"text": "seven"}
    denied = send(shared.port, api, "DELETE /7")
    assert denied.status == 403 and "AccessDeniedException" in denied.json["__type"]


def test_services_that_are_not_here_say_so(admin, shared):
    api = Rest(admin)
    uri = "arn:aws:apigateway:us-east-1:sqs:path/000000000000/queue"
    at = api.method("GET", integration=dynamodb("", gateway_role(admin), "{}", uri))
    api.response(at)
    api.deploy()
    answer = send(shared.port, api)
    assert (answer.status, answer.json) == (501, {"message": "Not implemented: the service sqs"})


def test_signed_requests(admin, shared):
    """AWS_IAM methods: SigV4 in the scope of execute-api, then the caller's policies."""
    api = Rest(admin)
    at = api.method("GET", authorizationType="AWS_IAM")
    api.response(at, responseTemplates={"application/json": '"$context.identity.userArn"'})
    api.deploy()
    path = api.path("/")
    unsigned = http.request(shared.port, "GET", path)
    assert (unsigned.status, unsigned.json) == (403, {"message": "Missing Authentication Token"})
    signed = http.signed(shared.port, "execute-api", "GET", path)
    assert signed.status == 200 and signed.json.startswith("arn:aws:iam::000000000000:")
    wrong = http.signed(shared.port, "execute-api", "GET", path, secret="wrong")
    assert wrong.status == 403 and wrong.headers["x-amzn-ErrorType"] == "InvalidSignatureException"
    assert wrong.json["message"].startswith("The request signature we calculated does not match")
    unknown = http.signed(shared.port, "execute-api", "GET", path, key="AKIAUNKNOWN")
    assert unknown.headers["x-amzn-ErrorType"] == "UnrecognizedClientException"
    scope = http.signed(shared.port, "lambda", "GET", path)
    assert scope.status == 403 and "scoped to correct service: 'execute-api'" in scope.json["message"]

    user = unique("caller")
    admin.iam.create_user(UserName=user)
    key = admin.iam.create_access_key(UserName=user)["AccessKey"]
    mine = {"key": key["AccessKeyId"], "secret": key["SecretAccessKey"]}
    denied = http.signed(shared.port, "execute-api", "GET", path, **mine)
    assert denied.status == 403 and "execute-api:Invoke" in denied.json["Message"]
    policy = document(allow("execute-api:Invoke", on=api.arn("test/GET/")))
    admin.iam.put_user_policy(UserName=user, PolicyName="p", PolicyDocument=policy)
    assert http.signed(shared.port, "execute-api", "GET", path, **mine).status == 200


def test_resource_policies(admin, shared):
    refuse = document(
        allow("execute-api:Invoke", on="execute-api:/*", Principal="*"),
        {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/test/POST/*"},
    )
    api = Rest(admin, policy=refuse)
    for verb in ("GET", "POST"):
        api.response(api.method(verb))
    api.deploy()
    assert send(shared.port, api).status == 200
    denied = send(shared.port, api, "POST /")
    assert denied.status == 403 and denied.headers["x-amzn-ErrorType"] == "AccessDeniedException"
    assert denied.json["Message"].startswith("User: anonymous is not authorized to perform: execute-api:Invoke")


def test_roles_that_do_not_trust(admin, shared):
    api = Rest(admin)
    at = api.method("GET", integration=dynamodb("ListTables", create_role(admin), "{}"))
    api.response(at)
    api.deploy()
    answer = send(shared.port, api)
    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})


def test_client_certificates(admin, shared, endpoint):
    gateway = admin.apigateway
    made = gateway.generate_client_certificate(description="first")
    identity = made["clientCertificateId"]
    assert ssl.PEM_cert_to_DER_cert(made["pemEncodedCertificate"])
    assert (made["expirationDate"] - made["createdDate"]).days == 365
    change = {"op": "replace", "path": "/description", "value": "second"}
    gateway.update_client_certificate(clientCertificateId=identity, patchOperations=[change])
    found = gateway.get_client_certificate(clientCertificateId=identity)
    assert (found["description"], found["pemEncodedCertificate"]) == ("second", made["pemEncodedCertificate"])
    assert identity in [item["clientCertificateId"] for item in gateway.get_client_certificates()["items"]]

    api = Rest(admin)
    api.method("GET", integration={"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": endpoint.url + "/show"})
    api.deploy()
    choose = {"op": "replace", "path": "/clientCertificateId", "value": identity}
    stage = gateway.update_stage(restApiId=api.id, stageName="test", patchOperations=[choose])
    assert stage["clientCertificateId"] == identity
    assert send(shared.port, api).status == 200
    with refused("NotFoundException", 404):
        gateway.update_stage(restApiId=api.id, stageName="test", patchOperations=[choose | {"value": "nothing"}])
    gateway.delete_client_certificate(clientCertificateId=identity)
    with refused("NotFoundException", 404):
        gateway.get_client_certificate(clientCertificateId=identity)
    assert send(shared.port, api).status == 200, "there is nothing to show any more"
    describe = {"op": "replace", "path": "/description", "value": "still here"}
    gateway.update_stage(restApiId=api.id, stageName="test", patchOperations=[describe])
