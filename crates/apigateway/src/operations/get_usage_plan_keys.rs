//! GetUsagePlanKeys.

use super::require;
use crate::error::Error;
use crate::page::page;
use crate::record::{ApiKey, UsagePlan, UsagePlanKey};
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetUsagePlanKeysInput, GetUsagePlanKeysOutput};

impl Operate<Gateway> for GetUsagePlanKeysInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "GET",
            &["usageplans", &self.usage_plan_id, "keys"],
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetUsagePlanKeysOutput, Error> {
        let shelf = Shelf::of(permit.caller());
        let view = gateway.store.snapshot();
        let plan: UsagePlan = shelf.load(&view, &self.usage_plan_id).await?;
        let mut keys: Vec<ApiKey> = Vec::new();
        for joined in shelf.within(&plan.id).all::<UsagePlanKey>(&view).await? {
            keys.extend(shelf.find::<ApiKey>(&view, &joined.id).await?);
        }
        if let Some(start) = &self.name_query {
            keys.retain(|key| {
                key.name
                    .as_deref()
                    .is_some_and(|name| name.starts_with(start))
            });
        }
        let (keys, position) = page(keys, self.position.as_deref(), self.limit, |key| &key.id);
        Ok(GetUsagePlanKeysOutput {
            position,
            items: Some(keys.into_iter().map(shape::usage_plan_key).collect()),
        })
    }
}
