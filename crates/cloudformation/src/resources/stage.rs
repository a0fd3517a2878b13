//! `AWS::ApiGateway::Stage`: a name under which a deployment is served.

use super::patch::{self, Patched, replace};
use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::{Map, Node};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use std::collections::BTreeMap;
use wire::apigateway::{CreateStageInput, DeleteStageInput, PatchOperation, UpdateStageInput};

pub(super) const ACCESS_LOG: Property = Property::optional(
    "AccessLogSetting",
    Schema::Object(&[
        Property::optional("DestinationArn", Schema::Text),
        Property::optional("Format", Schema::Text),
    ]),
);
pub(super) const CANARY: Property = Property::optional(
    "CanarySetting",
    Schema::Object(&[
        Property::optional("DeploymentId", Schema::Text),
        Property::optional("PercentTraffic", Schema::Decimal),
        Property::optional("StageVariableOverrides", Schema::Map(&Schema::Text)),
        Property::optional("UseStageCache", Schema::Flag),
    ]),
);
pub(super) const METHOD_SETTINGS: Property = Property::optional(
    "MethodSettings",
    Schema::List(&Schema::Object(&[
        Property::optional("CacheDataEncrypted", Schema::Flag),
        Property::optional("CacheTtlInSeconds", Schema::Integer),
        Property::optional("CachingEnabled", Schema::Flag),
        Property::optional("DataTraceEnabled", Schema::Flag),
        Property::optional("HttpMethod", Schema::Text),
        Property::optional("LoggingLevel", Schema::Text),
        Property::optional("MetricsEnabled", Schema::Flag),
        Property::optional("ResourcePath", Schema::Text),
        Property::optional("ThrottlingBurstLimit", Schema::Integer),
        Property::optional("ThrottlingRateLimit", Schema::Decimal),
    ])),
);

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::Stage,
    name: "AWS::ApiGateway::Stage",
    properties: &[
        ACCESS_LOG,
        Property::optional("CacheClusterEnabled", Schema::Flag),
        Property::optional("CacheClusterSize", Schema::Text),
        CANARY,
        Property::optional("ClientCertificateId", Schema::Text),
        Property::required("DeploymentId", Schema::Text),
        Property::optional("Description", Schema::Text),
        Property::optional("DocumentationVersion", Schema::Text),
        METHOD_SETTINGS,
        Property::required("RestApiId", Schema::Text).replaces(),
        Property::required("StageName", Schema::Text).replaces(),
        Property::optional("Tags", TAGS).fixed(),
        Property::optional("TracingEnabled", Schema::Flag),
        Property::optional("Variables", Schema::Map(&Schema::Text)),
    ],
    attributes: &[],
    naming: None,
};

/// What CreateStage takes under the same name with a small first letter.
const OF_CREATION: [&str; 9] = [
    "CacheClusterEnabled",
    "CacheClusterSize",
    "DeploymentId",
    "Description",
    "DocumentationVersion",
    "RestApiId",
    "StageName",
    "TracingEnabled",
    "Variables",
];
/// Of that, what UpdateStage changes.
const PATCHED: [Patched; 6] = [
    Patched::kept("DeploymentId", "/deploymentId"),
    Patched::text("Description", "/description"),
    Patched::text("DocumentationVersion", "/documentationVersion"),
    Patched::or("CacheClusterEnabled", "/cacheClusterEnabled", "false"),
    Patched::kept("CacheClusterSize", "/cacheClusterSize"),
    Patched::or("TracingEnabled", "/tracingEnabled", "false"),
];
const CERTIFICATE: [Patched; 1] = [Patched::text("ClientCertificateId", "/clientCertificateId")];
const OF_CANARY: [Patched; 3] = [
    Patched::kept("DeploymentId", "/canarySettings/deploymentId"),
    Patched::or("PercentTraffic", "/canarySettings/percentTraffic", "0"),
    Patched::or("UseStageCache", "/canarySettings/useStageCache", "false"),
];
const OF_ACCESS_LOG: [Patched; 2] = [
    Patched::kept("DestinationArn", "/accessLogSettings/destinationArn"),
    Patched::kept("Format", "/accessLogSettings/format"),
];
/// Settings of methods and the ends of their paths.
const SETTINGS: [(&str, &str); 8] = [
    ("CacheDataEncrypted", "caching/dataEncrypted"),
    ("CacheTtlInSeconds", "caching/ttlInSeconds"),
    ("CachingEnabled", "caching/enabled"),
    ("DataTraceEnabled", "logging/dataTrace"),
    ("LoggingLevel", "logging/loglevel"),
    ("MetricsEnabled", "metrics/enabled"),
    ("ThrottlingBurstLimit", "throttling/burstLimit"),
    ("ThrottlingRateLimit", "throttling/rateLimit"),
];

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let input: CreateStageInput = Request::new()
        .copy_small(properties, &OF_CREATION)
        .tag_map(properties, "tags")
        .input()?;
    let (api, stage) = (input.rest_api_id.clone(), input.stage_name.clone());
    step.call(input).await?;
    let made = Made::named(stage.as_str());
    birth.exists(&made).await?;
    change(step, &api, &stage, settings(&Map::default(), properties)).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let api = text_of(&wanted.properties, "RestApiId");
    let patch = patches(&old.properties, &wanted.properties);
    change(step, &api, &old.made.reference, patch).await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteStageInput {
        rest_api_id: text_of(&old.properties, "RestApiId"),
        stage_name: old.made.reference.clone(),
    })
    .await
}

