//! Tumbling windows: changes of the same stretch of time, with a state that each invocation hands
//! to the next. A window's last invocation has no changes.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A state that is larger ends its window.
const MAX_STATE_BYTES: usize = 1024 * 1024;

/// A window that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenWindow {
    pub start_ms: i64,
    pub end_ms: i64,
    pub shard_id: String,
    /// What the last invocation answered: JSON.
    pub state: String,
}

/// Whether a window's invocation is its last, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Invocation {
    Ordinary,
    Last,
    /// The state has become too large.
    LastEarly,
}

/// What the event of a mapping with windows has besides records.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WindowFields<'a> {
    window: Bounds,
    state: Value,
    shard_id: &'a str,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: &'a str,
    is_final_invoke_for_window: bool,
    is_window_terminated_early: bool,
}

#[derive(Serialize)]
struct Bounds {
    start: String,
    end: String,
}

#[derive(Deserialize)]
struct Answer {
    state: Option<Value>,
}

impl OpenWindow {
    /// The window that a change of `time` falls in.
    pub fn at(time: Timestamp, seconds: i32, shard_id: &str) -> OpenWindow {
        let length_ms = i64::from(seconds.max(1)) * 1000;
        let start_ms = time.as_millis() - time.as_millis().rem_euclid(length_ms);
        OpenWindow {
            start_ms,
            end_ms: start_ms.saturating_add(length_ms),
            shard_id: shard_id.to_owned(),
            state: "{}".to_owned(),
        }
    }

    /// Whether a change belongs to it: one that comes late does.
    pub fn holds(&self, time: Timestamp) -> bool {
        time.as_millis() < self.end_ms
    }

    /// Takes the state that an invocation has answered.
    pub fn take_state(&mut self, answer: &[u8]) {
        let state = serde_json::from_slice::<Answer>(answer).ok();
        let state = state.and_then(|answer| answer.state);
        self.state = state.unwrap_or(Value::Object(Map::new())).to_string();
    }

    pub fn is_too_large(&self) -> bool {
        self.state.len() > MAX_STATE_BYTES
    }

    pub(super) fn fields<'a>(
        &'a self,
        event_source_arn: &'a str,
        invocation: Invocation,
    ) -> WindowFields<'a> {
        let time = |millis| Timestamp::from_millis(millis).iso8601();
        WindowFields {
            window: Bounds {
                start: time(self.start_ms),
                end: time(self.end_ms),
            },
            state: serde_json::from_str(&self.state).unwrap_or_default(),
            shard_id: &self.shard_id,
            event_source_arn,
            is_final_invoke_for_window: invocation != Invocation::Ordinary,
            is_window_terminated_early: invocation == Invocation::LastEarly,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_start_at_multiples_of_their_length() {
        let time = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        let mut window = OpenWindow::at(time(125), 60, "shard");
        assert_eq!((window.start_ms, window.end_ms), (120_000, 180_000));
        assert!(window.holds(time(179)) && window.holds(time(60)));
        assert!(!window.holds(time(180)));
        window.take_state(br#"{"state":{"sum":3},"batchItemFailures":[]}"#);
        assert_eq!(window.state, r#"{"sum":3}"#);
        window.take_state(b"null");
        assert_eq!(window.state, "{}");
    }
}
