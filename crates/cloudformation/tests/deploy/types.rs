//! Every resource type, made, changed and removed.

use super::*;

const EVERYTHING: &str = r#"
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: items
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}, {AttributeName: at, AttributeType: N}]
      KeySchema: [{AttributeName: id, KeyType: HASH}, {AttributeName: at, KeyType: RANGE}]
      ProvisionedThroughput: {ReadCapacityUnits: "1", WriteCapacityUnits: 1}
      GlobalSecondaryIndexes:
        - IndexName: byTime
          KeySchema: [{AttributeName: at, KeyType: HASH}]
          Projection: {ProjectionType: KEYS_ONLY}
          ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      SSESpecification: {SSEEnabled: true}
      DeletionProtectionEnabled: false
      Tags: [{Key: a, Value: 1}]
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: worker
      Path: /demo/
      Description: does it
      MaxSessionDuration: 7200
      AssumeRolePolicyDocument: "{}"
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
      Tags: [{Key: a, Value: b}]
  Inline:
    Type: AWS::IAM::Policy
    Properties: {PolicyName: inline, PolicyDocument: {Statement: []}, Roles: [!Ref Role]}
  Managed:
    Type: AWS::IAM::ManagedPolicy
    Properties: {ManagedPolicyName: managed, PolicyDocument: {Statement: []}, Roles: [!Ref Role]}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /demo, RetentionInDays: 7, Tags: [{Key: a, Value: b}]}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: worker
      Code: {ZipFile: "exports.handler = 1"}
      Runtime: nodejs20.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Architectures: [arm64]
      Environment: {Variables: {NAME: 1}}
      EphemeralStorage: {Size: 1024}
      MemorySize: 256
      Tags: [{Key: a, Value: b}]
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !GetAtt Function.Arn
      Principal: apigateway.amazonaws.com
      SourceAccount: !Ref AWS::AccountId
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Name: Demo
      BinaryMediaTypes: ["*/*"]
      EndpointConfiguration: {Types: [REGIONAL]}
      Policy: {Statement: []}
      Tags: [{Key: a, Value: b}]
  Path:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: x}
  Method:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Path
      HttpMethod: GET
      AuthorizationType: AWS_IAM
      RequestParameters: {method.request.querystring.q: true}
      MethodResponses: [{StatusCode: 200, ResponseModels: {application/json: Empty}}]
      Integration:
        Type: MOCK
        RequestTemplates: {application/json: "{statusCode: 200}"}
        TimeoutInMillis: 1000
        IntegrationResponses: [{StatusCode: 200, SelectionPattern: "2.*"}]
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
      Variables: {a: 1, b: 2}
"#;

