//! GetUsagePlanKey.

use super::require;
use crate::error::Error;
use crate::record::{ApiKey, UsagePlan, UsagePlanKey};
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetUsagePlanKeyInput, UsagePlanKey as KeyShape};

impl Operate<Gateway> for GetUsagePlanKeyInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["usageplans", &self.usage_plan_id, "keys", &self.key_id];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<KeyShape, Error> {
        let shelf = Shelf::of(permit.caller());
        let view = gateway.store.snapshot();
        let plan: UsagePlan = shelf.load(&view, &self.usage_plan_id).await?;
        let keys = shelf.within(&plan.id);
        keys.load::<UsagePlanKey>(&view, &self.key_id).await?;
        let key: ApiKey = shelf.load(&view, &self.key_id).await?;
        Ok(shape::usage_plan_key(key))
    }
}
