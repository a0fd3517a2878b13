//! Deployments against services that only remember what they were asked.
#![expect(clippy::unwrap_used, reason = "a failed test says enough")]

mod fake;

use base::{AccountId, Entropy, Region};
use cloudformation::{
    Action, DeployError, Deployer, Deployment, Event, Options, Progress, Source, find_template,
};
use fake::Services;
use kv::Store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A stack named `demo` on services of its own.
struct Demo {
    services: Services,
    store: Store,
    entropy: Entropy,
    options: Options,
}

impl Demo {
    fn new() -> Demo {
        Demo {
            services: Services::default(),
            store: Store::in_memory(),
            entropy: Entropy::seeded(1),
            options: Options {
                stack_name: "demo".to_owned(),
                account: AccountId::DEFAULT,
                region: Region::default_region(),
                parameters: BTreeMap::new(),
                cache: PathBuf::from("nowhere"),
            },
        }
    }

    fn deployer(&self) -> Deployer<'_, Services> {
        Deployer {
            api: &self.services,
            store: &self.store,
            entropy: &self.entropy,
            progress: Progress::new(&|_| {}),
        }
    }

    async fn deploy(&self, text: &str) -> Result<Deployment, String> {
        let source = Source::new("t.yaml", text);
        let deployer = self.deployer();
        let done = sendable(deployer.deploy_source(&source, Path::new("nowhere"), &self.options));
        done.await.map_err(|error| error.to_string())
    }

    /// Deploys, and gives what was called and what was done.
    async fn changes(&self, text: &str) -> (Vec<String>, String) {
        let deployment = self.deploy(text).await.unwrap();
        (self.calls(), shown(&deployment.changes))
    }

    /// Calls with made-up names cut to what is the same every time.
    fn calls(&self) -> Vec<String> {
        let calls = self.services.calls().into_iter();
        calls.map(|call| without_random(&call)).collect()
    }
}

