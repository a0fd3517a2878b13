//! `fogbank logs`: a function's log, once or as it grows.

use crate::cli::ClientArgs;
use crate::client::Client;
use crate::error::CliError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

const POLL: Duration = Duration::from_millis(300);
/// Instances write at their own pace: how much older than the newest line a new one may be.
const LATENESS_MS: i64 = 10_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FilterLogEvents<'a> {
    log_group_name: &'a str,
    start_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
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

/// Whether to stop at what is there, or to wait for more.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    Now,
    Interrupted,
}

/// Prints the log of functions, oldest line first.
pub async fn run(function: &str, until: Until, arguments: &ClientArgs) -> Result<(), CliError> {
    let client = Client::new(arguments)?;
    let mut log = Log::new(function);
    let found = log.print_new(&client).await;
    if until == Until::Now {
        return found;
    }
    loop {
        log.print_new(&client).await?;
        tokio::time::sleep(POLL).await;
    }
}

/// A log being followed: its newest line's time, and which of the last lines were printed.
pub struct Log {
    group: String,
    newest_ms: i64,
    printed: BTreeMap<String, i64>,
}

impl Log {
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
    /// The server's; a function that has not logged yet has no group, which is none.
    pub async fn print_new(&mut self, client: &Client) -> Result<(), CliError> {
        let mut next_token = None;
        loop {
            let request = FilterLogEvents {
                log_group_name: &self.group,
                start_time: (self.newest_ms - LATENESS_MS).max(0),
                next_token,
            };
            let body = serde_json::to_string(&request).map_err(|_| CliError::Unexpected)?;
            let page: Page = match client
                .json("logs", "Logs_20140328.FilterLogEvents", body)
                .await
            {
                Err(CliError::Refused { code, .. }) if code == "ResourceNotFoundException" => {
                    return Ok(());
                }
                other => other?,
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
