//! PutMethodResponse.

use super::{put_method, require, scope};
use crate::error::{Clash, Error};
use crate::record::MethodResponse;
use crate::{Gateway, parameters, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{MethodResponse as MethodResponseShape, PutMethodResponseInput};

impl Operate<Gateway> for PutMethodResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let method = ["methods", &self.http_method, "responses", &self.status_code];
        Ok(require(caller, "PUT", &[resource, method].concat()))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<MethodResponseShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let response = &MethodResponse {
            parameters: input.response_parameters.clone(),
            models: input.response_models.clone(),
        };
        gateway
            .store
            .transact(|txn| async move {
                let (verb, mut method) = scope
                    .load_method(&txn, &input.resource_id, &input.http_method)
                    .await?;
                if method.responses.contains_key(&input.status_code) {
                    return Err(Clash::MethodResponse.into());
                }
                if let Some(declared) = &response.parameters {
                    parameters::check_response_parameters(declared)?;
                }
                put_method::check_models(response.models.as_ref(), scope, &txn).await?;
                method
                    .responses
                    .insert(input.status_code.clone(), response.clone());
                scope.save_method(&txn, &input.resource_id, verb, &method);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(shape::method_response(
            input.status_code.clone(),
            response.clone(),
        ))
    }
}
