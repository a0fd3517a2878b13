//! Creating, changing and deleting functions.

use super::*;
use crate::target::Scope;
use base::{AccountId, Region};
use wire::lambda::{
    Concurrency, DeleteFunctionConcurrencyInput, DeleteFunctionInput, Environment,
    GetAccountSettingsInput, GetFunctionConcurrencyInput, GetFunctionInput, LastUpdateStatus,
    ListFunctionsInput, ListTagsInput, PutFunctionConcurrencyInput, StateReasonCode,
    TagResourceInput, UntagResourceInput, UpdateFunctionCodeInput,
    UpdateFunctionConfigurationInput,
};

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

fn get(name: &str) -> GetFunctionInput {
    GetFunctionInput {
        function_name: name.to_owned(),
        qualifier: None,
    }
}

fn delete(name: &str) -> DeleteFunctionInput {
    DeleteFunctionInput {
        function_name: name.to_owned(),
        qualifier: None,
    }
}

fn new_code(source: &str) -> UpdateFunctionCodeInput {
    UpdateFunctionCodeInput {
        function_name: "f".to_owned(),
        zip_file: Some(zipped("app.py", source)),
        ..UpdateFunctionCodeInput::default()
    }
}

fn new_settings() -> UpdateFunctionConfigurationInput {
    UpdateFunctionConfigurationInput {
        function_name: "f".to_owned(),
        ..UpdateFunctionConfigurationInput::default()
    }
}

#[tokio::test]
async fn a_functions_life() {
    let test = TestLambda::new().await;
    let created = test.create("f", &answering("one")).await;
    assert_eq!(created.function_arn.as_deref(), Some(ARN));
    assert_eq!(created.state, Some(State::Pending));
    assert_eq!(created.state_reason_code, Some(StateReasonCode::Creating));
    assert_eq!(created.last_update_status, None);
    assert_eq!(created.environment, None);
    assert_eq!(test.answer("f").await, "\"one\"");
    let settled = test.settled("f").await;
    assert_ne!(settled.revision_id, created.revision_id);
    assert_eq!(settled.state_reason, None);

    let updated = test.call(new_code(&answering("two"))).await.unwrap();
    assert_eq!(updated.state, Some(State::Active));
    assert_eq!(
        updated.last_update_status,
        Some(LastUpdateStatus::InProgress)
    );
    assert_ne!(updated.code_sha256, created.code_sha256);
    let conflict = test.refused(new_settings()).await;
    let message = format!(
        "The operation cannot be performed at this time. An update is in progress for resource: {ARN}"
    );
    assert_eq!(conflict, ("ResourceConflictException", message));
    assert_eq!(test.answer("f").await, "\"two\"");
    test.settled("f").await;

    let mut input = new_settings();
    input.timeout = Some(7);
    input.environment = Some(Environment {
        variables: Some([("A".to_owned(), "b".to_owned())].into()),
    });
    let changed = test.call(input).await.unwrap();
    assert_eq!((changed.timeout, changed.memory_size), (Some(7), Some(128)));
    test.settled("f").await;
    let found = test.call(get(ARN)).await.unwrap();
    assert_eq!(found.configuration.unwrap().timeout, Some(7));

    let deleted = test.call(delete("f")).await.unwrap();
    assert_eq!(deleted.status_code, Some(204));
    let gone = (
        "ResourceNotFoundException",
        format!("Function not found: {ARN}"),
    );
    assert_eq!(test.refused(get("f")).await, gone);
    assert_eq!(test.refused(delete("f")).await, gone);
    let gone = (
        "ResourceNotFoundException",
        format!("Function not found: {ARN}:$LATEST"),
    );
    assert_eq!(test.refused(invocation("f", "{}")).await, gone);
    let snapshot = test.store.snapshot();
    let everything = kv::KeyRange::prefix(&[]);
    let left = snapshot.scan(everything, kv::Order::Ascending).next().await;
    assert_eq!(left.unwrap(), None, "nothing is left in the store");

    test.create("f", &answering("three")).await;
    assert_eq!(test.answer("f").await, "\"three\"");
}

#[tokio::test]
async fn functions_survive_a_restart() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    std::fs::remove_dir_all(test.folder().join("code")).unwrap();
    let test = test.restart().await;
    assert_eq!(test.answer("f").await, "\"one\"");
    test.settled("f").await;
}

