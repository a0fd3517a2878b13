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


PARTS = """
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: Demo
      Description: own
      BinaryMediaTypes: [image/png]
      MinimumCompressionSize: 10
      Body:
        openapi: 3.0.1
        info: {title: T, version: 1.0}
        components:
          securitySchemes:
            k: {type: apiKey, name: x-api-key, in: header}
        paths:
          /pets/{id}:
            get:
              security: [{k: []}]
              responses: {"200": {description: OK}}
              x-amazon-apigateway-integration:
                type: mock
                requestTemplates: {application/json: '{"statusCode": 200}'}
                responses: {default: {statusCode: "200", responseTemplates: {application/json: '{"v": "$stageVariables.a"}'}}}
  Authorizer:
    Type: AWS::ApiGateway::Authorizer
    Properties:
      RestApiId: !Ref Api
      Name: pool
      Type: COGNITO_USER_POOLS
      IdentitySource: method.request.header.Authorization
      ProviderARNs: ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a"]
  Model:
    Type: AWS::ApiGateway::Model
    Properties: {RestApiId: !Ref Api, ContentType: application/json, Schema: {type: object}}
  Validator:
    Type: AWS::ApiGateway::RequestValidator
    Properties: {RestApiId: !Ref Api, ValidateRequestBody: true}
  Denied:
    Type: AWS::ApiGateway::GatewayResponse
    Properties:
      RestApiId: !Ref Api
      ResponseType: INVALID_API_KEY
      StatusCode: 404
      ResponseParameters: {gatewayresponse.header.X-A: "'a'"}
  Resource:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: own}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Resource
      HttpMethod: POST
      AuthorizationType: COGNITO_USER_POOLS
      AuthorizationScopes: [a/b]
      AuthorizerId: !Ref Authorizer
      RequestValidatorId: !Ref Validator
      RequestModels: {application/json: !Ref Model}
      Integration: {Type: MOCK}
  Deployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: [Method, Denied]
    Properties: {RestApiId: !Ref Api}
  Log:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: access}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment
      StageName: test
      TracingEnabled: true
      Variables: {a: one}
      CacheClusterEnabled: true
      CacheClusterSize: "0.5"
      AccessLogSetting: {DestinationArn: !GetAtt Log.Arn, Format: "$context.requestId $context.status"}
      CanarySetting: {PercentTraffic: 100, StageVariableOverrides: {a: two}}
      MethodSettings:
        - {ResourcePath: /*, HttpMethod: "*", LoggingLevel: INFO, ThrottlingRateLimit: 15.5, ThrottlingBurstLimit: 10}
        - {ResourcePath: "/pets/{id}", HttpMethod: GET, CachingEnabled: true, CacheTtlInSeconds: 5}
  Key:
    Type: AWS::ApiGateway::ApiKey
    Properties: {Name: key, Enabled: true, Value: abcdefghijklmnopqrstuvwx, StageKeys: [{RestApiId: !Ref Api, StageName: !Ref Stage}]}
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties:
      UsagePlanName: plan
      Quota: {Limit: 10, Period: DAY}
      Throttle: {BurstLimit: 2, RateLimit: 1}
      ApiStages: [{ApiId: !Ref Api, Stage: !Ref Stage, Throttle: {"/pets/{id}/GET": {RateLimit: 30, BurstLimit: 4}}}]
  PlanKey:
    Type: AWS::ApiGateway::UsagePlanKey
    Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}
  Account:
    Type: AWS::ApiGateway::Account
    Properties: {CloudWatchRoleArn: "arn:aws:iam::000000000000:role/logs"}
  Domain:
    Type: AWS::ApiGateway::DomainName
    Properties:
      DomainName: api.example.com
      RegionalCertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/a"
      EndpointConfiguration: {Types: [REGIONAL]}
  Mapping:
    Type: AWS::ApiGateway::BasePathMapping
    Properties: {DomainName: !Ref Domain, RestApiId: !Ref Api, Stage: !Ref Stage, BasePath: v1}
Outputs:
  Target: {Value: !GetAtt Domain.RegionalDomainName}
"""


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
def deploy(up, tmp_path):  # noqa: F811
    def deploy(text: str) -> Api:
        template = tmp_path / "template.yaml"
        template.write_text(text)
        return Api(up(template))

    return deploy


def test_what_sam_says_of_an_api_holds(deploy):
    """Authorizers, keys, models, CORS, gateway responses and stage settings, each by its effect."""
    api = deploy(TEMPLATE)
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


def test_the_parts_of_a_rest_api(deploy):
    """Every type beside functions' routes, deployed once, by what a client sees of it."""
    api = deploy(PARTS)
    [found] = api.apigateway.get_rest_apis()["items"]
    said = {name: found[name] for name in ("name", "description", "binaryMediaTypes", "minimumCompressionSize")}
    assert said == {
        "name": "Demo",
        "description": "own",
        "binaryMediaTypes": ["image/png"],
        "minimumCompressionSize": 10,
    }
    [stage] = api.apigateway.get_stages(restApiId=api.id)["item"]
    assert stage["methodSettings"]["~1pets~1{id}/GET"]["cacheTtlInSeconds"] == 5
    assert stage["canarySettings"]["stageVariableOverrides"] == {"a": "two"}
    assert stage["accessLogSettings"]["format"] == "$context.requestId $context.status"
    resources = api.apigateway.get_resources(restApiId=api.id, embed=["methods"])["items"]
    [own] = [resource for resource in resources if resource["path"] == "/own"]
    [authorizer] = api.apigateway.get_authorizers(restApiId=api.id)["items"]
    assert own["resourceMethods"]["POST"]["authorizerId"] == authorizer["id"]
    [plan] = api.apigateway.get_usage_plans()["items"]
    assert plan["quota"] == {"limit": 10, "offset": 0, "period": "DAY"}
    assert plan["apiStages"][0]["throttle"] == {"/pets/{id}/GET": {"burstLimit": 4, "rateLimit": 30.0}}

    host = {"Host": "api.example.com"}
    answer = http.request(api.service.port, "GET", "/v1/pets/1", headers=host)
    assert (answer.status, answer.headers["X-A"]) == (404, "a"), "the response for a missing key"
    key = {"x-api-key": "abcdefghijklmnopqrstuvwx"}
    answer = http.request(api.service.port, "GET", "/v1/pets/1", headers=host | key)
    assert (answer.status, answer.json) == (200, {"v": "two"}), "the canary takes all requests"
