"""Who may call a method: functions that answer with policies, user pools, API keys and plans."""

import base64
import json
import time

import pytest
import rsa
from botocore.exceptions import ClientError

from harness import functions
from harness.clients import Clients, refused
from harness.identities import create_role, unique
from harness.microservice import create_function, function_arn, integration_uri
from harness.rest import Rest, mock_answer, send
from harness.server import Server

ANSWER = '{"who": "$context.authorizer.principalId", "call": "$context.authorizer.call", "number": "$context.authorizer.number", "flag": "$context.authorizer.flag", "seen": $context.authorizer.seen}'


@pytest.fixture(scope="module")
def authorizer_uri(admin):
    package = functions.authorizer()
    name = create_function(admin, package, create_role(admin))
    admin.lambda_.add_permission(
        FunctionName=name,
        StatementId="gateway",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return integration_uri(function_arn(name))


def guarded(admin, uri, kind="TOKEN", **settings) -> Rest:
    api = Rest(admin)
    settings = {"identitySource": "method.request.header.X-Who", **settings}
    authorizer = admin.apigateway.create_authorizer(
        restApiId=api.id, name="guard", type=kind, authorizerUri=uri, **settings
    )["id"]
    for verb in ("GET", "POST"):
        at = api.method(verb, authorizationType="CUSTOM", authorizerId=authorizer)
        api.response(at, responseTemplates=mock_answer(ANSWER))
    api.authorizer = authorizer
    return api.deploy()


def test_token_authorizers(admin, shared, authorizer_uri):
    api = guarded(admin, authorizer_uri, identityValidationExpression="[a-z-]+")
    missing = send(shared.port, api)
    assert (missing.status, missing.json) == (401, {"message": "Unauthorized"})
    assert missing.headers["x-amzn-ErrorType"] == "UnauthorizedException"
    assert send(shared.port, api, headers={"X-Who": "123"}).status == 401
    first = send(shared.port, api, headers={"X-Who": "ada"}).json
    assert (first["who"], first["number"], first["flag"]) == ("user|ada", "7", "true")
    assert first["seen"] == ["authorizationToken", "methodArn", "type"]
    assert send(shared.port, api, headers={"X-Who": "ada"}).json["call"] == first["call"], "kept"
    admin.apigateway.flush_stage_authorizers_cache(restApiId=api.id, stageName="test")
    assert send(shared.port, api, headers={"X-Who": "ada"}).json["call"] != first["call"]


REFUSALS = {
    "unauthorized": (401, {"message": "Unauthorized"}, "UnauthorizedException"),
    "deny": (403, {"Message": "User is not authorized to access this resource with an explicit deny"}, "AccessDeniedException"),
    "silent": (403, {"Message": "User is not authorized to access this resource"}, "AccessDeniedException"),
    "nothing": (403, {"Message": "User is not authorized to access this resource"}, "AccessDeniedException"),
    "broken": (500, {"message": None}, "AuthorizerConfigurationException"),
}  # fmt: skip


@pytest.mark.parametrize("token", REFUSALS)
def test_refusals(admin, shared, authorizer_uri, token):
    api = guarded(admin, authorizer_uri)
    answer = send(shared.port, api, headers={"X-Who": token})
    assert (answer.status, answer.json, answer.headers["x-amzn-ErrorType"]) == REFUSALS[token]


def test_a_kept_policy_decides_for_other_methods(admin, shared, authorizer_uri):
    api = guarded(admin, authorizer_uri)
    assert send(shared.port, api, headers={"X-Who": "only-this"}).status == 200
    assert send(shared.port, api, "POST /", headers={"X-Who": "only-this"}).status == 403
    uncached = guarded(admin, authorizer_uri, authorizerResultTtlInSeconds=0)
    for line in ("GET /", "POST /"):
        assert send(shared.port, uncached, line, headers={"X-Who": "only-this"}).status == 200


def test_request_authorizers(admin, shared, authorizer_uri):
    source = "method.request.header.X-Who, method.request.querystring.q"
    api = guarded(admin, authorizer_uri, "REQUEST", identitySource=source)
    assert send(shared.port, api, headers={"X-Who": "ada"}).status == 401
    answer = send(shared.port, api, "GET /?q=1", headers={"X-Who": "ada"})
    assert answer.status == 200
    assert "requestContext" in answer.json["seen"] and "methodArn" in answer.json["seen"]
    other = send(shared.port, api, "GET /?q=2", headers={"X-Who": "ada"})
    assert other.json["call"] != answer.json["call"], "another identity"


def test_test_invoke_authorizer(admin, authorizer_uri):
    api = guarded(admin, authorizer_uri)
    at = {"restApiId": api.id, "authorizerId": api.authorizer}
    told = admin.apigateway.test_invoke_authorizer(**at, headers={"X-Who": "ada"})
    assert (told["clientStatus"], told["principalId"]) == (200, "user|ada")
    assert json.loads(told["policy"])["Statement"][0]["Effect"] == "Allow"
    assert admin.apigateway.test_invoke_authorizer(**at, headers={})["clientStatus"] == 401


def test_api_keys(admin, shared):
    gateway = admin.apigateway
    api = Rest(admin)
    at = api.method("GET", apiKeyRequired=True)
    api.response(at, responseTemplates=mock_answer('"$context.identity.apiKeyId"'))
    api.deploy()
    key = gateway.create_api_key(name=unique("key"), enabled=True)
    assert len(key["value"]) == 40 and key["stageKeys"] == []
    header = {"x-api-key": key["value"]}
    for headers in ({}, header, {"x-api-key": "nonsense"}):
        answer = send(shared.port, api, headers=headers)
        assert (answer.status, answer.json) == (403, {"message": "Forbidden"})
        assert answer.headers["x-amzn-ErrorType"] == "ForbiddenException"
    plan = gateway.create_usage_plan(
        name=unique("plan"),
        apiStages=[{"apiId": api.id, "stage": "test"}],
        quota={"limit": 3, "period": "DAY"},
    )
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    assert send(shared.port, api, headers=header).json == key["id"]
    gateway.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    assert send(shared.port, api, headers=header).status == 403
    gateway.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "true"}])
    assert [send(shared.port, api, headers=header).status for _ in range(3)] == [200, 200, 429]
    over = send(shared.port, api, headers=header)
    assert over.json == {"message": "Limit Exceeded"}
    assert over.headers["x-amzn-ErrorType"] == "LimitExceededException"
    today = time.strftime("%Y-%m-%d", time.gmtime())
    usage = gateway.get_usage(usagePlanId=plan["id"], startDate=today, endDate=today)
    assert usage["items"] == {key["id"]: [[3, 0]]}
    more = {"op": "replace", "path": "/remaining", "value": "2"}
    granted = gateway.update_usage(usagePlanId=plan["id"], keyId=key["id"], patchOperations=[more])
    assert granted["items"] == {key["id"]: [[3, 2]]}
    assert [send(shared.port, api, headers=header).status for _ in range(3)] == [200, 200, 429]
    with refused("BadRequestException", 400):
        gateway.delete_usage_plan(usagePlanId=plan["id"])


