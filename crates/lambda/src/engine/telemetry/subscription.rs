//! What an extension asks to be sent, in either of the two APIs for it.

use super::{Event, Kind};
use http::Uri;
use serde::Deserialize;
use serde_json::Value;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::time::Duration;

/// Which API the subscription came through; their events differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Dialect {
    /// `/2022-07-01/telemetry`
    Telemetry,
    /// `/2020-08-15/logs`, which came before.
    Logs,
}

impl Dialect {
    fn schema_versions(self) -> &'static [&'static str] {
        match self {
            Dialect::Telemetry => &["2022-07-01", "2022-12-13", "2025-01-29"],
            Dialect::Logs => &["2020-08-15", "2021-03-18"],
        }
    }

    /// An event's name in this API; `None` if it has no such event.
    pub(super) fn name(self, event: &Event) -> Option<&'static str> {
        let subscription = "platform.telemetrySubscription";
        match (self, event.name) {
            (Dialect::Telemetry, "platform.end" | "platform.logsSubscription") => None,
            (Dialect::Telemetry, name) => Some(name),
            (Dialect::Logs, name) if name == subscription || name.starts_with("platform.init") => {
                None
            }
            (Dialect::Logs, name) => Some(name),
        }
    }
}

/// A valid subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Subscription {
    pub dialect: Dialect,
    pub kinds: Vec<Kind>,
    pub(super) buffering: Buffering,
    pub(super) address: SocketAddr,
    pub(super) uri: Uri,
}

/// When a batch is sent: as soon as one of the three is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Buffering {
    pub items: usize,
    pub bytes: usize,
    pub timeout: Duration,
}

/// Why a subscription is refused.
#[derive(Debug, thiserror::Error)]
pub(in crate::engine) enum InvalidSubscription {
    #[error("the request is not a subscription: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("schemaVersion {0} is not one of this API's")]
    SchemaVersion(String),
    #[error("types must name platform, function or extension")]
    NoTypes,
    #[error("destination.protocol must be HTTP")]
    Protocol,
    #[error("destination.URI must be http://sandbox.localdomain:PORT or http://sandbox:PORT")]
    Destination,
    #[error("buffering.{field} must be from {least} to {most}")]
    Buffering {
        field: &'static str,
        least: u64,
        most: u64,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    schema_version: String,
    types: Vec<Kind>,
    #[serde(default)]
    buffering: BufferingBody,
    destination: Destination,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct BufferingBody {
    max_items: Option<u64>,
    max_bytes: Option<u64>,
    timeout_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Destination {
    protocol: String,
    #[serde(rename = "URI")]
    uri: Option<String>,
}

impl Subscription {
    /// Reads a request's body.
    pub fn parse(dialect: Dialect, body: &[u8]) -> Result<Subscription, InvalidSubscription> {
        let body: Body = serde_json::from_slice(body)?;
        let version = body.schema_version;
        if !dialect.schema_versions().contains(&version.as_str()) {
            return Err(InvalidSubscription::SchemaVersion(version));
        }
        if body.types.is_empty() {
            return Err(InvalidSubscription::NoTypes);
        }
        if body.destination.protocol != "HTTP" {
            return Err(InvalidSubscription::Protocol);
        }
        let (uri, address) =
            destination(body.destination.uri.as_deref()).ok_or(InvalidSubscription::Destination)?;
        Ok(Subscription {
            dialect,
            kinds: body.types,
            buffering: body.buffering.check()?,
            address,
            uri,
        })
    }
}

/// The names stand for the instance's own loopback.
fn destination(uri: Option<&str>) -> Option<(Uri, SocketAddr)> {
    let uri: Uri = uri?.parse().ok()?;
    let is_inside = matches!(uri.host(), Some("sandbox.localdomain" | "sandbox"));
    if uri.scheme_str() != Some("http") || !is_inside {
        return None;
    }
    let port = uri.port_u16().unwrap_or(80);
    Some((uri, (Ipv4Addr::LOCALHOST, port).into()))
}

impl BufferingBody {
    /// AWS's limits and defaults.
    fn check(&self) -> Result<Buffering, InvalidSubscription> {
        let within = |field, given: Option<u64>, default, least, most| match given {
            Some(number) if !(least..=most).contains(&number) => {
                Err(InvalidSubscription::Buffering { field, least, most })
            }
            given => Ok(given.unwrap_or(default)),
        };
        let items = within("maxItems", self.max_items, 10_000, 1_000, 10_000)?;
        let bytes = within("maxBytes", self.max_bytes, 262_144, 262_144, 1_048_576)?;
        let timeout = within("timeoutMs", self.timeout_ms, 1_000, 25, 30_000)?;
        Ok(Buffering {
            items: usize::try_from(items).unwrap_or(usize::MAX),
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
            timeout: Duration::from_millis(timeout),
        })
    }
}

/// What is told of events that a subscriber was too slow for.
pub(super) fn dropped(records: usize, bytes: usize) -> Value {
    serde_json::json!({
        "reason": "Consumer seems to have fallen behind as it has not acknowledged receipt of logs.",
        "droppedRecords": records,
        "droppedBytes": bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(change: &str) -> String {
        let mut body = serde_json::json!({
            "schemaVersion": "2022-12-13",
            "types": ["platform", "function"],
            "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:4243/x"},
        });
        let change: Value = serde_json::from_str(change).unwrap();
        let fields = body.as_object_mut().unwrap();
        fields.extend(change.as_object().unwrap().clone());
        body.to_string()
    }

    fn parse(change: &str) -> Result<Subscription, InvalidSubscription> {
        Subscription::parse(Dialect::Telemetry, body(change).as_bytes())
    }

    #[test]
    fn what_is_left_out_is_as_on_aws() {
        let subscription = parse("{}").unwrap();
        assert_eq!(subscription.address, "127.0.0.1:4243".parse().unwrap());
        assert_eq!(subscription.kinds, [Kind::Platform, Kind::Function]);
        assert_eq!(subscription.buffering.items, 10_000);
        assert_eq!(subscription.buffering.timeout, Duration::from_secs(1));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for change in [
            r#"{"schemaVersion": "2020-08-15"}"#,
            r#"{"types": []}"#,
            r#"{"types": ["weather"]}"#,
            r#"{"buffering": {"maxItems": 999}}"#,
            r#"{"buffering": {"timeoutMs": 24}}"#,
            r#"{"destination": {"protocol": "TCP", "port": 1}}"#,
            r#"{"destination": {"protocol": "HTTP", "URI": "http://example.com"}}"#,
            r#"{"destination": {"protocol": "HTTP", "URI": "https://sandbox:1"}}"#,
        ] {
            assert!(parse(change).is_err(), "{change}");
        }
    }
}
