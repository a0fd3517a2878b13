//! Settings of tables that are kept and shown, and have no effect here: contributor insights, and
//! Kinesis data streams that changes are to go to.

use crate::table::Table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Those settings of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Contributor insights of the table, under an empty name, and of its indexes.
    #[serde(default)]
    pub insights: BTreeMap<String, Insights>,
    #[serde(default)]
    pub kinesis: Vec<KinesisDestination>,
}

/// Contributor insights of a table or index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insights {
    pub is_enabled: bool,
    pub mode: InsightsMode,
    pub changed_at_ms: i64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum InsightsMode {
    #[default]
    AccessedAndThrottledKeys,
    ThrottledKeys,
}

/// A Kinesis data stream, as long as the table knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KinesisDestination {
    pub stream_arn: String,
    pub is_enabled: bool,
    pub precision: Option<Precision>,
}

/// How exact the times of changes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Precision {
    Millisecond,
    Microsecond,
}

impl Table {
    /// The destination with an ARN.
    pub fn kinesis_destination(&mut self, stream_arn: &str) -> Option<&mut KinesisDestination> {
        let mut destinations = self.settings.kinesis.iter_mut();
        destinations.find(|destination| destination.stream_arn == stream_arn)
    }
}
