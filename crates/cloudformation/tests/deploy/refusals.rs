//! What is refused before anything is done.

use super::*;

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
            "DurableConfig: {}",
            "t.yaml:15:7: DurableConfig of AWS::Lambda::Function is not supported",
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
