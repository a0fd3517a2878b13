//! CreateUsagePlanKey: a key joins a plan.

use super::require;
use crate::error::{Bad, Clash, Error};
use crate::record::{ApiKey, UsagePlan, UsagePlanKey};
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{CreateUsagePlanKeyInput, UsagePlanKey as KeyShape};

impl Operate<Gateway> for CreateUsagePlanKeyInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "POST",
            &["usageplans", &self.usage_plan_id, "keys"],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<KeyShape, Error> {
        if self.key_type != "API_KEY" {
            return Err(Bad::ApiKeyType.into());
        }
        let (shelf, input) = (&Shelf::of(permit.caller()), &self);
        let key = gateway
            .store
            .transact(
                |txn| async move { join(shelf, &txn, &input.usage_plan_id, &input.key_id).await },
            )
            .await?;
        Ok(shape::usage_plan_key(key))
    }
}

/// Puts a key into a plan.
pub(super) async fn join(
    shelf: &Shelf,
    txn: &Txn,
    plan_id: &str,
    key_id: &str,
) -> Result<ApiKey, Error> {
    let plan: UsagePlan = shelf.load(txn, plan_id).await?;
    let key: ApiKey = shelf.load(txn, key_id).await?;
    let keys = shelf.within(&plan.id);
    if keys.find::<UsagePlanKey>(txn, key_id).await?.is_some() {
        return Err(Clash::UsagePlanKey.into());
    }
    let joined = UsagePlanKey {
        id: key_id.to_owned(),
    };
    keys.save(txn, &joined);
    Ok(key)
}
