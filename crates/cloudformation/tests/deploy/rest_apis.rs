//! What belongs to REST APIs besides their methods, made, changed and removed.

use super::*;

const PARTS: &str = r#"
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: Demo, BinaryMediaTypes: [image/png], MinimumCompressionSize: 10}
  Authorizer:
    Type: AWS::ApiGateway::Authorizer
    Properties:
      RestApiId: !Ref Api
      Name: pool
      Type: COGNITO_USER_POOLS
      IdentitySource: method.request.header.Authorization
      ProviderARNs: ["arn:aws:cognito-idp:us-east-1:1:userpool/a"]
  Model:
    Type: AWS::ApiGateway::Model
    Properties: {RestApiId: !Ref Api, Name: Pet, ContentType: application/json, Schema: {type: object}}
  Validator:
    Type: AWS::ApiGateway::RequestValidator
    Properties: {RestApiId: !Ref Api, ValidateRequestBody: true}
  Denied:
    Type: AWS::ApiGateway::GatewayResponse
    Properties:
      RestApiId: !Ref Api
      ResponseType: ACCESS_DENIED
      StatusCode: 404
      ResponseParameters: {gatewayresponse.header.X-A: "'a'"}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: POST
      ApiKeyRequired: true
      AuthorizationType: COGNITO_USER_POOLS
      AuthorizerId: !Ref Authorizer
      RequestValidatorId: !Ref Validator
      RequestModels: {application/json: !Ref Model}
      Integration: {Type: MOCK}
  Deployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: Method
    Properties: {RestApiId: !Ref Api}
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment
      StageName: test
      TracingEnabled: true
      AccessLogSetting: {DestinationArn: "arn:aws:logs:us-east-1:1:log-group:a", Format: $context.requestId}
      CanarySetting: {PercentTraffic: 12.5, StageVariableOverrides: {a: b}}
      MethodSettings:
        - {ResourcePath: /*, HttpMethod: "*", LoggingLevel: INFO, ThrottlingRateLimit: 1.5}
        - {ResourcePath: /~1a~1b, HttpMethod: GET, CachingEnabled: true}
  Key:
    Type: AWS::ApiGateway::ApiKey
    Properties: {Name: key, Enabled: true, Value: abcdefghijklmnopqrstuvwx}
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties:
      UsagePlanName: plan
      Quota: {Limit: 10, Period: DAY}
      Throttle: {BurstLimit: 2, RateLimit: 1}
      ApiStages: [{ApiId: !Ref Api, Stage: !Ref Stage, Throttle: {/a/GET: {RateLimit: 3}}}]
  PlanKey:
    Type: AWS::ApiGateway::UsagePlanKey
    Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}
  Account:
    Type: AWS::ApiGateway::Account
    Properties: {CloudWatchRoleArn: "arn:aws:iam::1:role/logs"}
  Domain:
    Type: AWS::ApiGateway::DomainName
    Properties:
      DomainName: api.example.com
      RegionalCertificateArn: "arn:aws:acm:us-east-1:1:certificate/a"
      EndpointConfiguration: {Types: [REGIONAL]}
  Mapping:
    Type: AWS::ApiGateway::BasePathMapping
    Properties: {DomainName: !Ref Domain, RestApiId: !Ref Api, Stage: !Ref Stage, BasePath: v1}
"#;

#[tokio::test]
async fn the_parts_of_an_api() {
    let demo = Demo::new();
    let (calls, _) = demo.changes(PARTS).await;
    assert_eq!(
        calls,
        [
            "CreateRestApi Demo",
            r#"CreateAuthorizer pool CognitoUserPools Some(["arn:aws:cognito-idp:us-east-1:1:userpool/a"])"#,
            r#"CreateModel Pet application/json {"type":"object"}"#,
            "CreateRequestValidator Some(true) None",
            r#"PutGatewayResponse AccessDenied Some("404") Some({"gatewayresponse.header.X-A": "'a'"})"#,
            "PutMethod root POST COGNITO_USER_POOLS",
            "PutIntegration Mock None",
            "CreateDeployment api1",
            "CreateStage test deployment4",
            "UpdateStage test /accessLogSettings/destinationArn=arn:aws:logs:us-east-1:1:log-group:a,/accessLogSettings/format=$context.requestId,/canarySettings/percentTraffic=12.5,/canarySettings/stageVariableOverrides/a=b,/*/*/logging/loglevel=INFO,/*/*/throttling/rateLimit=1.5,/~1a~1b/GET/caching/enabled=true",
            r#"CreateApiKey Some("key") Some("abcdefghijklmnopqrstuvwx")"#,
            "CreateUsagePlan plan Some(ThrottleSettings { burst_limit: Some(2), rate_limit: Some(1.0) }) Some(QuotaSettings { limit: Some(10), offset: None, period: Some(Day) })",
            "UpdateUsagePlan plan6 +/apiStages=api1:test,/apiStages/api1:test/throttle/~1a/GET/rateLimit=3",
            "CreateUsagePlanKey plan6 key5",
            "UpdateAccount /cloudwatchRoleArn=arn:aws:iam::1:role/logs",
            r#"CreateDomainName api.example.com Some("arn:aws:acm:us-east-1:1:certificate/a")"#,
            r#"CreateBasePathMapping api.example.com Some("v1") api1 Some("test")"#,
        ]
    );
    let changed = PARTS
        .replace("image/png", "image/gif")
        .replace("MinimumCompressionSize: 10", "Description: d")
        .replace("userpool/a", "userpool/b")
        .replace("{type: object}", "{type: array}")
        .replace(
            "ValidateRequestBody: true",
            "ValidateRequestParameters: true",
        )
        .replace("StatusCode: 404", "StatusCode: 403")
        .replace(
            "      CanarySetting: {PercentTraffic: 12.5, StageVariableOverrides: {a: b}}\n",
            "",
        )
        .replace("LoggingLevel: INFO", "LoggingLevel: ERROR")
        .replace("Enabled: true, Value", "Enabled: false, Value")
        .replace("Quota: {Limit: 10, Period: DAY}", "Description: d")
        .replace("RateLimit: 3", "RateLimit: 4")
        .replace("role/logs", "role/other")
        .replace("certificate/a", "certificate/b")
        .replace("BasePath: v1", "BasePath: v2");
    let (calls, changes) = demo.changes(&changed).await;
    assert_eq!(
        changes,
        "update Api, update Authorizer, update Model, update Validator, update Denied, update Stage, \
         update Key, update Plan, update Account, update Domain, replace Mapping"
    );
    assert_eq!(
        calls,
        [
            "UpdateRestApi api1 /description=d,/minimumCompressionSize=,-/binaryMediaTypes/image~1png,+/binaryMediaTypes/image~1gif",
            "UpdateAuthorizer authorizer2 -/providerARNs=arn:aws:cognito-idp:us-east-1:1:userpool/a,+/providerARNs=arn:aws:cognito-idp:us-east-1:1:userpool/b",
            r#"UpdateModel Pet /schema={"type":"array"}"#,
            "UpdateRequestValidator validator3 /validateRequestBody=false,/validateRequestParameters=true",
            r#"PutGatewayResponse AccessDenied Some("403") Some({"gatewayresponse.header.X-A": "'a'"})"#,
            "UpdateStage test -/canarySettings,-/*/*,/*/*/logging/loglevel=ERROR,/*/*/throttling/rateLimit=1.5",
            "UpdateApiKey key5 /enabled=false",
            "UpdateUsagePlan plan6 /description=d,-/quota,-/apiStages=api1:test,+/apiStages=api1:test,/apiStages/api1:test/throttle/~1a/GET/rateLimit=4",
            "UpdateAccount /cloudwatchRoleArn=arn:aws:iam::1:role/other",
            "UpdateDomainName api.example.com /regionalCertificateArn=arn:aws:acm:us-east-1:1:certificate/b",
            r#"CreateBasePathMapping api.example.com Some("v2") api1 Some("test")"#,
            "DeleteBasePathMapping api.example.com v1",
        ]
    );
    demo.deployer().remove(&demo.options).await.unwrap();
    assert_eq!(
        demo.calls(),
        [
            "DeleteUsagePlanKey plan6 key5",
            "UpdateUsagePlan plan6 -/apiStages=api1:test",
            "DeleteUsagePlan plan6",
            "DeleteBasePathMapping api.example.com v2",
            "DeleteStage test",
            "DeleteApiKey key5",
            "DeleteDomainName api.example.com",
            "DeleteDeployment deployment4",
            "DeleteMethod root POST",
            "DeleteRequestValidator validator3",
            "DeleteModel Pet",
            "DeleteGatewayResponse AccessDenied",
            "DeleteAuthorizer authorizer2",
            "DeleteRestApi api1",
        ]
    );
}

