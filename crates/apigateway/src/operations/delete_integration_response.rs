//! DeleteIntegrationResponse. A method that does not exist has no integration either, and the
//! answer says so.

use super::{require, scope};
use crate::Gateway;
use crate::error::{Error, Missing};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteIntegrationResponseInput;

impl Operate<Gateway> for DeleteIntegrationResponseInput {
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
            "DELETE",
            &[resource.as_slice(), &method].concat(),
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        gateway
            .store
            .transact(|txn| async move {
                let found = scope
                    .load_method(&txn, &input.resource_id, &input.http_method)
                    .await;
                let (verb, mut method) = found.map_err(|error| match error {
                    Error::NotFound(Missing::Method) => Missing::Integration.into(),
                    error => error,
                })?;
                let integration = method.integration.as_mut().ok_or(Missing::Integration)?;
                let removed = integration.responses.remove(&input.status_code);
                removed.ok_or(Missing::ResponseStatusCode)?;
                scope.save_method(&txn, &input.resource_id, verb, &method);
                Ok(())
            })
            .await
    }
}
