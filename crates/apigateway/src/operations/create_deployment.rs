//! CreateDeployment: keeps the API as it is now, and may put a stage on it.

use super::create_stage::{NewStage, check_percent};
use super::{new_id, require, scope};
use crate::described::said;
use crate::error::{Bad, Error};
use crate::keys::Scope;
use crate::record::{Canary, Deployment, Named, Stage};
use crate::store::View;
use crate::{Gateway, shape, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{CreateDeploymentInput, Deployment as DeploymentShape};

impl Operate<Gateway> for CreateDeploymentInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "deployments"];
        Ok(said(
            require(caller, "POST", &path),
            [("StageName", self.stage_name.clone())],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<DeploymentShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let deployment = &Deployment {
            id: new_id(gateway),
            description: self.description.clone(),
            created_ms: gateway.now_ms(),
        };
        let stage = new_stage(&self, &deployment.id, deployment.created_ms)?;
        let (stage, input) = (stage.as_ref(), &self);
        gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await?;
                check_complete(scope, &txn).await?;
                scope.keep(&txn, &deployment.id).await?;
                scope.save_deployment(&txn, deployment);
                let Some(new) = stage else { return Ok(()) };
                let earlier = store::find(&txn, &scope.stage(&new.name)).await?;
                let stage = match (&input.canary_settings, earlier) {
                    (Some(canary), Some(earlier)) => Stage {
                        canary: Some(Canary {
                            percent: check_percent(canary.percent_traffic.unwrap_or_default())?,
                            deployment_id: deployment.id.clone(),
                            variables: canary.stage_variable_overrides.clone().unwrap_or_default(),
                            use_stage_cache: canary.use_stage_cache.unwrap_or_default(),
                        }),
                        ..earlier
                    },
                    (_, earlier) => {
                        let mut stage = new.over(earlier);
                        if let Some(enabled) = input.cache_cluster_enabled {
                            stage.cache_cluster_enabled = enabled;
                            stage.cache_cluster_size = input.cache_cluster_size.map(Named);
                        }
                        stage
                    }
                };
                scope.save_stage(&txn, &stage);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(shape::deployment(deployment.clone()))
    }
}

fn new_stage(
    input: &CreateDeploymentInput,
    deployment_id: &str,
    now_ms: i64,
) -> Result<Option<NewStage>, Error> {
    let Some(name) = input.stage_name.as_ref().filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let stage = NewStage {
        name: name.clone(),
        deployment_id: deployment_id.to_owned(),
        description: input.stage_description.clone(),
        variables: input.variables.clone(),
        tracing_enabled: input.tracing_enabled,
        now_ms,
    };
    stage.check()?;
    Ok(Some(stage))
}

/// Only an API with methods, each with an integration, can be deployed.
async fn check_complete(scope: &Scope, view: &impl View) -> Result<(), Error> {
    let methods = scope.load_methods(view).await?;
    if methods.is_empty() {
        return Err(Bad::NoMethods.into());
    }
    if methods.values().any(|method| method.integration.is_none()) {
        return Err(Bad::NoIntegration.into());
    }
    Ok(())
}
