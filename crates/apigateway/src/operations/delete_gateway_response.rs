//! DeleteGatewayResponse: back to the default.

use super::{get_gateway_responses, require, scope};
use crate::Gateway;
use crate::error::{Error, Missing};
use crate::keys::State;
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::DeleteGatewayResponseInput;

impl Operate<Gateway> for DeleteGatewayResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let kind = self.response_type.as_str();
        Ok(require(
            caller,
            "DELETE",
            &["restapis", &self.rest_api_id, "gatewayresponses", kind],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let kind = self.response_type.as_str();
        gateway
            .store
            .transact(|txn| async move {
                let set = get_gateway_responses::load(scope, &txn).await?;
                if !set.contains_key(kind) {
                    return Err(Missing::GatewayResponse.into());
                }
                txn.delete(scope.gateway_response(State::Draft, kind));
                Ok(())
            })
            .await
    }
}
