//! CreateUsagePlan.

use super::{new_id, require_tagged};
use crate::error::{Bad, Error, Missing};
use crate::keys::Scope;
use crate::record::{Named, PlannedStage, Quota, Throttle, UsagePlan};
use crate::shelf::Shelf;
use crate::store::View;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{
    ApiStage, CreateUsagePlanInput, QuotaPeriodType, QuotaSettings, ThrottleSettings,
    UsagePlan as UsagePlanShape,
};

impl Operate<Gateway> for CreateUsagePlanInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require_tagged(
            caller,
            "POST",
            &["usageplans"],
            self.tags.as_ref(),
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<UsagePlanShape, Error> {
        let stages = self.api_stages.unwrap_or_default().into_iter();
        let plan = &UsagePlan {
            id: new_id(gateway),
            name: self.name,
            description: self.description,
            stages: stages.map(planned_stage).collect::<Result<_, _>>()?,
            throttle: self.throttle.as_ref().map(throttle),
            quota: self.quota.as_ref().map(quota).transpose()?,
            product_code: None,
            tags: self.tags.unwrap_or_default(),
        };
        let caller = permit.caller();
        gateway
            .store
            .transact(|txn| async move {
                check(plan, caller, &txn).await?;
                Shelf::of(caller).save(&txn, plan);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(shape::usage_plan(plan.clone()))
    }
}

fn planned_stage(stage: ApiStage) -> Result<PlannedStage, Error> {
    let (Some(api_id), Some(name)) = (stage.api_id, stage.stage) else {
        return Err(Bad::PlannedStage.into());
    };
    let limits = stage.throttle.unwrap_or_default().into_iter();
    Ok(PlannedStage {
        api_id,
        stage: name,
        throttle: limits
            .map(|(path, limits)| (path, throttle(&limits)))
            .collect(),
    })
}

fn throttle(settings: &ThrottleSettings) -> Throttle {
    Throttle {
        burst: settings.burst_limit,
        rate: settings.rate_limit,
    }
}

fn quota(settings: &QuotaSettings) -> Result<Quota, Error> {
    Ok(Quota {
        limit: settings.limit.ok_or(Bad::QuotaLimit)?,
        offset: settings.offset.unwrap_or_default(),
        period: Named(settings.period.ok_or(Bad::NullValue("period"))?),
    })
}

/// Checks a plan's limits, and that its stages exist.
pub(super) async fn check(
    plan: &UsagePlan,
    caller: &Caller,
    view: &impl View,
) -> Result<(), Error> {
    if plan.name.is_empty() {
        return Err(Bad::EmptyName.into());
    }
    let of_stages = plan.stages.iter().flat_map(|stage| stage.throttle.values());
    for limits in plan.throttle.iter().chain(of_stages) {
        if limits.burst.is_some_and(|burst| burst < 0) {
            return Err(Bad::BurstLimit.into());
        }
        if limits.rate.is_some_and(|rate| rate.is_nan() || rate < 0.0) {
            return Err(Bad::RateLimit.into());
        }
    }
    if let Some(quota) = &plan.quota {
        let days = match quota.period.0 {
            QuotaPeriodType::Day => 1,
            QuotaPeriodType::Week => 7,
            QuotaPeriodType::Month => 28,
        };
        if quota.limit <= 0 {
            return Err(Bad::QuotaLimit.into());
        }
        if !(0..days).contains(&quota.offset) {
            return Err(Bad::QuotaOffset.into());
        }
    }
    for stage in &plan.stages {
        check_stage(stage, &plan.id, caller, view).await?;
    }
    Ok(())
}

/// Checks that a stage in a plan exists.
pub(super) async fn check_stage(
    stage: &PlannedStage,
    plan: &str,
    caller: &Caller,
    view: &impl View,
) -> Result<(), Error> {
    let scope = Scope {
        account: caller.account,
        region: caller.region.clone(),
        api_id: stage.api_id.clone(),
    };
    let of_rest = view.value(&scope.stage(&stage.stage)).await?;
    if of_rest.is_some() || crate::v2::has_keys(&scope, &stage.stage, view).await? {
        return Ok(());
    }
    Err(Missing::PlannedStage {
        api: stage.api_id.clone(),
        stage: stage.stage.clone(),
        plan: plan.to_owned(),
    }
    .into())
}
