//! Whom an instance's runtime runs with: its extensions, and those of them that get telemetry.

use super::why_not_executed;
use crate::engine::Request;
use crate::engine::extensions::{self, Complaint, Event, Extensions, ShutdownReason};
use crate::engine::failure::Failure;
use crate::engine::logbook::Logbook;
use crate::engine::platform::PlatformLine;
use crate::engine::runtime_api::InitEvent;
use crate::engine::telemetry::Telemetry;
use base::{Entropy, Timestamp};
use sandbox::{Command, Dialer, Exit, Process};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long extensions may take to end, as on AWS.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);
/// How long what waits to be sent to subscribers may take then.
const FLUSH_LIMIT: Duration = Duration::from_millis(500);
/// `EACCES`
const PERMISSION_DENIED: i32 = 13;

/// See the module.
#[derive(Debug)]
pub(super) struct Peers {
    pub extensions: Arc<Extensions>,
    pub telemetry: Arc<Telemetry>,
    /// The names of the external ones, in the order in which they were started.
    external: Vec<String>,
}

/// The command with the extensions that are programs of their own.
pub(super) fn beside(
    command: Command,
    external: &[PathBuf],
    place: impl Fn(&Path) -> PathBuf,
) -> Command {
    external
        .iter()
        .fold(command, |command, path| command.companion(place(path)))
}

impl Peers {
    pub fn new(external: &[PathBuf], dialer: Option<Dialer>, entropy: Entropy) -> Peers {
        Peers {
            extensions: Arc::new(Extensions::new(external, entropy)),
            telemetry: Arc::new(Telemetry::new(dialer)),
            external: external
                .iter()
                .map(|path| extensions::file_name(path))
                .collect(),
        }
    }

    /// Waits until the external ones have registered; then the runtime may start.
    pub async fn have_registered(&self, process: &Process) {
        if !self.external.is_empty() {
            self.extensions.registered().await;
            process.release();
        }
    }

    /// Whether there is no extension, once the start is over.
    pub fn are_none(&self) -> bool {
        self.extensions.are_none()
    }

    /// Waits until all wait for an event.
    pub async fn are_ready(&self) {
        self.extensions.ready().await;
    }

    /// Whether one of them has failed.
    pub fn have_failed(&self, process: &Process) -> bool {
        self.extensions.has_complaint() || process.has_lost_companion()
    }

    /// Waits until one of them fails.
    pub async fn failure(&self, process: &Process) -> Failure {
        tokio::select! {
            biased;
            (complaint, kind) = self.extensions.complaint() => {
                let error_type = match complaint {
                    Complaint::Init => "Extension.InitError",
                    Complaint::Exit => "Extension.ExitError",
                };
                Failure::Extension(error_type, kind)
            }
            (index, exit) = process.companion_end() => self.crashed(index, exit),
        }
    }

    fn crashed(&self, index: usize, exit: Exit) -> Failure {
        let reason = match exit {
            Exit::NotStarted(errno) => {
                let error_type = match errno {
                    PERMISSION_DENIED => "PermissionDenied",
                    _ => "UnknownError",
                };
                self.extensions.not_launched(index, error_type);
                let name = self.external.get(index).map_or("", String::as_str);
                let reason = why_not_executed(errno);
                let reason = format!("fork/exec /opt/extensions/{name}: {reason}");
                return Failure::Extension("Extension.LaunchError", reason);
            }
            Exit::Code(0) => "exit code 0".to_owned(),
            exit => exit.to_string(),
        };
        Failure::Extension("Extension.Crash", reason)
    }

    /// The runtime's part of the start is over: nobody can register any more.
    pub fn runtime_is_up(&self, logbook: &Logbook, event: &Result<InitEvent, Failure>) {
        self.extensions.close();
        let (status, error_type) = match event {
            Ok(InitEvent::Ready) => ("success", None),
            Ok(InitEvent::Failed(_)) => ("error", Some("Runtime.Unknown")),
            Err(failure) => (failure.status(), Some(failure.error_type())),
        };
        logbook.drain();
        logbook.platform(&PlatformLine::InitRuntimeDone { status, error_type });
    }

    /// The start is over; how long it took if it came to an instance.
    pub fn start_is_over(&self, logbook: &Logbook, took: Option<Duration>) {
        for extension in self.extensions.all() {
            logbook.platform(&PlatformLine::Extension(&extension));
        }
        if let Some(took) = took {
            logbook.platform(&PlatformLine::InitDone { took });
        }
        self.telemetry.close();
    }

    /// An invocation begins.
    pub fn tell_of(&self, request: &Request, deadline: Timestamp) {
        if !self.are_none() {
            self.extensions.tell(&Event::invoke(request, deadline));
        }
    }

    /// Lets them send what they have left, and end.
    pub async fn shut_down(&self, process: &Process, logbook: &Logbook, reason: ShutdownReason) {
        if self.are_none() {
            return;
        }
        logbook.flush();
        self.telemetry.flush(FLUSH_LIMIT).await;
        let deadline = logbook.now().saturating_add(SHUTDOWN_LIMIT);
        let told = self.extensions.tell(&Event::Shutdown {
            shutdown_reason: reason,
            deadline_ms: deadline.as_millis(),
        });
        // Those that take longer are ended.
        let _ = timeout(SHUTDOWN_LIMIT, process.companions_end(told)).await;
    }
}