/// `demo-Table-ABCDEFGHIJKL` is `demo-Table-*`.
fn without_random(call: &str) -> String {
    let random = |word: &str| {
        word.len() == 12
            && word
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    let words = call.split('-');
    let words = words.map(|word| {
        let end = word
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(word.len());
        let (head, tail) = word.split_at(end);
        if random(head) {
            format!("*{tail}")
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join("-")
}

/// A deployment may run on any thread.
fn sendable<F: Future + Send>(future: F) -> F {
    future
}

fn shown(changes: &[(String, Action)]) -> String {
    let changes = changes
        .iter()
        .filter(|(_, action)| *action != Action::Keep)
        .map(|(id, action)| format!("{} {id}", action.as_str()));
    changes.collect::<Vec<_>>().join(", ")
}

const SERVICE: &str = r#"
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Code: {ZipFile: "def handler(e, c): return 1"}
      Handler: index.handler
      Runtime: python3.12
      Timeout: 5
      Role: !GetAtt Role.Arn
      Environment: {Variables: {TABLE: !Ref Table}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}
      Policies:
        - PolicyName: items
          PolicyDocument: {Statement: [{Resource: !GetAtt Table.Arn}]}
Outputs:
  Name: {Value: !Ref Table}
"#;

#[tokio::test]
async fn resources_are_made_in_order() {
    let demo = Demo::new();
    let (calls, changes) = demo.changes(SERVICE).await;
    assert_eq!(
        calls,
        [
            "CreateTable demo-Table-*",
            "DescribeTable demo-Table-*",
            r#"CreateRole demo-Role-* {"Version":"2012-10-17","Statement":[]}"#,
            r#"PutRolePolicy demo-Role-* items {"Statement":[{"Resource":"arn:aws:dynamodb:us-east-1:000000000000:table/demo-Table-*"}]}"#,
            "CreateFunction demo-Function-* arn:aws:iam::000000000000:role/demo-Role-*",
            "GetFunctionConfiguration demo-Function-*",
        ]
    );
    assert_eq!(changes, "create Table, create Role, create Function");
}

#[tokio::test]
async fn without_changes_nothing_happens() {
    let demo = Demo::new();
    let first = demo.deploy(SERVICE).await.unwrap();
    demo.services.calls();
    let second = demo.deploy(SERVICE).await.unwrap();
    assert_eq!(demo.calls(), Vec::<String>::new());
    assert_eq!(shown(&second.changes), "");
    assert_eq!(
        (second.stack_id, second.outputs),
        (first.stack_id, first.outputs)
    );
}

#[tokio::test]
async fn only_what_changed_is_changed() {
    let demo = Demo::new();
    demo.changes(SERVICE).await;
    let (calls, changes) = demo
        .changes(&SERVICE.replace("Timeout: 5", "Timeout: 6"))
        .await;
    assert_eq!(changes, "update Function");
    assert_eq!(
        calls,
        [
            "UpdateFunctionCode demo-Function-*",
            "GetFunctionConfiguration demo-Function-*",
            "UpdateFunctionConfiguration demo-Function-* Some(6)",
            "GetFunctionConfiguration demo-Function-*",
        ]
    );
    // Other code alone is a change, too.
    let other = SERVICE
        .replace("Timeout: 5", "Timeout: 6")
        .replace("return 1", "return 2");
    assert_eq!(demo.changes(&other).await.1, "update Function");
    let policy = other.replace("PolicyName: items", "PolicyName: things");
    let (calls, changes) = demo.changes(&policy).await;
    assert_eq!(changes, "update Role");
    let names: Vec<&str> = calls
        .iter()
        .filter_map(|call| call.split(' ').next())
        .collect();
    assert_eq!(names, ["PutRolePolicy", "DeleteRolePolicy"]);
}

#[tokio::test]
async fn what_vanished_is_removed_in_reverse() {
    let demo = Demo::new();
    demo.changes(SERVICE).await;
    let (table, _) = SERVICE.split_once("  Function:").unwrap();
    let (calls, changes) = demo.changes(table).await;
    assert_eq!(changes, "delete Function, delete Role");
    assert_eq!(
        calls,
        [
            "DeleteFunction demo-Function-*",
            "DeleteRolePolicy demo-Role-* items",
            "DeleteRole demo-Role-*",
        ]
    );
    assert_eq!(demo.changes(table).await, (vec![], String::new()));
    let removed = demo.deployer().remove(&demo.options).await.unwrap();
    assert_eq!(shown(&removed), "delete Table");
    assert_eq!(demo.calls(), ["DeleteTable demo-Table-*"]);
    assert_eq!(demo.deployer().remove(&demo.options).await.unwrap(), []);
}

#[tokio::test]
async fn a_new_key_makes_a_new_table_and_all_that_use_it_follow() {
    let demo = Demo::new();
    demo.changes(SERVICE).await;
    let (calls, changes) = demo.changes(&SERVICE.replace("id,", "key,")).await;
    assert_eq!(changes, "replace Table, update Role, update Function");
    let names: Vec<&str> = calls
        .iter()
        .filter_map(|call| call.split(' ').next())
        .collect();
    assert_eq!(names.first(), Some(&"CreateTable"));
    assert_eq!(names.last(), Some(&"DeleteTable"));
}

#[tokio::test]
async fn a_named_resource_cannot_be_replaced() {
    let demo = Demo::new();
    let named = SERVICE.replace("BillingMode", "TableName: items\n      BillingMode");
    demo.changes(&named).await;
    let error = demo
        .deploy(&named.replace("id,", "key,"))
        .await
        .unwrap_err();
    assert!(error.starts_with("t.yaml:8:7: the change of "), "{error}");
    assert!(
        error.contains("the template names it \"items\": give it another name"),
        "{error}"
    );
    assert_eq!(demo.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_to_be_retained_stays() {
    let demo = Demo::new();
    let retained = SERVICE.replace(
        "  Table:\n    Type: AWS::DynamoDB::Table",
        "  Table:\n    Type: AWS::DynamoDB::Table\n    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain",
    );
    demo.changes(&retained).await;
    let (calls, _) = demo.changes(&retained.replace("id,", "key,")).await;
    assert!(
        calls.iter().all(|call| !call.starts_with("DeleteTable")),
        "{calls:?}"
    );
    let removed = demo.deployer().remove(&demo.options).await.unwrap();
    assert_eq!(
        shown(&removed),
        "delete Function, delete Role, retain Table"
    );
    let calls = demo.calls();
    assert!(
        calls.iter().all(|call| !call.starts_with("DeleteTable")),
        "{calls:?}"
    );
}

#[tokio::test]
async fn a_failed_deployment_is_gone_on_with() {
    let demo = Demo::new();
    demo.services.refuse(Some("PutRolePolicy"));
    let error = demo.deploy(SERVICE).await.unwrap_err();
    assert_eq!(
        error,
        "t.yaml:18:3: Role (AWS::IAM::Role): PutRolePolicy: Refused: not now\n  \
         18 |   Role:\n     |   ^"
    );
    demo.calls();
    demo.services.refuse(None);
    let (calls, changes) = demo.changes(SERVICE).await;
    assert_eq!(changes, "create Role, create Function");
    // What there was of the role goes first.
    let names: Vec<&str> = calls
        .iter()
        .filter_map(|call| call.split(' ').next())
        .collect();
    assert_eq!(
        names,
        [
            "DeleteRolePolicy",
            "DeleteRole",
            "CreateRole",
            "PutRolePolicy",
            "CreateFunction",
            "GetFunctionConfiguration",
        ]
    );
}

#[tokio::test]
async fn a_refused_removal_is_tried_again() {
    let demo = Demo::new();
    demo.changes(SERVICE).await;
    demo.services.refuse(Some("DeleteTable"));
    let replaced = SERVICE.replace("id,", "key,");
    let error = demo.deploy(&replaced).await.unwrap_err();
    assert!(error.contains("DeleteTable: Refused: not now"), "{error}");
    demo.calls();
    demo.services.refuse(None);
    let (calls, changes) = demo.changes(&replaced).await;
    assert_eq!(
        (calls, changes.as_str()),
        (vec!["DeleteTable demo-Table-*".to_owned()], "")
    );
}

const API: &str = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: test
      DefinitionBody:
        openapi: 3.0.1
        info: {title: Demo}
        paths:
          /a/b:
            post:
              responses: {"200": {description: OK}}
              x-amazon-apigateway-integration:
                {type: aws, httpMethod: POST, uri: "arn:x", responses: {default: {statusCode: "200"}}}
"#;

#[tokio::test]
async fn a_definition_becomes_resources_and_methods() {
    let demo = Demo::new();
    let deployment = demo.deploy(API).await.unwrap();
    assert_eq!(
        demo.calls(),
        [
            "CreateRestApi Demo",
            "CreateResource root a",
            "CreateResource resource2 b",
            "PutMethod resource3 POST NONE",
            "PutMethodResponse 200",
            "PutIntegration Aws Some(\"POST\") arn:x",
            "PutIntegrationResponse 200 None",
            "CreateDeployment api1",
            "CreateStage test deployment4",
        ]
    );
    let api = &deployment.apis[0];
    assert_eq!((api.api_id.as_str(), api.name.as_str()), ("api1", "Demo"));
    assert_eq!(api.stage, "test");
    assert_eq!(api.routes, [("POST".to_owned(), "/a/b".to_owned())]);
}

#[tokio::test]
async fn a_changed_definition_is_deployed_anew() {
    let demo = Demo::new();
    demo.changes(API).await;
    let (calls, _) = demo.changes(&API.replace("/a/b", "/c")).await;
    assert_eq!(
        calls,
        [
            "GetResources api1",
            "DeleteMethod root GET",
            "DeleteResource child",
            "CreateResource root c",
            "PutMethod resource5 POST NONE",
            "PutMethodResponse 200",
            "PutIntegration Aws Some(\"POST\") arn:x",
            "PutIntegrationResponse 200 None",
            "CreateDeployment api1",
            "UpdateStage test /deploymentId=deployment6",
            "DeleteDeployment deployment4",
        ]
    );
}

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
            "UpdateRestApi api1",
            "DeleteMethod resource2 GET",
            "PutMethod resource2 GET NONE",
            "PutMethodResponse 200",
            "PutIntegration Mock None",
            "PutIntegrationResponse 200 Some(\"2.*\")",
            "UpdateStage test /variables/a=2,/variables/c=3,/variables/b=",
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
async fn nothing_is_done_while_anything_is_wrong() {
    for (from, to, message) in [
        (
            "Timeout: 5",
            "Timeout: x",
            "t.yaml:15:16: Timeout of AWS::Lambda::Function must be a whole number, not \"x\"",
        ),
        (
            "Timeout: 5",
            "Timeoot: 5",
            "t.yaml:15:7: unknown property \"Timeoot\" of AWS::Lambda::Function",
        ),
        (
            "Timeout: 5",
            "Layers: []",
            "t.yaml:15:7: Layers of AWS::Lambda::Function is not supported",
        ),
        (
            "!Ref Table}\n",
            "!Ref Tabel}\n",
            "t.yaml:26:17: \"Tabel\" is neither a parameter nor a resource of this template",
        ),
        (
            "AWS::IAM::Role",
            "AWS::IAM::Rule",
            "t.yaml:19:11: unknown resource type \"AWS::IAM::Rule\"",
        ),
        (
            "!GetAtt Table.Arn",
            "!GetAtt Role.Arn",
            "t.yaml:18:3: these depend on each other in a circle: Role -> Role",
        ),
        (
            "{ZipFile: \"def handler(e, c): return 1\"}",
            "./src",
            "t.yaml:12:13: nowhere/./src cannot be read: No such file or directory (os error 2)",
        ),
        (
            "Timeout: 5",
            "Timeout: !GetAZs x",
            "t.yaml:15:16: Fn::GetAZs is not supported",
        ),
        (
            "Timeout: 5",
            "Timeout: !Foo x",
            "t.yaml:15:16: unknown tag !Foo",
        ),
    ] {
        let demo = Demo::new();
        let error = demo
            .deploy(&SERVICE.replacen(from, to, 1))
            .await
            .unwrap_err();
        let first = error.lines().next().unwrap_or_default();
        assert_eq!(first, message, "{to}");
        assert_eq!(demo.calls(), Vec::<String>::new(), "{to}");
    }
}

#[tokio::test]
async fn a_change_that_is_not_built_is_refused() {
    let demo = Demo::new();
    let tagged = |value: &str| {
        API.replace(
            "StageName: test",
            &format!("StageName: test\n      Tags: {{a: {value}}}"),
        )
    };
    demo.changes(&tagged("1")).await;
    let error = demo.deploy(&tagged("2")).await.unwrap_err();
    assert!(
        error.contains("a change of Tags of an existing AWS::ApiGateway::RestApi is not supported"),
        "{error}"
    );
    assert_eq!(demo.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_service_checks_what_a_schema_cannot() {
    let demo = Demo::new();
    let error = demo
        .deploy(&SERVICE.replace("Timeout: 5", "Timeout: 0"))
        .await
        .unwrap_err();
    let (first, _) = error.split_once('\n').unwrap();
    assert_eq!(
        first,
        "t.yaml:9:3: Function (AWS::Lambda::Function): CreateFunction: ValidationException: \
         1 validation error detected: Value '0' at 'timeout' failed to satisfy constraint: \
         Member must have value greater than or equal to 1"
    );
    let calls = demo.calls();
    assert!(
        calls.iter().all(|call| !call.starts_with("CreateFunction")),
        "{calls:?}"
    );
}

#[tokio::test]
async fn it_tells_what_it_does() {
    let demo = Demo::new();
    let told = std::sync::Mutex::new(Vec::new());
    let listener = |event: &Event<'_>| {
        let line = match event {
            Event::Planned { changes } => format!("{changes} changes"),
            Event::Started { logical_id, .. } => format!("{logical_id}..."),
            Event::Finished {
                logical_id, action, ..
            } => {
                format!("{logical_id} {}", action.as_str())
            }
            _ => return,
        };
        told.lock().unwrap().push(line);
    };
    let deployer = Deployer {
        progress: Progress::new(&listener),
        ..demo.deployer()
    };
    let source = Source::new("t.yaml", SERVICE);
    for _ in 0..2 {
        let done = deployer
            .deploy_source(&source, Path::new("."), &demo.options)
            .await;
        done.unwrap();
    }
    assert_eq!(
        told.into_inner().unwrap().join("; "),
        "3 changes; Table...; Table create; Role...; Role create; Function...; Function create; \
         0 changes"
    );
}

#[tokio::test]
async fn the_example_deploys() {
    let mut demo = Demo::new();
    demo.options.stack_name = "dynamodb-manager".to_owned();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/dynamodb-manager");
    let template = find_template(&folder).unwrap();
    let deployment = demo
        .deployer()
        .deploy(&template, &demo.options)
        .await
        .unwrap();
    assert_eq!(
        shown(&deployment.changes)
            .replace("create ", "")
            .split(", ")
            .collect::<Vec<_>>()
            .len(),
        7
    );
    assert_eq!(deployment.outputs["TableName"], "dynamodb-manager-items");
    assert_eq!(deployment.outputs["FunctionName"], "dynamodb-manager");
    assert_eq!(deployment.functions["ManagerFunction"], "dynamodb-manager");
    assert_eq!(
        deployment.apis[0].routes,
        [("POST".to_owned(), "/DynamoDBManager".to_owned())]
    );
    let permission = demo
        .calls()
        .into_iter()
        .find(|call| call.starts_with("AddPermission"));
    assert_eq!(
        permission.unwrap(),
        "AddPermission dynamodb-manager apigateway.amazonaws.com \
         arn:aws:execute-api:us-east-1:000000000000:api1/*/POST/DynamoDBManager"
    );
    let again = demo
        .deployer()
        .deploy(&template, &demo.options)
        .await
        .unwrap();
    assert_eq!(shown(&again.changes), "");
}

#[tokio::test]
async fn a_folder_without_template_says_what_it_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let error = find_template(folder.path()).unwrap_err();
    assert!(matches!(error, DeployError::NoTemplate(_)));
    assert!(
        error
            .to_string()
            .ends_with("has no template: expected template.yaml, template.yml, template.json"),
        "{error}"
    );
}
