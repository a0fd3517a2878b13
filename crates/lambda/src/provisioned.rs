//! Provisioned concurrency: instances that are kept for a version or an alias.
//!
//! The engine keeps them by version. It is told what the store says whenever that changes, and when
//! the server starts.

use crate::activation;
use crate::catalog::{self, Reader};
use crate::configuration;
use crate::engine::Allocation;
use crate::error::{Clash, Error, Invalid};
use crate::lambda::Lambda;
use crate::record::{self, AliasRecord, Status};
use crate::reserved_concurrency;
use crate::target::{Qualifier, Scope, Target};
use bytes::Bytes;
use kv::{KeyRange, Order, Store, Txn};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wire::lambda::{GetProvisionedConcurrencyConfigOutput, ProvisionedConcurrencyStatusEnum};

const KIND: &str = "provisioned";
/// Why none could be started, as AWS names it.
const INIT_FAILURE: &str = "FUNCTION_ERROR_INIT_FAILURE";
/// What AWS keeps for functions that reserve nothing.
const UNRESERVED_AT_LEAST: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProvisionedRecord {
    /// A number or an alias.
    pub qualifier: String,
    pub requested: u32,
    pub modified_ms: i64,
}

pub(crate) fn key(target: &Target) -> Bytes {
    let qualifier = target.qualifier_or_latest();
    record::qualified_key(KIND, &target.scope, &target.name, &qualifier)
}

pub(crate) fn all(scope: &Scope, name: &str) -> KeyRange {
    record::qualified(KIND, scope, name)
}

/// Refuses what is neither a published version nor an alias.
pub(crate) async fn check_target(
    reader: &impl Reader,
    target: &Target,
    latest: Invalid,
) -> Result<(), Error> {
    match &target.qualifier {
        None | Some(Qualifier::Latest) => Err(latest.into()),
        Some(Qualifier::Version(_)) => catalog::resolve(reader, target, None).await.map(|_| ()),
        Some(Qualifier::Alias(name)) => {
            let found = catalog::alias(reader, &target.scope, &target.name, name).await?;
            found
                .map(|_| ())
                .ok_or_else(|| Error::NoSuchAlias(target.arn()))
        }
    }
}

/// Refuses a version that an alias provisions already, and the other way round.
pub(crate) async fn check_clash(txn: &Txn, target: &Target) -> Result<(), Error> {
    let Target { scope, name, .. } = target;
    let named = target.qualifier_or_latest();
    let records: Vec<ProvisionedRecord> =
        catalog::collect(txn.scan(all(scope, name), Order::Ascending)).await?;
    let aliases = record::aliases(scope, name);
    let aliases: Vec<AliasRecord> = catalog::collect(txn.scan(aliases, Order::Ascending)).await?;
    let is_provisioned = |qualifier: &str| records.iter().any(|r| r.qualifier == qualifier);
    match &target.qualifier {
        Some(Qualifier::Alias(alias)) => {
            let alias = aliases.iter().find(|other| other.name == *alias);
            if alias.is_some_and(|alias| is_provisioned(&alias.version)) {
                return Err(Clash::VersionProvisioned.into());
            }
        }
        _ => {
            let clash = |alias: &AliasRecord| alias.version == named && is_provisioned(&alias.name);
            if aliases.iter().any(clash) {
                return Err(Clash::AliasProvisioned.into());
            }
        }
    }
    Ok(())
}

