//! Stages: names under which deployments are served, with settings of their own.

use super::deployments;
use super::error::Refusal;
use super::parts::{self, Part, merge, part_operations, set, set_text};
use super::record::{
    AccessLog, Api, Authorizer, Definition, Deployment, Integration, IntegrationResponse, Model,
    Route, RouteResponse, RouteSettings, Stage,
};
use super::{moment, require, shapes};
use crate::described::said;
use crate::error::{Error, Missing};
use crate::keys::Scope;
use crate::record::{Named, Texts};
use crate::store::View;
use crate::{Gateway, mapped_domains, operations, store};
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigatewayv2::{LoggingLevel, ProtocolType};

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::CreateStageInput>(),
        Handler::of::<shapes::DeleteAccessLogSettingsInput>(),
        Handler::of::<shapes::DeleteRouteSettingsInput>(),
        Handler::of::<shapes::DeleteStageInput>(),
        Handler::of::<shapes::GetStageInput>(),
        Handler::of::<shapes::GetStagesInput>(),
        Handler::of::<shapes::ResetAuthorizersCacheInput>(),
        Handler::of::<shapes::UpdateStageInput>(),
    ]
}

part_operations!(Stage at "stages" by stage_name:
    GetStageInput, GetStagesInput -> GetStagesOutput, DeleteStageInput);

/// The longest name of a stage, in characters.
const MAX_NAME: usize = 128;

/// The stage whose name is not in its URL.
pub const DEFAULT_STAGE: &str = "$default";

