//! What is kept of functions: records and their keys. `docs/keyspace.md` describes both.

use crate::layers::LayerUse;
use crate::runtime::Runtime;
use crate::target::{Qualifier, Scope};
use bytes::Bytes;
use kv::key::{KeyReader, KeyWriter};
use kv::{KeyRange, Space};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A function with its version `$LATEST`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionRecord {
    pub name: String,
    pub latest: VersionRecord,
    /// The number that the next published version gets.
    pub next_version: u64,
    pub tags: BTreeMap<String, String>,
    pub reserved_concurrency: Option<u32>,
    #[serde(default)]
    pub recursive_loop: RecursiveLoop,
    /// The ARN of the code signing configuration that it names.
    #[serde(default)]
    pub code_signing: Option<String>,
}

/// What becomes of invocations that come back to where they started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecursiveLoop {
    Allow,
    #[default]
    Terminate,
}

/// A version of a function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionRecord {
    /// Another one after every change.
    pub revision_id: String,
    /// Grows with every change of what runs, also when a function is made again under its name.
    pub generation: u64,
    pub settings: Settings,
    pub code: Code,
    pub last_modified_ms: i64,
    pub status: Status,
}

/// Where a version stands between being changed and being ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    Creating,
    Updating,
    Ready,
}

/// What a user sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub description: String,
    pub runtime: Runtime,
    /// Empty for `provided` runtimes that were given none.
    pub handler: String,
    pub role: String,
    pub timeout_s: u32,
    pub memory_mb: u32,
    /// `None` if never given: AWS tells that from an empty map.
    pub variables: Option<BTreeMap<String, String>>,
    pub tracing: Tracing,
    pub architecture: Architecture,
    pub ephemeral_storage_mb: u32,
    pub logging: LoggingSettings,
    /// In the order in which they are merged.
    #[serde(default)]
    pub layers: Vec<LayerUse>,
    /// The ARN of what gets events that are given up.
    #[serde(default)]
    pub dead_letter: Option<String>,
    /// Kept and answered; functions run outside any network of the user's.
    #[serde(default)]
    pub vpc: Option<VpcSettings>,
    /// Kept and answered; nothing is encrypted with it.
    #[serde(default)]
    pub kms_key: Option<String>,
    #[serde(default)]
    pub snap_start: SnapStart,
    /// What goes before what the function's image says.
    #[serde(default)]
    pub image_config: Option<ImageProgram>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpcSettings {
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
    pub ipv6: bool,
}

/// Whether published versions start as from a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnapStart {
    #[default]
    None,
    PublishedVersions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tracing {
    PassThrough,
    Active,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Architecture {
    X86_64,
    Arm64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggingSettings {
    pub group: String,
    pub format: LogFormat,
}

/// The levels are AWS's names for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LogFormat {
    Text,
    Json { application: String, system: String },
}

/// A zip file that is kept in chunks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Hexadecimal.
    pub sha256: String,
    pub bytes: u64,
    pub chunks: u64,
    /// What its files have together, as the zip says.
    #[serde(default)]
    pub unzipped_bytes: u64,
    /// A folder of the machine that stands for the zip, where functions run as it is.
    #[serde(default)]
    pub folder: Option<PathBuf>,
    /// A container image that stands for the zip; the digest is its own then.
    #[serde(default)]
    pub image: Option<ImageCode>,
}

/// A container image in a layout on the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageCode {
    /// As it was given.
    pub uri: String,
    pub program: ImageProgram,
    /// `NAME=VALUE`
    pub variables: Vec<String>,
}

/// The program of an image, as far as somebody has said what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageProgram {
    pub entry_point: Option<Vec<String>>,
    pub command: Option<Vec<String>>,
    pub working_directory: Option<String>,
}

/// A name for a version, or for two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AliasRecord {
    pub name: String,
    pub description: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// Another version, and the share of invocations it gets.
    pub additional: Option<(String, f64)>,
    pub revision_id: String,
}

/// The policy on a function, a version or an alias.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyRecord {
    pub revision_id: String,
    pub statements: Vec<StatementRecord>,
}

/// A statement in the words of the policy document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatementRecord {
    #[serde(rename = "Sid")]
    pub sid: String,
    #[serde(rename = "Effect")]
    pub effect: Effect,
    #[serde(rename = "Principal")]
    pub principal: PolicyPrincipal,
    #[serde(rename = "Action")]
    pub action: String,
    #[serde(rename = "Resource")]
    pub resource: String,
    /// Operators with their keys and values.
    #[serde(
        rename = "Condition",
        default,
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub condition: BTreeMap<String, BTreeMap<String, String>>,
}

impl StatementRecord {
    /// Which authorisation a function's URL must have for the statement to count.
    pub(crate) fn function_url_auth_type(&self) -> Option<&String> {
        let equal = self.condition.get("StringEquals")?;
        equal.get("lambda:FunctionUrlAuthType")
    }
}

/// Functions' policies only allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    Allow,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PolicyPrincipal {
    /// `*`
    Anyone(Star),
    Service {
        #[serde(rename = "Service")]
        service: String,
    },
    Aws {
        #[serde(rename = "AWS")]
        arn: String,
    },
}