#[tokio::test]
async fn unpacked_code_of_deleted_functions_goes_with_the_next_start() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    test.create("g", &answering("two")).await;
    test.call(delete("f")).await.unwrap();
    let folders = |test: &TestLambda| {
        std::fs::read_dir(test.folder().join("code"))
            .unwrap()
            .count()
    };
    assert_eq!(folders(&test), 2);
    let test = test.restart().await;
    eventually("the old code goes", async || folders(&test) == 1).await;
    assert_eq!(test.answer("g").await, "\"two\"");
}

#[tokio::test]
async fn refusals_of_new_functions() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    let exists = test.refused(new_function("f", "")).await;
    let message = "Function already exist: f".to_owned();
    assert_eq!(exists, ("ResourceConflictException", message));

    let mut broken = new_function("g", "");
    broken.code.zip_file = Some("garbage".into());
    let message =
        "Could not unzip uploaded file. Please check your file, then try to upload again.";
    let refused = ("InvalidParameterValueException", message.to_owned());
    assert_eq!(test.refused(broken).await, refused);

    for role in ["untrusted", "missing"] {
        let mut untrusted = new_function("g", "");
        untrusted.role = format!("arn:aws:iam::000000000000:role/{role}");
        let message = "The role defined for the function cannot be assumed by Lambda.";
        let refused = ("InvalidParameterValueException", message.to_owned());
        assert_eq!(test.refused(untrusted).await, refused);
    }

    let mut elsewhere = new_function("g", "");
    elsewhere.code = FunctionCode {
        s3_bucket: Some("b".to_owned()),
        s3_key: Some("k".to_owned()),
        ..FunctionCode::default()
    };
    let message = "Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: \
                   The specified bucket does not exist";
    let refused = ("InvalidParameterValueException", message.to_owned());
    assert_eq!(test.refused(elsewhere.clone()).await, refused);
    elsewhere.code.s3_object_version = Some("1".to_owned());
    assert_eq!(test.refused(elsewhere).await.0, "NotImplemented");

    let name = "arn:aws:lambda:eu-west-1:000000000000:function:g";
    let message = "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')";
    let refused = ("ResourceNotFoundException", message.to_owned());
    assert_eq!(test.refused(new_function(name, "")).await, refused);
    let name = "arn:aws:lambda:us-east-1:111111111111:function:g";
    assert_eq!(
        test.refused(new_function(name, "")).await.0,
        "AccessDeniedException"
    );
}

#[tokio::test]
async fn the_role_must_be_passed() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    let asked = test.gate.asked.lock().unwrap().clone();
    assert!(
        asked.contains(&("lambda:CreateFunction".to_owned(), ARN.to_owned())),
        "{asked:?}"
    );
    assert!(
        asked.contains(&("iam:PassRole".to_owned(), ROLE.to_owned())),
        "{asked:?}"
    );
}

#[tokio::test]
async fn revisions() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    let settled = test.settled("f").await;
    let mut stale = new_code(&answering("two"));
    stale.revision_id = Some("another".to_owned());
    let message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id";
    let refused = ("PreconditionFailedException", message.to_owned());
    assert_eq!(test.refused(stale).await, refused);
    let mut fresh = new_settings();
    fresh.revision_id = settled.revision_id;
    test.call(fresh).await.unwrap();
}

#[tokio::test]
async fn a_dry_run_changes_nothing() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    let before = test.settled("f").await;
    let mut input = new_code(&answering("two"));
    input.dry_run = Some(true);
    let answer = test.call(input).await.unwrap();
    assert_ne!(answer.code_sha256, before.code_sha256);
    assert_eq!(test.configuration("f").await, before);
}

#[tokio::test]
async fn lists_and_pages() {
    let test = TestLambda::new().await;
    for name in ["b", "a", "c"] {
        test.create(name, &answering(name)).await;
    }
    let list = |marker: Option<String>, max_items| ListFunctionsInput {
        marker,
        max_items,
        ..ListFunctionsInput::default()
    };
    let first = test.call(list(None, Some(2))).await.unwrap();
    let second = test
        .call(list(first.next_marker.clone(), Some(2)))
        .await
        .unwrap();
    assert_eq!(second.next_marker, None);
    let all = first
        .functions
        .unwrap()
        .into_iter()
        .chain(second.functions.unwrap());
    let names: Vec<_> = all
        .map(|function| (function.function_name.unwrap(), function.state))
        .collect();
    let expected = ["a", "b", "c"].map(|name| (name.to_owned(), None));
    assert_eq!(names, expected);
    let settings = test.call(GetAccountSettingsInput {}).await.unwrap();
    assert_eq!(settings.account_usage.unwrap().function_count, Some(3));
}

