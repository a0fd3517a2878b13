//! UpdateUsage: how many requests a key has left for the rest of its quota's period.

use super::require;
use crate::error::{Bad, Error};
use crate::patch;
use crate::record::{UsagePlan, UsagePlanKey};
use crate::shelf::Shelf;
use crate::usage::{date_of, day_of};
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigateway::{Op, UpdateUsageInput, Usage};

impl Operate<Gateway> for UpdateUsageInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let plan = ["usageplans", &self.usage_plan_id];
        let path = [plan.as_slice(), &["keys", &self.key_id, "usage"]].concat();
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<Usage, Error> {
        let shelf = Shelf::of(permit.caller());
        let view = gateway.store.snapshot();
        let plan: UsagePlan = shelf.load(&view, &self.usage_plan_id).await?;
        let key: UsagePlanKey = shelf.within(&plan.id).load(&view, &self.key_id).await?;
        for patch in patch::read(self.patch_operations)? {
            let (Op::Replace, ["remaining"]) = (patch.op, patch.parts().as_slice()) else {
                return Err(patch.only_replaces(&["/remaining"]));
            };
            let remaining: u32 = patch.text().parse().map_err(|_| Bad::UsageRemaining)?;
            let quota = plan.quota.as_ref().ok_or(Bad::UsageWithoutQuota)?;
            let change = (quota, i64::from(remaining));
            gateway.grant_usage(&shelf, &plan, &key.id, change).await?;
        }
        let today = day_of(gateway.clock.now());
        let days = gateway.usage_of_days(&shelf, &plan, &key.id, today..=today);
        let days = shape::days(&days.await?);
        Ok(Usage {
            usage_plan_id: Some(plan.id),
            start_date: Some(date_of(today)),
            end_date: Some(date_of(today)),
            position: None,
            items: Some(BTreeMap::from([(key.id, days)])),
        })
    }
}
