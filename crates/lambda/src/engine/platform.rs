//! The lines that the platform itself writes into a function's log: when an instance starts, and
//! around each invocation. Written as text or, for functions that log JSON, as AWS's platform
//! events, which is also what telemetry consists of.

use super::deployment::{Deployment, Initialization, LogFormat};
use super::extensions::Extension;
use super::failure::Failure;
use super::telemetry::{Dialect, Kind};
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
    /// An instance came up; only telemetry has it, but for restores.
    InitDone {
        took: Duration,
    },
    /// The runtime's part of a start is over; only telemetry has it.
    InitRuntimeDone {
        status: &'a str,
        error_type: Option<&'a str>,
    },
    /// Where an extension stands at the end of a start.
    Extension(&'a Extension),
    /// An extension gets telemetry from now on.
    Subscribed {
        dialect: Dialect,
        name: &'a str,
        kinds: &'a [Kind],
    },
    Start {
        request_id: &'a str,
    },
    /// The runtime's part of an invocation is over; only telemetry has it.
    RuntimeDone {
        request_id: &'a str,
        took: Duration,
        produced_bytes: usize,
        failure: Option<&'a Failure>,
    },
    /// Only text has it, and the Logs API.
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
            LogFormat::Text => self.text(deployment),
            LogFormat::Json { .. } => self.is_logged_in_json(deployment).then(|| {
                let (kind, record) = self.event(deployment);
                let time = now.iso8601();
                let line = serde_json::to_string(&Event { time, kind, record });
                format!("{}\n", line.unwrap_or_default())
            }),
        }
    }

    fn is_logged_in_json(&self, deployment: &Deployment) -> bool {
        match self {
            PlatformLine::InitDone { .. } => is_restored(deployment),
            PlatformLine::End { .. }
            | PlatformLine::InitRuntimeDone { .. }
            | PlatformLine::RuntimeDone { .. } => false,
            _ => true,
        }
    }

    fn text(&self, deployment: &Deployment) -> Option<String> {
        Some(match self {
            PlatformLine::InitDone { took } => return restored_text(deployment, *took),
            PlatformLine::InitRuntimeDone { .. } | PlatformLine::RuntimeDone { .. } => return None,
            PlatformLine::Extension(extension) => extension_text(extension),
            PlatformLine::Subscribed {
                dialect,
                name,
                kinds,
            } => subscribed_text(*dialect, name, kinds),
            PlatformLine::InitStart => {
                let version = deployment.runtime.version_label();
                let arn = runtime_version_arn(deployment);
                let phase = match deployment.initialization {
                    Initialization::OnDemand | Initialization::ProvisionedConcurrency => {
                        "INIT_START"
                    }
                    Initialization::SnapStart => "RESTORE_START",
                };
                format!("{phase} Runtime Version: {version}\tRuntime Version ARN: {arn}\n")
            }
            PlatformLine::InitReport {
                took,
                status,
                error_type,
            } => {
                let took = millis(*took);
                let error_type = error_type.map(|t| format!("\tError Type: {t}"));
                let error_type = error_type.unwrap_or_default();
                let what = match deployment.initialization {
                    Initialization::OnDemand | Initialization::ProvisionedConcurrency => {
                        format!("INIT_REPORT Init Duration: {took:.2} ms\tPhase: init")
                    }
                    Initialization::SnapStart => {
                        format!("RESTORE_REPORT Restore Duration: {took:.2} ms")
                    }
                };
                format!("{what}\tStatus: {status}{error_type}\n")
            }
            PlatformLine::Start { request_id } => {
                let version = &deployment.version;
                format!("START RequestId: {request_id} Version: {version}\n")
            }
            PlatformLine::End { request_id } => format!("END RequestId: {request_id}\n"),
            PlatformLine::Report(report) => report.text(deployment),
        })
    }

    /// The event's name and record.
    pub fn event(&self, deployment: &Deployment) -> (&'static str, Value) {
        if is_restored(deployment)
            && let Some(event) = self.restore_event(deployment)
        {
            return event;
        }
        let version = &deployment.version;
        let initialization = deployment.initialization.as_str();
        match self {
            PlatformLine::InitStart => (
                "platform.initStart",
                json!({
                    "initializationType": deployment.initialization.as_str(),
                    "phase": "init",
                    "runtimeVersion": deployment.runtime.version_label(),
                    "runtimeVersionArn": runtime_version_arn(deployment),
                    "functionName": deployment.function_name,
                    "functionVersion": version,
                }),
            ),
            PlatformLine::InitReport {
                took,
                status,
                error_type,
            } => (
                "platform.initReport",
                json!({
                    "initializationType": initialization,
                    "phase": "init",
                    "status": status,
                    "errorType": error_type,
                    "metrics": {"durationMs": rounded(*took)},
                }),
            ),
            PlatformLine::InitDone { took } => (
                "platform.initReport",
                json!({
                    "initializationType": initialization,
                    "phase": "init",
                    "status": "success",
                    "metrics": {"durationMs": rounded(*took)},
                }),
            ),
            PlatformLine::InitRuntimeDone { status, error_type } => {
                let record = json!({
                    "initializationType": initialization,
                    "phase": "init",
                    "status": status,
                });
                ("platform.initRuntimeDone", with_error(record, *error_type))
            }
            PlatformLine::Extension(extension) => {
                ("platform.extension", extension_event(extension))
            }
            PlatformLine::Subscribed {
                dialect,
                name,
                kinds,
            } => {
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
                let event = match dialect {
                    Dialect::Telemetry => "platform.telemetrySubscription",
                    Dialect::Logs => "platform.logsSubscription",
                };
                let record = json!({"name": name, "state": "Subscribed", "types": kinds});
                (event, record)
            }
            PlatformLine::Start { request_id } => (
                "platform.start",
                json!({"requestId": request_id, "version": version}),
            ),
            PlatformLine::RuntimeDone {
                request_id,
                took,
                produced_bytes,
                failure,
            } => {
                let record = json!({
                    "requestId": request_id,
                    "status": failure.map_or("success", Failure::status),
                    "metrics": {
                        "durationMs": rounded(*took),
                        "producedBytes": produced_bytes,
                    },
                });
                let error_type = failure.map(Failure::error_type);
                ("platform.runtimeDone", with_error(record, error_type))
            }
            PlatformLine::End { request_id } => ("platform.end", json!({"requestId": request_id})),
            PlatformLine::Report(report) => ("platform.report", report.event(deployment)),
        }
    }
}

