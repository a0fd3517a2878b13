//! The types around a function: layers, versions, aliases, URLs, streams; and what SAM makes of a
//! function's own words for them.

use super::*;

const AROUND: &str = r#"
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: items
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      Tags: [{Key: a, Value: 1}, {Key: b, Value: 2}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: worker
      Code: {ZipFile: "exports.handler = 1"}
      Runtime: nodejs20.x
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/worker
      ReservedConcurrentExecutions: 2
      TracingConfig: {Mode: Active}
      Tags: [{Key: a, Value: 1}]
  Version:
    Type: AWS::Lambda::Version
    Properties: {FunctionName: !Ref Function}
  Alias:
    Type: AWS::Lambda::Alias
    Properties:
      FunctionName: !Ref Function
      FunctionVersion: !GetAtt Version.Version
      Name: live
      RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: 1, FunctionWeight: 0.25}]}
      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 3}
  Url:
    Type: AWS::Lambda::Url
    Properties: {TargetFunctionArn: !Ref Function, AuthType: NONE, Cors: {AllowOrigins: ["*"]}}
  Settings:
    Type: AWS::Lambda::EventInvokeConfig
    Properties: {FunctionName: !Ref Function, Qualifier: $LATEST, MaximumRetryAttempts: 0}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: !Ref Function
      EventSourceArn: !GetAtt Table.StreamArn
      StartingPosition: LATEST
      BatchSize: 7
      FilterCriteria: {Filters: [{Pattern: "{}"}]}
"#;

#[tokio::test]
async fn what_is_around_a_function_is_made_changed_and_removed() {
    let demo = Demo::new();
    let (calls, _) = demo.changes(AROUND).await;
    assert_eq!(
        calls,
        [
            "CreateTable items",
            "DescribeTable items",
            "UpdateContinuousBackups true",
            "UpdateTimeToLive ttl true",
            "CreateFunction worker arn:aws:iam::000000000000:role/worker",
            "GetFunctionConfiguration worker",
            "PutFunctionConcurrency worker 2",
            "PublishVersion worker",
            "CreateAlias worker live 1 Some(AliasRoutingConfiguration { \
             additional_version_weights: Some({\"1\": 0.25}) })",
            "PutProvisionedConcurrencyConfig worker live 3",
            "CreateFunctionUrlConfig worker NONE",
            "PutFunctionEventInvokeConfig worker Some(\"$LATEST\") Some(0)",
            &format!("CreateEventSourceMapping worker {}", fake::STREAM),
            &format!("GetEventSourceMapping {}", fake::MAPPING),
        ]
    );
    let changed = AROUND
        .replace("ttl, Enabled: true", "ttl, Enabled: false")
        .replace(
            "      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}\n",
            "",
        )
        .replace(
            "{Key: a, Value: 1}, {Key: b, Value: 2}",
            "{Key: b, Value: 3}",
        )
        .replace("      ReservedConcurrentExecutions: 2\n", "")
        .replace("[{Key: a, Value: 1}]", "[{Key: c, Value: 1}]")
        .replace(
            "      ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 3}\n",
            "",
        )
        .replace(", Cors: {AllowOrigins: [\"*\"]}", "")
        .replace("MaximumRetryAttempts: 0", "MaximumRetryAttempts: 1")
        .replace("      BatchSize: 7\n", "");
    let (calls, changes) = demo.changes(&changed).await;
    assert_eq!(
        changes,
        "update Table, update Function, update Alias, update Url, update Settings, update Mapping"
    );
    assert_eq!(
        calls,
        [
            "UpdateContinuousBackups false",
            "UpdateTimeToLive ttl false",
            "UntagResource [\"a\"]",
            "TagResource b=3",
            "UpdateFunctionCode worker",
            "GetFunctionConfiguration worker",
            "UpdateFunctionConfiguration worker Some(3)",
            "GetFunctionConfiguration worker",
            "DeleteFunctionConcurrency worker",
            "UntagResource [\"a\"]",
            "TagResource {\"c\": \"1\"}",
            "UpdateAlias worker live Some(\"1\")",
            "DeleteProvisionedConcurrencyConfig worker live",
            "UpdateFunctionUrlConfig worker Some(Buffered)",
            "PutFunctionEventInvokeConfig worker Some(\"$LATEST\") Some(1)",
            &format!("UpdateEventSourceMapping {} Some(100)", fake::MAPPING),
            &format!("GetEventSourceMapping {}", fake::MAPPING),
        ]
    );
    demo.deployer().remove(&demo.options).await.unwrap();
    assert_eq!(
        demo.calls(),
        [
            "DeleteFunctionUrlConfig worker",
            "DeleteFunctionEventInvokeConfig worker",
            &format!("DeleteEventSourceMapping {}", fake::MAPPING),
            "DeleteTable items",
            "DeleteAlias worker live",
            "DeleteFunction arn:aws:lambda:us-east-1:000000000000:function:worker:1",
            "DeleteFunction worker",
        ]
    );
}

