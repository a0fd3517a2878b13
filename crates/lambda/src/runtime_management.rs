//! When a version's runtime is updated: kept and answered. There is one build of each runtime here,
//! the machine's own, so nothing is ever updated.

use crate::record;
use crate::target::Target;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

const KIND: &str = "runtime-management";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RuntimeManagementRecord {
    pub update_on: UpdateOn,
    /// Only with [`UpdateOn::Manual`].
    pub version_arn: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UpdateOn {
    Auto,
    Manual,
    FunctionUpdate,
}

pub(crate) fn key(target: &Target) -> Bytes {
    let qualifier = target.qualifier_or_latest();
    record::qualified_key(KIND, &target.scope, &target.name, &qualifier)
}
