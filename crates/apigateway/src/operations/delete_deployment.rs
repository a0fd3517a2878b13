//! DeleteDeployment: not while a stage is on it.

use super::{require, scope};
use crate::error::{Bad, Error};
use crate::keys::State;
use crate::record::Stage;
use crate::{Gateway, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteDeploymentInput;

impl Operate<Gateway> for DeleteDeploymentInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "restapis",
            &self.rest_api_id,
            "deployments",
            &self.deployment_id,
        ];
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let id = &self.deployment_id;
        gateway
            .store
            .transact(|txn| async move {
                scope.load_deployment(&txn, id).await?;
                let stages: Vec<Stage> = store::list(&txn, scope.stages()).await?;
                if stages.iter().any(|stage| stage.deployment_id == *id) {
                    return Err(Bad::DeploymentInUse.into());
                }
                txn.delete(scope.deployment(id));
                store::clear(&txn, scope.parts(State::Deployed(id))).await?;
                Ok(())
            })
            .await
    }
}
