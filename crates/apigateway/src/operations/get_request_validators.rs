//! GetRequestValidators.

use super::{require, scope};
use crate::error::Error;
use crate::keys::State;
use crate::page::page;
use crate::record::RequestValidator;
use crate::{Gateway, shape, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetRequestValidatorsInput, GetRequestValidatorsOutput};

impl Operate<Gateway> for GetRequestValidatorsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "GET",
            &["restapis", &self.rest_api_id, "requestvalidators"],
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetRequestValidatorsOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        scope.load_api(&view).await?;
        let all: Vec<RequestValidator> = store::list(&view, scope.validators(State::Draft)).await?;
        let (all, position) = page(all, self.position.as_deref(), self.limit, |v| &v.id);
        let items = all.into_iter().map(shape::request_validator).collect();
        Ok(GetRequestValidatorsOutput {
            position,
            items: Some(items),
        })
    }
}
