//! What creating and updating an alias have in common.

use crate::catalog;
use crate::error::{Error, Invalid};
use crate::target::{LATEST, Qualifier, Target};
use kv::Txn;
use wire::lambda::AliasRoutingConfiguration;

/// The other version that a request names, and its share; `None` if it asks for none.
pub(crate) fn additional(
    routing: Option<&AliasRoutingConfiguration>,
) -> Result<Option<(String, f64)>, Error> {
    let weights = routing.and_then(|routing| routing.additional_version_weights.clone());
    let mut weights = weights.unwrap_or_default().into_iter();
    let first = weights.next();
    if weights.next().is_some() {
        return Err(Invalid::TooManyWeights.into());
    }
    Ok(first)
}

/// Refuses versions that an alias cannot name, alone or together.
pub(crate) async fn check_versions(
    txn: &Txn,
    target: &Target,
    version: &str,
    additional: Option<&(String, f64)>,
) -> Result<(), Error> {
    check_exists(txn, target, version).await?;
    let Some((other, _)) = additional else {
        return Ok(());
    };
    if version == LATEST {
        return Err(Invalid::LatestWeighted.into());
    }
    if other == version {
        return Err(Invalid::SameVersionWeighted(version.to_owned()).into());
    }
    check_exists(txn, target, other).await
}

async fn check_exists(txn: &Txn, target: &Target, version: &str) -> Result<(), Error> {
    let named = Target {
        qualifier: Some(Qualifier::parse(version)),
        ..target.clone()
    };
    let missing = || Error::FunctionNotFound(named.arn());
    catalog::function(txn, &named, missing).await?;
    match named.qualifier {
        Some(Qualifier::Latest) => Ok(()),
        Some(Qualifier::Version(number)) => {
            let found = catalog::published(txn, &target.scope, &target.name, number).await?;
            found.map(|_| ()).ok_or_else(missing)
        }
        _ => Err(missing()),
    }
}
