//! Forgetting the zips of deleted layer versions once no function names them any more.

use super::{LayerTarget, LayerUse, LayerVersionRecord};
use crate::error::{Error, Invalid};
use crate::lambda::Lambda;
use crate::record::{self, FunctionRecord, VersionRecord};
use crate::target::Scope;
use base::Region;
use kv::key::{KeyReader, KeyWriter};
use kv::{KeyRange, Order, Space, Txn};

impl Lambda {
    /// Looks for zips that nothing needs, in the background.
    pub(crate) fn spawn_layer_sweep(&self) {
        let lambda = self.clone();
        tokio::spawn(async move {
            if let Err(error) = lambda.sweep_layers().await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(error, "deleted layers could not be looked through");
            }
        });
    }

    async fn sweep_layers(&self) -> Result<(), Error> {
        let store = &self.0.store;
        let mut deleted = Vec::new();
        let mut versions = store.snapshot().scan(all_versions(), Order::Ascending);
        while let Some((key, value)) = versions.next().await? {
            let version: LayerVersionRecord = kv::record::decode(&value)?;
            if version.deleted {
                deleted.push((target_of(&key)?, version));
            }
        }
        for (target, version) in &deleted {
            store
                .transact(|txn| async move { forget_unused(&txn, target, version).await })
                .await?;
        }
        Ok(())
    }
}

/// Refuses layers that have been forgotten since they were looked up.
pub(crate) async fn check_kept(txn: &Txn, layers: &[LayerUse]) -> Result<(), Error> {
    for layer in layers {
        let target = LayerTarget::of_arn(&layer.arn)?;
        if txn.get(&target.key()).await?.is_none() {
            return Err(Invalid::NoLayerVersion(layer.arn.clone()).into());
        }
    }
    Ok(())
}

async fn forget_unused(
    txn: &Txn,
    target: &LayerTarget,
    version: &LayerVersionRecord,
) -> Result<(), Error> {
    let arn = target.arn();
    let names = |version: &VersionRecord| version.settings.layers.iter().any(|l| l.arn == arn);
    let mut functions = txn.scan(record::all_functions(), Order::Ascending);
    while let Some((_, value)) = functions.next().await? {
        if names(&kv::record::decode::<FunctionRecord>(&value)?.latest) {
            return Ok(());
        }
    }
    let mut versions = txn.scan(record::all_versions(), Order::Ascending);
    while let Some((_, value)) = versions.next().await? {
        if names(&kv::record::decode(&value)?) {
            return Ok(());
        }
    }
    txn.delete(target.key());
    version.code.delete(txn, &target.scope, &target.code_name());
    Ok(())
}

/// All versions of all layers.
fn all_versions() -> KeyRange {
    KeyWriter::new(Space::Lambda).text("layer-version").range()
}

/// The version whose record is under `key`.
fn target_of(key: &[u8]) -> Result<LayerTarget, Error> {
    let mut parts = KeyReader::new(Space::Lambda, key)?;
    parts.literal("layer-version")?;
    let account = parts.account()?;
    let region: Result<Region, _> = parts.text()?.parse();
    let scope = Scope {
        account,
        region: region.map_err(|_| Error::Internal)?,
    };
    Ok(LayerTarget {
        scope,
        name: parts.text()?,
        version: parts.u64()?,
    })
}