/// Whether a WebSocket API has the stage; those may be in usage plans.
pub async fn has_keys(scope: &Scope, stage: &str, view: &impl View) -> Result<bool, Error> {
    match parts::api(scope, view).await {
        Ok(api) if api.protocol.0 == ProtocolType::Websocket => {
            Ok(scope.shelf().find::<Stage>(view, stage).await?.is_some())
        }
        Ok(_) | Err(Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

impl Part for Stage {
    type Shape = shapes::Stage;

    fn shape(self) -> shapes::Stage {
        let settings = self.settings.into_iter();
        shapes::Stage {
            access_log_settings: self.access_log.map(|log| shapes::AccessLogSettings {
                destination_arn: log.destination_arn,
                format: log.format,
            }),
            api_gateway_managed: self.managed.then_some(true),
            auto_deploy: self.auto_deploy.then_some(true),
            client_certificate_id: self.client_certificate_id,
            created_date: moment(self.created_ms),
            default_route_settings: Some(settings_shape(self.default_settings)),
            deployment_id: self.deployment_id,
            description: self.description,
            last_deployment_status_message: self.status_message,
            last_updated_date: moment(self.updated_ms),
            route_settings: Some(
                settings
                    .map(|(key, set)| (key, settings_shape(set)))
                    .collect(),
            ),
            stage_name: self.name,
            stage_variables: Some(self.variables),
            tags: Some(self.tags),
        }
    }

    async fn may_go(&self, scope: &Scope, txn: &Txn) -> Result<(), Error> {
        mapped_domains::check_stage(scope, txn, &self.name).await
    }
}

fn settings_shape(settings: RouteSettings) -> shapes::RouteSettings {
    shapes::RouteSettings {
        data_trace_enabled: settings.data_trace,
        detailed_metrics_enabled: Some(settings.detailed_metrics.unwrap_or_default()),
        logging_level: settings.logging_level.map(|level| level.0),
        throttling_burst_limit: settings.burst,
        throttling_rate_limit: settings.rate,
    }
}

impl RouteSettings {
    /// What a request says of settings; it says everything.
    fn said(said: shapes::RouteSettings) -> RouteSettings {
        RouteSettings {
            data_trace: said.data_trace_enabled,
            detailed_metrics: said.detailed_metrics_enabled,
            logging_level: said.logging_level.map(Named),
            burst: said.throttling_burst_limit,
            rate: said.throttling_rate_limit,
        }
    }

    fn writes_logs(&self) -> bool {
        self.logging_level.is_some() || self.data_trace == Some(true)
    }

    /// As the default of an API's stage: logs are for WebSocket APIs.
    fn as_default(mut self, protocol: ProtocolType) -> RouteSettings {
        if protocol == ProtocolType::Websocket {
            self.data_trace.get_or_insert(false);
            self.logging_level.get_or_insert(Named(LoggingLevel::Off));
        }
        self
    }
}

/// A stage that serves nothing yet.
pub(super) fn new(gateway: &Gateway, name: String) -> Stage {
    let now_ms = gateway.now_ms();
    Stage {
        name,
        managed: false,
        auto_deploy: false,
        deployment_id: None,
        client_certificate_id: None,
        description: None,
        access_log: None,
        default_settings: RouteSettings::default(),
        settings: BTreeMap::new(),
        variables: Texts::new(),
        created_ms: now_ms,
        updated_ms: now_ms,
        status_message: None,
        tags: Texts::new(),
    }
}

/// None if the settings are empty.
fn access_log(settings: shapes::AccessLogSettings) -> Option<AccessLog> {
    let log = AccessLog {
        destination_arn: settings.destination_arn,
        format: settings.format,
    };
    Some(log).filter(|log| *log != AccessLog::default())
}

fn check_name(name: &str) -> Result<(), Error> {
    let belongs = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_named = (1..=MAX_NAME).contains(&name.len()) && name.chars().all(belongs);
    match name == DEFAULT_STAGE || is_named {
        true => Ok(()),
        false => Err(Refusal::StageName.into()),
    }
}

/// The deployment that a stage is to serve must be there, and the routes that it has settings for;
/// those that every API knows need not be.
async fn check(scope: &Scope, txn: &Txn, api: &Api, stage: &Stage) -> Result<(), Error> {
    let mut all = stage.settings.values().chain([&stage.default_settings]);
    if api.protocol.0 == ProtocolType::Http && all.any(RouteSettings::writes_logs) {
        return Err(Refusal::ExecutionLogs.into());
    }
    let shelf = scope.shelf();
    if let Some(id) = &stage.deployment_id {
        shelf.load::<Deployment>(txn, id).await?;
    }
    if stage.settings.is_empty() {
        return Ok(());
    }
    let routes: Vec<Route> = shelf.all(txn).await?;
    let is_known = |key: &str| key.starts_with('$') || routes.iter().any(|route| route.key == key);
    match stage.settings.keys().find(|key| !is_known(key)) {
        None => Ok(()),
        Some(key) => Err(Refusal::RouteOfSettings(key.clone()).into()),
    }
}

/// Adds what a request says of the access log.
fn said_of_log(
    requirements: Vec<Requirement>,
    log: Option<&shapes::AccessLogSettings>,
) -> Vec<Requirement> {
    said(
        requirements,
        [
            (
                "AccessLoggingDestination",
                log.and_then(|log| log.destination_arn.clone()),
            ),
            (
                "AccessLoggingFormat",
                log.and_then(|log| log.format.clone()),
            ),
        ],
    )
}

impl Operate<Gateway> for shapes::CreateStageInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "stages"];
        let create = operations::require_tagged(caller, "POST", &path, self.tags.as_ref());
        Ok(said_of_log(create, self.access_log_settings.as_ref()))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::Stage, Error> {
        check_name(&self.stage_name)?;
        let scope = &parts::scope(permit, &self.api_id);
        let auto_deploy = self.auto_deploy.unwrap_or_default();
        if auto_deploy && self.deployment_id.is_some() {
            return Err(Refusal::AutoDeployed(self.stage_name).into());
        }
        let settings = self.route_settings.unwrap_or_default().into_iter();
        let said = RouteSettings::said;
        let stage = &Stage {
            auto_deploy,
            deployment_id: self.deployment_id,
            client_certificate_id: self.client_certificate_id,
            description: self.description,
            access_log: self.access_log_settings.and_then(access_log),
            default_settings: said(self.default_route_settings.unwrap_or_default()),
            settings: settings.map(|(key, set)| (key, said(set))).collect(),
            variables: self.stage_variables.unwrap_or_default(),
            tags: self.tags.unwrap_or_default(),
            ..new(gateway, self.stage_name)
        };
        let stage = gateway.store.transact(|txn| async move {
            let api = parts::api(scope, &txn).await?;
            let shelf = scope.shelf();
            if shelf.find::<Stage>(&txn, &stage.name).await?.is_some() {
                return Err(Refusal::StageExists.into());
            }
            check(scope, &txn, &api, stage).await?;
            let mut stage = stage.clone();
            stage.default_settings = stage.default_settings.as_default(api.protocol.0);
            shelf.save(&txn, &stage);
            if stage.auto_deploy {
                deployments::automatic(gateway, scope, &txn).await?;
            }
            shelf.load::<Stage>(&txn, &stage.name).await
        });
        Ok(stage.await?.shape())
    }
}

impl Operate<Gateway> for shapes::UpdateStageInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "stages", &self.stage_name];
        let update = require(caller, "PATCH", &path);
        Ok(said_of_log(update, self.access_log_settings.as_ref()))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::Stage, Error> {
        let (scope, input) = (&parts::scope(permit, &self.api_id), &self);
        let stage = gateway.store.transact(|txn| async move {
            let api = parts::api(scope, &txn).await?;
            let shelf = scope.shelf();
            let mut stage: Stage = shelf.load(&txn, &input.stage_name).await?;
            let deployed_itself = stage.auto_deploy;
            update(&mut stage, input.clone());
            stage.default_settings = stage.default_settings.as_default(api.protocol.0);
            stage.updated_ms = gateway.now_ms();
            if stage.auto_deploy && input.deployment_id.is_some() {
                return Err(Refusal::AutoDeployed(stage.name).into());
            }
            check(scope, &txn, &api, &stage).await?;
            shelf.save(&txn, &stage);
            if stage.auto_deploy && !deployed_itself {
                deployments::automatic(gateway, scope, &txn).await?;
            }
            shelf.load::<Stage>(&txn, &stage.name).await
        });
        Ok(stage.await?.shape())
    }
}

