//! PutIntegrationResponse: sets it, also over an earlier one.

use super::{require, scope};
use crate::error::{Error, Missing};
use crate::record::{IntegrationResponse, Method, Named};
use crate::{Gateway, parameters, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{IntegrationResponse as ResponseShape, PutIntegrationResponseInput};

impl Operate<Gateway> for PutIntegrationResponseInput {
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
            "PUT",
            &[resource.as_slice(), &method].concat(),
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ResponseShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let response = &IntegrationResponse {
            selection_pattern: input.selection_pattern.clone(),
            parameters: input.response_parameters.clone(),
            templates: input.response_templates.clone().map(|texts| texts.0),
            content_handling: input.content_handling.map(Named),
        };
        gateway
            .store
            .transact(|txn| async move {
                let (verb, mut method) = scope
                    .load_method(&txn, &input.resource_id, &input.http_method)
                    .await?;
                check(response, &input.status_code, &method)?;
                let integration = method.integration.as_mut().ok_or(Missing::Integration)?;
                integration
                    .responses
                    .insert(input.status_code.clone(), response.clone());
                scope.save_method(&txn, &input.resource_id, verb, &method);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(shape::integration_response(
            input.status_code.clone(),
            response.clone(),
        ))
    }
}

/// Checks a response against the method response of its status.
pub(crate) fn check(
    response: &IntegrationResponse,
    status: &str,
    method: &Method,
) -> Result<(), Error> {
    parameters::check_selection_pattern(response.selection_pattern.as_deref())?;
    if let Some(templates) = &response.templates {
        parameters::check_content_types(templates)?;
    }
    match &response.parameters {
        Some(mappings) => {
            parameters::check_response_mappings(mappings, method.responses.get(status))
        }
        None => Ok(()),
    }
}
