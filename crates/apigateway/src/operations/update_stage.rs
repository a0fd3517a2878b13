//! UpdateStage.

use super::create_stage::{check_documentation_version, check_percent, check_variable};
use super::{require, scope};
use crate::described::patched;
use crate::error::{Bad, Error, Missing};
use crate::patch::{self, Patch};
use crate::record::{Canary, ClientCertificate, HttpMethod, MethodSettings, Named, Stage};
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use std::ops::RangeInclusive;
use wire::Enumeration;
use wire::apigateway::{
    CacheClusterSize, Op, Stage as StageShape, UnauthorizedCacheControlHeaderStrategy,
    UpdateStageInput,
};

impl Operate<Gateway> for UpdateStageInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "stages", &self.stage_name];
        Ok(patched(
            require(caller, "PATCH", &path),
            self.patch_operations.as_ref(),
            &[
                (
                    "/accessLogSettings/destinationArn",
                    "AccessLoggingDestination",
                ),
                ("/accessLogSettings/format", "AccessLoggingFormat"),
            ],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<StageShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let shelf = &Shelf::of(permit.caller());
        let (input, now_ms) = (&self, gateway.now_ms());
        let stage = gateway
            .store
            .transact(|txn| async move {
                let mut stage = scope.load_stage(&txn, &input.stage_name).await?;
                let before = stage.client_certificate.clone();
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(&mut stage, &patch)?;
                }
                let canary = stage.canary.as_ref().map(|canary| &canary.deployment_id);
                for deployment in std::iter::once(&stage.deployment_id).chain(canary) {
                    if txn.get(&scope.deployment(deployment)).await?.is_none() {
                        return Err(Bad::StageDeployment.into());
                    }
                }
                if let Some(id) = &stage.client_certificate
                    && before.as_ref() != Some(id)
                {
                    shelf.load::<ClientCertificate>(&txn, id).await?;
                }
                check_documentation_version(&stage, scope, &txn).await?;
                stage.updated_ms = now_ms;
                scope.save_stage(&txn, &stage);
                Ok::<_, Error>(stage)
            })
            .await?;
        Ok(shape::stage(stage))
    }
}

/// The name of the settings of all methods that have none of their own.
const ALL_METHODS: &str = "*/*";

fn apply(stage: &mut Stage, patch: &Patch) -> Result<(), Error> {
    let parts = patch.parts();
    match parts.as_slice() {
        ["variables", name] => return change_variable(stage, name, patch),
        ["accessLogSettings", ..] => return change_access_log(stage, patch),
        ["description"] => {
            patch.only_replace()?;
            stage.description = patch.optional_text();
        }
        ["documentationVersion"] => {
            patch.only_replace()?;
            stage.documentation_version = patch.optional_text();
        }
        // A canary is promoted by copying what it has.
        ["deploymentId"] if patch.op == Op::Copy => {
            let canary = stage.canary.as_ref().ok_or_else(|| patch.unknown_path())?;
            stage.deployment_id.clone_from(&canary.deployment_id);
        }
        ["variables"] if patch.op == Op::Copy => {
            let canary = stage.canary.as_ref().ok_or_else(|| patch.unknown_path())?;
            stage.variables.extend(canary.variables.clone());
        }
        ["deploymentId"] => {
            patch.only_replace()?;
            stage.deployment_id = patch.text();
        }
        ["tracingEnabled"] => {
            patch.only_replace()?;
            stage.tracing_enabled = patch.flag();
        }
        ["cacheClusterEnabled"] => {
            patch.only_replace()?;
            stage.cache_cluster_enabled = patch.flag();
            let size = stage.cache_cluster_size.take();
            let smallest = || Named(CacheClusterSize::default());
            stage.cache_cluster_size = patch.flag().then(|| size.unwrap_or_else(smallest));
        }
        ["cacheClusterSize"] => {
            patch.only_replace()?;
            let size = CacheClusterSize::from_name(&patch.text());
            stage.cache_cluster_size = Some(Named(size.ok_or_else(|| patch.unknown_path())?));
        }
        ["canarySettings"] if patch.op == Op::Remove => stage.canary = None,
        ["canarySettings", rest @ ..] => return change_canary(stage, rest, patch),
        ["clientCertificateId"] => stage.client_certificate = patch.optional_text(),
        [method @ .., group, setting] if is_method(method) => {
            // A method's own settings begin as those of all methods.
            let of_all = stage.method_settings.get(ALL_METHODS).cloned();
            let settings = stage.method_settings.entry(settings_key(method));
            let settings = settings.or_insert_with(|| of_all.unwrap_or_default());
            return change_setting(settings, group, setting, patch);
        }
        method if patch.op == Op::Remove && method.len() > 1 => {
            let removed = stage.method_settings.remove(&settings_key(method));
            removed.ok_or_else(|| no_setting(patch))?;
        }
        _ => return Err(Bad::StagePath(patch.raw_path.clone()).into()),
    }
    Ok(())
}

