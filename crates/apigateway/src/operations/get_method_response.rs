//! GetMethodResponse.

use super::{require, scope};
use crate::error::{Error, Missing};
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetMethodResponseInput, MethodResponse};

impl Operate<Gateway> for GetMethodResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let method = ["methods", &self.http_method, "responses", &self.status_code];
        Ok(require(caller, "GET", &[resource, method].concat()))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<MethodResponse, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        let (_, mut method) = scope
            .load_method(&view, &self.resource_id, &self.http_method)
            .await?;
        let response = method.responses.remove(&self.status_code);
        let response = response.ok_or(Missing::ResponseStatusCode)?;
        Ok(shape::method_response(self.status_code, response))
    }
}
