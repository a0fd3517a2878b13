//! UpdateMethodResponse.

use super::{put_method, require, scope};
use crate::error::{Error, Missing};
use crate::patch::{self, Patch};
use crate::record::MethodResponse;
use crate::{Gateway, parameters, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{MethodResponse as MethodResponseShape, UpdateMethodResponseInput};

impl Operate<Gateway> for UpdateMethodResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let method = ["methods", &self.http_method, "responses", &self.status_code];
        Ok(require(caller, "PATCH", &[resource, method].concat()))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<MethodResponseShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let response = gateway
            .store
            .transact(|txn| async move {
                let (verb, mut method) = scope
                    .load_method(&txn, &input.resource_id, &input.http_method)
                    .await?;
                let response = method.responses.get_mut(&input.status_code);
                let response = response.ok_or(Missing::ResponseStatusCode)?;
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(response, &patch)?;
                }
                if let Some(declared) = &response.parameters {
                    parameters::check_response_parameters(declared)?;
                }
                let response = response.clone();
                put_method::check_models(response.models.as_ref(), scope, &txn).await?;
                scope.save_method(&txn, &input.resource_id, verb, &method);
                Ok::<_, Error>(response)
            })
            .await?;
        Ok(shape::method_response(input.status_code.clone(), response))
    }
}

fn apply(response: &mut MethodResponse, patch: &Patch) -> Result<(), Error> {
    match patch.parts().as_slice() {
        ["responseParameters", name] => {
            let parameters = &mut response.parameters;
            patch.change(parameters, name, patch.flag(), || {
                Missing::ParameterName.into()
            })
        }
        ["responseModels", content_type] => {
            let models = &mut response.models;
            patch.change(models, content_type, patch.text(), || {
                Missing::ContentType.into()
            })
        }
        _ => Err(patch.unknown_path()),
    }
}
