//! Making new and changed functions ready, in the background.
//!
//! What is being created or updated says so in its record, so a server that is killed in between
//! takes it up again when it starts.

use crate::catalog::{self, Reader};
use crate::code::merged_code;
use crate::error::Error;
use crate::lambda::Lambda;
use crate::record::{self, Code, FunctionRecord, Status, VersionRecord};
use crate::runtime::Runtime;
use crate::runtimes;
use crate::target::{Scope, Target};
use base::{AccountId, Region};
use bytes::Bytes;
use kv::key::KeyReader;
use kv::{Order, Space};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long an update is under way at least: as on AWS, a second one that follows at once is
/// refused.
const UPDATE_TIME: Duration = Duration::from_millis(100);

impl Lambda {
    /// Makes a version ready as soon as what its runtime needs is there, or cannot be had.
    pub(crate) fn spawn_activation(&self, target: Target, record: &VersionRecord, key: Bytes) {
        let lambda = self.clone();
        let (runtime, status) = (record.settings.runtime, record.status);
        let code = record.code.clone();
        tokio::spawn(async move {
            if status == Status::Updating {
                tokio::time::sleep(UPDATE_TIME).await;
            }
            lambda.0.runtimes.forget_failures();
            let wanted = lambda.wants_sdk(&target, runtime, &code).await;
            let (runtimes, progress) = (&lambda.0.runtimes, &*lambda.0.provisioning);
            if wanted && let Err(error) = runtimes.provision(runtime, progress).await {
                let function = &target.name;
                tracing::warn!(%function, %error, "the function has no SDK but what it ships");
            }
            lambda.0.engine.prepare(runtime);
            if let Err(error) = lambda.activate(&key).await {
                let function = &target.name;
                let error: &dyn std::error::Error = &error;
                tracing::error!(%function, error, "a function could not be made ready");
            }
            lambda.provide(&target).await;
        });
    }

    /// Whether a function is to wait for its runtime's SDK: in Python it always may import it, for
    /// Node.js only those that name it and have none.
    async fn wants_sdk(&self, target: &Target, runtime: Runtime, code: &Code) -> bool {
        let Runtime::Nodejs { .. } = runtime else {
            return true;
        };
        let (store, scope) = (&self.0.store, &target.scope);
        let folder = self.0.code.get(store, scope, &target.name, code).await;
        let Ok(folder) = folder else { return true };
        let looked = tokio::task::spawn_blocking(move || runtimes::wants_javascript(&folder));
        looked.await.unwrap_or(true)
    }

    /// Marks what is under `key`, a function or a published version, as ready.
    async fn activate(&self, key: &Bytes) -> Result<(), Error> {
        let revision_id = &self.0.entropy.uuid();
        let is_function = kind_of(key)? == "function";
        let activated: Result<(), kv::Error> = self
            .0
            .store
            .transact(|txn| async move {
                let ready = |record: &mut VersionRecord| {
                    record.status = Status::Ready;
                    record.revision_id.clone_from(revision_id);
                };
                if is_function {
                    if let Some(mut function) = txn.record::<FunctionRecord>(key).await? {
                        ready(&mut function.latest);
                        txn.put(key.clone(), kv::record::encode(&function));
                    }
                } else if let Some(mut version) = txn.record::<VersionRecord>(key).await? {
                    ready(&mut version);
                    txn.put(key.clone(), kv::record::encode(&version));
                }
                Ok(())
            })
            .await;
        activated?;
        self.0
            .ready
            .send_modify(|count| *count = count.wrapping_add(1));
        Ok(())
    }

    /// Takes up what an earlier run has left unfinished, and removes unpacked code that belongs
    /// to no function.
    pub(crate) fn spawn_resumption(&self) {
        let lambda = self.clone();
        self.spawn_layer_sweep();
        tokio::spawn(async move {
            if let Err(error) = lambda.resume().await {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "functions could not be looked through");
            }
        });
    }

    async fn resume(&self) -> Result<(), Error> {
        let snapshot = self.0.store.snapshot();
        let mut wanted = BTreeSet::new();
        let mut functions = snapshot.scan(record::all_functions(), Order::Ascending);
        while let Some((key, value)) = functions.next().await? {
            let function: FunctionRecord = kv::record::decode(&value)?;
            want(&mut wanted, &function.latest);
            self.resume_version(&key, &function.latest)?;
            self.provide(&target_of(&key)?).await;
        }
        let mut versions = snapshot.scan(record::all_versions(), Order::Ascending);
        while let Some((key, value)) = versions.next().await? {
            let version: VersionRecord = kv::record::decode(&value)?;
            want(&mut wanted, &version);
            self.resume_version(&key, &version)?;
        }
        let lambda = self.clone();
        let swept = tokio::task::spawn_blocking(move || lambda.0.code.sweep(&wanted));
        swept.await.map_err(|_| Error::Internal)
    }

    fn resume_version(&self, key: &Bytes, record: &VersionRecord) -> Result<(), Error> {
        if record.status != Status::Ready {
            self.spawn_activation(target_of(key)?, record, key.clone());
        }
        Ok(())
    }
}

/// Keeps the unpacked code of a version, and its layers.
fn want(wanted: &mut BTreeSet<String>, version: &VersionRecord) {
    wanted.insert(version.code.folder_name());
    if !version.settings.layers.is_empty() {
        wanted.insert(merged_code(&version.settings.layers).sha256);
    }
}

fn kind_of(key: &[u8]) -> Result<String, kv::Error> {
    KeyReader::new(Space::Lambda, key)?.text()
}

/// The function whose record, or whose version's record, is under `key`.
fn target_of(key: &[u8]) -> Result<Target, Error> {
    let mut parts = KeyReader::new(Space::Lambda, key)?;
    parts.text()?;
    let account: AccountId = parts.account()?;
    let region: Result<Region, _> = parts.text()?.parse();
    let scope = Scope {
        account,
        region: region.map_err(|_| Error::Internal)?,
    };
    Ok(Target {
        scope,
        name: parts.text()?,
        qualifier: None,
    })
}

/// All records of functions in a scope.
pub(crate) async fn functions(
    lambda: &Lambda,
    scope: &Scope,
) -> Result<Vec<FunctionRecord>, Error> {
    Ok(catalog::list(&lambda.0.store, record::functions(scope)).await?)
}