impl PlatformLine<'_> {
    /// What the events of a start are where it is told as a restore.
    fn restore_event(&self, deployment: &Deployment) -> Option<(&'static str, Value)> {
        Some(match self {
            PlatformLine::InitStart => (
                "platform.restoreStart",
                json!({
                    "runtimeVersion": deployment.runtime.version_label(),
                    "runtimeVersionArn": runtime_version_arn(deployment),
                    "functionName": deployment.function_name,
                    "functionVersion": deployment.version,
                }),
            ),
            PlatformLine::InitRuntimeDone { status, error_type } => {
                let record = json!({"status": status});
                (
                    "platform.restoreRuntimeDone",
                    with_error(record, *error_type),
                )
            }
            PlatformLine::InitDone { took } => (
                "platform.restoreReport",
                json!({"status": "success", "metrics": {"durationMs": rounded(*took)}}),
            ),
            PlatformLine::InitReport {
                took,
                status,
                error_type,
            } => {
                let metrics = json!({"durationMs": rounded(*took)});
                let record = json!({"status": status, "metrics": metrics});
                ("platform.restoreReport", with_error(record, *error_type))
            }
            _ => return None,
        })
    }
}

/// Only a restore has a line of its own.
fn restored_text(deployment: &Deployment, took: Duration) -> Option<String> {
    let took = millis(took);
    is_restored(deployment).then(|| format!("RESTORE_REPORT Restore Duration: {took:.2} ms\n"))
}

fn extension_text(extension: &Extension) -> String {
    let events: Vec<&str> = extension.events.iter().map(|e| e.as_str()).collect();
    let (name, state, events) = (
        &extension.name,
        extension.standing.as_str(),
        events.join(","),
    );
    let error_type = extension.error_type.as_ref();
    let error_type = error_type.map(|kind| format!("\tError Type: {kind}"));
    let error_type = error_type.unwrap_or_default();
    format!("EXTENSION\tName: {name}\tState: {state}\tEvents: [{events}]{error_type}\n")
}

