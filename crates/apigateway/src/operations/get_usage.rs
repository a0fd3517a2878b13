//! GetUsage: what keys have used of a plan, day by day, and what was left.

use super::require;
use crate::error::{Bad, Error};
use crate::page::page;
use crate::record::{UsagePlan, UsagePlanKey};
use crate::shelf::Shelf;
use crate::usage::day_from;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigateway::{GetUsageInput, Usage};

/// Days that are shown at most.
const MAX_DAYS: i64 = 366;

impl Operate<Gateway> for GetUsageInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "GET",
            &["usageplans", &self.usage_plan_id, "usage"],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<Usage, Error> {
        let shelf = Shelf::of(permit.caller());
        let view = gateway.store.snapshot();
        let plan: UsagePlan = shelf.load(&view, &self.usage_plan_id).await?;
        let day = |date: &str| day_from(date).ok_or_else(|| Bad::UsageDate(date.to_owned()));
        let (first, last) = (day(&self.start_date)?, day(&self.end_date)?);
        if first > last || last - first > MAX_DAYS {
            return Err(Bad::UsageDate(self.start_date).into());
        }
        let mut keys: Vec<UsagePlanKey> = shelf.within(&plan.id).all(&view).await?;
        if let Some(id) = &self.key_id {
            keys.retain(|key| key.id == *id);
        }
        let (keys, position) = page(keys, self.position.as_deref(), self.limit, |key| &key.id);
        let mut items = BTreeMap::new();
        for key in keys {
            let used = gateway
                .usage_of_days(&shelf, &plan, &key.id, first..=last)
                .await?;
            items.insert(key.id, shape::days(&used));
        }
        Ok(Usage {
            usage_plan_id: Some(plan.id),
            start_date: Some(self.start_date),
            end_date: Some(self.end_date),
            position,
            items: Some(items),
        })
    }
}
