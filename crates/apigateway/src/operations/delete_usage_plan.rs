//! DeleteUsagePlan: not while it has stages.

use super::require;
use crate::error::{Bad, Error};
use crate::record::{DayUsage, QuotaChange, UsagePlan, UsagePlanKey};
use crate::shelf::Shelf;
use crate::{Gateway, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteUsagePlanInput;

impl Operate<Gateway> for DeleteUsagePlanInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "DELETE",
            &["usageplans", &self.usage_plan_id],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let (shelf, id) = (&Shelf::of(permit.caller()), &self.usage_plan_id);
        gateway
            .store
            .transact(|txn| async move {
                let plan: UsagePlan = shelf.load(&txn, id).await?;
                if !plan.stages.is_empty() {
                    return Err(Bad::PlanInUse(plan.id).into());
                }
                shelf.remove::<UsagePlan>(&txn, id);
                let own = shelf.within(id);
                store::clear(&txn, own.range::<UsagePlanKey>()).await?;
                store::clear(&txn, own.range::<DayUsage>()).await?;
                store::clear(&txn, own.range::<QuotaChange>()).await?;
                Ok(())
            })
            .await
    }
}
