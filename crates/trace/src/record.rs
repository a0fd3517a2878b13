//! Spans and traces as they are shown.

use crate::id::TraceId;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A step of a trace that has ended.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SpanRecord {
    #[serde(skip)]
    pub trace_id: TraceId,
    #[serde(serialize_with = "digits")]
    pub id: u64,
    #[serde(serialize_with = "maybe_digits")]
    pub parent: Option<u64>,
    pub name: String,
    /// Since the epoch.
    pub start_us: i64,
    pub duration_us: u64,
    #[serde(serialize_with = "pairs")]
    pub notes: Vec<(&'static str, String)>,
    pub log: Vec<String>,
}

/// A trace in a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    #[serde(serialize_with = "shown")]
    pub id: TraceId,
    /// Of the first step.
    pub name: String,
    pub start_us: i64,
    pub duration_us: u64,
    pub spans: usize,
    /// What to ask for to get what ended later.
    pub position: u64,
}

pub(crate) fn shown<S: Serializer>(id: &TraceId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

fn digits<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{id:016x}"))
}

fn maybe_digits<S: Serializer>(id: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => digits(id, serializer),
        None => serializer.serialize_none(),
    }
}

fn pairs<S: Serializer>(
    pairs: &[(&'static str, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (key, value) in pairs {
        map.serialize_entry(key, value)?;
    }
    map.end()
}
