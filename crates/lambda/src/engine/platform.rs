//! The lines that the platform itself writes into a function's log: when an instance starts, and
//! around each invocation. Written as text or, for functions that log JSON, as AWS's platform
//! events.

use super::deployment::{Deployment, LogFormat};
use super::failure::Failure;
use base::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

/// A line of the platform.
#[derive(Clone, Debug)]
pub(super) enum PlatformLine<'a> {
    InitStart,
    /// An instance did not come up.
    InitReport {
        took: Duration,
        /// `timeout` or `error`.
        status: &'a str,
        error_type: Option<&'a str>,
    },
    Start {
        request_id: &'a str,
    },
    /// Only text has it.
    End {
        request_id: &'a str,
    },
    Report(Report<'a>),
}

/// What an invocation took.
#[derive(Clone, Debug)]
pub(super) struct Report<'a> {
    pub request_id: &'a str,
    pub took: Duration,
    /// How long the instance's start took, on its first invocation.
    pub init: Option<Duration>,
    pub peak_memory_bytes: u64,
    pub failure: Option<&'a Failure>,
}

/// A line in JSON.
#[derive(Serialize)]
struct Event {
    time: String,
    #[serde(rename = "type")]
    kind: &'static str,
    record: Value,
}

impl PlatformLine<'_> {
    /// The line for the log of `deployment`, with its line break; `None` if that log has no such
    /// line.
    pub fn render(&self, deployment: &Deployment, now: Timestamp) -> Option<String> {
        match deployment.logging.format {
            LogFormat::Text => Some(self.text(deployment)),
            LogFormat::Json { .. } => self.event(deployment).map(|(kind, record)| {
                let time = now.iso8601();
                let line = serde_json::to_string(&Event { time, kind, record });
                format!("{}\n", line.unwrap_or_default())
            }),
        }
    }

    fn text(&self, deployment: &Deployment) -> String {
        match self {
            PlatformLine::InitStart => {
                let version = deployment.runtime.version_label();
                let arn = runtime_version_arn(deployment);
                format!("INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n")
            }
            PlatformLine::InitReport {
                took,
                status,
                error_type,
            } => {
                let took = millis(*took);
                let error_type = error_type.map(|t| format!("\tError Type: {t}"));
                let error_type = error_type.unwrap_or_default();
                format!(
                    "INIT_REPORT Init Duration: {took:.2} ms\tPhase: init\tStatus: {status}{error_type}\n"
                )
            }
            PlatformLine::Start { request_id } => {
                let version = &deployment.version;
                format!("START RequestId: {request_id} Version: {version}\n")
            }
            PlatformLine::End { request_id } => format!("END RequestId: {request_id}\n"),
            PlatformLine::Report(report) => report.text(deployment),
        }
    }

    fn event(&self, deployment: &Deployment) -> Option<(&'static str, Value)> {
        let version = &deployment.version;
        match self {
            PlatformLine::InitStart => Some((
                "platform.initStart",
                json!({
                    "initializationType": deployment.initialization.as_str(),
                    "phase": "init",
                    "runtimeVersion": deployment.runtime.version_label(),
                    "runtimeVersionArn": runtime_version_arn(deployment),
                    "functionName": deployment.function_name,
                    "functionVersion": version,
                }),
            )),
            PlatformLine::InitReport {
                took,
                status,
                error_type,
            } => Some((
                "platform.initReport",
                json!({
                    "initializationType": deployment.initialization.as_str(),
                    "phase": "init",
                    "status": status,
                    "errorType": error_type,
                    "metrics": {"durationMs": rounded(*took)},
                }),
            )),
            PlatformLine::Start { request_id } => Some((
                "platform.start",
                json!({"requestId": request_id, "version": version}),
            )),
            PlatformLine::End { .. } => None,
            PlatformLine::Report(report) => Some(("platform.report", report.event(deployment))),
        }
    }
}

