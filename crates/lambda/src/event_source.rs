//! Event source mappings: functions that get the changes of tables.
//!
//! How far a mapping has come is kept apart from what it is, and only after a batch is done with:
//! a server that is killed hands the batch over again, and nothing is skipped. Changes of one key
//! are handed over one batch at a time in the order in which they happened; those of different
//! keys in several lanes at once, if the mapping says so.

mod batch;
mod delivery;
pub(crate) mod filter;
mod lanes;
mod poller;
mod window;

pub(crate) use poller::Pollers;
use window::OpenWindow;

use crate::catalog::{self, Reader};
use crate::error::{Error, Invalid};
use crate::lambda::Lambda;
use crate::target::{Scope, Target};
use base::{Arn, Timestamp};
use bytes::Bytes;
use kv::key::KeyWriter;
use kv::{KeyRange, Space};
use serde::{Deserialize, Serialize};
use service::{FollowError, Requirement, StreamPlace, StreamStart};
use wire::lambda::{
    self as shapes, CreateEventSourceMappingInput, DestinationConfig,
    EventSourceMappingConfiguration, EventSourcePosition, OnFailure, UpdateEventSourceMappingInput,
};

const DEFAULT_BATCH: i32 = 100;
/// How long a state such as `Creating` lasts.
const TRANSITION_MS: i64 = 300;
const NOTHING_YET: &str = "No records processed";

/// A mapping as its user set it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MappingRecord {
    pub uuid: String,
    pub account: String,
    pub region: String,
    pub stream_arn: String,
    /// With a qualifier or without.
    pub function_arn: String,
    pub enabled: bool,
    pub batch_size: i32,
    pub window_s: i32,
    /// How long changes are taken together with a state that is handed on; 0 for not at all.
    #[serde(default)]
    pub tumbling_s: i32,
    pub parallelization: i32,
    pub start: Start,
    pub max_age_s: i32,
    /// -1 for as long as the change is kept.
    pub max_retries: i32,
    pub bisect: bool,
    pub on_failure: Option<String>,
    pub reports_failures: bool,
    /// JSON.
    pub filters: Option<Vec<String>>,
    pub modified_ms: i64,
    pub transition: Transition,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Start {
    TrimHorizon,
    Latest,
    AtTimestamp { millis: i64 },
}

/// What a mapping is doing for a moment after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Transition {
    Creating,
    Enabling,
    Disabling,
    Updating,
}

/// How far a mapping has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProgressRecord {
    pub place: u64,
    pub result: String,
    /// The window that is open.
    #[serde(default)]
    pub window: Option<OpenWindow>,
}

pub(crate) fn key(uuid: &str) -> Bytes {
    KeyWriter::new(Space::Lambda)
        .text("mapping")
        .text(uuid)
        .finish()
}

pub(crate) fn all() -> KeyRange {
    KeyWriter::new(Space::Lambda).text("mapping").range()
}

pub(crate) fn progress_key(uuid: &str) -> Bytes {
    let key = KeyWriter::new(Space::Lambda).text("mapping-progress");
    key.text(uuid).finish()
}

impl MappingRecord {
    pub fn is_in(&self, scope: &Scope) -> bool {
        self.account == scope.account.as_str() && self.region == scope.region.as_str()
    }

    /// What it invokes.
    pub fn target(&self) -> Option<Target> {
        let scope = Scope {
            account: self.account.parse().ok()?,
            region: self.region.parse().ok()?,
        };
        Target::parse(&scope, &self.function_arn, None).ok()
    }

    /// How many changes a batch has at most.
    pub fn batch_limit(&self) -> usize {
        usize::try_from(self.batch_size).unwrap_or(1)
    }

    /// How many batches are handed over at once. A state is handed from one to the next.
    pub fn lanes(&self) -> usize {
        match self.tumbling_s {
            0 => usize::try_from(self.parallelization).unwrap_or(1).max(1),
            _ => 1,
        }
    }

