//! TestMetricFilter: which messages a pattern matches, and what it finds in them.

use crate::filter::Filter;
use crate::{Logs, LogsError};
use service::{Caller, Operate, Permit, Requirement};
use wire::logs::{MetricFilterMatchRecord, TestMetricFilterInput, TestMetricFilterOutput};

impl Operate<Logs> for TestMetricFilterInput {
    async fn requirements(&self, _: &Logs, _: &Caller) -> Result<Vec<Requirement>, LogsError> {
        Ok(vec![Requirement::new("logs:TestMetricFilter", "*")])
    }

    async fn operate(self, _: &Logs, _: &Permit) -> Result<TestMetricFilterOutput, LogsError> {
        let filter = Filter::parse(&self.filter_pattern)?;
        let messages = self.log_event_messages.into_iter().zip(1..);
        let matches = messages.filter_map(|(message, number)| {
            let extracted = filter.extract(&message)?;
            Some(MetricFilterMatchRecord {
                event_number: Some(number),
                event_message: Some(message),
                extracted_values: Some(extracted),
            })
        });
        Ok(TestMetricFilterOutput {
            matches: Some(matches.collect()),
        })
    }
}
