//! DeleteStage.

use super::{require, scope};
use crate::error::Error;
use crate::{Gateway, mapped_domains};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteStageInput;

impl Operate<Gateway> for DeleteStageInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "stages", &self.stage_name];
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let name = &self.stage_name;
        gateway
            .store
            .transact(|txn| async move {
                scope.load_stage(&txn, name).await?;
                mapped_domains::check_stage(scope, &txn, name).await?;
                txn.delete(scope.stage(name));
                Ok(())
            })
            .await
    }
}
