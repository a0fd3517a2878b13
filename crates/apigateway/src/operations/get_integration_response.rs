//! GetIntegrationResponse.

use super::{require, scope};
use crate::error::{Error, Missing};
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetIntegrationResponseInput, IntegrationResponse};

impl Operate<Gateway> for GetIntegrationResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let method = [
            "methods",
            &self.http_method,
            "integration",
            "responses",
            &self.status_code,
        ];
        Ok(require(
            caller,
            "GET",
            &[resource.as_slice(), &method].concat(),
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<IntegrationResponse, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        let (_, method) = scope
            .load_method(&view, &self.resource_id, &self.http_method)
            .await?;
        let mut integration = method.integration.ok_or(Missing::Integration)?;
        let response = integration.responses.remove(&self.status_code);
        let response = response.ok_or(Missing::ResponseStatusCode)?;
        Ok(shape::integration_response(self.status_code, response))
    }
}