/// Whether these parts of a path name a resource and a verb, or all of them. The verb is a
/// request's: ANY is none.
fn is_method(parts: &[&str]) -> bool {
    match parts {
        ["*", "*"] => true,
        [_, .., verb] => verb
            .parse::<HttpMethod>()
            .is_ok_and(|verb| verb != HttpMethod::Any),
        _ => false,
    }
}

/// The name of a method's settings, as patches spell it: `~1items~1{id}/GET`, `*/*`.
fn settings_key(parts: &[&str]) -> String {
    let parts = parts.iter().map(|part| part.replace('/', "~1"));
    parts.collect::<Vec<_>>().join("/")
}

fn change_canary(stage: &mut Stage, rest: &[&str], patch: &Patch) -> Result<(), Error> {
    let canary = stage.canary.get_or_insert_with(|| Canary {
        deployment_id: stage.deployment_id.clone(),
        ..Canary::default()
    });
    match (patch.op, rest) {
        (Op::Replace, ["percentTraffic"]) => {
            let percent: f64 = patch.text().parse().map_err(|_| patch.unknown_path())?;
            canary.percent = check_percent(percent)?;
        }
        (Op::Replace, ["deploymentId"]) => {
            canary.deployment_id = patch.optional_text().ok_or(Bad::StageDeployment)?;
        }
        (Op::Replace, ["useStageCache"]) => canary.use_stage_cache = patch.flag(),
        (Op::Remove, ["stageVariableOverrides"]) => canary.variables.clear(),
        (Op::Remove, ["stageVariableOverrides", name]) => drop(canary.variables.remove(*name)),
        (Op::Add | Op::Replace, ["stageVariableOverrides", name]) => {
            check_variable(name, &patch.text())?;
            canary.variables.insert((*name).to_owned(), patch.text());
        }
        _ => return Err(patch.unknown_path()),
    }
    Ok(())
}

fn no_setting(patch: &Patch) -> Bad {
    Bad::NoMethodSetting(patch.raw_path.trim_start_matches('/').to_owned())
}

fn change_variable(stage: &mut Stage, name: &str, patch: &Patch) -> Result<(), Error> {
    if patch.op == Op::Remove {
        stage.variables.remove(name).ok_or(Missing::ParameterName)?;
        return Ok(());
    }
    check_variable(name, &patch.text())?;
    stage.variables.insert(name.to_owned(), patch.text());
    Ok(())
}

/// The words are those of recorded answers; a single setting cannot be removed.
fn change_access_log(stage: &mut Stage, patch: &Patch) -> Result<(), Error> {
    let parts = patch.parts();
    if patch.op == Op::Remove {
        return match parts.as_slice() {
            [_] => {
                stage.access_log = Default::default();
                Ok(())
            }
            _ => Err(no_setting(patch).into()),
        };
    }
    let setting = match parts.as_slice() {
        [_, "destinationArn"] => &mut stage.access_log.destination_arn,
        [_, "format"] => &mut stage.access_log.format,
        _ => return Err(Bad::AccessLogPath.into()),
    };
    let value = patch.optional_text().ok_or(Bad::AccessLogValue)?;
    *setting = Some(value.strip_suffix(":*").unwrap_or(&value).to_owned());
    Ok(())
}

fn change_setting(
    settings: &mut MethodSettings,
    group: &str,
    setting: &str,
    patch: &Patch,
) -> Result<(), Error> {
    patch.only_replace()?;
    let unknown = || Error::from(Bad::StagePath(patch.raw_path.clone()));
    let number = |range: RangeInclusive<i32>| {
        let number = patch.text().parse().ok();
        number.filter(|n| range.contains(n)).ok_or_else(unknown)
    };
    match (group, setting) {
        ("metrics", "enabled") => settings.metrics_enabled = patch.flag(),
        ("logging", "loglevel") => {
            let level = patch.optional_text();
            let known = |level: &String| ["OFF", "ERROR", "INFO"].contains(&level.as_str());
            if !level.as_ref().is_none_or(known) {
                return Err(Bad::LoggingLevel.into());
            }
            settings.logging_level = level;
        }
        ("logging", "dataTrace") => settings.data_trace_enabled = patch.flag(),
        ("throttling", "burstLimit") => settings.throttling_burst_limit = number(0..=i32::MAX)?,
        ("throttling", "rateLimit") => {
            let rate: Option<f64> = patch.text().parse().ok();
            let rate = rate.filter(|rate| *rate >= 0.0);
            settings.throttling_rate_limit = rate.ok_or_else(unknown)?;
        }
        ("caching", "enabled") => settings.caching_enabled = patch.flag(),
        ("caching", "ttlInSeconds") => settings.cache_ttl_s = number(0..=3600)?,
        ("caching", "dataEncrypted") => settings.cache_data_encrypted = patch.flag(),
        ("caching", "requireAuthorizationForCacheControl") => {
            settings.require_authorization_for_cache_control = patch.flag();
        }
        ("caching", "unauthorizedCacheControlHeaderStrategy") => {
            let strategy = UnauthorizedCacheControlHeaderStrategy::from_name(&patch.text());
            settings.unauthorized_cache_control = Named(strategy.ok_or_else(unknown)?);
        }
        _ => return Err(unknown()),
    }
    Ok(())
}
