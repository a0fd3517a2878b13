//! Reading what is kept: functions, versions, aliases, policies, and which version a request
//! means.

use crate::error::Error;
use crate::record::{self, AliasRecord, FunctionRecord, PolicyRecord, VersionRecord};
use crate::target::{LATEST, Qualifier, Scope, Target};
use base::Entropy;
use bytes::Bytes;
use kv::{KeyRange, Order, Scan, Snapshot, Store, Txn};
use serde::de::DeserializeOwned;
use std::future::Future;

/// Whatever can be read from.
pub(crate) trait Reader: Sync {
    fn read(&self, key: &[u8]) -> impl Future<Output = Result<Option<Bytes>, kv::Error>> + Send;

    /// The record under a key.
    fn record<T: DeserializeOwned>(
        &self,
        key: &[u8],
    ) -> impl Future<Output = Result<Option<T>, kv::Error>> + Send {
        async move {
            let bytes = self.read(key).await?;
            bytes.map(|bytes| kv::record::decode(&bytes)).transpose()
        }
    }
}

impl Reader for Store {
    async fn read(&self, key: &[u8]) -> Result<Option<Bytes>, kv::Error> {
        self.get(key).await
    }
}

impl Reader for Snapshot {
    async fn read(&self, key: &[u8]) -> Result<Option<Bytes>, kv::Error> {
        self.get(key).await
    }
}

impl Reader for Txn {
    async fn read(&self, key: &[u8]) -> Result<Option<Bytes>, kv::Error> {
        self.get(key).await
    }
}

/// All records of a scan.
pub(crate) async fn collect<T: DeserializeOwned>(mut scan: Scan) -> Result<Vec<T>, kv::Error> {
    let mut records = Vec::new();
    while let Some((_, value)) = scan.next().await? {
        records.push(kv::record::decode(&value)?);
    }
    Ok(records)
}

/// All records of a range as of now.
pub(crate) async fn list<T: DeserializeOwned>(
    store: &Store,
    range: KeyRange,
) -> Result<Vec<T>, kv::Error> {
    collect(store.snapshot().scan(range, Order::Ascending)).await
}

/// A function; `missing` says how its absence is told.
pub(crate) async fn function(
    reader: &impl Reader,
    target: &Target,
    missing: impl FnOnce() -> Error,
) -> Result<FunctionRecord, Error> {
    let key = record::function_key(&target.scope, &target.name);
    reader.record(&key).await?.ok_or_else(missing)
}

/// The function that a request names, told as most operations tell its absence.
pub(crate) async fn named(reader: &impl Reader, target: &Target) -> Result<FunctionRecord, Error> {
    let missing = || Error::FunctionNotFound(target.function_arn().to_string());
    function(reader, target, missing).await
}

pub(crate) async fn published(
    reader: &impl Reader,
    scope: &Scope,
    name: &str,
    version: u64,
) -> Result<Option<VersionRecord>, Error> {
    let key = record::version_key(scope, name, version);
    Ok(reader.record(&key).await?)
}

pub(crate) async fn alias(
    reader: &impl Reader,
    scope: &Scope,
    name: &str,
    alias: &str,
) -> Result<Option<AliasRecord>, Error> {
    let key = record::alias_key(scope, name, alias);
    Ok(reader.record(&key).await?)
}

pub(crate) async fn policy(
    reader: &impl Reader,
    target: &Target,
) -> Result<Option<PolicyRecord>, Error> {
    let key = record::policy_key(&target.scope, &target.name, target.qualifier.as_ref());
    Ok(reader.record(&key).await?)
}

/// A version as a request has found it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub function: FunctionRecord,
    /// `$LATEST` or a number.
    pub version: String,
    pub record: VersionRecord,
}

/// Finds the version that a request means. An alias with two versions is decided by lot where
/// `entropy` is given, and means its first otherwise.
pub(crate) async fn resolve(
    reader: &impl Reader,
    target: &Target,
    entropy: Option<&Entropy>,
) -> Result<Found, Error> {
    let missing = || Error::FunctionNotFound(target.arn());
    let function = function(reader, target, missing).await?;
    let version = match &target.qualifier {
        None | Some(Qualifier::Latest) => LATEST.to_owned(),
        Some(Qualifier::Version(version)) => version.to_string(),
        Some(Qualifier::Alias(name)) => {
            let alias = alias(reader, &target.scope, &target.name, name).await?;
            chosen(alias.ok_or_else(missing)?, entropy)
        }
    };
    let record = match version.parse() {
        Ok(number) => {
            let found = published(reader, &target.scope, &target.name, number).await?;
            found.ok_or_else(missing)?
        }
        Err(_) => function.latest.clone(),
    };
    Ok(Found {
        function,
        version,
        record,
    })
}

fn chosen(alias: AliasRecord, entropy: Option<&Entropy>) -> String {
    match (alias.additional, entropy) {
        (Some((version, weight)), Some(entropy)) if drawn(entropy) < weight => version,
        _ => alias.version,
    }
}

/// A number from 0 to 1.
fn drawn(entropy: &Entropy) -> f64 {
    let number = u32::try_from(entropy.u64() >> 32).unwrap_or(u32::MAX);
    f64::from(number) / f64::from(u32::MAX)
}
