//! GetStages, all or those on one deployment.

use super::{require, scope};
use crate::error::Error;
use crate::record::Stage;
use crate::{Gateway, shape, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetStagesInput, GetStagesOutput};

impl Operate<Gateway> for GetStagesInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "GET",
            &["restapis", &self.rest_api_id, "stages"],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<GetStagesOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        scope.load_api(&view).await?;
        let mut stages: Vec<Stage> = store::list(&view, scope.stages()).await?;
        if let Some(deployment_id) = &self.deployment_id {
            stages.retain(|stage| stage.deployment_id == *deployment_id);
        }
        Ok(GetStagesOutput {
            item: Some(stages.into_iter().map(shape::stage).collect()),
        })
    }
}
