//! PutGatewayResponse.

use super::{get_gateway_responses, require, scope};
use crate::error::{Bad, Error};
use crate::record::GatewayResponse;
use crate::{Gateway, parameters, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{GatewayResponse as ResponseShape, PutGatewayResponseInput};

impl Operate<Gateway> for PutGatewayResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let kind = self.response_type.as_str();
        Ok(require(
            caller,
            "PUT",
            &["restapis", &self.rest_api_id, "gatewayresponses", kind],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ResponseShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        gateway
            .store
            .transact(|txn| async move {
                let mut set = get_gateway_responses::load(scope, &txn).await?;
                let kind = input.response_type;
                if let Some(mappings) = &input.response_parameters {
                    parameters::check_gateway_response_mappings(mappings)?;
                }
                let response = GatewayResponse {
                    status: input.status_code.as_deref().map(status).transpose()?,
                    parameters: input.response_parameters.clone().unwrap_or_default(),
                    templates: input.response_templates.clone().unwrap_or_default(),
                };
                scope.save_gateway_response(&txn, kind.as_str(), &response);
                set.insert(kind.as_str().to_owned(), response);
                Ok::<_, Error>(shape::gateway_response(kind, &set))
            })
            .await
    }
}

/// The model lets only statuses through.
pub(super) fn status(text: &str) -> Result<u16, Error> {
    text.parse()
        .map_err(|_| Bad::PatchPath(Some("/statusCode".to_owned())).into())
}