fn update(stage: &mut Stage, input: shapes::UpdateStageInput) {
    set(&mut stage.auto_deploy, input.auto_deploy);
    set(
        &mut stage.access_log,
        input.access_log_settings.map(access_log),
    );
    set_text(
        &mut stage.client_certificate_id,
        input.client_certificate_id,
    );
    set_text(&mut stage.deployment_id, input.deployment_id);
    set_text(&mut stage.description, input.description);
    set(
        &mut stage.default_settings,
        input.default_route_settings.map(RouteSettings::said),
    );
    let settings = input.route_settings.unwrap_or_default().into_iter();
    stage
        .settings
        .extend(settings.map(|(key, set)| (key, RouteSettings::said(set))));
    merge(&mut stage.variables, input.stage_variables);
}

/// Changes a stage without a deployment.
async fn change(
    gateway: &Gateway,
    scope: &Scope,
    name: &str,
    change: impl Fn(&mut Stage) -> Result<(), Error> + Send + Sync,
) -> Result<(), Error> {
    let change = &change;
    let work = |txn: Txn| async move {
        parts::api(scope, &txn).await?;
        let mut stage: Stage = scope.shelf().load(&txn, name).await?;
        change(&mut stage)?;
        stage.updated_ms = gateway.now_ms();
        scope.shelf().save(&txn, &stage);
        Ok(())
    };
    gateway.store.transact(work).await
}

impl Operate<Gateway> for shapes::DeleteAccessLogSettingsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let stage = ["apis", &self.api_id, "stages", &self.stage_name];
        let path = [&stage[..], &["accesslogsettings"]].concat();
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = parts::scope(permit, &self.api_id);
        let forget = |stage: &mut Stage| {
            stage.access_log = None;
            Ok(())
        };
        change(gateway, &scope, &self.stage_name, forget).await
    }
}

impl Operate<Gateway> for shapes::DeleteRouteSettingsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let stage = ["apis", &self.api_id, "stages", &self.stage_name];
        let path = [&stage[..], &["routesettings", &self.route_key]].concat();
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = parts::scope(permit, &self.api_id);
        let forget = |stage: &mut Stage| {
            let removed = stage.settings.remove(&self.route_key);
            removed.ok_or(Missing::Called("RouteSettings"))?;
            Ok(())
        };
        change(gateway, &scope, &self.stage_name, forget).await
    }
}

impl Operate<Gateway> for shapes::ResetAuthorizersCacheInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let stage = ["apis", &self.api_id, "stages", &self.stage_name];
        let path = [&stage[..], &["cache", "authorizers"]].concat();
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = parts::scope(permit, &self.api_id);
        let view = gateway.store.snapshot();
        parts::api(&scope, &view).await?;
        scope.shelf().load::<Stage>(&view, &self.stage_name).await?;
        gateway.recognitions.forget(&self.api_id, &self.stage_name);
        Ok(())
    }
}

/// Removes everything that an API has on its shelf.
pub(super) async fn clear(scope: &Scope, txn: &Txn) -> Result<(), kv::Error> {
    let shelf = scope.shelf();
    clear_parts(scope, txn).await?;
    for range in [
        shelf.range::<Stage>(),
        shelf.range::<Deployment>(),
        shelf.range::<Definition>(),
        shelf.range::<Model>(),
    ] {
        store::clear(txn, range).await?;
    }
    Ok(())
}

/// Removes an API's routes and what is behind them.
pub(super) async fn clear_parts(scope: &Scope, txn: &Txn) -> Result<(), kv::Error> {
    let shelf = scope.shelf();
    for range in [
        shelf.range::<Route>(),
        shelf.range::<Integration>(),
        shelf.range::<Authorizer>(),
        shelf.range::<RouteResponse>(),
        shelf.range::<IntegrationResponse>(),
    ] {
        store::clear(txn, range).await?;
    }
    Ok(())
}
