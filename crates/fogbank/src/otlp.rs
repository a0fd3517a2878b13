//! Traces for other systems: OTLP over HTTP with JSON, as "OTLP Specification" of OpenTelemetry
//! describes it.
//!
//! Spans are sent in batches. What cannot be sent is lost; requests never wait for it.

use egress::Egress;
use serde::Serialize;
use service::{Certificates, HttpClient as _, HttpRequest};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use trace::{SpanRecord, Traces};

/// Spans that may wait.
const WAITING: usize = 8_192;
const BATCH: usize = 512;
/// How long a batch may grow.
const PERIOD: Duration = Duration::from_secs(1);
const TIME_LIMIT: Duration = Duration::from_secs(10);
/// Answers say next to nothing.
const ANSWER_LIMIT: usize = 64 * 1024;
/// `SPAN_KIND_INTERNAL`.
const KIND: u8 = 1;

/// Sends all spans to a collector at `url`, for as long as there are any.
pub fn export(url: &str, traces: &Arc<Traces>) -> impl Future<Output = ()> + use<> {
    let (sender, receiver) = mpsc::channel(WAITING);
    traces.export_to(sender);
    send_all(endpoint(url), receiver)
}

/// A URL without a path means the usual one.
fn endpoint(url: &str) -> String {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    match after_scheme.trim_end_matches('/').contains('/') {
        true => url.to_owned(),
        false => format!("{}/v1/traces", url.trim_end_matches('/')),
    }
}

async fn send_all(url: String, mut spans: mpsc::Receiver<SpanRecord>) {
    let client = Egress::new();
    let mut is_well = true;
    let mut batch = Vec::new();
    while spans.recv_many(&mut batch, BATCH).await > 0 {
        let sent = send(&client, &url, &batch).await;
        match &sent {
            Err(error) if is_well => tracing::warn!(error, url, "traces cannot be sent"),
            _ => {}
        }
        is_well = sent.is_ok();
        batch.clear();
        tokio::time::sleep(PERIOD).await;
    }
}

async fn send(client: &Egress, url: &str, batch: &[SpanRecord]) -> Result<(), String> {
    let body = serde_json::to_vec(&Export::of(batch)).map_err(|error| error.to_string())?;
    let request = HttpRequest {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: body.into(),
        answer_limit: ANSWER_LIMIT,
        certificates: Certificates::Checked,
        identity: None,
    };
    let answer = tokio::time::timeout(TIME_LIMIT, client.send(request)).await;
    let answer = answer.map_err(|_| "no answer in time".to_owned())?;
    match answer.map_err(|error| error.to_string())?.status {
        200..=299 => Ok(()),
        status => Err(format!("the collector answers {status}")),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Export<'a> {
    resource_spans: [ResourceSpans<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceSpans<'a> {
    resource: Resource<'a>,
    scope_spans: [ScopeSpans<'a>; 1],
}

#[derive(Serialize)]
struct Resource<'a> {
    attributes: [Attribute<'a>; 1],
}

#[derive(Serialize)]
struct ScopeSpans<'a> {
    scope: Scope,
    spans: Vec<Span<'a>>,
}

#[derive(Serialize)]
struct Scope {
    name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Span<'a> {
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    name: &'a str,
    kind: u8,
    start_time_unix_nano: String,
    end_time_unix_nano: String,
    attributes: Vec<Attribute<'a>>,
    events: Vec<Event<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    time_unix_nano: String,
    name: &'a str,
}

#[derive(Serialize)]
struct Attribute<'a> {
    key: &'a str,
    value: Value<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Value<'a> {
    string_value: &'a str,
}

impl<'a> Export<'a> {
    fn of(batch: &'a [SpanRecord]) -> Export<'a> {
        let spans = batch.iter().map(Span::of).collect();
        let scope = Scope { name: "fogbank" };
        Export {
            resource_spans: [ResourceSpans {
                resource: Resource {
                    attributes: [attribute("service.name", "fogbank")],
                },
                scope_spans: [ScopeSpans { scope, spans }],
            }],
        }
    }
}

impl<'a> Span<'a> {
    fn of(span: &'a SpanRecord) -> Span<'a> {
        let nanos = |micros: i64| (i128::from(micros) * 1_000).to_string();
        let took_us = i64::try_from(span.duration_us).unwrap_or(i64::MAX);
        let end = nanos(span.start_us.saturating_add(took_us));
        let events = span.log.iter().map(|line| Event {
            time_unix_nano: end.clone(),
            name: line,
        });
        Span {
            trace_id: span.trace_id.digits(),
            span_id: format!("{:016x}", span.id),
            parent_span_id: span
                .parent
                .map(|id| format!("{id:016x}"))
                .unwrap_or_default(),
            name: &span.name,
            kind: KIND,
            start_time_unix_nano: nanos(span.start_us),
            attributes: span
                .notes
                .iter()
                .map(|(key, text)| attribute(key, text))
                .collect(),
            events: events.collect(),
            end_time_unix_nano: end,
        }
    }
}

fn attribute<'a>(key: &'a str, text: &'a str) -> Attribute<'a> {
    let value = Value { string_value: text };
    Attribute { key, value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{Clock, Entropy};

    #[test]
    fn the_path_that_a_collector_has() {
        for url in ["http://c:4318", "http://c:4318/"] {
            assert_eq!(endpoint(url), "http://c:4318/v1/traces");
        }
        assert_eq!(endpoint("https://c/a/traces"), "https://c/a/traces");
    }

    #[test]
    fn spans_as_a_collector_reads_them() {
        let traces = Arc::new(Traces::new(Clock::system(), Entropy::seeded(1), 1));
        let span = traces.begin().unwrap();
        span.note("status", "200");
        span.end("request");
        let spans = traces.spans(traces.recent(None)[0].id);
        let json = serde_json::to_value(Export::of(&spans)).unwrap();
        let span = &json["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        assert_eq!(span["traceId"].as_str().unwrap().len(), 32);
        assert_eq!(span["parentSpanId"], "");
        assert_eq!(span["attributes"][0]["value"]["stringValue"], "200");
    }
}
