//! GetUsagePlan.

use super::require;
use crate::error::Error;
use crate::record::UsagePlan;
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetUsagePlanInput, UsagePlan as UsagePlanShape};

impl Operate<Gateway> for GetUsagePlanInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["usageplans", &self.usage_plan_id]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<UsagePlanShape, Error> {
        let shelf = Shelf::of(permit.caller());
        let view = gateway.store.snapshot();
        let found: UsagePlan = shelf.load(&view, &self.usage_plan_id).await?;
        Ok(shape::usage_plan(found))
    }
}