pub(super) async fn change<A: Api>(
    step: &Step<'_, A>,
    api: &str,
    stage: &str,
    patch: Vec<PatchOperation>,
) -> Result<(), Failure> {
    if !patch.is_empty() {
        step.call(UpdateStageInput {
            rest_api_id: api.to_owned(),
            stage_name: stage.to_owned(),
            patch_operations: Some(patch),
        })
        .await?;
    }
    Ok(())
}

/// Everything that differs.
pub(super) fn patches(old: &Map, new: &Map) -> Vec<PatchOperation> {
    let mut patch = patch::scalars(old, new, &PATCHED);
    patch.extend(patch::entries(old, new, "Variables", "/variables"));
    patch.extend(settings(old, new));
    patch
}

/// What differs of all that a stage gets only once it is there.
fn settings(old: &Map, new: &Map) -> Vec<PatchOperation> {
    let mut patch = patch::scalars(old, new, &CERTIFICATE);
    let (nothing, log, canary) = (&Map::default(), "AccessLogSetting", "CanarySetting");
    let of = |map, name| patch::object(map, name).unwrap_or(nothing);
    let whole = |name, path| {
        let gone = old.get(name).is_some() && new.get(name).is_none();
        gone.then(|| patch::remove(path))
    };
    let (before, after) = (of(old, log), of(new, log));
    match whole(log, "/accessLogSettings") {
        Some(gone) => patch.push(gone),
        None => patch.extend(patch::scalars(before, after, &OF_ACCESS_LOG)),
    }
    let (before, after) = (of(old, canary), of(new, canary));
    match whole(canary, "/canarySettings") {
        Some(gone) => patch.push(gone),
        None => {
            patch.extend(patch::scalars(before, after, &OF_CANARY));
            let path = "/canarySettings/stageVariableOverrides";
            patch.extend(patch::entries(
                before,
                after,
                "StageVariableOverrides",
                path,
            ));
        }
    }
    patch.extend(method_settings(old, new));
    patch
}

/// The settings of each method that differ. A method whose settings differ gets all of them anew.
fn method_settings(old: &Map, new: &Map) -> Vec<PatchOperation> {
    let (before, after) = (by_method(old), by_method(new));
    let differ = |path: &&String| before.get(*path) != after.get(*path);
    let gone = before.keys().filter(differ).map(patch::remove);
    let mut patch: Vec<_> = gone.collect();
    for (path, given) in after.iter().filter(|(path, _)| differ(path)) {
        for (property, end) in SETTINGS {
            if let Some(value) = given.get(property).and_then(Node::as_scalar) {
                patch.push(replace(format!("{path}/{end}"), value));
            }
        }
    }
    patch
}

/// Settings by where they are: `/~1items~1{id}/GET`, `/*/*`.
fn by_method(properties: &Map) -> BTreeMap<String, &Map> {
    let settings = patch::objects(properties, "MethodSettings");
    let settings = settings.map(|setting| {
        // Templates write paths with and without escapes.
        let given = text_of(setting, "ResourcePath").replace("~1", "/");
        let resource = match given.trim_matches('/') {
            "*" => "*".to_owned(),
            path => patch::escaped(&format!("/{path}")),
        };
        let method = text_of(setting, "HttpMethod");
        (format!("/{resource}/{method}"), setting)
    });
    settings.collect()
}