def test_what_keys_have_used_outlives_the_server(serve):
    server = serve()
    admin = Clients(server.endpoint)
    gateway = admin.apigateway
    api = Rest(admin)
    api.response(api.method("GET", apiKeyRequired=True))
    api.deploy()
    key = gateway.create_api_key(enabled=True)
    plan = gateway.create_usage_plan(
        name="plan",
        apiStages=[{"apiId": api.id, "stage": "test"}],
        quota={"limit": 5, "period": "MONTH"},
    )
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    header = {"x-api-key": key["value"]}
    assert [send(server.port, api, headers=header).status for _ in range(3)] == [200] * 3
    server.restart()
    assert [send(server.port, api, headers=header).status for _ in range(3)] == [200, 200, 429]


def test_keys_of_authorizers(admin, shared, authorizer_uri):
    gateway = admin.apigateway
    api = guarded(admin, authorizer_uri)
    gateway.update_rest_api(restApiId=api.id, patchOperations=[{"op": "replace", "path": "/apiKeySource", "value": "AUTHORIZER"}])
    root = {"restApiId": api.id, "resourceId": api.root, "httpMethod": "GET"}
    gateway.update_method(**root, patchOperations=[{"op": "replace", "path": "/apiKeyRequired", "value": "true"}])
    api.deploy()
    key = gateway.create_api_key(enabled=True, value="key-of-ada-0123456789")["id"]
    plan = gateway.create_usage_plan(name=unique("plan"), apiStages=[{"apiId": api.id, "stage": "test"}])["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    assert send(shared.port, api, headers={"X-Who": "ada"}).status == 200
    assert send(shared.port, api, headers={"X-Who": "eve"}).status == 403


def test_throttling(admin, shared):
    gateway = admin.apigateway
    api = Rest(admin)
    api.response(api.method("GET"))
    api.response(api.method("POST", apiKeyRequired=True))
    api.deploy()
    limits = [("burstLimit", "2"), ("rateLimit", "0.01")]
    changes = [{"op": "replace", "path": f"/~1/GET/throttling/{name}", "value": value} for name, value in limits]
    gateway.update_stage(restApiId=api.id, stageName="test", patchOperations=changes)
    answers = [send(shared.port, api) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 429, 429]
    assert answers[-1].json == {"message": "Too Many Requests"}
    assert answers[-1].headers["x-amzn-ErrorType"] == "TooManyRequestsException"
    key = gateway.create_api_key(enabled=True)
    plan = gateway.create_usage_plan(
        name=unique("plan"),
        apiStages=[{"apiId": api.id, "stage": "test"}],
        throttle={"rateLimit": 0.01, "burstLimit": 1},
    )["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    header = {"x-api-key": key["value"]}
    assert [send(shared.port, api, "POST /", headers=header).status for _ in range(2)] == [200, 429]


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Pool:
    """A user pool's key, and tokens signed with it."""

    def __init__(self, region="us-east-1", pool="us-east-1_fogbank"):
        self.public, self.private = rsa.newkeys(2048)
        self.issuer = f"https://cognito-idp.{region}.amazonaws.com/{pool}"
        self.arn = f"arn:aws:cognito-idp:{region}:000000000000:userpool/{pool}"

    def jwks(self) -> dict:
        number = lambda n: encode(n.to_bytes((n.bit_length() + 7) // 8, "big"))
        return {"keys": [{"kty": "RSA", "kid": "k", "alg": "RS256", "use": "sig", "n": number(self.public.n), "e": number(self.public.e)}]}

    def token(self, **claims) -> str:
        claims = {"iss": self.issuer, "exp": time.time() + 600, "token_use": "id", "sub": "u-1", **claims}
        parts = [{"alg": "RS256", "kid": "k"}, claims]
        signed = ".".join(encode(json.dumps(part).encode()) for part in parts)
        return signed + "." + encode(rsa.sign(signed.encode(), self.private, "SHA-256"))


def test_user_pools(tmp_path):
    pool = Pool()
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps(pool.jwks()))
    server = Server(tmp_path / "data", "--jwks", f"{pool.issuer}={keys}").start()
    try:
        admin = Clients(server.endpoint)
        api = Rest(admin)
        authorizer = admin.apigateway.create_authorizer(
            restApiId=api.id,
            name="pool",
            type="COGNITO_USER_POOLS",
            providerARNs=[pool.arn],
            identitySource="method.request.header.Authorization",
        )["id"]
        settings = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": authorizer}
        answer = mock_answer('"$context.authorizer.claims.sub"')
        api.response(api.method("GET", **settings), responseTemplates=answer)
        api.response(api.method("POST", **settings, authorizationScopes=["pets/read"]), responseTemplates=answer)
        api.deploy()

        def status(line, token):
            return send(server.port, api, line, headers={"Authorization": token}).status

        good = send(server.port, api, headers={"Authorization": "Bearer " + pool.token()})
        assert (good.status, good.json) == (200, "u-1")
        assert status("GET /", Pool().token()) == 401, "another key"
        assert status("GET /", pool.token(iss="https://elsewhere")) == 401
        assert status("GET /", "nonsense") == 401
        expired = send(server.port, api, headers={"Authorization": pool.token(exp=time.time() - 1)})
        assert (expired.status, expired.json) == (401, {"message": "The incoming token has expired"})
        assert status("POST /", pool.token()) == 401, "an id token has no scopes"
        assert status("POST /", pool.token(token_use="access", scope="pets/write")) == 401
        assert status("POST /", pool.token(token_use="access", scope="a pets/read")) == 200
    finally:
        server.process.kill()


def test_import_with_an_authorizer(admin, shared, authorizer_uri):
    document = {
        "swagger": "2.0",
        "info": {"title": unique("imported")},
        "securityDefinitions": {
            "guard": {
                "type": "apiKey",
                "name": "X-Who",
                "in": "header",
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": authorizer_uri},
            }
        },
        "paths": {
            "/": {
                "get": {
                    "security": [{"guard": []}],
                    "responses": {"200": {"description": "ok"}},
                    "x-amazon-apigateway-integration": {
                        "type": "mock",
                        "requestTemplates": {"application/json": '{"statusCode": 200}'},
                        "responses": {"default": {"statusCode": "200"}},
                    },
                }
            }
        },
    }
    gateway = admin.apigateway
    api = gateway.import_rest_api(body=json.dumps(document))
    imported = gateway.get_authorizers(restApiId=api["id"])["items"]
    assert [(item["name"], item["type"], item["identitySource"]) for item in imported] == [
        ("guard", "TOKEN", "method.request.header.X-Who")
    ]
    gateway.create_deployment(restApiId=api["id"], stageName="test")
    made = Rest.__new__(Rest)
    made.id = api["id"]
    assert send(shared.port, made).status == 401
    assert send(shared.port, made, headers={"X-Who": "ada"}).status == 200
    with pytest.raises(ClientError, match="is referenced in method"):
        gateway.delete_authorizer(restApiId=api["id"], authorizerId=imported[0]["id"])