const SERVERLESS: &str = r#"
Transform: AWS::Serverless-2016-10-31
Globals:
  LayerVersion: {Description: shared}
  Function: {Runtime: python3.12, Handler: index.handler}
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(e, c): return 1"
      Tracing: Active
      Policies: [{DynamoDBStreamReadPolicy: {TableName: items, StreamName: "*"}}]
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig: {OnFailure: {Type: Lambda, Destination: !GetAtt Failed.Arn}}
      FunctionUrlConfig: {AuthType: NONE}
      Events:
        Changes:
          Type: DynamoDB
          Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST}
  Failed:
    Type: AWS::Serverless::Function
    Properties: {InlineCode: "def handler(e, c): return 1"}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_IMAGE}
Outputs:
  Url: {Value: !GetAtt FunctionUrl.FunctionUrl}
"#;

#[tokio::test]
async fn a_serverless_function_says_how_it_is_invoked() {
    let demo = Demo::new();
    let (calls, changes) = demo.changes(SERVERLESS).await;
    assert_eq!(
        changes,
        "create FailedRole, create Failed, create FunctionRole, create Function, \
         create FunctionEventInvokeConfig, create FunctionUrl, \
         create FunctionUrlPublicPermissions, create Table, create FunctionChanges"
    );
    for policy in [
        "service-role/AWSLambdaBasicExecutionRole",
        "AWSXRayDaemonWriteAccess",
        "service-role/AWSLambdaDynamoDBExecutionRole",
    ] {
        let attached =
            format!("AttachRolePolicy demo-FunctionRole-* arn:aws:iam::aws:policy/{policy}");
        assert!(calls.contains(&attached), "{calls:#?}");
    }
    let invoking = "\"Action\":\"lambda:InvokeFunction\",\"Resource\":\
         \"arn:aws:lambda:us-east-1:000000000000:function:demo-Failed-*\"";
    assert!(
        calls.iter().any(|call| call.contains(invoking)),
        "{calls:#?}"
    );
    for refused in ["Type: SQS", "Type: EventBridge"] {
        let text = SERVERLESS.replace("Type: Lambda", refused);
        let error = Demo::new().deploy(&text).await.unwrap_err();
        let name = refused.trim_start_matches("Type: ");
        let message =
            format!("a destination of the type {name:?} (only Lambda is) is not supported");
        assert!(error.contains(&message), "{error}");
    }
}

#[tokio::test]
async fn a_layer_is_a_new_version_when_its_content_changes() {
    let folder = tempfile::tempdir().unwrap();
    let text = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: shared, CompatibleRuntimes: [python3.12], RetentionPolicy: Delete}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: worker
      Code: {ZipFile: "def handler(e, c): return 1"}
      Handler: index.handler
      Runtime: python3.12
      Role: arn:aws:iam::000000000000:role/worker
      Layers: [!Ref Shared]
"#;
    let demo = Demo::new();
    let content = folder.path().join("shared");
    std::fs::create_dir(&content).unwrap();
    let source = Source::new("t.yaml", text);
    let mut seen = Vec::new();
    for version in ["1", "1", "2"] {
        std::fs::write(content.join("shared.py"), version).unwrap();
        let deployer = demo.deployer();
        let done = deployer.deploy_source(&source, folder.path(), &demo.options);
        let done = done.await.unwrap();
        seen.push((shown(&done.changes), demo.calls()));
    }
    let (first, calls) = &seen[0];
    assert_eq!(first, "create Shared, create Function");
    assert_eq!(calls[0], "PublishLayerVersion Shared true");
    assert_eq!(seen[1], (String::new(), Vec::new()));
    let (third, calls) = &seen[2];
    assert_eq!(third, "replace Shared, update Function");
    assert_eq!(calls.first().unwrap(), "PublishLayerVersion Shared true");
    let gone = "DeleteLayerVersion arn:aws:lambda:us-east-1:000000000000:layer:layer1 1";
    assert_eq!(calls.last().unwrap(), gone);
}