/// Refuses more than the account, or the function's own reservation, has.
pub(crate) async fn check_limits(
    lambda: &Lambda,
    target: &Target,
    requested: u32,
) -> Result<(), Error> {
    let functions = activation::functions(lambda, &target.scope).await?;
    let own = functions.iter().find(|f| f.name == target.name);
    if let Some(reserved) = own.and_then(|function| function.reserved_concurrency) {
        if requested > reserved {
            return Err(Invalid::ProvisionedOverReserved.into());
        }
        return Ok(());
    }
    let reserved = reserved_concurrency::total(&functions);
    let unreserved = lambda.0.config.concurrency.saturating_sub(size(reserved));
    match unreserved.checked_sub(size(requested)) {
        None => Err(Invalid::ProvisionedTooMuch(unreserved).into()),
        Some(left) if left < UNRESERVED_AT_LEAST => Err(Invalid::ProvisionedBelowMinimum.into()),
        Some(_) => Ok(()),
    }
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What all versions and aliases of a function have set aside.
pub(crate) async fn total(store: &Store, target: &Target) -> Result<u32, Error> {
    let records = all(&target.scope, &target.name);
    let records: Vec<ProvisionedRecord> = catalog::list(store, records).await?;
    let requested = records.iter().map(|record| record.requested);
    Ok(requested.fold(0, u32::saturating_add))
}

impl Lambda {
    /// Has the engine keep the instances that are set aside for a function's versions.
    pub(crate) async fn provide(&self, target: &Target) {
        // Whoever reads last is to tell last.
        let _turn = self.0.providing.lock().await;
        if let Err(error) = self.try_provide(target).await {
            let function = &target.name;
            let error: &dyn std::error::Error = &error;
            tracing::error!(%function, error, "provisioned instances could not be looked up");
        }
    }

    async fn try_provide(&self, target: &Target) -> Result<(), Error> {
        let snapshot = self.0.store.snapshot();
        let mut wanted: BTreeMap<String, u32> = BTreeMap::new();
        let records = snapshot.scan(all(&target.scope, &target.name), Order::Ascending);
        let records: Vec<ProvisionedRecord> = catalog::collect(records).await?;
        for record in &records {
            for (version, share) in shares(&snapshot, target, record).await? {
                *wanted.entry(version).or_default() += share;
            }
        }
        let mut provided = Vec::new();
        for (version, share) in wanted {
            let version = Target {
                qualifier: version.parse().ok().map(Qualifier::Version),
                ..target.clone()
            };
            let found = catalog::resolve(&snapshot, &version, None).await?;
            // One that is being created comes back here when it is ready.
            if found.record.status != Status::Creating {
                let deployment = self.deployment(&version, &found).await?;
                provided.push((deployment, size(share)));
            }
        }
        let function_arn = target.function_arn().to_string();
        self.0.engine.provide(&function_arn, provided);
        Ok(())
    }

    /// The configuration as it stands.
    pub(crate) async fn provided(
        &self,
        target: &Target,
        record: &ProvisionedRecord,
    ) -> Result<GetProvisionedConcurrencyConfigOutput, Error> {
        let function_arn = target.function_arn().to_string();
        let mut all = Allocation::default();
        for (version, share) in shares(&self.0.store, target, record).await? {
            let allocation = self.0.engine.allocation(&function_arn, &version);
            all.instances += allocation.instances.min(size(share));
            all.has_failed |= allocation.has_failed;
        }
        Ok(answer(record, all))
    }
}

/// What versions get of what is set aside for a version or an alias. An alias of two divides it
/// as it divides invocations, and rounds in favour of the second.
async fn shares(
    reader: &impl Reader,
    target: &Target,
    record: &ProvisionedRecord,
) -> Result<Vec<(String, u32)>, Error> {
    let requested = record.requested;
    if record.qualifier.parse::<u64>().is_ok() {
        return Ok(vec![(record.qualifier.clone(), requested)]);
    }
    let alias = catalog::alias(reader, &target.scope, &target.name, &record.qualifier).await?;
    let Some(alias) = alias else {
        return Ok(Vec::new());
    };
    let Some((second, weight)) = alias.additional else {
        return Ok(vec![(alias.version, requested)]);
    };
    let part = f64::from(requested) * weight;
    let of_second = (0..requested).find(|whole| f64::from(*whole) >= part);
    let of_second = of_second.unwrap_or(requested);
    Ok(vec![
        (alias.version, requested - of_second),
        (second, of_second),
    ])
}

/// The configuration as operations answer it.
pub(crate) fn answer(
    record: &ProvisionedRecord,
    allocation: Allocation,
) -> GetProvisionedConcurrencyConfigOutput {
    let requested = i32::try_from(record.requested).unwrap_or(i32::MAX);
    let allocated = i32::try_from(allocation.instances).unwrap_or(i32::MAX);
    let status = match allocation.has_failed {
        true => ProvisionedConcurrencyStatusEnum::Failed,
        false if allocated >= requested => ProvisionedConcurrencyStatusEnum::Ready,
        false => ProvisionedConcurrencyStatusEnum::InProgress,
    };
    GetProvisionedConcurrencyConfigOutput {
        requested_provisioned_concurrent_executions: Some(requested),
        available_provisioned_concurrent_executions: Some(allocated),
        allocated_provisioned_concurrent_executions: Some(allocated),
        status: Some(status),
        status_reason: allocation.has_failed.then(|| INIT_FAILURE.to_owned()),
        last_modified: Some(configuration::last_modified(record.modified_ms)),
    }
}
