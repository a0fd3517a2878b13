//! What is told of a request once it is answered: access logs in a format of the user's, and
//! execution logs in AWS's.
//!
//! Written behind the answer. As the role that the account's settings name; without one as the
//! account itself, as AWS does through a role linked to the service.

use super::log::Log;
use super::{Ready, Response, authorise, settings, stream};
use crate::Gateway;
use crate::exchange::{Exchange, Outcome, Streamed};
use crate::gateway_response;
use crate::keys;
use crate::record::AccountSettings;
use crate::store;
use base::{Timestamp, hex};
use service::{Caller, LogLine, LogSink, Principal};
use std::sync::Arc;
use tokio::runtime::Handle;
use wire::ByteStream;

/// Lines for one stream of one group.
struct Entry {
    group: String,
    stream: String,
    lines: Vec<LogLine>,
}

impl Gateway {
    /// A log for this request, if its method's settings ask for one.
    pub(super) fn log_for(ready: &Ready, exchange: &Exchange) -> Log {
        let level =
            settings(&ready.stage, exchange).and_then(|(_, set)| set.logging_level.as_deref());
        match level {
            Some("INFO" | "ERROR") => Log::on(exchange.time),
            _ => Log::off(),
        }
    }

    /// Tells of an answered request.
    pub(super) async fn tell(
        &self,
        ready: &Ready,
        exchange: &mut Exchange,
        response: &Response,
        mut log: Log,
    ) {
        let access = &ready.stage.access_log;
        if access.format.is_none() && !log.is_on() {
            return;
        }
        exchange.outcome = Some(self.outcome(exchange, response));
        exchange.integration = log.integration.take();
        let entries = entries(ready, exchange, log, self.clock.now());
        self.append(exchange, entries).await;
    }

    /// Tells of a request once its answer has passed, which goes on as what is handed back.
    pub(super) async fn tell_after(
        &self,
        stream: ByteStream,
        ready: &Arc<Ready>,
        mut exchange: Exchange,
        response: &Response,
        mut log: Log,
    ) -> ByteStream {
        if ready.stage.access_log.format.is_none() && !log.is_on() {
            return stream;
        }
        let caller = self.log_writer(&exchange).await;
        let (ready, logs, clock) = (
            ready.clone(),
            self.neighbours.logs.clone(),
            self.clock.clone(),
        );
        let (begun, runtime) = (self.clock.now(), Handle::current());
        let (status, length) = (response.status, response.body.len());
        stream::watched(stream, self.clock.clone(), move |passed| {
            let now = clock.now();
            exchange.outcome = Some(Outcome {
                status,
                length: length + passed.bytes,
                latency_ms: now.since(exchange.time).as_millis(),
            });
            exchange.integration = log.integration.take().map(|mut integration| {
                let headers_ms = integration.latency_ms.unwrap_or_default();
                let after = |time: Timestamp| headers_ms + time.since(begun).as_millis();
                integration.latency_ms = Some(after(now));
                integration.error = passed.error;
                integration.streamed = Some(Streamed {
                    all_headers_ms: headers_ms,
                    first_content_ms: passed.first.map(after),
                });
                integration
            });
            let entries = entries(&ready, &exchange, log, now);
            runtime.spawn(write(logs, caller, entries));
        })
    }

    /// What came of a request that is answered now.
    pub(crate) fn outcome(&self, exchange: &Exchange, response: &Response) -> Outcome {
        Outcome {
            status: response.status,
            length: response.body.len(),
            latency_ms: self.clock.now().since(exchange.time).as_millis(),
        }
    }

    /// Writes a line of an access log to the log group of this ARN.
    pub(crate) async fn log_access(&self, exchange: &Exchange, arn: &str, line: String) {
        let entry = access_entry(exchange, arn, line, self.clock.now());
        self.append(exchange, entry.into_iter().collect()).await;
    }

