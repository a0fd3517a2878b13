//! DeleteUsagePlanKey: a key leaves a plan.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::record::{UsagePlan, UsagePlanKey};
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteUsagePlanKeyInput;

impl Operate<Gateway> for DeleteUsagePlanKeyInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["usageplans", &self.usage_plan_id, "keys", &self.key_id];
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let (shelf, input) = (&Shelf::of(permit.caller()), &self);
        gateway
            .store
            .transact(|txn| async move {
                let plan: UsagePlan = shelf.load(&txn, &input.usage_plan_id).await?;
                let keys = shelf.within(&plan.id);
                keys.load::<UsagePlanKey>(&txn, &input.key_id).await?;
                keys.remove::<UsagePlanKey>(&txn, &input.key_id);
                Ok(())
            })
            .await
    }
}