    pub fn state(&self, now_ms: i64) -> &'static str {
        let is_settled = now_ms >= self.modified_ms.saturating_add(TRANSITION_MS);
        match (is_settled, self.enabled) {
            (true, true) => "Enabled",
            (true, false) => "Disabled",
            (false, _) => match self.transition {
                Transition::Creating => "Creating",
                Transition::Enabling => "Enabling",
                Transition::Disabling => "Disabling",
                Transition::Updating => "Updating",
            },
        }
    }

    /// Takes over what a request changes.
    pub fn change(&mut self, input: &UpdateEventSourceMappingInput) -> Result<(), Error> {
        refuse_other_sources(&[
            (input.scaling_config.is_some(), "ScalingConfig"),
            (
                input.kms_key_arn.is_some(),
                "KMSKeyArn of event source mappings",
            ),
        ])?;
        let set = |field: &mut i32, given: Option<i32>| *field = given.unwrap_or(*field);
        set(&mut self.batch_size, input.batch_size);
        set(&mut self.window_s, input.maximum_batching_window_in_seconds);
        set(&mut self.tumbling_s, input.tumbling_window_in_seconds);
        set(&mut self.parallelization, input.parallelization_factor);
        set(&mut self.max_age_s, input.maximum_record_age_in_seconds);
        set(&mut self.max_retries, input.maximum_retry_attempts);
        self.bisect = input.bisect_batch_on_function_error.unwrap_or(self.bisect);
        if let Some(config) = &input.destination_config {
            self.on_failure = on_failure(Some(config))?;
        }
        if let Some(types) = &input.function_response_types {
            self.reports_failures = !types.is_empty();
        }
        if let Some(criteria) = &input.filter_criteria {
            self.filters = filters(Some(criteria))?;
        }
        self.transition = match input.enabled {
            Some(true) if !self.enabled => Transition::Enabling,
            Some(false) if self.enabled => Transition::Disabling,
            _ => Transition::Updating,
        };
        self.enabled = input.enabled.unwrap_or(self.enabled);
        Ok(())
    }
}

/// The record of a new mapping.
pub(crate) fn of_new(
    input: &CreateEventSourceMappingInput,
    target: &Target,
    uuid: String,
    now_ms: i64,
) -> Result<MappingRecord, Error> {
    let stream_arn = stream_arn(input.event_source_arn.as_deref())?;
    refuse_other_sources(&[
        (
            input.self_managed_event_source.is_some(),
            "SelfManagedEventSource",
        ),
        (
            input.kms_key_arn.is_some(),
            "KMSKeyArn of event source mappings",
        ),
        (input.scaling_config.is_some(), "ScalingConfig"),
        (
            input.tags.as_ref().is_some_and(|tags| !tags.is_empty()),
            "tags on anything but functions",
        ),
    ])?;
    let start = match input.starting_position {
        Some(EventSourcePosition::TrimHorizon) => Start::TrimHorizon,
        Some(EventSourcePosition::Latest) => Start::Latest,
        Some(EventSourcePosition::AtTimestamp) => {
            let time = input.starting_position_timestamp;
            let time = time.ok_or(Invalid::NoStartingTime)?;
            Start::AtTimestamp {
                millis: time.as_millis(),
            }
        }
        None => return Err(Invalid::NoStartingPosition.into()),
    };
    Ok(MappingRecord {
        uuid,
        account: target.scope.account.to_string(),
        region: target.scope.region.to_string(),
        stream_arn,
        function_arn: target.arn(),
        enabled: input.enabled.unwrap_or(true),
        batch_size: input.batch_size.unwrap_or(DEFAULT_BATCH),
        window_s: input.maximum_batching_window_in_seconds.unwrap_or(0),
        tumbling_s: input.tumbling_window_in_seconds.unwrap_or(0),
        parallelization: input.parallelization_factor.unwrap_or(1),
        start,
        max_age_s: input.maximum_record_age_in_seconds.unwrap_or(-1),
        max_retries: input.maximum_retry_attempts.unwrap_or(-1),
        bisect: input.bisect_batch_on_function_error.unwrap_or(false),
        on_failure: on_failure(input.destination_config.as_ref())?,
        reports_failures: input
            .function_response_types
            .as_ref()
            .is_some_and(|types| !types.is_empty()),
        filters: filters(input.filter_criteria.as_ref())?,
        modified_ms: now_ms,
        transition: Transition::Creating,
    })
}

