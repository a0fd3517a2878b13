mod rest_api;

use super::*;
use crate::document::{Source, Value};

fn place() -> Place {
    Place {
        region: "us-east-1".to_owned(),
        account_id: "000000000000".to_owned(),
        stack_name: "s".to_owned(),
        stack_id: "id".to_owned(),
    }
}

/// The transformed resources, one a line: logical id, type, properties.
fn transformed(text: &str) -> Result<Vec<String>, String> {
    let text = format!("Transform: AWS::Serverless-2016-10-31\n{text}");
    let source = Source::new("t.yaml", text);
    let template = Template::parse(&source, std::path::Path::new("nowhere"), &mut Vec::new())
        .map_err(|e| e.to_string())?;
    let template = transform(template, &place(), &BTreeMap::new())
        .map_err(|e| format!("{}: {e}", e.mark.line))?;
    let lines = template.resources.into_iter().map(|resource| {
        let properties = Node::new(Mark::default(), Value::Map(resource.properties));
        format!(
            "{} {} {properties}",
            resource.logical_id, resource.type_name
        )
    });
    Ok(lines.collect())
}

#[test]
fn a_function_with_events() {
    let lines = transformed(
        r#"
Globals:
  Function: {Timeout: 5, Environment: {Variables: {A: 1, B: 2}}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.12
      Environment: {Variables: {B: 3}}
      Policies:
        - AWSLambdaDynamoDBExecutionRole
        - DynamoDBReadPolicy: {TableName: !Ref Items}
        - Statement: [{Effect: Allow, Action: s3:GetObject, Resource: '*'}]
      Events:
        Get: {Type: Api, Properties: {Path: '/items/{id}', Method: get}}
  Items: {Type: AWS::Serverless::SimpleTable}
"#,
    )
    .unwrap();
    let expected = [
        concat!(
            r#"HelloRole AWS::IAM::Role {"AssumeRolePolicyDocument":{"Version":"2012-10-17","#,
            r#""Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com"]},"#,
            r#""Action":["sts:AssumeRole"]}]},"#,
            r#""ManagedPolicyArns":["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole","#,
            r#""arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole"],"#,
            r#""Policies":[{"PolicyName":"HelloRolePolicy1","PolicyDocument":{"Statement":[{"#,
            r#""Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:Scan","dynamodb:Query","#,
            r#""dynamodb:BatchGetItem","dynamodb:DescribeTable"],"Resource":["#,
            r#"{"Fn::Sub":["arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}",{"TableName":{"Ref":"Items"}}]},"#,
            r#"{"Fn::Sub":["arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${TableName}/index/*",{"TableName":{"Ref":"Items"}}]}]}]}},"#,
            r#"{"PolicyName":"HelloRolePolicy2","PolicyDocument":{"#,
            r#""Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}],"#,
            r#""Version":"2012-10-17"}}],"#,
            r#""Tags":[{"Key":"lambda:createdBy","Value":"SAM"}]}"#,
        ),
        concat!(
            r#"Hello AWS::Lambda::Function {"Code":"src/","Handler":"app.handler","#,
            r#""Runtime":"python3.12","Timeout":5,"Environment":{"Variables":{"A":1,"B":3}},"#,
            r#""Role":{"Fn::GetAtt":["HelloRole","Arn"]},"#,
            r#""Tags":[{"Key":"lambda:createdBy","Value":"SAM"}]}"#,
        ),
        concat!(
            r#"HelloGetPermissionProd AWS::Lambda::Permission {"Action":"lambda:InvokeFunction","#,
            r#""FunctionName":{"Ref":"Hello"},"Principal":"apigateway.amazonaws.com","#,
            r#""SourceArn":{"Fn::Sub":"arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${ServerlessRestApi}/*/GET/items/*"}}"#,
        ),
        concat!(
            r#"Items AWS::DynamoDB::Table {"#,
            r#""AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"#,
            r#""KeySchema":[{"AttributeName":"id","KeyType":"HASH"}],"#,
            r#""BillingMode":"PAY_PER_REQUEST"}"#,
        ),
        concat!(
            r#"ServerlessRestApi AWS::ApiGateway::RestApi {"Body":{"swagger":"2.0","#,
            r#""info":{"title":{"Ref":"AWS::StackName"},"version":"1.0"},"paths":{"/items/{id}":{"#,
            r#""get":{"x-amazon-apigateway-integration":{"type":"aws_proxy","httpMethod":"POST","#,
            r#""uri":{"Fn::Sub":"arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Hello.Arn}/invocations"}},"#,
            r#""responses":{}}}}}}"#,
        ),
        concat!(
            r#"ServerlessRestApiDeployment AWS::ApiGateway::Deployment "#,
            r#"{"RestApiId":{"Ref":"ServerlessRestApi"}}"#,
        ),
        concat!(
            r#"ServerlessRestApiProdStage AWS::ApiGateway::Stage "#,
            r#"{"RestApiId":{"Ref":"ServerlessRestApi"},"#,
            r#""DeploymentId":{"Ref":"ServerlessRestApiDeployment"},"StageName":"Prod"}"#,
        ),
    ];
    let lines: Vec<String> = lines.iter().map(|line| without_digest(line)).collect();
    assert_eq!(lines, expected);
}

/// A deployment's id without the digits that name the definition.
fn without_digest(line: &str) -> String {
    let name = "RestApiDeployment";
    let mut parts = line.split(name);
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown.push_str(name);
        shown.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    shown
}

#[test]
fn an_api_with_its_definition() {
    let api = |definition: &str| {
        let text = format!(
            r#"
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: test
      Name: Demo
      EndpointConfiguration: REGIONAL
      Variables: {{A: b}}
      Tags: {{team: x}}
      DefinitionBody: {definition}
"#
        );
        transformed(&text).unwrap()
    };
    let lines = api("{openapi: 3.0.1, paths: {}}");
    assert_eq!(
        lines[0],
        concat!(
            r#"Api AWS::ApiGateway::RestApi {"Body":{"openapi":"3.0.1","paths":{}},"Name":"Demo","#,
            r#""EndpointConfiguration":{"Types":["REGIONAL"]},"#,
            r#""Tags":[{"Key":"team","Value":"x"}]}"#,
        )
    );
    let deployment = lines[1].split(' ').next().unwrap_or_default();
    assert_eq!(
        lines[2],
        format!(
            r#"ApitestStage AWS::ApiGateway::Stage {{"RestApiId":{{"Ref":"Api"}},"DeploymentId":{{"Ref":"{deployment}"}},"StageName":"test","Variables":{{"A":"b"}},"Tags":[{{"Key":"team","Value":"x"}}]}}"#
        )
    );
    // The same definition deploys under the same id, another one under another.
    assert_eq!(api("{openapi: 3.0.1, paths: {}}")[1], lines[1]);
    assert_ne!(api("{openapi: 3.0.1, paths: {/a: {}}}")[1], lines[1]);
}

#[test]
fn an_event_may_name_its_api() {
    let text = r#"
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "x"
      Handler: index.handler
      Runtime: python3.12
      Role: arn:aws:iam::123456789012:role/r
      Events:
        Any: {Type: Api, Properties: {Path: /a, Method: ANY, RestApiId: !Ref Api}}
  Api: {Type: AWS::Serverless::Api, Properties: {StageName: !Ref AWS::StackName}}
"#;
    let lines = transformed(text).unwrap();
    let ids = lines
        .iter()
        .map(|line| line.split(' ').next().unwrap_or_default());
    let mut ids: Vec<String> = ids.map(str::to_owned).collect();
    ids[3].truncate("ApiDeployment".len());
    assert_eq!(
        ids,
        [
            "Hello",
            "HelloAnyPermission",
            "Api",
            "ApiDeployment",
            "ApiStage"
        ]
    );
    assert!(
        lines[0].contains(r#""Code":{"ZipFile":"x"}"#),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains("${Api}/*/*/a"), "{}", lines[1]);
    assert!(
        lines[2].contains("x-amazon-apigateway-any-method"),
        "{}",
        lines[2]
    );
}

#[test]
fn what_cannot_be_transformed_is_named() {
    let function = |properties: &str| {
        let all = format!("{{Runtime: python3.12, Handler: a.b, {properties}}}");
        transformed(&format!(
            "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {all}"
        ))
    };
    for (properties, message) in [
        (
            "Foo: 1, CodeUri: .",
            "unknown property \"Foo\" of AWS::Serverless::Function",
        ),
        (
            "PackageType: Image",
            "AWS::Serverless::Function needs the property \"ImageUri\"",
        ),
        (
            "Handler2: x, CodeUri: .",
            "unknown property \"Handler2\" of AWS::Serverless::Function",
        ),
        (
            "ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}",
            "ProvisionedConcurrencyConfig without AutoPublishAlias is not supported",
        ),
        (
            "CodeUri: ., Policies: {NoSuchPolicy: {}}",
            "the policy template \"NoSuchPolicy\" is not supported",
        ),
        (
            "CodeUri: ., Policies: [{DynamoDBReadPolicy: {Table: x}}]",
            "DynamoDBReadPolicy needs the property \"TableName\"",
        ),
        (
            "CodeUri: ., Events: {E: {Type: SQS, Properties: {}}}",
            "the event type \"SQS\" is not supported",
        ),
        (
            "CodeUri: ., Events: {E: {Type: Api, Properties: {Path: /, Method: foo}}}",
            "Method must be an HTTP method or ANY, not \"foo\"",
        ),
        (
            "CodeUri: ., Events: {E: {Type: Api, Properties: {Path: /, Method: get, RestApiId: !Ref X}}}",
            "\"X\" is neither a parameter nor a resource of this template",
        ),
        (
            "CodeUri: ., Events: {E: {Type: Api, Properties: {Path: /, Method: get, Auth: {ResourcePolicy: {}}}}}",
            "ResourcePolicy of Auth of the event E is not supported",
        ),
    ] {
        let error = function(properties).unwrap_err();
        let (_, error) = error.split_once(": ").unwrap();
        assert_eq!(error.replace("Properties of ", ""), message, "{properties}");
    }
    let clash = "Resources:\n  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: .}}\n  \
                 FRole: {Type: AWS::IAM::Role}";
    assert_eq!(
        transformed(clash),
        Err("4: the key \"FRole\" is already given in line 3".to_owned())
    );
}

#[test]
fn the_transform_must_be_asked_for() {
    let text = "Resources:\n  F:\n    Type: AWS::Serverless::Function";
    let template = Template::parse(
        &Source::new("t.yaml", text),
        std::path::Path::new("nowhere"),
        &mut Vec::new(),
    )
    .unwrap();
    let error = transform(template, &place(), &BTreeMap::new()).unwrap_err();
    assert_eq!((error.mark.line, error.mark.column), (3, 11));
    assert!(error.to_string().ends_with("to the template"), "{error}");
}

#[test]
fn http_apis() {
    let lines = transformed(
        r#"
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Handler: index.handler
      Runtime: python3.12
      Role: arn:aws:iam::000000000000:role/r
      Events:
        Get: {Type: HttpApi, Properties: {Path: '/items/{id}', Method: get}}
        Rest: {Type: HttpApi}
        Own: {Type: HttpApi, Properties: {Path: /own, Method: any, ApiId: !Ref Named}}
  Named:
    Type: AWS::Serverless::HttpApi
    Properties: {StageName: dev, CorsConfiguration: {AllowOrigins: ['https://a']}}
"#,
    )
    .unwrap();
    let types: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.rsplit_once(" {").map(|_| line.split(" {").next()))
        .flatten()
        .collect();
    assert_eq!(
        types,
        [
            "Hello AWS::Lambda::Function",
            "HelloGetPermission AWS::Lambda::Permission",
            "HelloRestPermission AWS::Lambda::Permission",
            "HelloOwnPermission AWS::Lambda::Permission",
            "Named AWS::ApiGatewayV2::Api",
            "NameddevStage AWS::ApiGatewayV2::Stage",
            "ServerlessHttpApi AWS::ApiGatewayV2::Api",
            "ServerlessHttpApiApiGatewayDefaultStage AWS::ApiGatewayV2::Stage",
        ]
    );
    let has = |id: &str, part: &str| {
        let line = lines.iter().find(|line| line.starts_with(id)).unwrap();
        assert!(line.contains(part), "{part} in {line}");
    };
    has("HelloGetPermission", "${ServerlessHttpApi}/*/GET/items/*");
    has("HelloRestPermission", "${ServerlessHttpApi}/*/$default");
    has("HelloOwnPermission", "${Named}/*/*/own");
    has(
        "Named ",
        r#""x-amazon-apigateway-cors":{"allowOrigins":["https://a"]}"#,
    );
    has("ServerlessHttpApi ", r#""payloadFormatVersion":"2.0""#);
    has(
        "ServerlessHttpApiApiGateway",
        r#""StageName":"$default","AutoDeploy":"true""#,
    );
}

#[test]
fn who_may_call_http_apis() {
    let api = |auth: &str, event: &str| {
        transformed(&format!(
            r#"
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      {{InlineCode: x, Handler: a.b, Runtime: python3.12, Role: "arn:aws:iam::000000000000:role/r", Events: {{E: {{Type: HttpApi, Properties: {{ApiId: !Ref A, Path: /, Method: get, Auth: {event}}}}}}}}}
  A: {{Type: AWS::Serverless::HttpApi, Properties: {{Auth: {auth}}}}}
"#
        ))
    };
    let tokens = "T: {AuthorizationScopes: [a], JwtConfiguration: {issuer: i, audience: [x]}}";
    let default = format!("{{DefaultAuthorizer: T, Authorizers: {{{tokens}}}}}");
    for (auth, event, part) in [
        (default.as_str(), "{}", r#""security":[{"T":["a"]}]"#),
        (
            &default,
            "{AuthorizationScopes: [b]}",
            r#""security":[{"T":["b"]}]"#,
        ),
        (
            &default,
            "{}",
            r#""jwtConfiguration":{"issuer":"i","audience":["x"]}"#,
        ),
        (
            "{EnableIamAuthorizer: true}",
            "{Authorizer: AWS_IAM}",
            r#""security":[{"AWS_IAM":[]}]"#,
        ),
    ] {
        let lines = api(auth, event).unwrap();
        let made = lines.iter().find(|line| line.starts_with("A ")).unwrap();
        assert!(made.contains(part), "{part} in {made}");
    }
    let open = api(&default, "{Authorizer: NONE}").unwrap();
    assert!(open.iter().all(|line| !line.contains("\"security\"")));
    let error = api(&default, "{Authorizer: Other}").unwrap_err();
    assert!(error.contains("\"Other\" is neither"), "{error}");
}

#[test]
fn functions_that_are_not_made_have_no_routes() {
    let lines = transformed(
        r#"
Conditions: {No: !Equals [a, b]}
Resources:
  F: {Type: AWS::Serverless::Function, Condition: No, Properties: {InlineCode: x, Role: r, Events: {
    A: {Type: Api, Properties: {Path: /a, Method: get}}, H: {Type: HttpApi}}}}
  G: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Role: r, Events: {
    A: {Type: Api, Properties: {Path: /b, Method: get}}}}}
"#,
    )
    .unwrap();
    let ids: Vec<_> = lines
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let last = ids
        .iter()
        .position(|id| id.starts_with("ServerlessRestApiDeployment"));
    assert!(
        last.is_some() && !ids.contains(&"ServerlessHttpApi"),
        "{ids:?}"
    );
    assert!(
        !ids.contains(&"FAPermissionProd") && ids.contains(&"GAPermissionProd"),
        "{ids:?}"
    );
    assert!(!lines.concat().contains("\"/a\""), "{lines:?}");
}

#[test]
fn what_is_generated_can_be_referred_to() {
    let lines = transformed(
        r#"
Resources:
  Api: {Type: AWS::Serverless::Api, Properties: {StageName: v1, DefinitionBody: {paths: {}}}}
  F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Role: r, AutoPublishAlias: live}}
  X:
    Type: X
    DependsOn: Api.Stage
    Properties:
      A: !Ref Api.Stage
      B: !Sub '${Api.Stage} ${!Api.Stage} ${F.Alias}'
      C: !Sub ['${Api.Deployment}', {V: !Ref F.Version}]
      D: !GetAtt F.Version.Version
      E: [!GetAtt [F.Alias, AliasArn]]
"#,
    )
    .unwrap();
    let last = lines.iter().find(|line| line.starts_with("X ")).unwrap();
    let deployment = lines
        .iter()
        .find(|line| line.starts_with("ApiDeployment"))
        .unwrap();
    let deployment = deployment.split(' ').next().unwrap();
    let expected = format!(
        r#"X X {{"A":{{"Ref":"Apiv1Stage"}},"B":{{"Fn::Sub":"${{Apiv1Stage}} ${{!Api.Stage}} ${{FAliaslive}}"}},"C":{{"Fn::Sub":["${{{deployment}}}",{{"V":{{"Ref":"FVersion"}}}}]}},"D":{{"Fn::GetAtt":"FVersion.Version"}},"E":[{{"Fn::GetAtt":["FAliaslive","AliasArn"]}}]}}"#
    );
    assert_eq!(*last, expected);
}

