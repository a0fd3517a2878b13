//! DeleteApiKey: also from the usage plans it is in.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::record::{ApiKey, ApiKeyValue, UsagePlan, UsagePlanKey};
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteApiKeyInput;

impl Operate<Gateway> for DeleteApiKeyInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "DELETE", &["apikeys", &self.api_key]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let (shelf, id) = (&Shelf::of(permit.caller()), &self.api_key);
        gateway
            .store
            .transact(|txn| async move {
                let key: ApiKey = shelf.load(&txn, id).await?;
                shelf.remove::<ApiKeyValue>(&txn, &key.value);
                shelf.remove::<ApiKey>(&txn, id);
                for plan in shelf.all::<UsagePlan>(&txn).await? {
                    shelf.within(&plan.id).remove::<UsagePlanKey>(&txn, id);
                }
                Ok(())
            })
            .await
    }
}
