//! GetUsagePlans: all, or those that a key is in.

use super::require;
use crate::error::Error;
use crate::page::page;
use crate::record::{UsagePlan, UsagePlanKey};
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetUsagePlansInput, GetUsagePlansOutput};

impl Operate<Gateway> for GetUsagePlansInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["usageplans"]))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetUsagePlansOutput, Error> {
        let shelf = Shelf::of(permit.caller());
        let view = gateway.store.snapshot();
        let mut plans = Vec::new();
        for plan in shelf.all::<UsagePlan>(&view).await? {
            let has_key = match &self.key_id {
                None => true,
                Some(key) => {
                    let keys = shelf.within(&plan.id);
                    keys.find::<UsagePlanKey>(&view, key).await?.is_some()
                }
            };
            if has_key {
                plans.push(plan);
            }
        }
        let (plans, position) = page(plans, self.position.as_deref(), self.limit, |p| &p.id);
        Ok(GetUsagePlansOutput {
            position,
            items: Some(plans.into_iter().map(shape::usage_plan).collect()),
        })
    }
}
