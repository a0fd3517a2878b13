//! `fogbank logs`: a function's log, once or as it grows.

use crate::cli::ClientArgs;
use crate::client::Client;
use crate::error::CliError;
use crate::local::Local;
use serde::{Deserialize, Serialize};
use service::Call as _;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;
use wire::logs::{FilterLogEventsInput, FilteredLogEvent};

const POLL: Duration = Duration::from_millis(300);
/// Instances write at their own pace: how much older than the newest line a new one may be.
const LATENESS_MS: i64 = 10_000;

/// Whether to stop at what is there, or to wait for more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    Now,
    Interrupted,
}

/// Prints a function's log, oldest line first.
pub async fn run(function: &str, until: Until, arguments: &ClientArgs) -> Result<(), CliError> {
    let client = Client::new(arguments)?;
    let mut log = Log::new(function);
    loop {
        log.print_new(&client).await?;
        if until == Until::Now {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Which events of a group are wanted.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    log_group_name: String,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// A page of events.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    #[serde(default)]
    events: Vec<Event>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_id: String,
    timestamp: i64,
    message: String,
}

/// Where events are read; a group that does not exist yet is `None`.
pub trait Source {
    async fn page(&self, wanted: &Wanted) -> Result<Option<Page>, CliError>;
}

impl Source for Client {
    async fn page(&self, wanted: &Wanted) -> Result<Option<Page>, CliError> {
        let body = serde_json::to_string(wanted).map_err(|_| CliError::Unexpected)?;
        match self
            .json("logs", "Logs_20140328.FilterLogEvents", body)
            .await
        {
            Err(CliError::Refused { code, .. }) if code == "ResourceNotFoundException" => Ok(None),
            other => other.map(Some),
        }
    }
}

impl Source for Local {
    async fn page(&self, wanted: &Wanted) -> Result<Option<Page>, CliError> {
        let input = FilterLogEventsInput {
            log_group_name: Some(wanted.log_group_name.clone()),
            start_time: Some(wanted.start_time),
            next_token: wanted.next_token.clone(),
            ..FilterLogEventsInput::default()
        };
        match self.call(input).await {
            Err(fault) if fault.is(&wire::logs::errors::RESOURCE_NOT_FOUND) => Ok(None),
            other => {
                let output = other?;
                let events = output
                    .events
                    .unwrap_or_default()
                    .into_iter()
                    .map(Event::from);
                Ok(Some(Page {
                    events: events.collect(),
                    next_token: output.next_token,
                }))
            }
        }
    }
}

impl From<FilteredLogEvent> for Event {
    fn from(event: FilteredLogEvent) -> Event {
        Event {
            event_id: event.event_id.unwrap_or_default(),
            timestamp: event.timestamp.unwrap_or_default(),
            message: event.message.unwrap_or_default(),
        }
    }
}

/// A log being followed: its newest line's time, and which of the last lines were printed.
pub struct Log {
    group: String,
    newest_ms: i64,
    printed: BTreeMap<String, i64>,
}

impl Log {
    /// The log of a function, by its name or ARN.
    pub fn new(function: &str) -> Log {
        let name = function.rsplit(':').next().unwrap_or(function);
        Log {
            group: format!("/aws/lambda/{name}"),
            newest_ms: 0,
            printed: BTreeMap::new(),
        }
    }

    /// Prints the events that were not printed yet.
    ///
    /// # Errors
    /// The source's.
    pub async fn print_new(&mut self, source: &impl Source) -> Result<(), CliError> {
        let mut next_token = None;
        loop {
            let wanted = Wanted {
                log_group_name: self.group.clone(),
                start_time: (self.newest_ms - LATENESS_MS).max(0),
                next_token,
            };
            let Some(page) = source.page(&wanted).await? else {
                return Ok(());
            };
            self.print(page.events)?;
            next_token = page.next_token;
            if next_token.is_none() {
                return Ok(());
            }
        }
    }

    fn print(&mut self, events: Vec<Event>) -> Result<(), CliError> {
        let mut out = std::io::stdout().lock();
        for event in events {
            self.newest_ms = self.newest_ms.max(event.timestamp);
            if self
                .printed
                .insert(event.event_id, event.timestamp)
                .is_none()
            {
                writeln!(out, "{}", event.message.trim_end())?;
            }
        }
        let oldest = self.newest_ms - LATENESS_MS;
        self.printed.retain(|_, time| *time >= oldest);
        Ok(out.flush()?)
    }
}
