//! DeleteResource: with everything below it.

use super::{require, scope};
use crate::error::{Bad, Error, Missing};
use crate::keys::State;
use crate::{Gateway, resource_tree, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteResourceInput;

impl Operate<Gateway> for DeleteResourceInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let id = &self.resource_id;
        gateway
            .store
            .transact(|txn| async move {
                let resources = scope.load_resources(&txn).await?;
                let resource = resources.get(id).ok_or(Missing::Resource)?;
                if resource.parent_id.is_none() {
                    return Err(Bad::RootDeletion.into());
                }
                for id in resource_tree::subtree(&resources, id) {
                    txn.delete(scope.resource(State::Draft, id));
                    store::clear(&txn, scope.methods_of(State::Draft, id)).await?;
                }
                Ok(())
            })
            .await
    }
}