fn extension_event(extension: &Extension) -> Value {
    let events: Vec<&str> = extension.events.iter().map(|e| e.as_str()).collect();
    let record = json!({
        "name": extension.name,
        "state": extension.standing.as_str(),
        "events": events,
    });
    with_error(record, extension.error_type.as_deref())
}

/// AWS writes the two APIs' lines differently.
fn subscribed_text(dialect: Dialect, name: &str, kinds: &[Kind]) -> String {
    let (api, kinds) = match dialect {
        Dialect::Telemetry => {
            let kinds: Vec<String> = kinds.iter().map(|kind| format!("{kind:?}")).collect();
            ("TELEMETRY", kinds.join(", "))
        }
        Dialect::Logs => {
            let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            ("LOGS", kinds.join(","))
        }
    };
    format!("{api}\tName: {name}\tState: Subscribed\tTypes: [{kinds}]\n")
}

fn with_error(mut record: Value, error_type: Option<&str>) -> Value {
    if let (Some(error_type), Some(record)) = (error_type, record.as_object_mut()) {
        record.insert("errorType".to_owned(), json!(error_type));
    }
    record
}

impl Report<'_> {
    /// Since August 2025 the start of an instance is billed with its first invocation; a restore is
    /// told apart.
    fn billed_ms(&self, deployment: &Deployment) -> u64 {
        let init = self.init.filter(|_| !is_restored(deployment));
        rounded_up(self.took + init.unwrap_or_default())
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
            self.billed_ms(deployment),
            deployment.memory_mb,
            self.peak_memory_mb(),
        );
        if let Some(init) = self.init {
            let (took, billed) = (millis(init), rounded_up(init));
            line += &match is_restored(deployment) {
                true => {
                    format!(
                        "Restore Duration: {took:.2} ms\tBilled Restore Duration: {billed} ms\t"
                    )
                }
                false => format!("Init Duration: {took:.2} ms\t"),
            };
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
            "billedDurationMs": self.billed_ms(deployment),
            "memorySizeMB": deployment.memory_mb,
            "maxMemoryUsedMB": self.peak_memory_mb(),
        });
        if let (Some(init), Some(metrics)) = (self.init, metrics.as_object_mut()) {
            let name = match is_restored(deployment) {
                true => "restoreDurationMs",
                false => "initDurationMs",
            };
            metrics.insert(name.to_owned(), json!(rounded(init)));
            if is_restored(deployment) {
                let billed = json!(rounded_up(init));
                metrics.insert("billedRestoreDurationMs".to_owned(), billed);
            }
        }
        let event = json!({
            "requestId": self.request_id,
            "metrics": metrics,
            "status": self.failure.map_or("success", Failure::status),
        });
        with_error(event, self.failure.map(Failure::error_type))
    }
}

fn is_restored(deployment: &Deployment) -> bool {
    deployment.initialization == Initialization::SnapStart
}

/// Whole milliseconds, as they are billed.
fn rounded_up(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
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
    fn starts_of_versions_with_snap_start_are_told_as_restores() {
        let mut deployment = deployment(std::path::Path::new("/code"));
        deployment.initialization = Initialization::SnapStart;
        let took = Duration::from_micros(2_500);
        let lines = [
            PlatformLine::InitDone { took },
            PlatformLine::InitReport {
                took,
                status: "timeout",
                error_type: None,
            },
            PlatformLine::Report(Report {
                request_id: "ID",
                took: Duration::from_millis(1),
                init: Some(took),
                peak_memory_bytes: 1,
                failure: None,
            }),
        ];
        let lines = lines.map(|line| line.render(&deployment, Timestamp::from_millis(0)));
        let [done, failed, report] = lines.map(Option::unwrap);
        assert_eq!(done, "RESTORE_REPORT Restore Duration: 2.50 ms\n");
        assert_eq!(
            failed,
            "RESTORE_REPORT Restore Duration: 2.50 ms\tStatus: timeout\n"
        );
        assert!(report.contains("\tBilled Duration: 1 ms\t"), "{report}");
        assert!(
            report.ends_with("\tRestore Duration: 2.50 ms\tBilled Restore Duration: 3 ms\t\n"),
            "{report}"
        );
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
