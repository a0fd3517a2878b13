//! Functions' policies, and invoking through them.

use super::*;
use base::{AccountId, Region, RequestId};
use serde_json::Value;
use service::{InvocationKind, InvokeError, InvokeRequest, Invoker, Principal, Source};
use wire::lambda::{AddPermissionInput, GetPolicyInput, RemovePermissionInput};

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

fn add(statement_id: &str) -> AddPermissionInput {
    AddPermissionInput {
        function_name: "f".to_owned(),
        statement_id: statement_id.to_owned(),
        action: "lambda:InvokeFunction".to_owned(),
        principal: "apigateway.amazonaws.com".to_owned(),
        ..AddPermissionInput::default()
    }
}

fn remove(statement_id: &str) -> RemovePermissionInput {
    RemovePermissionInput {
        function_name: "f".to_owned(),
        statement_id: statement_id.to_owned(),
        ..RemovePermissionInput::default()
    }
}

fn get() -> GetPolicyInput {
    GetPolicyInput {
        function_name: "f".to_owned(),
        qualifier: None,
    }
}

#[tokio::test]
async fn a_policys_life() {
    let test = TestLambda::new().await;
    let missing = test.refused(add("s")).await;
    assert_eq!(missing.1, format!("Function not found: {ARN}"));
    let missing = test.refused(remove("s")).await;
    assert_eq!(missing.1, format!("No policy found for: {ARN}"));
    test.create("f", &answering("one")).await;
    assert_eq!(
        test.refused(get()).await.1,
        "The resource you requested does not exist."
    );
    let missing = test.refused(remove("s")).await;
    assert_eq!(
        missing.1,
        "No policy is associated with the given resource."
    );

    let statement = test.call(add("s")).await.unwrap().statement.unwrap();
    let statement: Value = serde_json::from_str(&statement).unwrap();
    assert_eq!(statement["Resource"], ARN);
    test.call(add("t")).await.unwrap();
    let exists = test.refused(add("s")).await;
    assert_eq!(
        exists.1,
        "The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement."
    );
    let policy = test.call(get()).await.unwrap();
    let document: Value = serde_json::from_str(&policy.policy.unwrap()).unwrap();
    assert_eq!(
        (&document["Version"], &document["Id"]),
        (&"2012-10-17".into(), &"default".into())
    );
    assert_eq!(document["Statement"][0], statement);
    let missing = test.refused(remove("x")).await;
    assert_eq!(missing.1, "Statement x is not found in resource policy.");
    test.call(remove("s")).await.unwrap();
    let left = test.call(get()).await.unwrap();
    assert_ne!(left.revision_id, policy.revision_id);
    test.call(remove("t")).await.unwrap();
    assert_eq!(test.refused(get()).await.0, "ResourceNotFoundException");
}

#[tokio::test]
async fn refusals_of_permissions() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    let with = |change: &dyn Fn(&mut AddPermissionInput)| {
        let mut input = add("s");
        change(&mut input);
        input
    };
    let qualified = |q: &'static str| with(&move |i| i.qualifier = Some(q.to_owned()));
    for (input, message) in [
        (qualified("$LATEST"), "We currently do not support adding policies for $LATEST.".to_owned()),
        (qualified("42"), format!("Function not found: {ARN}:42")),
        (qualified("alias"), format!("Cannot find alias arn: {ARN}:alias")),
        (qualified("with-$-sign"), format!("Function not found: {ARN}:with-$-sign")),
        (
            with(&|i| i.principal = "invalid.nonaws.com".to_owned()),
            "The provided principal was invalid. Please check the principal and try again.".to_owned(),
        ),
        (
            with(&|i| i.revision_id = Some("stale".to_owned())),
            "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id".to_owned(),
        ),
    ] {
        assert_eq!(test.refused(input).await.1, message);
    }
}

#[tokio::test]
async fn whoever_may_be_named_a_policy_stays_readable() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    let named = |sid: &str, principal: &str| AddPermissionInput {
        principal: principal.to_owned(),
        ..add(sid)
    };
    let principals = [
        "*",
        "111111111111",
        "arn:aws:iam::111111111111:role/path/name",
        "alexa-appkit.amazon.com",
        "events.amazonaws.com",
    ];
    for (number, principal) in principals.into_iter().enumerate() {
        let sid = format!("s{number}");
        test.call(named(&sid, principal)).await.unwrap();
        test.call(invocation("f", "{}")).await.unwrap();
    }
    for principal in [
        "arn:aws:s3:::bucket",
        "arn:aws:iam::1:user/short",
        ".amazonaws.com",
    ] {
        let (_, message) = test.refused(named("other", principal)).await;
        assert!(
            message.starts_with("The provided principal was invalid."),
            "{principal}"
        );
        test.call(invocation("f", "{}")).await.unwrap();
    }
}

#[tokio::test]
async fn other_services_invoke_through_the_gate() {
    let test = TestLambda::new().await;
    test.create(
        "f",
        "def handler(event, context): return [event, context.aws_request_id]\n",
    )
    .await;
    test.call(add("s")).await.unwrap();
    let caller = || Caller {
        account: AccountId::DEFAULT,
        region: Region::default_region(),
        principal: Principal::Service {
            name: "apigateway.amazonaws.com",
            source_arn: "arn:aws:execute-api:us-east-1:000000000000:api/*"
                .parse()
                .unwrap(),
            source_account: AccountId::DEFAULT,
        },
        request_id: RequestId::uuid(&base::Entropy::seeded(1)),
        time: test.clock.now(),
        source: Source::default(),
    };
    let request = |arn: &str| InvokeRequest {
        function_arn: arn.to_owned(),
        payload: "7".into(),
        kind: InvocationKind::RequestResponse,
    };
    let answer = test.lambda.invoke(caller(), request(ARN)).await.unwrap();
    let expected = format!("[7, \"{}\"]", caller().request_id);
    assert_eq!(answer.payload, expected);
    assert_eq!(answer.executed_version, "$LATEST");
    let asked = test.gate.asked.lock().unwrap().clone();
    assert_eq!(
        asked.last().unwrap(),
        &("lambda:InvokeFunction".to_owned(), ARN.to_owned())
    );
    let missing = test
        .lambda
        .invoke(caller(), request(&format!("{ARN}x")))
        .await;
    assert!(matches!(missing, Err(InvokeError::NotFound(_))));
    let nonsense = test.lambda.invoke(caller(), request("f")).await;
    assert!(matches!(nonsense, Err(InvokeError::NotFound(_))));
}
