//! GetRestApi.

use super::{require, scope};
use crate::Gateway;
use crate::error::Error;
use crate::shape::{self, EmptyTags};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetRestApiInput, RestApi};

impl Operate<Gateway> for GetRestApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["restapis", &self.rest_api_id]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<RestApi, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let api = scope.load_api(&gateway.store.snapshot()).await?;
        Ok(shape::rest_api(api, EmptyTags::Shown))
    }
}
