//! DeleteRequestValidator.

use super::{require, scope};
use crate::Gateway;
use crate::error::Error;
use crate::keys::State;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteRequestValidatorInput;

impl Operate<Gateway> for DeleteRequestValidatorInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let id = &self.request_validator_id;
        Ok(require(
            caller,
            "DELETE",
            &["restapis", &self.rest_api_id, "requestvalidators", id],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let id = &self.request_validator_id;
        gateway
            .store
            .transact(|txn| async move {
                scope.load_validator(&txn, id).await?;
                txn.delete(scope.validator(State::Draft, id));
                Ok(())
            })
            .await
    }
}
