"""REST APIs in templates, with what users of SAM write beside their functions, as clients see them."""

import pytest

from harness import http
from test_up import up  # noqa: F401  (a fixture)

ECHO = """
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        import json
        def handler(event, context):
            return {"statusCode": 200, "body": json.dumps(event["requestContext"].get("authorizer"))}
"""

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: test
      Cors: {AllowOrigin: "'https://example.com'", AllowHeaders: "'X-Own'", MaxAge: "'600'"}
      Auth:
        DefaultAuthorizer: Tokens
        AddDefaultAuthorizerToCorsPreflight: false
        Authorizers:
          Tokens:
            FunctionArn: !GetAtt Deciding.Arn
            Identity: {Header: X-Token, ValidationExpression: "[a-z]+", ReauthorizeEvery: 0}
        UsagePlan:
          CreateUsagePlan: PER_API
          UsagePlanName: own
          Throttle: {RateLimit: 100, BurstLimit: 100}
      GatewayResponses:
        UNAUTHORIZED:
          StatusCode: 401
          ResponseParameters: {Headers: {X-Why: "'no token'"}}
          ResponseTemplates: {application/json: '{"why": "no token"}'}
      Models:
        Pet: {type: object, required: [name], properties: {name: {type: string}}}
      MethodSettings:
        - {ResourcePath: /*, HttpMethod: "*", ThrottlingRateLimit: 50, ThrottlingBurstLimit: 20}
        - {ResourcePath: /pets, HttpMethod: POST, MetricsEnabled: true}
      Variables: {color: blue}
  Deciding:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            effect = "Allow" if event["authorizationToken"] == "good" else "Deny"
            statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
            policy = {"Version": "2012-10-17", "Statement": [statement]}
            return {"principalId": "somebody", "policyDocument": policy, "context": {"n": 1}}
  Echo:
    Type: AWS::Serverless::Function
    Properties:ECHO
      Events:
        Who: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /who, Method: get}}
        Open: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /open, Method: get, Auth: {Authorizer: NONE}}}
        Keyed:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /keyed
            Method: get
            Auth: {Authorizer: NONE, ApiKeyRequired: true}
        Signed:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /signed
            Method: get
            Auth: {Authorizer: AWS_IAM, InvokeRole: NONE}
        Pets:
          Type: Api
          Properties:
            RestApiId: !Ref Api
            Path: /pets
            Method: post
            Auth: {Authorizer: NONE}
            RequestModel: {Model: Pet, Required: true, ValidateBody: true, ValidateParameters: true}
            RequestParameters: [method.request.querystring.q: {Required: true}]
""".replace("ECHO", ECHO.rstrip())


class Api:
    """What a template deployed, called by its address."""

    def __init__(self, service):
        self.service = service
        self.apigateway = service.admin.apigateway
        [api] = self.apigateway.get_rest_apis()["items"]
        self.id = api["id"]

    def send(self, line: str, body: str = "", headers: dict | None = None) -> http.Answer:
        method, path = line.split(" ")
        path = f"/_aws/execute-api/{self.id}/test{path}"
        return http.request(self.service.port, method, path, body, headers)


@pytest.fixture
def api(up, tmp_path) -> Api:  # noqa: F811
    template = tmp_path / "template.yaml"
    template.write_text(TEMPLATE)
    return Api(up(template))


def test_what_sam_says_of_an_api_holds(api):
    """Authorizers, keys, models, CORS, gateway responses and stage settings, each by its effect."""
    answer = api.send("GET /who")
    assert (answer.status, answer.headers["X-Why"], answer.json) == (401, "no token", {"why": "no token"})
    assert api.send("GET /who", headers={"X-Token": "BAD"}).status == 401, "the validation expression"
    assert api.send("GET /who", headers={"X-Token": "bad"}).status == 403
    answer = api.send("GET /who", headers={"X-Token": "good"})
    assert answer.status == 200
    assert (answer.json["principalId"], answer.json["n"]) == ("somebody", "1")
    assert api.send("GET /open").status == 200

    assert api.send("GET /signed").status == 403
    path = f"/_aws/execute-api/{api.id}/test/signed"
    assert http.signed(api.service.port, "execute-api", "GET", path).status == 200

    assert api.send("GET /keyed").status == 403
    [key] = api.apigateway.get_api_keys(includeValues=True)["items"]
    assert api.send("GET /keyed", headers={"x-api-key": key["value"]}).status == 200
    [plan] = api.apigateway.get_usage_plans()["items"]
    assert plan["name"] == "own"
    assert plan["apiStages"] == [{"apiId": api.id, "stage": "test"}]

    json = {"Content-Type": "application/json"}
    answer = api.send("POST /pets", "{}", json)
    assert (answer.status, answer.json) == (
        400,
        {"message": "Missing required request parameters: [q]"},
    )
    answer = api.send("POST /pets?q=1", "{}", json)
    assert (answer.status, answer.json) == (400, {"message": "Invalid request body"})
    assert api.send("POST /pets?q=1", '{"name": "a"}', json).status == 200

    answer = api.send("OPTIONS /who")
    assert answer.status == 200
    allowed = {name: answer.headers[f"Access-Control-{name}"] for name in ("Allow-Methods", "Max-Age")}
    assert allowed == {"Allow-Methods": "GET,OPTIONS", "Max-Age": "600"}
    assert answer.headers["Access-Control-Allow-Origin"] == "https://example.com"
    assert answer.headers["Access-Control-Allow-Headers"] == "X-Own"

    stage = api.apigateway.get_stage(restApiId=api.id, stageName="test")
    assert stage["variables"] == {"color": "blue"}
    assert set(stage["methodSettings"]) == {"*/*", "~1pets/POST"}
    assert stage["methodSettings"]["*/*"]["throttlingBurstLimit"] == 20