#[tokio::test]
async fn a_deployment_may_describe_its_stage() {
    let template = "
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  Deployment:
    Type: AWS::ApiGateway::Deployment
    Properties:
      RestApiId: !Ref Api
      StageName: dev
      StageDescription:
        Description: d
        Variables: {a: b}
        MethodSettings: [{ResourcePath: /items, HttpMethod: GET, MetricsEnabled: true}]
";
    let demo = Demo::new();
    let (calls, _) = demo.changes(template).await;
    assert_eq!(
        calls,
        [
            "CreateRestApi a",
            "CreateDeployment api1",
            "UpdateStage dev /description=d,/variables/a=b,/~1items/GET/metrics/enabled=true",
        ]
    );
}

/// APIs without a definition are shown as those with one are.
#[tokio::test]
async fn routes_of_single_resources_are_told() {
    let demo = Demo::new();
    let deployment = demo
        .deploy(
            r#"
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: Demo}}
  Pets:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: pets}
  Pet:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !Ref Pets, PathPart: "{id}"}
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      {RestApiId: !Ref Api, ResourceId: !Ref Pet, HttpMethod: GET, AuthorizationType: NONE}
  Root:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: ANY
      AuthorizationType: NONE
  Deployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: [Get, Root]
    Properties: {RestApiId: !Ref Api, StageName: live}
  Http: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: Http, ProtocolType: HTTP}}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Http, RouteKey: POST /orders}
  Default:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Http, RouteKey: $default}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Http, StageName: $default, AutoDeploy: true}
"#,
        )
        .await
        .unwrap();
    let apis: Vec<String> = deployment
        .apis
        .iter()
        .map(|api| {
            let mut routes: Vec<String> = api
                .routes
                .iter()
                .map(|(method, path)| format!("{method} {path}"))
                .collect();
            routes.sort();
            format!("{} {}: {}", api.name, api.stage, routes.join(", "))
        })
        .collect();
    assert_eq!(
        apis,
        [
            "Demo live: ANY /, GET /pets/{id}",
            "Http $default: ANY /, POST /orders"
        ]
    );
}
