//! What a function gets of a stream, and what it says of it.

use super::window::WindowFields;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::Change;

#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "Records")]
    records: Vec<&'a Value>,
    #[serde(flatten)]
    window: Option<WindowFields<'a>>,
}

/// The event for a batch, as JSON.
pub(super) fn event(changes: &[Change], window: Option<WindowFields<'_>>) -> Vec<u8> {
    let records = changes.iter().map(|change| &change.record).collect();
    serde_json::to_vec(&Event { records, window }).unwrap_or_default()
}

/// Makes a record what functions get: it names its stream, and spells who wrote it in its own way.
pub(super) fn complete(change: &mut Change, stream_arn: &str) {
    let Some(record) = change.record.as_object_mut() else {
        return;
    };
    record.insert("eventSourceARN".to_owned(), stream_arn.into());
    if let Some(Value::Object(identity)) = record.remove("userIdentity") {
        let lowered = |name: String| match name.as_str() {
            "PrincipalId" => "principalId".to_owned(),
            "Type" => "type".to_owned(),
            _ => name,
        };
        let identity = identity
            .into_iter()
            .map(|(name, value)| (lowered(name), value));
        record.insert("userIdentity".to_owned(), Value::Object(identity.collect()));
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    #[serde(default)]
    batch_item_failures: Option<Vec<Failure>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: Option<String>,
}

/// How many of the first changes a function has done with, by its report of failures.
pub(super) fn done_with(report: &[u8], changes: &[Change]) -> usize {
    let all = changes.len();
    if matches!(report, b"" | b"null" | b"{}") {
        return all;
    }
    let Ok(report) = serde_json::from_slice::<Report>(report) else {
        // Whatever is no report is a failure of the whole batch.
        return 0;
    };
    let failures = report.batch_item_failures.unwrap_or_default();
    let places = failures.iter().map(|failure| {
        let id = failure.item_identifier.as_deref().unwrap_or_default();
        let named = |change: &Change| change.sequence_number == id;
        changes.iter().position(named).unwrap_or(0)
    });
    places.min().unwrap_or(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Timestamp;
    use service::StreamPlace;

    #[test]
    fn reports() {
        let change = |number: u64| Change {
            place: StreamPlace(number),
            sequence_number: number.to_string(),
            shard_id: String::new(),
            created: Timestamp::from_millis(0),
            record: Value::Null,
        };
        let changes = [change(1), change(2), change(3)];
        let check = |report: &str, expected| {
            assert_eq!(done_with(report.as_bytes(), &changes), expected, "{report}");
        };
        check("null", 3);
        check(r#"{"batchItemFailures":[]}"#, 3);
        check(
            r#"{"batchItemFailures":[{"itemIdentifier":"3"},{"itemIdentifier":"2"}]}"#,
            1,
        );
        check(r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#, 0);
        check(r#"{"batchItemFailures":[{"itemIdentifier":"9"}]}"#, 0);
        check("\"no report\"", 0);
    }
}