#[tokio::test]
async fn every_type_is_made_changed_and_removed() {
    let demo = Demo::new();
    let (calls, _) = demo.changes(EVERYTHING).await;
    assert_eq!(
        calls,
        [
            "CreateTable items",
            "DescribeTable items",
            "CreateRole worker {}",
            "AttachRolePolicy worker arn:aws:iam::aws:policy/ReadOnlyAccess",
            "PutRolePolicy worker inline {\"Statement\":[]}",
            "CreatePolicy managed",
            "AttachRolePolicy worker arn:aws:iam::000000000000:policy/managed",
            "CreateLogGroup /demo",
            "PutRetentionPolicy /demo 7",
            "CreateFunction worker arn:aws:iam::000000000000:role/worker",
            "GetFunctionConfiguration worker",
            "AddPermission arn:aws:lambda:us-east-1:000000000000:function:worker apigateway.amazonaws.com",
            "CreateRestApi Demo",
            "CreateResource root x",
            "PutMethod resource2 GET AWS_IAM",
            "PutMethodResponse 200",
            "PutIntegration Mock None",
            "PutIntegrationResponse 200 Some(\"2.*\")",
            "CreateDeployment api1",
            "CreateStage test deployment3",
        ]
    );
    let changed = EVERYTHING
        .replace("Statement: []", "Statement: [1]")
        .replace("RetentionInDays: 7, ", "")
        .replace("MaxSessionDuration: 7200", "MaxSessionDuration: 3600")
        .replace("      ProvisionedThroughput: {ReadCapacityUnits: \"1\"", "      BillingMode: PROVISIONED\n      ProvisionedThroughput: {ReadCapacityUnits: \"2\"")
        .replace("Policy: {Statement: [1]}", "Policy: {Statement: []}")
        .replace("Name: Demo", "Name: Other")
        .replace("AWS_IAM", "NONE")
        .replace("{a: 1, b: 2}", "{a: 2, c: 3}");
    let (calls, changes) = demo.changes(&changed).await;
    assert_eq!(
        changes,
        "update Table, update Role, update Inline, update Managed, update Logs, update Api, \
         update Method, update Stage"
    );
    assert_eq!(
        calls,
        [
            "UpdateTable items Some(Provisioned)",
            "DescribeTable items",
            "UpdateRole worker",
            "PutRolePolicy worker inline {\"Statement\":[1]}",
            "ListPolicyVersions arn:aws:iam::000000000000:policy/managed",
            "DeletePolicyVersion arn:aws:iam::000000000000:policy/managed v1",
            "CreatePolicyVersion arn:aws:iam::000000000000:policy/managed",
            "ListPolicyVersions arn:aws:iam::000000000000:policy/managed",
            "DeletePolicyVersion arn:aws:iam::000000000000:policy/managed v1",
            "DeleteRetentionPolicy /demo",
            "UpdateRestApi api1 /name=Other",
            "DeleteMethod resource2 GET",
            "PutMethod resource2 GET NONE",
            "PutMethodResponse 200",
            "PutIntegration Mock None",
            "PutIntegrationResponse 200 Some(\"2.*\")",
            "UpdateStage test /variables/a=2,/variables/c=3,-/variables/b",
        ]
    );
    demo.deployer().remove(&demo.options).await.unwrap();
    assert_eq!(
        demo.calls(),
        [
            "DeleteTable items",
            "DeleteStage test",
            "RemovePermission arn:aws:lambda:us-east-1:000000000000:function:worker",
            "DetachRolePolicy worker arn:aws:iam::000000000000:policy/managed",
            "DeletePolicy arn:aws:iam::000000000000:policy/managed",
            "DeleteLogGroup /demo",
            "DeleteRolePolicy worker inline",
            "DeleteFunction worker",
            "DetachRolePolicy worker arn:aws:iam::aws:policy/ReadOnlyAccess",
            "DeleteRole worker",
            "DeleteDeployment deployment3",
            "DeleteMethod resource2 GET",
            "DeleteResource resource2",
            "DeleteRestApi api1",
        ]
    );
}

#[tokio::test]
async fn a_global_table_of_one_replica_is_a_table() {
    let template = |replicas: &str| {
        format!(
            r#"
Resources:
  Table:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      Replicas: [{replicas}]
      WriteOnDemandThroughputSettings: {{MaxWriteRequestUnits: 5}}
"#
        )
    };
    let demo = Demo::new();
    let guarded =
        "{Region: !Ref AWS::Region, ResourcePolicy: {PolicyDocument: {Statement: []}}, Tags: []}";
    let (calls, changes) = demo.changes(&template(guarded)).await;
    assert_eq!(changes, "create Table");
    assert_eq!(
        calls,
        [
            "CreateTable demo-Table-*",
            "DescribeTable demo-Table-*",
            "PutResourcePolicy {\"Statement\":[]}",
        ]
    );
    let (calls, changes) = demo.changes(&template("{Region: us-east-1}")).await;
    assert_eq!(changes, "update Table");
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/demo-Table-*";
    assert_eq!(calls, [format!("DeleteResourcePolicy {arn}")]);
    let two = template("{Region: us-east-1}, {Region: eu-west-1}");
    let error = demo.deploy(&two).await.unwrap_err();
    assert!(
        error.contains("a global table of several replicas is not supported"),
        "{error}"
    );
}
