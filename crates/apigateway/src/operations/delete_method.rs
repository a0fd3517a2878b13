//! DeleteMethod.

use super::{require, scope};
use crate::Gateway;
use crate::error::Error;
use crate::keys::State;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteMethodInput;

impl Operate<Gateway> for DeleteMethodInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        let path = [resource.as_slice(), &["methods", &self.http_method]].concat();
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        gateway
            .store
            .transact(|txn| async move {
                let (verb, _) = scope
                    .load_method(&txn, &input.resource_id, &input.http_method)
                    .await?;
                txn.delete(scope.method(State::Draft, &input.resource_id, verb));
                Ok(())
            })
            .await
    }
}
