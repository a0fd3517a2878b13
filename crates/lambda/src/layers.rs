//! Layers: numbered zips of files that functions share.
//!
//! A version that was deleted can be found no more, but its zip stays for as long as functions name
//! it, as on AWS.

mod sweep;

pub(crate) use sweep::check_kept;

use crate::catalog::{self, Reader};
use crate::configuration;
use crate::error::{Absent, Error, Invalid};
use crate::lambda::Lambda;
use crate::record::{self, Code, PolicyRecord};
use crate::target::Scope;
use base::Arn;
use bytes::Bytes;
use kv::{KeyRange, Txn};
use serde::{Deserialize, Serialize};
use service::Requirement;
use wire::Enumeration;
use wire::lambda::{self as shapes, LayerVersionContentOutput};

/// As many layers as a function can name.
const MAX_LAYERS: usize = 5;

/// What is kept of a layer besides its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LayerRecord {
    pub name: String,
    /// The number that the next version gets: none is given twice.
    pub next_version: u64,
}

/// A version of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LayerVersionRecord {
    pub layer: String,
    pub version: u64,
    pub description: String,
    pub license: Option<String>,
    /// AWS's names; `None` if never given, which AWS tells from an empty list.
    pub runtimes: Option<Vec<String>>,
    pub architectures: Option<Vec<String>>,
    pub code: Code,
    pub created_ms: i64,
    pub deleted: bool,
}

/// A layer's version as a function names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LayerUse {
    pub arn: String,
    pub code: Code,
}

/// A version of a layer as a request names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LayerTarget {
    pub scope: Scope,
    pub name: String,
    pub version: u64,
}

impl LayerTarget {
    /// Reads the parameters `LayerName`, a name or an ARN, and `VersionNumber`.
    pub fn parse(scope: &Scope, name: &str, version: i64) -> Result<LayerTarget, Error> {
        let version = u64::try_from(version).ok().filter(|version| *version > 0);
        let version = version.ok_or(Invalid::LayerVersionNumber)?;
        let (scope, name) = layer_of(scope, name);
        Ok(LayerTarget {
            scope,
            name,
            version,
        })
    }

    /// Reads the ARN of a layer's version, whose pattern has been checked.
    pub fn of_arn(text: &str) -> Result<LayerTarget, Error> {
        let missing = || Error::from(Invalid::NoLayerVersion(text.to_owned()));
        let arn: Arn = text.parse().map_err(|_| missing())?;
        let mut parts = arn.resource().split(':').skip(1);
        let (name, version) = (parts.next(), parts.next());
        let number = version.and_then(|version| version.parse().ok());
        let scope = Scope {
            account: arn.account().parse().map_err(|_| missing())?,
            region: arn.region().parse().map_err(|_| missing())?,
        };
        Ok(LayerTarget {
            scope,
            name: name.unwrap_or_default().to_owned(),
            version: number.ok_or_else(missing)?,
        })
    }

    pub fn arn(&self) -> String {
        format!("{}:{}", layer_arn(&self.scope, &self.name), self.version)
    }

    pub fn key(&self) -> Bytes {
        version_key(&self.scope, &self.name, self.version)
    }

    pub fn policy_key(&self) -> Bytes {
        let key = record::of_function("layer-policy", &self.scope, &self.name);
        key.u64(self.version).finish()
    }

    /// Under what name its zip is kept: no function can have it.
    pub fn code_name(&self) -> String {
        format!("layer:{}:{}", self.name, self.version)
    }
}

/// A layer given by name or by ARN.
pub(crate) fn layer_of(scope: &Scope, name: &str) -> (Scope, String) {
    let Ok(arn) = name.parse::<Arn>() else {
        return (scope.clone(), name.to_owned());
    };
    let layer = arn.resource().split(':').nth(1).unwrap_or_default();
    let scope = match (arn.account().parse(), arn.region().parse()) {
        (Ok(account), Ok(region)) => Scope { account, region },
        _ => scope.clone(),
    };
    (scope, layer.to_owned())
}

