//! What one deployment changes of what the last one made, and what is left of a failed one.

use super::*;

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

#[tokio::test]
async fn code_in_buckets_is_left_to_the_service() {
    const IN_BUCKETS: &str = r#"
Transform: AWS::Serverless-2016-10-31
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: {Bucket: b, Key: layer.zip}}
  Plain:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: plain
      Code: {S3Bucket: b, S3Key: one.zip}
      Handler: app.handler
      Runtime: python3.12
      Role: "arn:aws:iam::000000000000:role/r"
  Serverless:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: serverless
      CodeUri: s3://b/two.zip
      Handler: app.handler
      Runtime: python3.12
      Role: "arn:aws:iam::000000000000:role/r"
"#;
    let demo = Demo::new();
    let (calls, _) = demo.changes(IN_BUCKETS).await;
    let about = |operation: &str, calls: &[String]| {
        let calls = calls.iter().filter(|call| call.starts_with(operation));
        calls.cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        about("PublishLayerVersion", &calls),
        ["PublishLayerVersion Layer false from b/layer.zip"]
    );
    assert_eq!(
        about("CreateFunction", &calls),
        [
            "CreateFunction plain arn:aws:iam::000000000000:role/r from b/one.zip",
            "CreateFunction serverless arn:aws:iam::000000000000:role/r from b/two.zip",
        ]
    );
    let (calls, done) = demo
        .changes(&IN_BUCKETS.replace("one.zip", "three.zip"))
        .await;
    assert_eq!(done, "update Plain");
    assert_eq!(
        about("UpdateFunctionCode", &calls),
        ["UpdateFunctionCode plain from b/three.zip"]
    );
}

#[tokio::test]
async fn a_layer_is_shared() {
    let demo = Demo::new();
    let layer = "Resources:\n  Layer:\n    Type: AWS::Lambda::LayerVersion\n    \
                 Properties: {Content: {S3Bucket: b, S3Key: layer.zip}}\n";
    let shared = format!(
        "{layer}  All:\n    Type: AWS::Lambda::LayerVersionPermission\n    Properties: \
         {{Action: lambda:GetLayerVersion, LayerVersionArn: !Ref Layer, Principal: '*'}}\n"
    );
    let (calls, _) = demo.changes(&shared).await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:layer:layer1";
    assert_eq!(calls[1], format!("AddLayerVersionPermission {arn} 1 *"));
    let (calls, done) = demo.changes(layer).await;
    assert_eq!(done, "delete All");
    assert_eq!(
        calls,
        [format!("RemoveLayerVersionPermission {arn} 1 demo-All-*")]
    );
}