#[tokio::test]
async fn tags() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    let tag = |resource: String, tags: &[(&str, &str)]| TagResourceInput {
        resource,
        tags: tags
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    };
    let list = || ListTagsInput {
        resource: ARN.to_owned(),
    };
    test.call(tag(ARN.to_owned(), &[("a", "1"), ("b", "2")]))
        .await
        .unwrap();
    test.call(tag(ARN.to_owned(), &[("b", "3")])).await.unwrap();
    let untag = UntagResourceInput {
        resource: ARN.to_owned(),
        tag_keys: vec!["a".to_owned(), "x".to_owned()],
    };
    test.call(untag).await.unwrap();
    let tags = test.call(list()).await.unwrap().tags.unwrap();
    assert_eq!(tags, [("b".to_owned(), "3".to_owned())].into());
    assert_eq!(test.call(get("f")).await.unwrap().tags, Some(tags));
    let message =
        "Tags on function aliases and versions are not supported. Please specify a function ARN.";
    let refused = ("InvalidParameterValueException", message.to_owned());
    assert_eq!(
        test.refused(tag(format!("{ARN}:$LATEST"), &[("a", "1")]))
            .await,
        refused
    );
    let many: Vec<String> = (0..51).map(|n| n.to_string()).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|n| (n.as_str(), "")).collect();
    let refused = test.refused(tag(ARN.to_owned(), &many)).await;
    assert_eq!(refused.1, "Number of tags exceeds resource tag limit.");
}

#[tokio::test]
async fn reserved_concurrency() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    let put = |reserved| PutFunctionConcurrencyInput {
        function_name: "f".to_owned(),
        reserved_concurrent_executions: reserved,
    };
    let expected = Concurrency {
        reserved_concurrent_executions: Some(0),
    };
    assert_eq!(test.call(put(0)).await.unwrap(), expected);
    assert_eq!(
        test.call(get("f")).await.unwrap().concurrency,
        Some(expected)
    );
    let (code, message) = test.refused(invocation("f", "{}")).await;
    assert_eq!(
        (code, message.as_str()),
        ("TooManyRequestsException", "Rate Exceeded.")
    );
    assert!(
        test.refused(put(901))
            .await
            .1
            .starts_with("Specified ReservedConcurrentExecutions")
    );
    let unreserved = async || {
        let settings = test.call(GetAccountSettingsInput {}).await.unwrap();
        let limit = settings.account_limit.unwrap();
        let shown = limit.unreserved_concurrent_executions.unwrap();
        let scope = Scope {
            account: AccountId::DEFAULT,
            region: Region::default_region(),
        };
        let held_to = test.lambda.unreserved_concurrency(&scope).await.unwrap();
        assert_eq!(usize::try_from(shown), Ok(held_to));
        held_to
    };
    assert_eq!(unreserved().await, 1000);
    test.call(put(900)).await.unwrap();
    assert_eq!(unreserved().await, 100);
    let of_version = PutFunctionConcurrencyInput {
        function_name: "f:1".to_owned(),
        ..put(1)
    };
    assert!(
        test.refused(of_version)
            .await
            .1
            .starts_with("This operation is permitted on Lambda functions only.")
    );
    let name = || "f".to_owned();
    let delete = DeleteFunctionConcurrencyInput {
        function_name: name(),
    };
    test.call(delete).await.unwrap();
    let get = GetFunctionConcurrencyInput {
        function_name: name(),
    };
    let left = test.call(get).await.unwrap().reserved_concurrent_executions;
    assert_eq!(left, None);
    assert_eq!(unreserved().await, 1000);
    assert_eq!(test.answer("f").await, "\"one\"");
}

#[tokio::test]
async fn code_can_be_fetched_by_who_knows_the_link() {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    let location = test
        .call(get("f"))
        .await
        .unwrap()
        .code
        .unwrap()
        .location
        .unwrap();
    let token = location.rsplit('/').next().unwrap();
    let zip = test.lambda.download(token).await.unwrap();
    assert_eq!(zip, zipped("app.py", &answering("one")));
    assert_eq!(test.lambda.download("guess").await, None);
}
