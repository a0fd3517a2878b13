//! CreateStage.

use super::{require_tagged, scope};
use crate::error::{Bad, Clash, Error};
use crate::keys::Scope;
use crate::record::{AccessLog, Canary, DocumentationVersion, Named, Stage, Texts};
use crate::{Gateway, shape};
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigateway::{CanarySettings, CreateStageInput, Stage as StageShape};

impl Operate<Gateway> for CreateStageInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "stages"];
        Ok(require_tagged(caller, "POST", &path, self.tags.as_ref()))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<StageShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let new = NewStage {
            name: self.stage_name,
            deployment_id: self.deployment_id,
            description: self.description,
            variables: self.variables,
            tracing_enabled: self.tracing_enabled,
            now_ms: gateway.now_ms(),
        };
        new.check()?;
        let stage = &Stage {
            documentation_version: self.documentation_version,
            cache_cluster_enabled: self.cache_cluster_enabled.unwrap_or_default(),
            cache_cluster_size: self.cache_cluster_size.map(Named),
            canary: self
                .canary_settings
                .map(|settings| canary(settings, &new.deployment_id))
                .transpose()?,
            tags: self.tags.unwrap_or_default(),
            ..new.over(None)
        };
        gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await?;
                if txn
                    .get(&scope.deployment(&stage.deployment_id))
                    .await?
                    .is_none()
                {
                    return Err(Bad::StageDeployment.into());
                }
                if txn.get(&scope.stage(&stage.name)).await?.is_some() {
                    return Err(Clash::Stage.into());
                }
                check_documentation_version(stage, scope, &txn).await?;
                scope.save_stage(&txn, stage);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(shape::stage(stage.clone()))
    }
}

/// What CreateStage and CreateDeployment say of a stage.
pub(super) struct NewStage {
    pub name: String,
    pub deployment_id: String,
    pub description: Option<String>,
    pub variables: Option<Texts>,
    pub tracing_enabled: Option<bool>,
    pub now_ms: i64,
}

impl NewStage {
    pub(super) fn check(&self) -> Result<(), Error> {
        let belongs = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if self.name.is_empty() || self.name.len() > 128 || !self.name.chars().all(belongs) {
            return Err(Bad::StageName.into());
        }
        if self.tracing_enabled == Some(true) {
            tracing::warn!(
                stage = self.name,
                "X-Ray tracing of a stage has no effect here"
            );
        }
        self.variables
            .iter()
            .flatten()
            .try_for_each(|(name, value)| check_variable(name, value))
    }

    /// The stage, also where one of this name already is: that one keeps what is not said.
    pub(super) fn over(&self, earlier: Option<Stage>) -> Stage {
        let mut stage = earlier.unwrap_or_else(|| Stage {
            name: self.name.clone(),
            deployment_id: String::new(),
            description: None,
            variables: Texts::new(),
            documentation_version: None,
            tracing_enabled: false,
            access_log: AccessLog::default(),
            method_settings: BTreeMap::new(),
            tags: Texts::new(),
            created_ms: self.now_ms,
            updated_ms: self.now_ms,
            cache_cluster_enabled: false,
            cache_cluster_size: None,
            canary: None,
            client_certificate: None,
        });
        stage.deployment_id.clone_from(&self.deployment_id);
        stage.updated_ms = self.now_ms;
        if let Some(description) = &self.description {
            stage.description = Some(description.clone()).filter(|text| !text.is_empty());
        }
        if let Some(variables) = &self.variables {
            stage.variables.clone_from(variables);
        }
        if let Some(enabled) = self.tracing_enabled {
            stage.tracing_enabled = enabled;
        }
        stage
    }
}

pub(super) fn check_variable(name: &str, value: &str) -> Result<(), Error> {
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let in_value = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#&=,".contains(c);
    if name.is_empty() || !name.chars().all(in_name) || !value.chars().all(in_value) {
        return Err(Bad::StageVariable.into());
    }
    Ok(())
}

/// The version of the documentation that a stage names has to be there.
pub(super) async fn check_documentation_version(
    stage: &Stage,
    scope: &Scope,
    txn: &Txn,
) -> Result<(), Error> {
    if let Some(version) = &stage.documentation_version {
        let shelf = scope.shelf();
        shelf.load::<DocumentationVersion>(txn, version).await?;
    }
    Ok(())
}

/// The part of the requests that goes to a canary.
pub(super) fn check_percent(percent: f64) -> Result<f64, Error> {
    match (0.0..=100.0).contains(&percent) {
        true => Ok(percent),
        false => Err(Bad::CanaryPercent.into()),
    }
}

/// A canary; if it names no deployment it gets the stage's.
fn canary(settings: CanarySettings, deployment_id: &str) -> Result<Canary, Error> {
    let own = settings.deployment_id.filter(|id| !id.is_empty());
    Ok(Canary {
        percent: check_percent(settings.percent_traffic.unwrap_or_default())?,
        deployment_id: own.unwrap_or_else(|| deployment_id.to_owned()),
        variables: settings.stage_variable_overrides.unwrap_or_default(),
        use_stage_cache: settings.use_stage_cache.unwrap_or_default(),
    })
}
