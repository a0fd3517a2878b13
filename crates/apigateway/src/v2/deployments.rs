//! Deployments: what an API was at some time, for stages to serve.

use super::error::Refusal;
use super::parts::{self, Part, part_operations, set_some};
use super::record::{Definition, Deployment, Stage};
use super::{moment, require, shapes};
use crate::described::said;
use crate::error::Error;
use crate::keys::Scope;
use crate::store::View;
use crate::{Gateway, operations};
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};
use wire::apigatewayv2::DeploymentStatus;

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::CreateDeploymentInput>(),
        Handler::of::<shapes::DeleteDeploymentInput>(),
        Handler::of::<shapes::GetDeploymentInput>(),
        Handler::of::<shapes::GetDeploymentsInput>(),
        Handler::of::<shapes::UpdateDeploymentInput>(),
    ]
}

part_operations!(Deployment at "deployments" by deployment_id:
    GetDeploymentInput, GetDeploymentsInput -> GetDeploymentsOutput, DeleteDeploymentInput);

const AUTOMATIC: &str = "Automatic deployment triggered by changes to the Api configuration";

impl Part for Deployment {
    type Shape = shapes::Deployment;

    fn shape(self) -> shapes::Deployment {
        shapes::Deployment {
            auto_deployed: Some(self.automatic),
            created_date: moment(self.created_ms),
            deployment_id: Some(self.id),
            deployment_status: Some(DeploymentStatus::Deployed),
            deployment_status_message: None,
            description: self.description,
        }
    }

    async fn may_go(&self, scope: &Scope, txn: &Txn) -> Result<(), Error> {
        let stages: Vec<Stage> = scope.shelf().all(txn).await?;
        let serves = |stage: &Stage| stage.deployment_id.as_ref() == Some(&self.id);
        if stages.iter().any(serves) {
            return Err(Refusal::DeploymentInUse.into());
        }
        scope.shelf().remove::<Definition>(txn, &self.id);
        Ok(())
    }
}

/// The API as it is now.
pub(super) async fn definition(
    scope: &Scope,
    view: &impl View,
    id: String,
) -> Result<Definition, Error> {
    let shelf = scope.shelf();
    Ok(Definition {
        id,
        api: parts::api(scope, view).await?,
        routes: shelf.all(view).await?,
        integrations: shelf.all(view).await?,
        authorizers: shelf.all(view).await?,
        route_responses: shelf.all(view).await?,
        integration_responses: shelf.all(view).await?,
    })
}

/// Keeps the API as it is now.
async fn keep(scope: &Scope, txn: &Txn, deployment: &Deployment) -> Result<(), Error> {
    let shelf = scope.shelf();
    let definition = definition(scope, txn, deployment.id.clone()).await?;
    shelf.save(txn, deployment);
    shelf.save(txn, &definition);
    Ok(())
}

/// Deploys the API to every stage that wants that after each change. The automatic deployment
/// that such a stage had goes.
pub(super) async fn automatic(gateway: &Gateway, scope: &Scope, txn: &Txn) -> Result<(), Error> {
    let shelf = scope.shelf();
    let stages: Vec<Stage> = shelf.all(txn).await?;
    let (mut wanting, others): (Vec<_>, Vec<_>) = stages.into_iter().partition(|s| s.auto_deploy);
    if wanting.is_empty() {
        return Ok(());
    }
    let deployment = Deployment {
        id: operations::new_id(gateway),
        automatic: true,
        created_ms: gateway.now_ms(),
        description: Some(AUTOMATIC.to_owned()),
    };
    keep(scope, txn, &deployment).await?;
    for stage in &mut wanting {
        let former = stage.deployment_id.replace(deployment.id.clone());
        stage.updated_ms = gateway.now_ms();
        stage.status_message = Some(format!(
            "Successfully deployed stage with deployment ID '{}'",
            deployment.id
        ));
        shelf.save(txn, stage);
        let former = former.unwrap_or_default();
        let superseded: Option<Deployment> = shelf.find(txn, &former).await?;
        let serves = |stage: &Stage| stage.deployment_id.as_ref() == Some(&former);
        if superseded.is_some_and(|it| it.automatic) && !others.iter().any(serves) {
            shelf.remove::<Deployment>(txn, &former);
            shelf.remove::<Definition>(txn, &former);
        }
    }
    Ok(())
}

impl Operate<Gateway> for shapes::CreateDeploymentInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "deployments"];
        Ok(said(
            require(caller, "POST", &path),
            [("StageName", self.stage_name.clone())],
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::Deployment, Error> {
        let scope = &parts::scope(permit, &self.api_id);
        let deployment = &Deployment {
            id: operations::new_id(gateway),
            automatic: false,
            created_ms: gateway.now_ms(),
            description: self.description,
        };
        let stage_name = self.stage_name.as_deref();
        gateway
            .store
            .transact(|txn| async move {
                let shelf = scope.shelf();
                parts::api(scope, &txn).await?;
                let routes: Vec<super::record::Route> = shelf.all(&txn).await?;
                if routes.is_empty() {
                    return Err(Refusal::NoRoutes.into());
                }
                keep(scope, &txn, deployment).await?;
                if let Some(name) = stage_name {
                    let mut stage: Stage = shelf.load(&txn, name).await?;
                    if stage.auto_deploy {
                        return Err(Refusal::AutoDeployed(stage.name).into());
                    }
                    stage.deployment_id = Some(deployment.id.clone());
                    stage.updated_ms = deployment.created_ms;
                    shelf.save(&txn, &stage);
                }
                Ok::<_, Error>(())
            })
            .await?;
        Ok(deployment.clone().shape())
    }
}

impl Operate<Gateway> for shapes::UpdateDeploymentInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["apis", &self.api_id, "deployments", &self.deployment_id];
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::Deployment, Error> {
        let (scope, input) = (&parts::scope(permit, &self.api_id), &self);
        let deployment = gateway.store.transact(|txn| async move {
            parts::api(scope, &txn).await?;
            let shelf = scope.shelf();
            let mut deployment: Deployment = shelf.load(&txn, &input.deployment_id).await?;
            set_some(&mut deployment.description, input.description.clone());
            shelf.save(&txn, &deployment);
            Ok::<_, Error>(deployment)
        });
        Ok(deployment.await?.shape())
    }
}
