//! UpdateDeployment: its description is all that can change.

use super::{require, scope};
use crate::error::Error;
use crate::patch::{self, Patch};
use crate::record::Deployment;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{Deployment as DeploymentShape, Op, UpdateDeploymentInput};

impl Operate<Gateway> for UpdateDeploymentInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "restapis",
            &self.rest_api_id,
            "deployments",
            &self.deployment_id,
        ];
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<DeploymentShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let deployment = gateway
            .store
            .transact(|txn| async move {
                let mut deployment = scope.load_deployment(&txn, &input.deployment_id).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(&mut deployment, &patch)?;
                }
                scope.save_deployment(&txn, &deployment);
                Ok::<_, Error>(deployment)
            })
            .await?;
        Ok(shape::deployment(deployment))
    }
}

fn apply(deployment: &mut Deployment, patch: &Patch) -> Result<(), Error> {
    match (patch.op, patch.parts().as_slice()) {
        (Op::Replace, ["description"]) => deployment.description = patch.optional_text(),
        _ => return Err(patch.only_replaces(&["/description"])),
    }
    Ok(())
}
