//! API keys and the limits of their usage plans; throttling of stages and methods.

use super::failure::Failure;
use crate::Gateway;
use crate::compiled::{Api, Method};
use crate::exchange::Exchange;
use crate::record::{ApiKey, ApiKeyValue, PlannedStage, Stage, Throttle, UsagePlan, UsagePlanKey};
use crate::shelf::Shelf;
use crate::throttle::Rate;
use kv::Snapshot;
use wire::apigateway::ApiKeySourceType;

/// Why a request gets no further with its API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyRefusal {
    /// There is none, or none that a usage plan of the stage has.
    Unknown,
    Throttled,
    /// The plan's quota is used up.
    Quota,
    /// Keys cannot be read.
    Unavailable,
}

impl From<KeyRefusal> for Failure {
    fn from(refusal: KeyRefusal) -> Failure {
        match refusal {
            KeyRefusal::Unknown => Failure::api_key(),
            KeyRefusal::Throttled => Failure::throttled(),
            KeyRefusal::Quota => Failure::quota(),
            KeyRefusal::Unavailable => Failure::configuration("API keys cannot be read"),
        }
    }
}

impl Gateway {
    /// Checks the API key of a request for a method that requires one, and counts it under the
    /// key's usage plan.
    pub(super) async fn check_api_key(
        &self,
        api: &Api,
        method: &Method,
        exchange: &mut Exchange,
    ) -> Result<(), Failure> {
        if !method.api_key_required {
            return Ok(());
        }
        let value = match api.api_key_source {
            ApiKeySourceType::Header => exchange.header("x-api-key").map(str::to_owned),
            ApiKeySourceType::Authorizer => exchange.usage_key.clone(),
        };
        Ok(self.use_api_key(value, exchange).await?)
    }

    /// Finds the key that a request came with, and counts the request under the key's usage plan.
    pub(crate) async fn use_api_key(
        &self,
        value: Option<String>,
        exchange: &mut Exchange,
    ) -> Result<(), KeyRefusal> {
        let value = value.ok_or(KeyRefusal::Unknown)?;
        let unavailable = |error: kv::Error| {
            tracing::error!(%error, "API keys cannot be read");
            KeyRefusal::Unavailable
        };
        let shelf = Shelf::at(exchange.account, &exchange.region);
        let view = self.store.snapshot();
        let found = planned(&shelf, &view, &value, exchange).await;
        let (key, plan) = found.map_err(unavailable)?.ok_or(KeyRefusal::Unknown)?;
        exchange.identity.api_key = Some(value);
        exchange.identity.api_key_id = Some(key.id.clone());
        self.throttle_key(&key, &plan, exchange)?;
        let counted = self.count_usage(&shelf, &plan.id, &key.id, plan.quota.as_ref());
        match counted.await.map_err(unavailable)? {
            true => Ok(()),
            false => Err(KeyRefusal::Quota),
        }
    }

    /// Throttles a key as its usage plan says, for the method and in all.
    fn throttle_key(
        &self,
        key: &ApiKey,
        plan: &UsagePlan,
        exchange: &Exchange,
    ) -> Result<(), KeyRefusal> {
        let stage = plan.stages.iter().find(|stage| is_of(stage, exchange));
        let of_method = format!("{}/{}", exchange.resource_path, exchange.http_method);
        let limits = stage.and_then(|stage| stage.throttle.get(&of_method).copied());
        for (of, limits) in [(of_method, limits), (String::new(), plan.throttle)] {
            if let Some(rate) = limits.and_then(rate) {
                let bucket = (plan.id.clone(), key.id.clone(), of);
                if !self.buckets.take(bucket, rate, exchange.time) {
                    return Err(KeyRefusal::Throttled);
                }
            }
        }
        Ok(())
    }

    /// Throttles a method as its stage's settings say.
    pub(super) fn throttle(&self, stage: &Stage, exchange: &Exchange) -> Result<(), Failure> {
        let Some((name, settings)) = super::settings(stage, exchange) else {
            return Ok(());
        };
        let rate = Rate {
            per_second: settings.throttling_rate_limit,
            burst: f64::from(settings.throttling_burst_limit),
        };
        // A limit below zero is none.
        if rate.per_second < 0.0 || rate.burst < 0.0 {
            return Ok(());
        }
        let of_method = match name {
            "*/*" => format!("{}/{}", exchange.resource_path, exchange.http_method),
            name => name.to_owned(),
        };
        let bucket = (exchange.api_id.clone(), exchange.stage.clone(), of_method);
        match self.buckets.take(bucket, rate, exchange.time) {
            true => Ok(()),
            false => Err(Failure::throttled()),
        }
    }
}

/// The enabled key with this value, and a plan it is in that has the stage.
async fn planned(
    shelf: &Shelf,
    view: &Snapshot,
    value: &str,
    exchange: &Exchange,
) -> Result<Option<(ApiKey, UsagePlan)>, kv::Error> {
    let Some(found) = shelf.find::<ApiKeyValue>(view, value).await? else {
        return Ok(None);
    };
    let Some(key) = shelf.find::<ApiKey>(view, &found.id).await? else {
        return Ok(None);
    };
    if !key.enabled {
        return Ok(None);
    }
    for plan in shelf.all::<UsagePlan>(view).await? {
        if !plan.stages.iter().any(|stage| is_of(stage, exchange)) {
            continue;
        }
        let keys = shelf.within(&plan.id);
        if keys.find::<UsagePlanKey>(view, &key.id).await?.is_some() {
            return Ok(Some((key, plan)));
        }
    }
    Ok(None)
}

fn is_of(stage: &PlannedStage, exchange: &Exchange) -> bool {
    stage.api_id == exchange.api_id && stage.stage == exchange.stage
}

fn rate(limits: Throttle) -> Option<Rate> {
    let per_second = limits.rate?;
    let burst = limits.burst.map_or(per_second.max(1.0), f64::from);
    Some(Rate { per_second, burst })
}
