//! Versions and aliases.

use super::*;
use wire::lambda::{
    AliasConfiguration, AliasRoutingConfiguration, CreateAliasInput, DeleteAliasInput,
    DeleteFunctionInput, GetAliasInput, ListAliasesInput, ListVersionsByFunctionInput,
    PublishVersionInput, UpdateAliasInput, UpdateFunctionCodeInput,
};

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

fn publish() -> PublishVersionInput {
    PublishVersionInput {
        function_name: "f".to_owned(),
        ..PublishVersionInput::default()
    }
}

fn alias(name: &str, version: &str) -> CreateAliasInput {
    CreateAliasInput {
        function_name: "f".to_owned(),
        name: name.to_owned(),
        function_version: version.to_owned(),
        ..CreateAliasInput::default()
    }
}

fn weights(version: &str, weight: f64) -> Option<AliasRoutingConfiguration> {
    Some(AliasRoutingConfiguration {
        additional_version_weights: Some([(version.to_owned(), weight)].into()),
    })
}

/// A function with versions 1 ("one") and 2 ("two"); `$LATEST` is "two" as well.
async fn with_versions() -> TestLambda {
    let test = TestLambda::new().await;
    test.create("f", &answering("one")).await;
    test.settled("f").await;
    test.call(publish()).await.unwrap();
    let input = UpdateFunctionCodeInput {
        function_name: "f".to_owned(),
        zip_file: Some(zipped("app.py", &answering("two"))),
        publish: Some(true),
        ..UpdateFunctionCodeInput::default()
    };
    let updated = test.call(input).await.unwrap();
    assert_eq!(updated.version.as_deref(), Some("2"));
    assert_eq!(updated.function_arn, Some(format!("{ARN}:2")));
    assert_eq!(updated.state, Some(State::Pending));
    test.settled("f").await;
    test
}

#[tokio::test]
async fn versions_keep_what_they_were() {
    let test = with_versions().await;
    assert_eq!(test.answer("f:1").await, "\"one\"");
    assert_eq!(test.answer("f:2").await, "\"two\"");
    assert_eq!(
        test.invoke("f:1", "{}").await.executed_version.as_deref(),
        Some("1")
    );
    let again = test.call(publish()).await.unwrap();
    assert_eq!(
        again.version.as_deref(),
        Some("2"),
        "nothing has changed since"
    );
    let list = ListVersionsByFunctionInput {
        function_name: "f".to_owned(),
        ..ListVersionsByFunctionInput::default()
    };
    let versions = test.call(list).await.unwrap().versions.unwrap();
    let arns: Vec<String> = versions
        .into_iter()
        .filter_map(|v| v.function_arn)
        .collect();
    assert_eq!(
        arns,
        ["$LATEST", "1", "2"].map(|version| format!("{ARN}:{version}"))
    );
    let missing = test.refused(invocation("f:9", "{}")).await;
    assert_eq!(missing.1, format!("Function not found: {ARN}:9"));
}

#[tokio::test]
async fn an_aliass_life() {
    let test = with_versions().await;
    let created = test.call(alias("live", "1")).await.unwrap();
    assert_eq!(created.alias_arn, Some(format!("{ARN}:live")));
    assert_eq!(created.description.as_deref(), Some(""));
    assert_eq!(test.answer("f:live").await, "\"one\"");
    let exists = test.refused(alias("live", "2")).await;
    assert_eq!(
        exists,
        (
            "ResourceConflictException",
            format!("Alias already exists: {ARN}:live")
        )
    );
    let update = UpdateAliasInput {
        function_name: "f".to_owned(),
        name: "live".to_owned(),
        function_version: Some("2".to_owned()),
        ..UpdateAliasInput::default()
    };
    let updated: AliasConfiguration = test.call(update.clone()).await.unwrap();
    assert_ne!(updated.revision_id, created.revision_id);
    assert_eq!(test.answer("f:live").await, "\"two\"");
    let get = GetAliasInput {
        function_name: "f".to_owned(),
        name: "live".to_owned(),
    };
    assert_eq!(test.call(get.clone()).await.unwrap(), updated);
    let list = ListAliasesInput {
        function_name: "f".to_owned(),
        ..ListAliasesInput::default()
    };
    assert_eq!(test.call(list).await.unwrap().aliases, Some(vec![updated]));
    let delete_version = DeleteFunctionInput {
        function_name: "f".to_owned(),
        qualifier: Some("2".to_owned()),
    };
    let used = test.refused(delete_version.clone()).await;
    assert!(used.1.ends_with("reference it: [live]"), "{used:?}");
    let delete = DeleteAliasInput {
        function_name: "f".to_owned(),
        name: "live".to_owned(),
    };
    test.call(delete.clone()).await.unwrap();
    test.call(delete).await.unwrap();
    assert_eq!(
        test.refused(get).await.1,
        format!("Cannot find alias arn: {ARN}:live")
    );
    assert_eq!(
        test.refused(update).await.1,
        format!("Alias not found: {ARN}:live")
    );
    test.call(delete_version).await.unwrap();
    assert_eq!(
        test.refused(invocation("f:2", "{}")).await.0,
        "ResourceNotFoundException"
    );
    assert_eq!(
        test.answer("f").await,
        "\"two\"",
        "its code is still $LATEST's"
    );
}

#[tokio::test]
async fn an_alias_for_two_versions() {
    let test = with_versions().await;
    let mut both = alias("both", "1");
    both.routing_config = weights("2", 0.5);
    test.call(both).await.unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        seen.insert(test.answer("f:both").await);
    }
    assert_eq!(seen.len(), 2);
}

#[tokio::test]
async fn refusals_of_aliases() {
    let test = with_versions().await;
    let message = |routing, version: &'static str| {
        let mut input = alias("a", version);
        input.routing_config = routing;
        test.refused(input)
    };
    assert_eq!(
        message(None, "9").await.1,
        format!("Function not found: {ARN}:9")
    );
    assert_eq!(
        message(weights("9", 0.1), "1").await.1,
        format!("Function not found: {ARN}:9")
    );
    assert_eq!(
        message(weights("1", 0.1), "1").await.1,
        "Invalid function version 1. Function version 1 is already included in routing configuration."
    );
    assert_eq!(
        message(weights("1", 0.1), "$LATEST").await.1,
        "$LATEST is not supported for an alias pointing to more than 1 version"
    );
}