/// Only streams of tables are built.
fn stream_arn(given: Option<&str>) -> Result<String, Error> {
    let arn: Option<Arn> = given.and_then(|text| text.parse().ok());
    match arn {
        None => Err(Invalid::EventSource.into()),
        Some(arn) if arn.service() == "dynamodb" && arn.resource().contains("/stream/") => {
            Ok(arn.to_string())
        }
        _ => Err(Error::NotBuilt(format!(
            "Lambda: event sources other than DynamoDB Streams are not built ({})",
            given.unwrap_or("none given")
        ))),
    }
}

fn refuse_other_sources(given: &[(bool, &str)]) -> Result<(), Error> {
    match given.iter().find(|(asked, _)| *asked) {
        Some((_, what)) => Err(Error::NotBuilt(format!("Lambda: {what} is not built"))),
        None => Ok(()),
    }
}

fn on_failure(config: Option<&DestinationConfig>) -> Result<Option<String>, Error> {
    let on_failure = config.and_then(|config| config.on_failure.as_ref());
    let arn = on_failure.and_then(|on_failure| on_failure.destination.clone());
    let arn = arn.filter(|arn| !arn.is_empty());
    crate::event_config::check_dead_letter(arn.as_deref())?;
    Ok(arn)
}

fn filters(criteria: Option<&shapes::FilterCriteria>) -> Result<Option<Vec<String>>, Error> {
    let Some(filters) = criteria.and_then(|criteria| criteria.filters.as_ref()) else {
        return Ok(None);
    };
    let patterns: Vec<String> = filters.iter().filter_map(|f| f.pattern.clone()).collect();
    for pattern in &patterns {
        filter::Pattern::parse(pattern).ok_or(Invalid::FilterPattern)?;
    }
    Ok(Some(patterns).filter(|patterns| !patterns.is_empty()))
}

/// The mapping with a UUID in a scope.
pub(crate) async fn of(
    reader: &impl Reader,
    scope: &Scope,
    uuid: &str,
) -> Result<MappingRecord, Error> {
    let found: Option<MappingRecord> = reader.record(&key(uuid)).await?;
    let found = found.filter(|record| record.is_in(scope));
    found.ok_or(Error::ResourceNotFound)
}

pub(crate) fn arn(scope: &Scope, uuid: &str) -> String {
    let resource = format!("event-source-mapping:{uuid}");
    Arn::regional("lambda", &scope.region, scope.account, &resource).to_string()
}

/// The requirement of an action on a mapping that exists, or does not.
pub(crate) async fn on_mapping(
    lambda: &Lambda,
    action: &'static str,
    scope: &Scope,
    uuid: &str,
) -> Result<Vec<Requirement>, Error> {
    let found: Option<MappingRecord> = lambda.0.store.record(&key(uuid)).await?;
    let function = found.map(|record| record.function_arn);
    let requirement = Requirement::new(action, arn(scope, uuid));
    Ok(vec![requirement.with("lambda:FunctionArn", function)])
}

