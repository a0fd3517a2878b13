//! UpdateIntegrationResponse.

use super::update_integration::named;
use super::{put_integration_response, require, scope};
use crate::error::{Error, Missing};
use crate::patch::{self, Patch};
use crate::record::IntegrationResponse;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{
    ContentHandlingStrategy, IntegrationResponse as ResponseShape, UpdateIntegrationResponseInput,
};

impl Operate<Gateway> for UpdateIntegrationResponseInput {
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
            "PATCH",
            &[resource.as_slice(), &method].concat(),
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ResponseShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let response = gateway
            .store
            .transact(|txn| async move {
                let (verb, mut method) = scope
                    .load_method(&txn, &input.resource_id, &input.http_method)
                    .await?;
                let integration = method.integration.as_mut().ok_or(Missing::Integration)?;
                let response = integration.responses.get_mut(&input.status_code);
                let response = response.ok_or(Missing::ResponseStatusCode)?;
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(response, &patch)?;
                }
                let response = response.clone();
                put_integration_response::check(&response, &input.status_code, &method)?;
                scope.save_method(&txn, &input.resource_id, verb, &method);
                Ok::<_, Error>(response)
            })
            .await?;
        Ok(shape::integration_response(
            input.status_code.clone(),
            response,
        ))
    }
}

fn apply(response: &mut IntegrationResponse, patch: &Patch) -> Result<(), Error> {
    match patch.parts().as_slice() {
        ["responseParameters", name] => {
            let mappings = &mut response.parameters;
            patch.change(mappings, name, patch.text(), || {
                Missing::ParameterName.into()
            })
        }
        ["responseTemplates", content_type] => {
            let templates = &mut response.templates;
            patch.change(templates, content_type, patch.text(), || {
                Missing::ContentType.into()
            })
        }
        ["selectionPattern"] => {
            patch.only_replace()?;
            response.selection_pattern = patch.value.clone();
            Ok(())
        }
        ["contentHandling"] => {
            response.content_handling = named::<ContentHandlingStrategy>(patch)?;
            Ok(())
        }
        _ => Err(patch.unknown_path()),
    }
}
