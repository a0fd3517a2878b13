//! FlushStageAuthorizersCache.

use super::{require, scope};
use crate::Gateway;
use crate::error::Error;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::FlushStageAuthorizersCacheInput;

impl Operate<Gateway> for FlushStageAuthorizersCacheInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let stage = ["restapis", &self.rest_api_id, "stages", &self.stage_name];
        let path = [stage.as_slice(), &["cache", "authorizers"]].concat();
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        scope.load_api(&view).await?;
        scope.load_stage(&view, &self.stage_name).await?;
        gateway
            .authorizations
            .forget(&self.rest_api_id, &self.stage_name);
        Ok(())
    }
}
