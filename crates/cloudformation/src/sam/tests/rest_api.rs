//! What `AWS::Serverless::Api` and its events say beside routes, as the definition has it.

use super::transformed;

/// The resources of an API with these properties and one event with these.
fn api(properties: &str, event: &str) -> Result<Vec<String>, String> {
    transformed(&format!(
        r#"
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: a.b
      Runtime: python3.12
      Role: r
      Events: {{E: {{Type: Api, Properties: {{Path: /a, Method: get, RestApiId: !Ref Api{event}}}}}}}
  Api:
    Type: AWS::Serverless::Api
    Properties: {{StageName: test{properties}}}
"#
    ))
}

/// Checks that the made resources, all together, have these pieces.
#[track_caller]
fn check(properties: &str, event: &str, pieces: &[&str]) {
    let text = api(properties, event).unwrap().join("\n");
    for piece in pieces {
        assert!(text.contains(piece), "{piece}\n{text}");
    }
}

#[test]
fn authorizers() {
    check(
        ", Auth: {DefaultAuthorizer: Pool, Authorizers: {Pool: {UserPoolArn: p, \
         AuthorizationScopes: [s], Identity: {Header: X, ReauthorizeEvery: 5}}}}",
        "",
        &[
            r#""security":[{"Pool":["s"]}]"#,
            r#""securityDefinitions":{"Pool":{"type":"apiKey","name":"X","in":"header","#,
            r#""x-amazon-apigateway-authtype":"cognito_user_pools""#,
            r#"{"type":"cognito_user_pools","providerARNs":["p"],"authorizerResultTtlInSeconds":5}"#,
        ],
    );
    check(
        ", OpenApiVersion: 3.0.1, Auth: {Authorizers: {Fn: {FunctionArn: f, FunctionPayloadType: \
         REQUEST, Identity: {Headers: [A], QueryStrings: [q]}}}}",
        ", Auth: {Authorizer: Fn}",
        &[
            r#""components":{"securitySchemes":{"Fn":{"type":"apiKey","name":"Unused""#,
            r#""identitySource":"method.request.header.A, method.request.querystring.q""#,
            "ApiFnAuthorizerPermission AWS::Lambda::Permission",
        ],
    );
    check(
        ", Auth: {DefaultAuthorizer: AWS_IAM}",
        "",
        &[
            r#""credentials":"arn:aws:iam::*:user/*""#,
            r#""x-amazon-apigateway-authtype":"awsSigv4""#,
        ],
    );
    let open = api(
        ", Auth: {DefaultAuthorizer: AWS_IAM}",
        ", Auth: {Authorizer: NONE}",
    );
    assert!(!open.unwrap().join("\n").contains("security"));
}

#[test]
fn keys_and_usage_plans() {
    check(
        ", Auth: {ApiKeyRequired: true, UsagePlan: {CreateUsagePlan: PER_API, Quota: {Limit: 1}}}",
        "",
        &[
            r#""security":[{"api_key":[]}]"#,
            r#""api_key":{"type":"apiKey","name":"x-api-key","in":"header"}"#,
            r#"ApiUsagePlan AWS::ApiGateway::UsagePlan {"Quota":{"Limit":1},"#,
            r#""ApiStages":[{"ApiId":{"Ref":"Api"},"Stage":{"Ref":"ApitestStage"}}]"#,
            "ApiApiKey AWS::ApiGateway::ApiKey",
            r#"ApiUsagePlanKey AWS::ApiGateway::UsagePlanKey {"KeyId":{"Ref":"ApiApiKey"}"#,
        ],
    );
}

#[test]
fn cors() {
    check(
        ", Cors: \"'*'\"",
        "",
        &[
            r#""options":{"summary":"CORS support","#,
            r#""method.response.header.Access-Control-Allow-Methods":"'GET,OPTIONS'""#,
            r#""method.response.header.Access-Control-Allow-Origin":"'*'""#,
        ],
    );
    check(
        ", Cors: {AllowMethods: m, AllowCredentials: true}, Auth: {DefaultAuthorizer: AWS_IAM}",
        "",
        &[
            r#""method.response.header.Access-Control-Allow-Methods":"m""#,
            r#""method.response.header.Access-Control-Allow-Credentials":"'true'""#,
            r#""headers":{"Access-Control-Allow-Credentials":{"type":"string"}"#,
        ],
    );
}

#[test]
fn models_and_parameters() {
    let model = ", Models: {Pet: {type: object}}";
    let event = ", RequestModel: {Model: Pet, Required: true, ValidateBody: true}, \
                 RequestParameters: [method.request.header.X, method.request.querystring.q: \
                 {Required: true, Caching: true}]";
    check(
        model,
        event,
        &[
            r#""definitions":{"Pet":{"type":"object"}}"#,
            r##"{"in":"body","name":"pet","schema":{"$ref":"#/definitions/Pet"},"required":true}"##,
            r#"{"in":"query","name":"q","required":true,"type":"string"}"#,
            r#""cacheKeyParameters":["method.request.querystring.q"]"#,
            r#""x-amazon-apigateway-request-validator":"body-only""#,
            r#"{"body-only":{"validateRequestBody":true,"validateRequestParameters":false}}"#,
        ],
    );
    check(
        &format!("{model}, OpenApiVersion: 3.0.1"),
        event,
        &[
            r#""components":{"schemas":{"Pet":"#,
            r##""requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"}}}"##,
            r#"{"in":"header","name":"X","required":false,"schema":{"type":"string"}}"#,
        ],
    );
}