#[test]
fn plain_apis_get_permissions_alone() {
    let lines = transformed(
        r#"
Resources:
  Rest: {Type: AWS::ApiGateway::RestApi}
  Http: {Type: AWS::ApiGatewayV2::Api}
  F: {Type: AWS::Serverless::Function, Properties: {InlineCode: x, Role: r, Events: {
    R: {Type: Api, Properties: {Path: /a, Method: get, RestApiId: !Ref Rest}},
    H: {Type: HttpApi, Properties: {Path: /b, Method: get, ApiId: !Ref Http}}}}}
"#,
    )
    .unwrap();
    let ids: Vec<_> = lines
        .iter()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        ids,
        ["Rest", "Http", "F", "FRPermissionStage", "FHPermission"]
    );
}

#[test]
fn policies_may_depend_on_conditions() {
    let lines = transformed(
        r#"
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: x
      Policies:
        - !If [A, AWSLambdaRole, !Ref AWS::NoValue]
        - !If [B, {Statement: []}, S]
        - !If [C, {S3CrudPolicy: {BucketName: b}}, !Ref AWS::NoValue]
        - !Ref AWS::NoValue
"#,
    )
    .unwrap();
    let role = lines
        .iter()
        .find(|line| line.starts_with("FRole "))
        .unwrap();
    let managed = r#""ManagedPolicyArns":["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",{"Fn::If":["A","arn:aws:iam::aws:policy/service-role/AWSLambdaRole",{"Ref":"AWS::NoValue"}]},{"Fn::If":["B",{"Ref":"AWS::NoValue"},"arn:aws:iam::aws:policy/S"]}]"#;
    assert!(role.contains(managed), "{role}");
    let own = r#""Policies":[{"Fn::If":["B",{"PolicyName":"FRolePolicy1","PolicyDocument":{"Statement":[],"Version":"2012-10-17"}},{"Ref":"AWS::NoValue"}]}]"#;
    assert!(role.contains(own), "{role}");
}

#[test]
fn a_given_definition_of_an_http_api_is_guarded() {
    let lines = transformed(
        r#"
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Tokens
        Authorizers: {Tokens: {JwtConfiguration: {issuer: i, audience: [a]}, AuthorizationScopes: [s]}}
      DefinitionBody:
        paths:
          /a:
            get: {x-amazon-apigateway-integration: {type: http_proxy}}
            put: {x-amazon-apigateway-integration: {type: http_proxy}, security: []}
"#,
    )
    .unwrap();
    let api = lines.iter().find(|line| line.starts_with("Api ")).unwrap();
    for piece in [
        r#""get":{"x-amazon-apigateway-integration":{"type":"http_proxy"},"security":[{"Tokens":["s"]}]}"#,
        r#""put":{"x-amazon-apigateway-integration":{"type":"http_proxy"},"security":[]}"#,
        r#""components":{"securitySchemes":{"Tokens":{"#,
    ] {
        assert!(api.contains(piece), "{piece}\n{api}");
    }
}
