//! The extensions of one instance: who they are, where each stands, and the events that they wait
//! for. External ones are programs of their own, known before they start; internal ones run within
//! the runtime and are known once they register.
//!
//! Knows nothing of HTTP or processes. Follows AWS's own state machine; its refusals are named as
//! AWS names them.

use super::Request;
use base::{Entropy, Timestamp};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use tokio::sync::watch;

/// The most extensions of one function.
pub(super) const MOST: usize = 10;

/// What an extension can be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Lifecycle {
    Invoke,
    Shutdown,
}

impl Lifecycle {
    pub fn as_str(self) -> &'static str {
        match self {
            Lifecycle::Invoke => "INVOKE",
            Lifecycle::Shutdown => "SHUTDOWN",
        }
    }

    fn parse(name: &str) -> Option<Lifecycle> {
        let all = [Lifecycle::Invoke, Lifecycle::Shutdown];
        all.into_iter().find(|event| event.as_str() == name)
    }
}

/// Why an instance ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ShutdownReason {
    Spindown,
    Timeout,
    Failure,
}

/// An event, as it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "eventType", rename_all = "UPPERCASE")]
pub(super) enum Event {
    #[serde(rename_all = "camelCase")]
    Invoke {
        deadline_ms: i64,
        request_id: String,
        invoked_function_arn: String,
        tracing: Tracing,
    },
    #[serde(rename_all = "camelCase")]
    Shutdown {
        shutdown_reason: ShutdownReason,
        deadline_ms: i64,
    },
}

/// X-Ray's header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Tracing {
    #[serde(rename = "type")]
    kind: &'static str,
    value: String,
}

impl Event {
    pub fn invoke(request: &Request, deadline: Timestamp) -> Event {
        Event::Invoke {
            deadline_ms: deadline.as_millis(),
            request_id: request.request_id.clone(),
            invoked_function_arn: request.invoked_arn.clone(),
            tracing: Tracing {
                kind: "X-Amzn-Trace-Id",
                value: request.trace.clone(),
            },
        }
    }

    fn lifecycle(&self) -> Lifecycle {
        match self {
            Event::Invoke { .. } => Lifecycle::Invoke,
            Event::Shutdown { .. } => Lifecycle::Shutdown,
        }
    }
}

/// Where an extension stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Started,
    Registered,
    /// It waits for an event.
    Ready,
    /// It has taken an event.
    Running,
    InitError,
    ExitError,
    LaunchError,
}

impl Standing {
    /// As AWS's lines name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Started => "Started",
            Standing::Registered => "Registered",
            Standing::Ready => "Ready",
            Standing::Running => "Running",
            Standing::InitError => "InitError",
            Standing::ExitError => "ExitError",
            Standing::LaunchError => "LaunchError",
        }
    }
}

/// What an extension says has gone wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    Init,
    Exit,
}

impl Complaint {
    fn standing(self) -> Standing {
        match self {
            Complaint::Init => Standing::InitError,
            Complaint::Exit => Standing::ExitError,
        }
    }
}

/// One extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Extension {
    pub name: String,
    pub events: Vec<Lifecycle>,
    pub standing: Standing,
    /// What it, or its start, has failed with.
    pub error_type: Option<String>,
    id: String,
    is_external: bool,
    waiting: Option<Event>,
}

/// Why an extension's request was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    InvalidEvent(String),
    NotForInternal,
    Closed,
    TooMany,
    NameTaken,
    UnknownIdentifier,
    Transition {
        from: Standing,
        to: Standing,
        name: String,
    },
}

/// See the module.
#[derive(Debug)]
pub(super) struct Extensions {
    entropy: Entropy,
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    extensions: Vec<Extension>,
    /// The runtime has started: nobody can register any more.
    closed: bool,
    complaint: Option<(Complaint, String)>,
}

impl Extensions {
    /// With the external ones that are about to start.
    pub fn new(external: &[PathBuf], entropy: Entropy) -> Extensions {
        let extensions = external.iter().map(|path| Extension {
            name: file_name(path),
            events: Vec::new(),
            standing: Standing::Started,
            error_type: None,
            id: entropy.uuid(),
            is_external: true,
            waiting: None,
        });
        let state = State {
            extensions: extensions.collect(),
            ..State::default()
        };
        Extensions {
            entropy,
            state: watch::Sender::new(state),
        }
    }

    /// All of them, external ones first.
    pub fn all(&self) -> Vec<Extension> {
        self.state.borrow().extensions.clone()
    }

    pub fn are_none(&self) -> bool {
        self.state.borrow().extensions.is_empty()
    }

