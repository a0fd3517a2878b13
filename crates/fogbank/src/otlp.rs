//! Traces for other systems: OTLP over HTTP with Protobuf, as "OTLP Specification" of OpenTelemetry
//! describes it.
//!
//! Spans are sent in batches. What cannot be sent is lost; requests never wait for it.

use egress::Egress;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;
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
const CONTENT_TYPE: &str = "application/x-protobuf";
const VERSION: &str = env!("CARGO_PKG_VERSION");

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
    let request = HttpRequest {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: vec![("Content-Type".to_owned(), CONTENT_TYPE.to_owned())],
        body: exported(batch).encode_to_vec().into(),
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

/// Spans as a collector takes them.
fn exported(batch: &[SpanRecord]) -> ExportTraceServiceRequest {
    let resource = Resource {
        attributes: vec![
            attribute("service.name", "fogbank"),
            attribute("service.version", VERSION),
        ],
        ..Resource::default()
    };
    let scope = InstrumentationScope {
        name: "fogbank".to_owned(),
        version: VERSION.to_owned(),
        ..InstrumentationScope::default()
    };
    let scope_spans = ScopeSpans {
        scope: Some(scope),
        spans: batch.iter().map(span).collect(),
        ..ScopeSpans::default()
    };
    let resource_spans = ResourceSpans {
        resource: Some(resource),
        scope_spans: vec![scope_spans],
        ..ResourceSpans::default()
    };
    ExportTraceServiceRequest {
        resource_spans: vec![resource_spans],
    }
}

fn span(record: &SpanRecord) -> Span {
    let start_us = u64::try_from(record.start_us).unwrap_or_default();
    let start_ns = start_us.saturating_mul(1_000);
    let end_ns = start_ns.saturating_add(record.duration_us.saturating_mul(1_000));
    let kind = match record.parent {
        Some(_) => SpanKind::Internal,
        None => SpanKind::Server,
    };
    let parent = record.parent.map(|id| id.to_be_bytes().to_vec());
    // Lines of a function's log do not say when they were written.
    let events = record.log.iter().map(|line| Event {
        time_unix_nano: end_ns,
        name: line.clone(),
        ..Event::default()
    });
    let notes = record.notes.iter();
    Span {
        trace_id: record.trace_id.bytes().to_vec(),
        span_id: record.id.to_be_bytes().to_vec(),
        parent_span_id: parent.unwrap_or_default(),
        name: record.name.clone(),
        kind: kind.into(),
        start_time_unix_nano: start_ns,
        end_time_unix_nano: end_ns,
        attributes: notes.map(|(key, text)| attribute(key, text)).collect(),
        events: events.collect(),
        ..Span::default()
    }
}

fn attribute(key: &str, text: &str) -> KeyValue {
    let value = any_value::Value::StringValue(text.to_owned());
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
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
        let sent = exported(&spans).encode_to_vec();
        let read = ExportTraceServiceRequest::decode(sent.as_slice()).unwrap();
        let span = &read.resource_spans[0].scope_spans[0].spans[0];
        assert_eq!((span.trace_id.len(), span.span_id.len()), (16, 8));
        assert!(span.parent_span_id.is_empty());
        assert_eq!(span.kind(), SpanKind::Server);
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
        assert_eq!(span.attributes, [attribute("status", "200")]);
    }
}
