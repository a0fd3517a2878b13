//! `AWS::Lambda::EventSourceMapping`: what reads a table's stream for a function.

use super::request::Request;
use super::{Birth, Existing, Failure, MAX_POLLS, POLL_INTERVAL, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use wire::lambda::{
    CreateEventSourceMappingInput, DeleteEventSourceMappingInput, EventSourceMappingConfiguration,
    GetEventSourceMappingInput, UpdateEventSourceMappingInput,
};

const ON_FAILURE: Schema = Schema::Object(&[Property::optional(
    "OnFailure",
    Schema::Object(&[Property::required("Destination", Schema::Text)]),
)]);
const FILTERS: Schema = Schema::Object(&[Property::optional(
    "Filters",
    Schema::List(&Schema::Object(&[Property::optional(
        "Pattern",
        Schema::Text,
    )])),
)]);

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::EventSourceMapping,
    name: "AWS::Lambda::EventSourceMapping",
    properties: &[
        Property::optional("BatchSize", Schema::Integer),
        Property::optional("BisectBatchOnFunctionError", Schema::Flag),
        Property::optional("DestinationConfig", ON_FAILURE),
        Property::optional("Enabled", Schema::Flag),
        Property::required("EventSourceArn", Schema::Text).replaces(),
        Property::optional("FilterCriteria", FILTERS),
        Property::required("FunctionName", Schema::Text),
        Property::optional("FunctionResponseTypes", Schema::List(&Schema::Text)),
        Property::optional("MaximumBatchingWindowInSeconds", Schema::Integer),
        Property::optional("MaximumRecordAgeInSeconds", Schema::Integer),
        Property::optional("MaximumRetryAttempts", Schema::Integer),
        Property::optional("ParallelizationFactor", Schema::Integer),
        Property::optional("StartingPosition", Schema::Text).replaces(),
        Property::optional("StartingPositionTimestamp", Schema::Decimal).replaces(),
        Property::optional("Tags", TAGS).fixed(),
        Property::optional("TumblingWindowInSeconds", Schema::Integer),
        Property::refused("AmazonManagedKafkaEventSourceConfig"),
        Property::refused("DocumentDBEventSourceConfig"),
        Property::refused("KmsKeyArn"),
        Property::refused("LoggingConfig"),
        Property::refused("MetricsConfig"),
        Property::refused("ProvisionedPollerConfig"),
        Property::refused("Queues"),
        Property::refused("ScalingConfig"),
        Property::refused("SelfManagedEventSource"),
        Property::refused("SelfManagedKafkaEventSourceConfig"),
        Property::refused("SourceAccessConfigurations"),
        Property::refused("Topics"),
    ],
    attributes: &["EventSourceMappingArn", "Id"],
    naming: None,
};

/// What both making and changing a mapping take.
const CHANGEABLE: [&str; 12] = [
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "Enabled",
    "FilterCriteria",
    "FunctionName",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
];

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let input: CreateEventSourceMappingInput = Request::new()
        .copy(properties, &CHANGEABLE)
        .copy(
            properties,
            &[
                "EventSourceArn",
                "StartingPosition",
                "StartingPositionTimestamp",
            ],
        )
        .tag_map(properties, "Tags")
        .input()?;
    let mapping = step.call(input).await?;
    let id = mapping.uuid.unwrap_or_default();
    let arn = mapping.event_source_mapping_arn.unwrap_or_default();
    let made = Made::named(id.as_str())
        .with("Id", id.as_str())
        .with("EventSourceMappingArn", arn);
    birth.exists(&made).await?;
    settle(step, &id).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let id = old.made.reference.as_str();
    let mut input: UpdateEventSourceMappingInput = Request::new()
        .text("UUID", id)
        .copy(&wanted.properties, &CHANGEABLE)
        .input()?;
    // What the template no longer has goes back to what a new mapping gets.
    input.enabled.get_or_insert(true);
    input.batch_size.get_or_insert(100);
    input.bisect_batch_on_function_error.get_or_insert(false);
    input.destination_config.get_or_insert_default();
    input.filter_criteria.get_or_insert_default();
    input.function_response_types.get_or_insert_default();
    input.maximum_batching_window_in_seconds.get_or_insert(0);
    input.maximum_record_age_in_seconds.get_or_insert(-1);
    input.maximum_retry_attempts.get_or_insert(-1);
    input.parallelization_factor.get_or_insert(1);
    input.tumbling_window_in_seconds.get_or_insert(0);
    step.call(input).await?;
    settle(step, id).await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let uuid = old.made.reference.clone();
    step.remove(DeleteEventSourceMappingInput { uuid }).await
}

/// Waits until the mapping reads, or does not as it was told.
async fn settle<A: Api>(step: &Step<'_, A>, id: &str) -> Result<(), Failure> {
    for _ in 0..MAX_POLLS {
        let uuid = id.to_owned();
        let mapping = step.call(GetEventSourceMappingInput { uuid }).await?;
        if !is_changing(&mapping) {
            return Ok(());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Err(Failure::Unsettled(format!(
        "the event source mapping {id} does not come to rest"
    )))
}

fn is_changing(mapping: &EventSourceMappingConfiguration) -> bool {
    let passing = ["Creating", "Enabling", "Disabling", "Updating"];
    let state = mapping.state.as_deref();
    state.is_some_and(|state| passing.contains(&state))
}