    /// The name of the extension with this identifier.
    pub fn name_of(&self, id: &str) -> Result<String, Refusal> {
        let state = self.state.borrow();
        let extension = state.extensions.iter().find(|e| e.id == id);
        let extension = extension.ok_or(Refusal::UnknownIdentifier)?;
        Ok(extension.name.clone())
    }

    /// Registers an extension: its identifier.
    pub fn register(&self, name: &str, events: &[String]) -> Result<String, Refusal> {
        let parsed = events.iter().map(|event| {
            let known = Lifecycle::parse(event);
            known.ok_or_else(|| Refusal::InvalidEvent(event.clone()))
        });
        let events: Vec<Lifecycle> = parsed.collect::<Result<_, _>>()?;
        self.change(|state| state.register(name, events, &self.entropy))
    }

    /// Waits for the extension's next event.
    pub async fn next(&self, id: &str) -> Result<Event, Refusal> {
        self.change(|state| state.ready(id))?;
        let mut changes = self.state.subscribe();
        loop {
            let has_event = |state: &State| {
                let of_id = state.extensions.iter().find(|e| e.id == id);
                of_id.is_some_and(|extension| extension.waiting.is_some())
            };
            if changes.wait_for(has_event).await.is_err() {
                return Err(Refusal::Closed);
            }
            if let Some(event) = self.change(|state| state.take(id)) {
                return Ok(event);
            }
        }
    }

    /// An extension cannot start, or go on.
    pub fn complain(&self, id: &str, complaint: Complaint, kind: &str) -> Result<(), Refusal> {
        self.change(|state| {
            let to = complaint.standing();
            let extension = state.find(id)?;
            let allowed = match complaint {
                Complaint::Init => matches!(extension.standing, Standing::Registered),
                Complaint::Exit => !matches!(
                    extension.standing,
                    Standing::Started | Standing::InitError | Standing::LaunchError
                ),
            };
            if !allowed {
                return Err(extension.no_way_to(to));
            }
            extension.standing = to;
            extension.error_type = Some(kind.to_owned());
            state.complaint.get_or_insert((complaint, kind.to_owned()));
            Ok(())
        })
    }

    /// An external extension, by its place, could not be started.
    pub fn not_launched(&self, index: usize, error_type: &str) {
        self.change(|state| {
            if let Some(extension) = state.extensions.get_mut(index) {
                extension.standing = Standing::LaunchError;
                extension.error_type = Some(error_type.to_owned());
            }
        });
    }

    /// Nobody can register any more.
    pub fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// Waits until all external ones have registered.
    pub async fn registered(&self) {
        self.until(|e| e.standing != Standing::Started).await;
    }

    /// Waits until all wait for an event.
    pub async fn ready(&self) {
        self.until(|e| e.standing == Standing::Ready && e.waiting.is_none())
            .await;
    }

    /// Waits until one complains: of what, and with which error type.
    pub async fn complaint(&self) -> (Complaint, String) {
        let mut changes = self.state.subscribe();
        let complained = changes.wait_for(|state| state.complaint.is_some()).await;
        let complaint = complained.ok().and_then(|state| state.complaint.clone());
        match complaint {
            Some(complaint) => complaint,
            None => std::future::pending().await,
        }
    }

    /// Whether one has complained.
    pub fn has_complaint(&self) -> bool {
        self.state.borrow().complaint.is_some()
    }

    /// Hands an event to all that asked for its kind, and answers how many of them are external.
    pub fn tell(&self, event: &Event) -> usize {
        self.change(|state| {
            let lifecycle = event.lifecycle();
            let told = state.extensions.iter_mut();
            let told = told.filter(|extension| extension.events.contains(&lifecycle));
            let told = told.map(|extension| {
                extension.waiting = Some(event.clone());
                extension.is_external
            });
            told.filter(|is_external| *is_external).count()
        })
    }

    async fn until(&self, holds: impl Fn(&Extension) -> bool) {
        let mut changes = self.state.subscribe();
        // An error cannot be: the sender is ours.
        let _ = changes
            .wait_for(|state| state.extensions.iter().all(&holds))
            .await;
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut change = Some(change);
        let mut result = None;
        self.state
            .send_modify(|state| result = change.take().map(|change| change(state)));
        match result {
            Some(result) => result,
            None => unreachable!("send_modify calls its closure once"),
        }
    }
}

impl State {
    fn find(&mut self, id: &str) -> Result<&mut Extension, Refusal> {
        let found = self.extensions.iter_mut().find(|e| e.id == id);
        found.ok_or(Refusal::UnknownIdentifier)
    }