impl PolicyPrincipal {
    /// As AddPermission was given it.
    pub(crate) fn name(&self) -> &str {
        match self {
            PolicyPrincipal::Anyone(_) => "*",
            PolicyPrincipal::Service { service } => service,
            PolicyPrincipal::Aws { arn } => arn,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Star {
    #[serde(rename = "*")]
    Star,
}

/// An accepted event that waits for its invocation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    pub request_id: String,
    pub account: String,
    pub region: String,
    pub function: String,
    pub qualifier: Option<String>,
    /// JSON.
    pub payload: String,
    /// The X-Ray header that it came with.
    #[serde(default)]
    pub trace: Option<String>,
    pub accepted_ms: i64,
    /// Failed invocations so far.
    pub failures: u32,
    /// Times it could not be invoked so far.
    pub refusals: u32,
}

pub(crate) fn function_key(scope: &Scope, name: &str) -> Bytes {
    of_function("function", scope, name).finish()
}

/// All functions of a scope, by name.
pub(crate) fn functions(scope: &Scope) -> KeyRange {
    of_scope("function", scope).range()
}

/// All functions of all scopes.
pub(crate) fn all_functions() -> KeyRange {
    KeyWriter::new(Space::Lambda).text("function").range()
}

pub(crate) fn version_key(scope: &Scope, name: &str, version: u64) -> Bytes {
    of_function("version", scope, name).u64(version).finish()
}

/// All published versions of a function, lowest first.
pub(crate) fn versions(scope: &Scope, name: &str) -> KeyRange {
    of_function("version", scope, name).range()
}

/// The number of the version under this key.
pub(crate) fn version_number(key: &[u8]) -> Result<u64, kv::Error> {
    let mut parts = KeyReader::new(Space::Lambda, key)?;
    parts.literal("version")?;
    parts.account()?;
    parts.text()?;
    parts.text()?;
    parts.u64()
}

/// All published versions of all functions.
pub(crate) fn all_versions() -> KeyRange {
    KeyWriter::new(Space::Lambda).text("version").range()
}

pub(crate) fn alias_key(scope: &Scope, name: &str, alias: &str) -> Bytes {
    of_function("alias", scope, name).text(alias).finish()
}

/// All aliases of a function, by name.
pub(crate) fn aliases(scope: &Scope, name: &str) -> KeyRange {
    of_function("alias", scope, name).range()
}

/// The key of the policy on a function (`None`), a version or an alias.
pub(crate) fn policy_key(scope: &Scope, name: &str, qualifier: Option<&Qualifier>) -> Bytes {
    let qualifier = qualifier.map(Qualifier::to_string).unwrap_or_default();
    of_function("policy", scope, name).text(&qualifier).finish()
}

/// All policies on a function, its versions and its aliases.
pub(crate) fn policies(scope: &Scope, name: &str) -> KeyRange {
    of_function("policy", scope, name).range()
}

pub(crate) fn code_key(scope: &Scope, name: &str, sha256: &str, chunk: u64) -> Bytes {
    KeyWriter::new(Space::LambdaCode)
        .account(scope.account)
        .text(scope.region.as_str())
        .text(name)
        .text(sha256)
        .u64(chunk)
        .finish()
}

/// The key of an event that is to be invoked at `due_ms`.
pub(crate) fn event_key(due_ms: u64, request_id: &str) -> Bytes {
    KeyWriter::new(Space::LambdaQueue)
        .u64(due_ms)
        .text(request_id)
        .finish()
}

/// When the event under this key is due.
pub(crate) fn event_due(key: &[u8]) -> Result<u64, kv::Error> {
    KeyReader::new(Space::LambdaQueue, key)?.u64()
}

/// All events, the one due first first.
pub(crate) fn events() -> KeyRange {
    KeyWriter::new(Space::LambdaQueue).range()
}

/// What belongs to one version or alias of a function, and to nothing else, is under one of these
/// kinds, the function's name and the qualifier.
pub(crate) const QUALIFIED_KINDS: [&str; 4] =
    ["event-config", "url", "provisioned", "runtime-management"];

/// The key of what belongs to a version or alias.
pub(crate) fn qualified_key(kind: &str, scope: &Scope, name: &str, qualifier: &str) -> Bytes {
    of_function(kind, scope, name).text(qualifier).finish()
}

/// Everything of one kind that belongs to a function's versions and aliases.
pub(crate) fn qualified(kind: &str, scope: &Scope, name: &str) -> KeyRange {
    of_function(kind, scope, name).range()
}

pub(crate) fn of_scope(kind: &str, scope: &Scope) -> KeyWriter {
    KeyWriter::new(Space::Lambda)
        .text(kind)
        .account(scope.account)
        .text(scope.region.as_str())
}

pub(crate) fn of_function(kind: &str, scope: &Scope, name: &str) -> KeyWriter {
    of_scope(kind, scope).text(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_written_as_aws_writes_them() {
        let statement = StatementRecord {
            sid: "s".to_owned(),
            effect: Effect::Allow,
            principal: PolicyPrincipal::Service {
                service: "apigateway.amazonaws.com".to_owned(),
            },
            action: "lambda:InvokeFunction".to_owned(),
            resource: "arn".to_owned(),
            condition: BTreeMap::new(),
        };
        let json = r#"{"Sid":"s","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn"}"#;
        assert_eq!(serde_json::to_string(&statement).unwrap(), json);
        assert_eq!(
            serde_json::from_str::<StatementRecord>(json).unwrap(),
            statement
        );
        let anyone = serde_json::to_string(&PolicyPrincipal::Anyone(Star::Star)).unwrap();
        assert_eq!(anyone, "\"*\"");
        for principal in [
            PolicyPrincipal::Anyone(Star::Star),
            PolicyPrincipal::Aws {
                arn: "a".to_owned(),
            },
        ] {
            let json = serde_json::to_string(&principal).unwrap();
            assert_eq!(
                serde_json::from_str::<PolicyPrincipal>(&json).unwrap(),
                principal
            );
        }
    }
}
