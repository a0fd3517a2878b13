//! Provisioned concurrency: invocations set aside for a version or an alias.
//!
//! It is allocated a moment after it was asked for, so that clients that wait for `READY` see what
//! they see on AWS.

use crate::activation;
use crate::catalog::{self, Reader};
use crate::configuration;
use crate::error::{Clash, Error, Invalid};
use crate::lambda::Lambda;
use crate::record::{self, AliasRecord};
use crate::target::{Qualifier, Scope, Target};
use bytes::Bytes;
use kv::{KeyRange, Order, Store, Txn};
use serde::{Deserialize, Serialize};
use wire::lambda::{GetProvisionedConcurrencyConfigOutput, ProvisionedConcurrencyStatusEnum};

const KIND: &str = "provisioned";
/// How long allocating takes.
const ALLOCATION_MS: i64 = 200;
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
    let reserved = functions.iter().filter_map(|f| f.reserved_concurrency);
    let reserved = reserved.fold(0, u32::saturating_add);
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let unreserved = lambda.0.config.concurrency.saturating_sub(size(reserved));
    match unreserved.checked_sub(size(requested)) {
        None => Err(Invalid::ProvisionedTooMuch(unreserved).into()),
        Some(left) if left < UNRESERVED_AT_LEAST => Err(Invalid::ProvisionedBelowMinimum.into()),
        Some(_) => Ok(()),
    }
}

/// What all versions and aliases of a function have set aside.
pub(crate) async fn total(store: &Store, target: &Target) -> Result<u32, Error> {
    let records = all(&target.scope, &target.name);
    let records: Vec<ProvisionedRecord> = catalog::list(store, records).await?;
    let requested = records.iter().map(|record| record.requested);
    Ok(requested.fold(0, u32::saturating_add))
}

/// The configuration as operations answer it at `now_ms`.
pub(crate) fn answer(
    record: &ProvisionedRecord,
    now_ms: i64,
) -> GetProvisionedConcurrencyConfigOutput {
    let requested = i32::try_from(record.requested).unwrap_or(i32::MAX);
    let is_ready = now_ms >= record.modified_ms.saturating_add(ALLOCATION_MS);
    let (allocated, status) = match is_ready {
        true => (requested, ProvisionedConcurrencyStatusEnum::Ready),
        false => (0, ProvisionedConcurrencyStatusEnum::InProgress),
    };
    GetProvisionedConcurrencyConfigOutput {
        requested_provisioned_concurrent_executions: Some(requested),
        available_provisioned_concurrent_executions: Some(allocated),
        allocated_provisioned_concurrent_executions: Some(allocated),
        status: Some(status),
        status_reason: None,
        last_modified: Some(configuration::last_modified(record.modified_ms)),
    }
}