    fn register(
        &mut self,
        name: &str,
        events: Vec<Lifecycle>,
        entropy: &Entropy,
    ) -> Result<String, Refusal> {
        if let Some(known) = self.extensions.iter_mut().find(|e| e.name == name) {
            if !known.is_external {
                return Err(Refusal::NameTaken);
            }
            if known.standing != Standing::Started {
                return Err(known.no_way_to(Standing::Registered));
            }
            known.standing = Standing::Registered;
            known.events = events;
            return Ok(known.id.clone());
        }
        if events.contains(&Lifecycle::Shutdown) {
            return Err(Refusal::NotForInternal);
        }
        if self.closed {
            return Err(Refusal::Closed);
        }
        if self.extensions.len() >= MOST {
            return Err(Refusal::TooMany);
        }
        let id = entropy.uuid();
        self.extensions.push(Extension {
            name: name.to_owned(),
            events,
            standing: Standing::Registered,
            error_type: None,
            id: id.clone(),
            is_external: false,
            waiting: None,
        });
        Ok(id)
    }

    fn ready(&mut self, id: &str) -> Result<(), Refusal> {
        let extension = self.find(id)?;
        match extension.standing {
            Standing::Registered | Standing::Ready | Standing::Running => {
                extension.standing = Standing::Ready;
                Ok(())
            }
            _ => Err(extension.no_way_to(Standing::Ready)),
        }
    }

    fn take(&mut self, id: &str) -> Option<Event> {
        let extension = self.find(id).ok()?;
        let event = extension.waiting.take()?;
        extension.standing = Standing::Running;
        Some(event)
    }
}

impl Extension {
    fn no_way_to(&self, to: Standing) -> Refusal {
        Refusal::Transition {
            from: self.standing,
            to,
            name: self.name.clone(),
        }
    }
}

/// The programs of a function's external extensions, in the order of their names.
pub(super) fn find(layers: Option<&Path>) -> Vec<PathBuf> {
    let folder = layers.map(|layers| layers.join("extensions"));
    let entries = folder.and_then(|folder| std::fs::read_dir(folder).ok());
    let paths = entries.into_iter().flatten().flatten().map(|e| e.path());
    let mut programs: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    programs.sort();
    programs.truncate(MOST);
    programs
}

pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extensions() -> Extensions {
        Extensions::new(&[PathBuf::from("/opt/extensions/x")], Entropy::seeded(1))
    }

    fn events(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn shutdown() -> Event {
        Event::Shutdown {
            shutdown_reason: ShutdownReason::Spindown,
            deadline_ms: 7,
        }
    }

    #[tokio::test]
    async fn an_event_reaches_those_that_asked_for_it() {
        let extensions = extensions();
        let x = extensions.register("x", &events(&["INVOKE", "SHUTDOWN"]));
        let y = extensions.register("y", &events(&["INVOKE"])).unwrap();
        assert_eq!(extensions.tell(&shutdown()), 1);
        assert_eq!(extensions.next(&x.unwrap()).await, Ok(shutdown()));
        let standing = |name| {
            let all = extensions.all();
            all.iter().find(|e| e.name == name).unwrap().standing
        };
        assert_eq!(standing("x"), Standing::Running);
        let waits = tokio::time::timeout(std::time::Duration::ZERO, extensions.next(&y));
        assert!(waits.await.is_err(), "nothing is there for y");
        assert_eq!(standing("y"), Standing::Ready);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let extensions = extensions();
        let register = |name, names: &[&str]| extensions.register(name, &events(names));
        assert_eq!(
            register("x", &["INVOKE", "NAP"]),
            Err(Refusal::InvalidEvent("NAP".to_owned()))
        );
        assert_eq!(register("y", &["SHUTDOWN"]), Err(Refusal::NotForInternal));
        let id = register("x", &[]).unwrap();
        assert!(matches!(
            register("x", &[]),
            Err(Refusal::Transition { .. })
        ));
        register("y", &[]).unwrap();
        assert_eq!(register("y", &[]), Err(Refusal::NameTaken));
        assert_eq!(
            extensions.complain("?", Complaint::Init, "E"),
            Err(Refusal::UnknownIdentifier)
        );
        extensions.complain(&id, Complaint::Init, "E").unwrap();
        assert!(extensions.complain(&id, Complaint::Exit, "E").is_err());
        extensions.close();
        assert_eq!(register("z", &[]), Err(Refusal::Closed));
    }

    #[test]
    fn events_look_as_those_of_aws() {
        assert_eq!(
            serde_json::to_string(&shutdown()).unwrap(),
            r#"{"eventType":"SHUTDOWN","shutdownReason":"spindown","deadlineMs":7}"#
        );
    }
}
