//! GetGatewayResponse: the API's own, or what stands in for it.

use super::{get_gateway_responses, require, scope};
use crate::error::Error;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{GatewayResponse, GetGatewayResponseInput};

impl Operate<Gateway> for GetGatewayResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let kind = self.response_type.as_str();
        Ok(require(
            caller,
            "GET",
            &["restapis", &self.rest_api_id, "gatewayresponses", kind],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<GatewayResponse, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let set = get_gateway_responses::load(&scope, &gateway.store.snapshot()).await?;
        Ok(shape::gateway_response(self.response_type, &set))
    }
}
