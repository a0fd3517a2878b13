//! GetRestApis.

use super::require;
use crate::error::Error;
use crate::page::page;
use crate::shape::{self, EmptyTags};
use crate::{Gateway, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetRestApisInput, GetRestApisOutput};

impl Operate<Gateway> for GetRestApisInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["restapis"]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<GetRestApisOutput, Error> {
        let caller = permit.caller();
        let view = gateway.store.snapshot();
        let apis = store::rest_apis(&view, caller.account, &caller.region).await?;
        let (apis, position) = page(apis, self.position.as_deref(), self.limit, |api| &api.id);
        let items = apis
            .into_iter()
            .map(|api| shape::rest_api(api, EmptyTags::Left))
            .collect();
        Ok(GetRestApisOutput {
            position,
            items: Some(items),
        })
    }
}
