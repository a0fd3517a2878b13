//! GetRequestValidator.

use super::{require, scope};
use crate::error::Error;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetRequestValidatorInput, RequestValidator};

impl Operate<Gateway> for GetRequestValidatorInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let id = &self.request_validator_id;
        Ok(require(
            caller,
            "GET",
            &["restapis", &self.rest_api_id, "requestvalidators", id],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<RequestValidator, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        let validator = scope
            .load_validator(&view, &self.request_validator_id)
            .await?;
        Ok(shape::request_validator(validator))
    }
}