impl Lambda {
    /// Where a new mapping starts: that the stream can be read shows that the role may.
    pub(crate) async fn starting_place(
        &self,
        target: &Target,
        record: &MappingRecord,
    ) -> Result<StreamPlace, Error> {
        let start = match record.start {
            Start::TrimHorizon => StreamStart::TrimHorizon,
            Start::Latest => StreamStart::Latest,
            Start::AtTimestamp { millis } => {
                StreamStart::AtTimestamp(Timestamp::from_millis(millis))
            }
        };
        let caller = self.role_of(target).await?;
        let arn = &record.stream_arn;
        let place = self.0.streams.place(&caller, arn, start).await;
        place.map_err(|error| match error {
            FollowError::Denied(_) => Invalid::StreamAccess(arn.clone()).into(),
            FollowError::NotFound(_) => Invalid::NoStream(arn.clone()).into(),
            FollowError::Unavailable(fault) => {
                tracing::error!(%fault, "a stream cannot be read");
                Error::Internal
            }
        })
    }

    /// A mapping as operations answer it.
    pub(crate) async fn mapping(
        &self,
        record: &MappingRecord,
    ) -> Result<EventSourceMappingConfiguration, Error> {
        let key = progress_key(&record.uuid);
        let progress: Option<ProgressRecord> = self.0.store.record(&key).await?;
        let result = progress.map_or_else(|| NOTHING_YET.to_owned(), |p| p.result);
        let now_ms = self.0.clock.now().as_millis();
        Ok(answer(record, record.state(now_ms), result))
    }

    /// All mappings in a scope.
    pub(crate) async fn mappings(&self, scope: &Scope) -> Result<Vec<MappingRecord>, Error> {
        let mut found: Vec<MappingRecord> = catalog::list(&self.0.store, all()).await?;
        found.retain(|record| record.is_in(scope));
        Ok(found)
    }
}

/// Progress before anything was read.
pub(crate) fn nothing_read(place: StreamPlace) -> ProgressRecord {
    ProgressRecord {
        place: place.0,
        result: NOTHING_YET.to_owned(),
        window: None,
    }
}

pub(crate) fn answer(
    record: &MappingRecord,
    state: &str,
    result: String,
) -> EventSourceMappingConfiguration {
    let (start, time) = match record.start {
        Start::TrimHorizon => (EventSourcePosition::TrimHorizon, None),
        Start::Latest => (EventSourcePosition::Latest, None),
        Start::AtTimestamp { millis } => (
            EventSourcePosition::AtTimestamp,
            Some(Timestamp::from_millis(millis)),
        ),
    };
    let scope = record.target().map(|target| target.scope);
    let filters = record.filters.as_ref().map(|patterns| {
        let patterns = patterns.iter().map(|pattern| shapes::Filter {
            pattern: Some(pattern.clone()),
        });
        shapes::FilterCriteria {
            filters: Some(patterns.collect()),
        }
    });
    let reports = record
        .reports_failures
        .then_some(shapes::FunctionResponseType::ReportBatchItemFailures);
    EventSourceMappingConfiguration {
        uuid: Some(record.uuid.clone()),
        event_source_mapping_arn: scope.map(|scope| arn(&scope, &record.uuid)),
        starting_position: Some(start),
        starting_position_timestamp: time,
        batch_size: Some(record.batch_size),
        maximum_batching_window_in_seconds: Some(record.window_s),
        parallelization_factor: Some(record.parallelization),
        event_source_arn: Some(record.stream_arn.clone()),
        filter_criteria: filters,
        function_arn: Some(record.function_arn.clone()),
        last_modified: Some(Timestamp::from_millis(record.modified_ms)),
        last_processing_result: Some(result),
        state: Some(state.to_owned()),
        state_transition_reason: Some("User action".to_owned()),
        destination_config: Some(DestinationConfig {
            on_success: None,
            on_failure: Some(OnFailure {
                destination: record.on_failure.clone(),
            }),
        }),
        maximum_record_age_in_seconds: Some(record.max_age_s),
        bisect_batch_on_function_error: Some(record.bisect),
        maximum_retry_attempts: Some(record.max_retries),
        tumbling_window_in_seconds: Some(record.tumbling_s),
        function_response_types: Some(reports.into_iter().collect()),
        ..EventSourceMappingConfiguration::default()
    }
}