#[test]
fn gateway_responses() {
    check(
        ", GatewayResponses: {DEFAULT_4XX: {StatusCode: 418, ResponseParameters: {Headers: {A: b}}}}",
        "",
        &[concat!(
            r#""x-amazon-apigateway-gateway-responses":{"DEFAULT_4XX":{"responseParameters":"#,
            r#"{"gatewayresponse.header.A":"b"},"statusCode":418}}"#,
        )],
    );
}

#[test]
fn what_is_not_built_is_refused_by_name() {
    for (properties, event, message) in [
        (
            ", Auth: {ResourcePolicy: {SourceVpcWhitelist: [vpc-1]}}",
            "",
            "SourceVpcWhitelist of ResourcePolicy of Auth of AWS::Serverless::Api is not supported",
        ),
        (
            ", Auth: {UsagePlan: {CreateUsagePlan: SHARED}}",
            "",
            "CreateUsagePlan \"SHARED\" is not supported",
        ),
        (
            "",
            ", Auth: {Authorizer: X}",
            "\"X\" is neither a parameter nor a resource of this template",
        ),
        (
            "",
            ", RequestParameters: [q]",
            "a request parameter must be method.request.header, .querystring or .path and a name, \
             not \"q\"",
        ),
    ] {
        let error = api(properties, event).unwrap_err();
        let (_, error) = error.split_once(": ").unwrap();
        assert_eq!(error, message);
    }
}

#[test]
fn resource_policies() {
    let resource = r#"[{"Fn::Sub":["execute-api:/${__Stage__}/GET/a",{"__Stage__":"test"}]}]"#;
    let statement = |effect: &str, rest: &str| {
        format!(
            r#"{{"Effect":"{effect}","Action":"execute-api:Invoke","Resource":{resource},{rest}}}"#
        )
    };
    let allow = statement("Allow", r#""Principal":"*""#);
    let deny = statement(
        "Deny",
        r#""Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8"]}}"#,
    );
    let account = statement("Allow", r#""Principal":{"AWS":["111111111111"]}"#);
    let policy = |statements: &str| {
        format!(r#""Policy":{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
    };
    check(
        ", Auth: {ResourcePolicy: {IpRangeBlacklist: [10.0.0.0/8]}}",
        "",
        &[&policy(&format!("{allow},{deny}"))],
    );
    check(
        ", Auth: {ResourcePolicy: {AwsAccountWhitelist: ['111111111111'], \
         CustomStatements: {Effect: Allow}}}",
        "",
        &[&policy(&format!(r#"{account},{{"Effect":"Allow"}}"#))],
    );
    // Another policy takes another deployment.
    let deployment = |statement: &str| {
        let asked = format!(", Auth: {{ResourcePolicy: {{CustomStatements: {statement}}}}}");
        let made = api(&asked, "").unwrap();
        made.iter()
            .find(|line| line.contains("::Deployment"))
            .cloned()
    };
    let (one, other) = (deployment("[{a: 1}]"), deployment("[{a: 2}]"));
    assert!(one.is_some());
    assert_ne!(one, other);
}

#[test]
fn a_given_definition_gets_the_same() {
    let integration = "x-amazon-apigateway-integration: {type: mock}";
    let body = format!(
        "DefinitionBody: {{openapi: 3.0.1, components: {{schemas: {{A: {{}}}}}}, paths: {{\
         /a: {{get: {{{integration}}}, post: {{security: [NONE: []], {integration}}}, \
         put: {{security: [other: []], {integration}}}, head: {{security: [Pool: [x]], {integration}}}, \
         patch: {{responses: {{}}}}, description: text}}, \
         /b: {{options: {{{integration}}}}}}}}}"
    );
    check(
        &format!(
            ", {body}, Cors: \"'x'\", Models: {{B: {{}}}}, Auth: {{DefaultAuthorizer: Pool, \
             AddDefaultAuthorizerToCorsPreflight: false, Authorizers: {{Pool: {{UserPoolArn: p}}}}}}"
        ),
        "",
        &[
            r#""get":{"x-amazon-apigateway-integration":{"type":"mock"},"security":[{"Pool":[]}]}"#,
            r#""post":{"x-amazon-apigateway-integration":{"type":"mock"},"security":[]}"#,
            r#""security":[{"other":[]},{"Pool":[]}]"#,
            r#""security":[{"Pool":["x"]}]"#,
            r#""patch":{"responses":{}},"description":"text","options":{"summary":"CORS support""#,
            r#""/b":{"options":{"x-amazon-apigateway-integration":{"type":"mock"}}}"#,
            r#""components":{"schemas":{"A":{},"B":{}},"securitySchemes":{"Pool":{"#,
        ],
    );
    // Nothing to say: nothing is touched.
    check(&format!(", {body}"), "", &[r#"{"security":[{"NONE":[]}],"#]);
}