pub(crate) fn layer_arn(scope: &Scope, name: &str) -> String {
    let resource = format!("layer:{name}");
    Arn::regional("lambda", &scope.region, scope.account, &resource).to_string()
}

pub(crate) fn layer_key(scope: &Scope, name: &str) -> Bytes {
    record::of_function("layer", scope, name).finish()
}

/// All layers of a scope, by name.
pub(crate) fn layers(scope: &Scope) -> KeyRange {
    record::of_scope("layer", scope).range()
}

pub(crate) fn version_key(scope: &Scope, name: &str, version: u64) -> Bytes {
    let key = record::of_function("layer-version", scope, name);
    key.u64(version).finish()
}

/// All versions of a layer, lowest first.
pub(crate) fn versions(scope: &Scope, name: &str) -> KeyRange {
    record::of_function("layer-version", scope, name).range()
}

/// The version that exists, if it does.
pub(crate) async fn find(
    reader: &impl Reader,
    target: &LayerTarget,
) -> Result<Option<LayerVersionRecord>, Error> {
    let found: Option<LayerVersionRecord> = reader.record(&target.key()).await?;
    Ok(found.filter(|record| !record.deleted))
}

/// Makes sure that a version exists, for operations on its policy.
pub(crate) async fn check_exists(txn: &Txn, target: &LayerTarget) -> Result<(), Error> {
    let found = find(txn, target).await?;
    let missing = || Absent::LayerVersion(target.arn()).into();
    found.map(|_| ()).ok_or_else(missing)
}

pub(crate) async fn policy(
    reader: &impl Reader,
    target: &LayerTarget,
) -> Result<Option<PolicyRecord>, Error> {
    Ok(reader.record(&target.policy_key()).await?)
}

/// The versions of a layer that exist and are for what a request asks for, highest first.
pub(crate) async fn matching(
    lambda: &Lambda,
    scope: &Scope,
    name: &str,
    runtime: Option<shapes::Runtime>,
    architecture: Option<shapes::Architecture>,
) -> Result<Vec<LayerVersionRecord>, Error> {
    let range = versions(scope, name);
    let mut found: Vec<LayerVersionRecord> = catalog::list(&lambda.0.store, range).await?;
    let has = |names: &Option<Vec<String>>, wanted: Option<&str>| {
        wanted.is_none_or(|wanted| names.iter().flatten().any(|name| name == wanted))
    };
    found.retain(|record| {
        !record.deleted
            && has(&record.runtimes, runtime.map(|runtime| runtime.as_str()))
            && has(&record.architectures, architecture.map(|a| a.as_str()))
    });
    found.reverse();
    Ok(found)
}

impl Lambda {
    /// The requirement of an action on a layer's version, whose own policy may allow it.
    pub(crate) async fn on_layer(
        &self,
        action: &'static str,
        target: &LayerTarget,
    ) -> Result<Requirement, Error> {
        let key = target.policy_key();
        let policy = match self.0.store.read(&key).await? {
            Some(bytes) => Some(self.0.policies.parse(key, bytes)?),
            None => None,
        };
        Ok(Requirement::new(action, target.arn()).resource_policy(policy))
    }

    /// What a caller needs to have a function use layers.
    pub(crate) async fn may_use_layers(
        &self,
        arns: Option<&Vec<String>>,
    ) -> Result<Vec<Requirement>, Error> {
        let mut requirements = Vec::new();
        for arn in arns.into_iter().flatten() {
            let target = LayerTarget::of_arn(arn)?;
            requirements.push(self.on_layer("lambda:GetLayerVersion", &target).await?);
        }
        Ok(requirements)
    }

