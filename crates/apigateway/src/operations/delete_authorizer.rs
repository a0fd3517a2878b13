//! DeleteAuthorizer: not while a method refers to it.

use super::{require, scope};
use crate::Gateway;
use crate::error::{Clash, Error};
use crate::keys::State;
use crate::record::path_of;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteAuthorizerInput;

impl Operate<Gateway> for DeleteAuthorizerInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "restapis",
            &self.rest_api_id,
            "authorizers",
            &self.authorizer_id,
        ];
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let (scope, id) = (&scope(permit, &self.rest_api_id), &self.authorizer_id);
        gateway
            .store
            .transact(|txn| async move {
                let authorizer = scope.load_authorizer(&txn, id).await?;
                let methods = scope.load_methods(&txn).await?;
                let user = methods
                    .iter()
                    .find(|(_, m)| m.authorizer_id.as_ref() == Some(id));
                if let Some(((resource_id, verb), _)) = user {
                    return Err(Clash::AuthorizerInUse {
                        authorizer: authorizer.name,
                        path: path_of(&scope.load_resources(&txn).await?, resource_id),
                        method: *verb,
                    }
                    .into());
                }
                txn.delete(scope.authorizer(State::Draft, id));
                Ok(())
            })
            .await
    }
}
