//! Code signing configurations. They are kept and answered; no signature is ever verified, for the
//! profiles they name belong to a service that is not here.

use crate::catalog::Reader;
use crate::configuration;
use crate::error::{Absent, Error};
use crate::record;
use crate::target::Scope;
use bytes::Bytes;
use kv::KeyRange;
use serde::{Deserialize, Serialize};
use wire::lambda::{self as shapes, AllowedPublishers, CodeSigningConfig, CodeSigningPolicies};

const KIND: &str = "code-signing";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodeSigningRecord {
    /// `csc-` and 17 letters and digits.
    pub id: String,
    pub arn: String,
    pub description: Option<String>,
    pub publishers: Vec<String>,
    pub untrusted: Untrusted,
    pub modified_ms: i64,
}

/// What becomes of code that nobody trusted has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Untrusted {
    Warn,
    Enforce,
}

impl Untrusted {
    pub fn of(policies: &CodeSigningPolicies) -> Option<Untrusted> {
        Some(match policies.untrusted_artifact_on_deployment? {
            shapes::CodeSigningPolicy::Warn => Untrusted::Warn,
            shapes::CodeSigningPolicy::Enforce => Untrusted::Enforce,
        })
    }
}

pub(crate) fn key(scope: &Scope, arn: &str) -> Bytes {
    record::of_scope(KIND, scope).text(arn).finish()
}

pub(crate) fn all(scope: &Scope) -> KeyRange {
    record::of_scope(KIND, scope).range()
}

/// The configuration that is the request's subject.
pub(crate) async fn of(
    reader: &impl Reader,
    scope: &Scope,
    arn: &str,
) -> Result<CodeSigningRecord, Error> {
    let found = reader.record(&key(scope, arn)).await?;
    found.ok_or_else(|| Absent::CodeSigning(arn.to_owned()).into())
}

/// The configuration that a function is to name.
pub(crate) async fn named(
    reader: &impl Reader,
    scope: &Scope,
    arn: &str,
) -> Result<CodeSigningRecord, Error> {
    let found = reader.record(&key(scope, arn)).await?;
    found.ok_or_else(|| Absent::NamedCodeSigning(arn.to_owned()).into())
}

/// The configuration as operations answer it.
pub(crate) fn answer(record: &CodeSigningRecord) -> CodeSigningConfig {
    let untrusted = match record.untrusted {
        Untrusted::Warn => shapes::CodeSigningPolicy::Warn,
        Untrusted::Enforce => shapes::CodeSigningPolicy::Enforce,
    };
    CodeSigningConfig {
        code_signing_config_id: record.id.clone(),
        code_signing_config_arn: record.arn.clone(),
        description: record.description.clone(),
        allowed_publishers: AllowedPublishers {
            signing_profile_version_arns: record.publishers.clone(),
        },
        code_signing_policies: CodeSigningPolicies {
            untrusted_artifact_on_deployment: Some(untrusted),
        },
        last_modified: configuration::last_modified(record.modified_ms),
    }
}
