use super::{BAD, CONFLICT, MISSING, patches, refused};
use crate::testing::{Draft, World, texts};
use wire::apigateway::{
    CacheClusterStatus, CanarySettings, CreateApiKeyInput, CreateStageInput, DeleteStageInput,
    GetAccountInput, GetStagesInput, Stage, StageKey, UpdateAccountInput, UpdateStageInput,
};

async fn deployed(world: &World) -> (Draft<'_>, String) {
    let api = world.draft().await;
    api.mock(&api.root_id, "GET").await;
    let id = api.deploy().await;
    (api, id)
}

fn create(api: &Draft<'_>, name: &str, deployment_id: &str) -> CreateStageInput {
    CreateStageInput {
        rest_api_id: api.id.clone(),
        stage_name: name.into(),
        deployment_id: deployment_id.into(),
        ..Default::default()
    }
}

async fn update(
    world: &World,
    api: &Draft<'_>,
    list: &[(&str, &str, &str)],
) -> Result<Stage, wire::Fault> {
    let input = UpdateStageInput {
        rest_api_id: api.id.clone(),
        stage_name: "test".into(),
        patch_operations: patches(list),
    };
    world.call(input).await
}

#[tokio::test]
async fn lifecycle() {
    let world = World::new();
    let (api, first) = deployed(&world).await;
    let second = api.deploy().await;
    let created = world.call(create(&api, "dev", &first)).await.unwrap();
    assert_eq!(created.cache_cluster_enabled, Some(false));
    assert_eq!(
        created.cache_cluster_status,
        Some(CacheClusterStatus::NotAvailable)
    );
    assert_eq!(
        (created.method_settings, created.tracing_enabled),
        (Some(Default::default()), Some(false))
    );
    refused(
        world.call(create(&api, "dev", &first)).await,
        CONFLICT,
        "Stage already exists",
    );
    refused(
        world.call(create(&api, "x", "fake")).await,
        BAD,
        "Deployment id does not exist",
    );
    refused(
        world.call(create(&api, "a/b", &first)).await,
        BAD,
        "Stage name only allows a-zA-Z0-9_",
    );
    let names = async |deployment: Option<&str>| {
        let input = GetStagesInput {
            rest_api_id: api.id.clone(),
            deployment_id: deployment.map(str::to_owned),
        };
        let stages = world.call(input).await.unwrap().item.unwrap();
        stages
            .into_iter()
            .map(|stage| stage.stage_name.unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(None).await, ["dev", "test"]);
    assert_eq!(names(Some(&second)).await, ["test"]);
    let delete = DeleteStageInput {
        rest_api_id: api.id.clone(),
        stage_name: "dev".into(),
    };
    world.call(delete.clone()).await.unwrap();
    refused(
        world.call(delete).await,
        MISSING,
        "Invalid stage identifier specified",
    );
}

#[tokio::test]
async fn caches_and_canaries() {
    let world = World::new();
    let (api, id) = deployed(&world).await;
    let input = CreateStageInput {
        cache_cluster_enabled: Some(true),
        canary_settings: Some(CanarySettings {
            percent_traffic: Some(10.0),
            ..CanarySettings::default()
        }),
        ..create(&api, "x", &id)
    };
    let stage = world.call(input).await.unwrap();
    assert_eq!(stage.cache_cluster_enabled, Some(true));
    let canary = stage.canary_settings.unwrap();
    assert_eq!(canary.percent_traffic, Some(10.0));
    assert_eq!(canary.deployment_id, Some(id), "that of the stage");
}

#[tokio::test]
async fn variables_and_settings() {
    let world = World::new();
    let (api, _) = deployed(&world).await;
    let updated = update(
        &world,
        &api,
        &[
            ("replace", "/variables/name", "fn"),
            ("replace", "/description", "mine"),
            ("replace", "/*/*/throttling/burstLimit", "10"),
            ("replace", "/~1pets/GET/logging/loglevel", "INFO"),
        ],
    )
    .await
    .unwrap();
    assert_eq!(updated.variables, texts(&[("name", "fn")]));
    let settings = updated.method_settings.unwrap();
    assert_eq!(settings["*/*"].throttling_burst_limit, Some(10));
    assert_eq!(
        settings["~1pets/GET"].logging_level.as_deref(),
        Some("INFO")
    );
    assert_eq!(settings["~1pets/GET"].throttling_burst_limit, Some(10));
    let removed = update(
        &world,
        &api,
        &[("remove", "/variables/name", ""), ("remove", "/*/*", "")],
    )
    .await
    .unwrap();
    assert_eq!(removed.variables, None);
    assert_eq!(removed.method_settings.unwrap().len(), 1);
    let bad = update(&world, &api, &[("replace", "/variables/a b", "x")]).await;
    assert!(bad.is_err());
}

/// Settings are called as patches spell them, with slashes escaped or as they are.
#[tokio::test]
async fn names_of_method_settings() {
    let world = World::new();
    let (api, _) = deployed(&world).await;
    for (path, name) in [
        ("/*/*", "*/*"),
        ("/~1/GET", "~1/GET"),
        ("/~1a~1{b}/POST", "~1a~1{b}/POST"),
        ("/a/{b+}/GET", "a/{b+}/GET"),
    ] {
        let set = (&*format!("{path}/metrics/enabled"), "true");
        let updated = update(&world, &api, &[("replace", set.0, set.1)]).await;
        let settings = updated.unwrap().method_settings.unwrap();
        assert_eq!(settings[name].metrics_enabled, Some(true), "{path}");
        update(&world, &api, &[("remove", path, "")]).await.unwrap();
    }
}

#[tokio::test]
async fn wrong_method_settings() {
    let world = World::new();
    let (api, _) = deployed(&world).await;
    for (path, value) in [
        ("/foo", "x"),
        ("/a/ANY/caching/enabled", "true"),
        ("/a/*/caching/enabled", "true"),
        ("/*/*/caching/foo", "true"),
        ("/*/*/caching/ttlInSeconds", "3601"),
        ("/*/*/throttling/burstLimit", "-1"),
        ("/*/*/throttling/rateLimit", "x"),
    ] {
        let refusal = update(&world, &api, &[("replace", path, value)]).await;
        let message = refusal.unwrap_err().message().to_owned();
        let start =
            format!("Invalid method setting path: {path}. Must be one of: [/deploymentId, ");
        assert!(message.starts_with(&start), "{message}");
    }
    let level = [("replace", "/*/*/logging/loglevel", "DEBUG")];
    let words = "Invalid logging level. Valid options are OFF,ERROR,INFO";
    refused(update(&world, &api, &level).await, BAD, words);
}

#[tokio::test]
async fn a_canary_has_a_deployment() {
    let world = World::new();
    let (api, _) = deployed(&world).await;
    refused(
        update(
            &world,
            &api,
            &[("replace", "/canarySettings/deploymentId", "fake")],
        )
        .await,
        BAD,
        "Deployment id does not exist",
    );
}

/// The cases of a recorded validation.
#[tokio::test]
async fn access_logs() {
    let world = World::new();
    let (api, _) = deployed(&world).await;
    let root = "/accessLogSettings";
    let paths = "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]";
    for (op, end) in [
        ("add", "/randomValue"),
        ("replace", "/randomValue"),
        ("add", "/*"),
        ("replace", "/*"),
        ("add", ""),
        ("replace", ""),
    ] {
        let path = format!("{root}{end}");
        refused(update(&world, &api, &[(op, &path, "x")]).await, BAD, paths);
    }
    for end in ["randomValue", "*", "destinationArn"] {
        let path = format!("{root}/{end}");
        let message = format!(
            "Cannot remove method setting accessLogSettings/{end} because there is no method setting for this method "
        );
        refused(
            update(&world, &api, &[("remove", &path, "")]).await,
            BAD,
            &message,
        );
    }
    let (arn, format) = (
        "/accessLogSettings/destinationArn",
        "/accessLogSettings/format",
    );
    for path in [arn, format] {
        refused(
            update(&world, &api, &[("replace", path, "")]).await,
            BAD,
            "Access Log value must not be empty",
        );
    }
    let group = "arn:aws:logs:us-east-1:111111111111:log-group:g";
    let set = update(
        &world,
        &api,
        &[("add", arn, group), ("add", format, "$context.requestId")],
    )
    .await
    .unwrap();
    let log = set.access_log_settings.unwrap();
    assert_eq!(
        (log.destination_arn.as_deref(), log.format.as_deref()),
        (Some(group), Some("$context.requestId"))
    );
    let removed = update(&world, &api, &[("remove", root, "")]).await.unwrap();
    assert_eq!(removed.access_log_settings, None);
}

#[tokio::test]
async fn account() {
    let world = World::new();
    let shown = world.call(GetAccountInput {}).await.unwrap();
    assert_eq!(
        (shown.cloudwatch_role_arn, shown.api_key_version.as_deref()),
        (None, Some("4"))
    );
    let role = "arn:aws:iam::111111111111:role/logs";
    let input = UpdateAccountInput {
        patch_operations: patches(&[("replace", "/cloudwatchRoleArn", role)]),
    };
    world.call(input).await.unwrap();
    let shown = world.call(GetAccountInput {}).await.unwrap();
    assert_eq!(shown.cloudwatch_role_arn.as_deref(), Some(role));
}

#[tokio::test]
async fn what_a_stage_names_is_there() {
    let world = World::new();
    let (api, deployment) = deployed(&world).await;
    let missing = "Invalid Documentation version specified";
    let named = [("replace", "/documentationVersion", "v9")];
    refused(update(&world, &api, &named).await, MISSING, missing);
    let input = CreateStageInput {
        documentation_version: Some("v9".into()),
        ..create(&api, "other", &deployment)
    };
    refused(world.call(input).await, MISSING, missing);
    let percent = [("replace", "/canarySettings/percentTraffic", "200")];
    let message = "Canary percentTraffic must be between 0.0 and 100.0";
    refused(update(&world, &api, &percent).await, BAD, message);
    let of_stage = |name: &str| CreateApiKeyInput {
        stage_keys: Some(vec![StageKey {
            rest_api_id: Some(api.id.clone()),
            stage_name: Some(name.into()),
        }]),
        ..Default::default()
    };
    let missing = "Invalid stage identifier specified";
    refused(world.call(of_stage("absent")).await, MISSING, missing);
    let key = world.call(of_stage("test")).await.unwrap();
    assert_eq!(key.stage_keys, Some(vec![format!("{}/test", api.id)]));
}