    /// The layers that a function is to use, in their order.
    pub(crate) async fn layers(
        &self,
        scope: &Scope,
        arns: &[String],
    ) -> Result<Vec<LayerUse>, Error> {
        if arns.len() > MAX_LAYERS {
            return Err(Invalid::TooManyLayers.into());
        }
        let mut used: Vec<(LayerTarget, LayerUse)> = Vec::new();
        for arn in arns {
            let target = LayerTarget::of_arn(arn)?;
            if target.scope.region != scope.region {
                return Err(Invalid::LayerRegion(scope.region.to_string()).into());
            }
            let found = find(&self.0.store, &target).await?;
            let found = found.ok_or_else(|| Invalid::NoLayerVersion(arn.clone()))?;
            let same = |other: &&(LayerTarget, LayerUse)| {
                other.0.name == target.name && other.0.scope == target.scope
            };
            if let Some((_, other)) = used.iter().find(same) {
                return Err(Invalid::SameLayer(other.arn.clone(), arn.clone()).into());
            }
            let code = found.code;
            let arn = arn.clone();
            used.push((target, LayerUse { arn, code }));
        }
        Ok(used.into_iter().map(|(_, layer)| layer).collect())
    }

    /// A layer's zip, and where to fetch it.
    pub(crate) fn layer_content(
        &self,
        target: &LayerTarget,
        record: &LayerVersionRecord,
    ) -> LayerVersionContentOutput {
        let name = target.code_name();
        LayerVersionContentOutput {
            location: Some(self.download_link(&target.scope, &name, &record.code)),
            code_sha256: Some(record.code.sha256_answer()),
            code_size: i64::try_from(record.code.bytes).ok(),
            ..LayerVersionContentOutput::default()
        }
    }

    /// A version as GetLayerVersion answers it.
    pub(crate) fn layer_version(
        &self,
        target: &LayerTarget,
        record: &LayerVersionRecord,
    ) -> shapes::GetLayerVersionResponse {
        let listed = listed(&target.scope, record);
        shapes::GetLayerVersionResponse {
            content: Some(self.layer_content(target, record)),
            layer_arn: Some(layer_arn(&target.scope, &target.name)),
            layer_version_arn: listed.layer_version_arn,
            description: listed.description,
            created_date: listed.created_date,
            version: listed.version,
            compatible_architectures: listed.compatible_architectures,
            compatible_runtimes: listed.compatible_runtimes,
            license_info: listed.license_info,
        }
    }
}

/// A version as lists have it.
pub(crate) fn listed(scope: &Scope, record: &LayerVersionRecord) -> shapes::LayerVersionsListItem {
    let arn = layer_arn(scope, &record.layer);
    let runtimes = record.runtimes.as_ref().map(|names| {
        let names = names.iter();
        names
            .filter_map(|name| shapes::Runtime::from_name(name))
            .collect()
    });
    let architectures = record.architectures.as_ref().map(|names| {
        let names = names.iter();
        names
            .filter_map(|name| shapes::Architecture::from_name(name))
            .collect()
    });
    shapes::LayerVersionsListItem {
        layer_version_arn: Some(format!("{arn}:{}", record.version)),
        version: i64::try_from(record.version).ok(),
        description: Some(record.description.clone()),
        created_date: Some(configuration::last_modified(record.created_ms)),
        compatible_architectures: architectures,
        compatible_runtimes: runtimes,
        license_info: record.license.clone(),
    }
}

impl LayerUse {
    /// The layer as a function's configuration has it.
    pub fn answer(&self) -> shapes::Layer {
        shapes::Layer {
            arn: Some(self.arn.clone()),
            code_size: i64::try_from(self.code.bytes).ok(),
            ..shapes::Layer::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{AccountId, Region};

    #[test]
    fn names_of_versions() {
        let scope = Scope {
            account: AccountId::DEFAULT,
            region: Region::default_region(),
        };
        let arn = "arn:aws:lambda:us-east-1:000000000000:layer:l:3";
        let target = LayerTarget::of_arn(arn).unwrap();
        assert_eq!(target, LayerTarget::parse(&scope, "l", 3).unwrap());
        assert_eq!(target.arn(), arn);
        let by_arn = arn.trim_end_matches(":3");
        assert_eq!(target, LayerTarget::parse(&scope, by_arn, 3).unwrap());
        assert!(LayerTarget::parse(&scope, "l", 0).is_err());
    }
}
