//! GetStage.

use super::{require, scope};
use crate::error::Error;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetStageInput, Stage};

impl Operate<Gateway> for GetStageInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "stages", &self.stage_name];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<Stage, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let stage = scope
            .load_stage(&gateway.store.snapshot(), &self.stage_name)
            .await?;
        Ok(shape::stage(stage))
    }
}