    /// Writes entries behind the answer.
    async fn append(&self, exchange: &Exchange, entries: Vec<Entry>) {
        let caller = self.log_writer(exchange).await;
        tokio::spawn(write(self.neighbours.logs.clone(), caller, entries));
    }

    async fn log_writer(&self, exchange: &Exchange) -> Caller {
        let key = keys::account(exchange.account, &exchange.region);
        let settings = store::find::<AccountSettings>(&self.store.snapshot(), &key).await;
        let role = settings
            .ok()
            .flatten()
            .and_then(|settings| settings.cloudwatch_role_arn);
        if let Some(role) = role {
            match self.sessions.assume(self, exchange.account, &role).await {
                Ok(caller) => return caller,
                Err(error) => tracing::warn!(role, %error, "the role for logs cannot be assumed"),
            }
        }
        authorise::caller(exchange, Principal::Root)
    }
}

async fn write(logs: Arc<dyn LogSink>, caller: Caller, entries: Vec<Entry>) {
    for Entry {
        group,
        stream,
        lines,
    } in entries
    {
        if let Err(error) = logs.append(&caller, &group, &stream, lines).await {
            tracing::warn!(group, %error, "a log of an API cannot be written");
        }
    }
}

/// What the stage's logs are to have of a request.
fn entries(ready: &Ready, exchange: &Exchange, log: Log, time: Timestamp) -> Vec<Entry> {
    let access = &ready.stage.access_log;
    let mut entries = Vec::new();
    if let (Some(format), Some(arn)) = (&access.format, &access.destination_arn) {
        let message = gateway_response::substitute(format, exchange, "-");
        entries.extend(access_entry(exchange, arn, message, time));
    }
    if let Some(lines) = execution_lines(ready, exchange, log) {
        let group = format!(
            "API-Gateway-Execution-Logs_{}/{}",
            exchange.api_id, exchange.stage
        );
        entries.push(entry(&group, exchange, lines, time));
    }
    entries
}

fn access_entry(exchange: &Exchange, arn: &str, line: String, time: Timestamp) -> Option<Entry> {
    let group = arn.splitn(7, ':').nth(6)?;
    Some(entry(
        group.trim_end_matches(":*"),
        exchange,
        vec![line],
        time,
    ))
}

fn entry(group: &str, exchange: &Exchange, lines: Vec<String>, time: Timestamp) -> Entry {
    let line = |message| LogLine { time, message };
    Entry {
        group: group.to_owned(),
        // AWS spreads a stage's requests over streams named by hashes; one is enough here.
        stream: sigil(&exchange.deployment_id),
        lines: lines.into_iter().map(line).collect(),
    }
}

/// A stream's name in the form of AWS's: 32 hexadecimal digits.
fn sigil(deployment_id: &str) -> String {
    let digits = hex::encode(deployment_id.as_bytes());
    format!("{digits:0<32.32}")
}

/// The lines of the execution log; those that show data only where that is asked for.
fn execution_lines(ready: &Ready, exchange: &Exchange, log: Log) -> Option<Vec<String>> {
    let (_, settings) = settings(&ready.stage, exchange)?;
    let failed = exchange.error.is_some();
    if settings.logging_level.as_deref() == Some("ERROR") && !failed {
        return None;
    }
    let shows_data = |line: &String| {
        ["Method request ", "Endpoint re", "Method response "]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let id = &exchange.request_id;
    let mut lines = vec![
        format!("Extended Request Id: {}", exchange.extended_request_id),
        format!("Starting execution for request: {id}"),
        format!(
            "HTTP Method: {}, Resource Path: {}",
            exchange.http_method, exchange.resource_path
        ),
    ];
    let told = log.messages()?.into_iter();
    lines.extend(told.filter(|line| settings.data_trace_enabled || !shows_data(line)));
    Some(
        lines
            .into_iter()
            .map(|line| format!("({id}) {line}"))
            .collect(),
    )
}
