//! DeleteMethodResponse.

use super::{require, scope};
use crate::Gateway;
use crate::error::{Error, Missing};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteMethodResponseInput;

impl Operate<Gateway> for DeleteMethodResponseInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let method = ["methods", &self.http_method, "responses", &self.status_code];
        Ok(require(caller, "DELETE", &[resource, method].concat()))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        gateway
            .store
            .transact(|txn| async move {
                let (verb, mut method) = scope
                    .load_method(&txn, &input.resource_id, &input.http_method)
                    .await?;
                let removed = method.responses.remove(&input.status_code);
                removed.ok_or(Missing::ResponseStatusCode)?;
                scope.save_method(&txn, &input.resource_id, verb, &method);
                Ok(())
            })
            .await
    }
}
