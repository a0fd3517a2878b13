//! DeleteIntegration.

use super::{require, scope};
use crate::Gateway;
use crate::error::{Error, Missing};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteIntegrationInput;

impl Operate<Gateway> for DeleteIntegrationInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let path = [
            resource.as_slice(),
            &["methods", &self.http_method, "integration"],
        ]
        .concat();
        Ok(require(caller, "DELETE", &path))
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
                method.integration.take().ok_or(Missing::Integration)?;
                scope.save_method(&txn, &input.resource_id, verb, &method);
                Ok(())
            })
            .await
    }
}