impl Report<'_> {
    /// Since August 2025 the start of an instance is billed with its first invocation.
    fn billed_ms(&self) -> u128 {
        let billed = self.took + self.init.unwrap_or_default();
        billed.as_micros().div_ceil(1000)
    }

    fn peak_memory_mb(&self) -> u64 {
        self.peak_memory_bytes.div_ceil(1024 * 1024)
    }

    fn text(&self, deployment: &Deployment) -> String {
        let mut line = format!(
            "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {} ms\t\
             Memory Size: {} MB\tMax Memory Used: {} MB\t",
            self.request_id,
            millis(self.took),
            self.billed_ms(),
            deployment.memory_mb,
            self.peak_memory_mb(),
        );
        if let Some(init) = self.init {
            line += &format!("Init Duration: {:.2} ms\t", millis(init));
        }
        match self.failure {
            None | Some(Failure::ResponseTooLarge) => {}
            Some(failure @ Failure::TimedOut(_)) => {
                line += &format!("Status: {}\t", failure.status());
            }
            Some(failure) => {
                let (status, error_type) = (failure.status(), failure.error_type());
                line += &format!("Status: {status}\tError Type: {error_type}\t");
            }
        }
        line.push('\n');
        line
    }

    fn event(&self, deployment: &Deployment) -> Value {
        let mut metrics = json!({
            "durationMs": rounded(self.took),
            "billedDurationMs": u64::try_from(self.billed_ms()).unwrap_or(u64::MAX),
            "memorySizeMB": deployment.memory_mb,
            "maxMemoryUsedMB": self.peak_memory_mb(),
        });
        if let (Some(init), Some(metrics)) = (self.init, metrics.as_object_mut()) {
            metrics.insert("initDurationMs".to_owned(), json!(rounded(init)));
        }
        let mut event = json!({
            "requestId": self.request_id,
            "metrics": metrics,
            "status": self.failure.map_or("success", Failure::status),
        });
        if let (Some(failure), Some(event)) = (self.failure, event.as_object_mut()) {
            event.insert("errorType".to_owned(), json!(failure.error_type()));
        }
        event
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Milliseconds with at most three decimal places.
fn rounded(duration: Duration) -> f64 {
    (millis(duration) * 1000.0).round() / 1000.0
}

fn runtime_version_arn(deployment: &Deployment) -> String {
    crate::runtime::version_arn(deployment.runtime, &deployment.region)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::test_support::deployment;

    #[test]
    fn report_lines() {
        let deployment = deployment(std::path::Path::new("/code"));
        let report = |init, failure| {
            let line = PlatformLine::Report(Report {
                request_id: "ID",
                took: Duration::from_micros(1_234),
                init,
                peak_memory_bytes: 40 * 1024 * 1024 + 1,
                failure,
            });
            line.render(&deployment, Timestamp::from_millis(0)).unwrap()
        };
        assert_eq!(
            report(Some(Duration::from_millis(10)), None),
            "REPORT RequestId: ID\tDuration: 1.23 ms\tBilled Duration: 12 ms\t\
             Memory Size: 128 MB\tMax Memory Used: 41 MB\tInit Duration: 10.00 ms\t\n"
        );
        let timeout = Failure::TimedOut(Duration::from_secs(3));
        assert!(report(None, Some(&timeout)).ends_with("41 MB\tStatus: timeout\t\n"));
    }

    #[test]
    fn json_events() {
        let mut deployment = deployment(std::path::Path::new("/code"));
        deployment.logging.format = LogFormat::Json {
            application_level: "INFO".to_owned(),
        };
        let line = PlatformLine::Start { request_id: "ID" };
        assert_eq!(
            line.render(&deployment, Timestamp::from_millis(1)).unwrap(),
            "{\"time\":\"1970-01-01T00:00:00.001Z\",\"type\":\"platform.start\",\
             \"record\":{\"requestId\":\"ID\",\"version\":\"$LATEST\"}}\n"
        );
        let end = PlatformLine::End { request_id: "ID" };
        assert_eq!(end.render(&deployment, Timestamp::from_millis(1)), None);
    }
}
