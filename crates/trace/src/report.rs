//! Traces as JSON, for whoever runs the server.

use crate::id::TraceId;
use crate::record::{SpanRecord, Summary, shown};
use crate::ring::Traces;
use serde::Serialize;

/// `{"traces":[...],"position":N}`: the position is what to ask for next.
#[derive(Serialize)]
struct List {
    traces: Vec<Summary>,
    position: u64,
}

#[derive(Serialize)]
struct Trace {
    #[serde(serialize_with = "shown")]
    id: TraceId,
    spans: Vec<SpanRecord>,
}

impl Traces {
    /// The list of recent traces (`path` is empty; `after=N` in the query lists what ended after
    /// that position), or a trace by its id, or the `last`. `None` if there is no such trace.
    pub fn report(&self, path: &str, query: &str) -> Option<String> {
        match path {
            "" => self.list(query),
            "last" => self.one(self.recent(None).last()?.id),
            id => self.one(TraceId::parse(id)?),
        }
    }

    fn list(&self, query: &str) -> Option<String> {
        let mut parameters = query.split('&').filter_map(|pair| pair.split_once('='));
        let after = parameters.find(|(name, _)| *name == "after");
        let after = after.and_then(|(_, number)| number.parse().ok());
        let traces = self.recent(after);
        let position = traces.last().map(|last| last.position).or(after);
        let position = position.unwrap_or_default();
        serde_json::to_string(&List { traces, position }).ok()
    }

    fn one(&self, id: TraceId) -> Option<String> {
        let spans = self.spans(id);
        match spans.is_empty() {
            true => None,
            false => serde_json::to_string(&Trace { id, spans }).ok(),
        }
    }
}
