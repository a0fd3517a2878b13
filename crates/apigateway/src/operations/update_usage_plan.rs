//! UpdateUsagePlan.

use super::create_usage_plan::{check, check_stage};
use super::require;
use crate::error::{Bad, Error, Missing};
use crate::patch::{self, Patch};
use crate::record::{Named, PlannedStage, Quota, Throttle, UsagePlan};
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::apigateway::{Op, QuotaPeriodType, UpdateUsagePlanInput, UsagePlan as UsagePlanShape};

impl Operate<Gateway> for UpdateUsagePlanInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "PATCH",
            &["usageplans", &self.usage_plan_id],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<UsagePlanShape, Error> {
        let (caller, input) = (permit.caller(), &self);
        let plan = gateway
            .store
            .transact(|txn| async move {
                let shelf = Shelf::of(caller);
                let mut plan: UsagePlan = shelf.load(&txn, &input.usage_plan_id).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    if patch.parts() == ["apiStages"] && patch.op != Op::Replace {
                        let stage = stage_of(&patch.text())?;
                        check_stage(&stage, &plan.id, caller, &txn).await?;
                    }
                    apply(&mut plan, &patch)?;
                }
                check(&plan, caller, &txn).await?;
                shelf.save(&txn, &plan);
                Ok::<_, Error>(plan)
            })
            .await?;
        Ok(shape::usage_plan(plan))
    }
}

fn apply(plan: &mut UsagePlan, patch: &Patch) -> Result<(), Error> {
    match (patch.op, patch.parts().as_slice()) {
        (Op::Replace, ["name"]) => plan.name = patch.text(),
        (Op::Replace, ["description"]) => plan.description = patch.optional_text(),
        (Op::Replace, ["productCode"]) => plan.product_code = patch.optional_text(),
        (Op::Remove, ["productCode"]) => plan.product_code = None,
        (Op::Remove, ["throttle"]) => plan.throttle = None,
        (Op::Remove, ["quota"]) => plan.quota = None,
        (Op::Add | Op::Replace, ["throttle", limit]) => {
            change_limit(plan.throttle.get_or_insert_default(), limit, patch)?;
        }
        (Op::Add | Op::Replace, ["quota", member]) => change_quota(plan, member, patch)?,
        (Op::Add, ["apiStages"]) => {
            let stage = stage_of(&patch.text())?;
            if position(plan, &stage.api_id, &stage.stage).is_none() {
                plan.stages.push(stage);
            }
        }
        (Op::Remove, ["apiStages"]) => {
            let stage = stage_of(&patch.text())?;
            let at = position(plan, &stage.api_id, &stage.stage);
            plan.stages.remove(at.ok_or(Missing::PlannedStage {
                api: stage.api_id,
                stage: stage.stage,
                plan: plan.id.clone(),
            })?);
        }
        (op, ["apiStages", stage, "throttle", rest @ ..]) => {
            let named = stage_of(stage)?;
            let at = position(plan, &named.api_id, &named.stage);
            let stage = at.and_then(|at| plan.stages.get_mut(at));
            let stage = stage.ok_or(Bad::PlannedStage)?;
            change_stage(&mut stage.throttle, op, rest, patch)?;
        }
        _ => return Err(patch.unknown_path()),
    }
    Ok(())
}

fn change_stage(
    limits: &mut BTreeMap<String, Throttle>,
    op: Op,
    rest: &[&str],
    patch: &Patch,
) -> Result<(), Error> {
    match (op, rest) {
        (Op::Remove, []) => limits.clear(),
        (Op::Remove, [path, method]) => {
            limits.remove(&format!("{path}/{method}"));
        }
        (Op::Add | Op::Replace, [path, method, limit]) => {
            let entry = limits.entry(format!("{path}/{method}")).or_default();
            change_limit(entry, limit, patch)?;
        }
        _ => return Err(patch.unknown_path()),
    }
    Ok(())
}

/// `API:STAGE`
fn stage_of(text: &str) -> Result<PlannedStage, Error> {
    let (api_id, stage) = text.split_once(':').ok_or(Bad::PlannedStage)?;
    Ok(PlannedStage {
        api_id: api_id.to_owned(),
        stage: stage.to_owned(),
        throttle: BTreeMap::new(),
    })
}

fn position(plan: &UsagePlan, api_id: &str, stage: &str) -> Option<usize> {
    let mut stages = plan.stages.iter();
    stages.position(|planned| planned.api_id == api_id && planned.stage == stage)
}

fn change_limit(limits: &mut Throttle, limit: &str, patch: &Patch) -> Result<(), Error> {
    let value = patch.text();
    match limit {
        "rateLimit" => limits.rate = Some(value.parse().map_err(|_| Bad::RateLimit)?),
        "burstLimit" => limits.burst = Some(value.parse().map_err(|_| Bad::BurstLimit)?),
        _ => return Err(patch.unknown_path()),
    }
    Ok(())
}

fn change_quota(plan: &mut UsagePlan, member: &str, patch: &Patch) -> Result<(), Error> {
    let quota = plan.quota.get_or_insert(Quota {
        limit: 0,
        offset: 0,
        period: Named(QuotaPeriodType::Month),
    });
    let value = patch.text();
    match member {
        "limit" => quota.limit = value.parse().map_err(|_| Bad::QuotaLimit)?,
        "offset" => quota.offset = value.parse().map_err(|_| Bad::QuotaOffset)?,
        "period" => {
            let period = QuotaPeriodType::from_name(&value);
            quota.period = Named(period.ok_or(Bad::NullValue("period"))?);
        }
        _ => return Err(patch.unknown_path()),
    }
    Ok(())
}
