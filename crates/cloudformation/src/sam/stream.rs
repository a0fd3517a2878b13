//! `DynamoDB` events of a serverless function: a table's stream that calls it.

use super::callee::Callee;
use crate::document::{Map, Mark, Node, Value};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::template::{Resource, text};

/// Properties that an event source mapping has under the same name.
const COPIED: [&str; 12] = [
    "BatchSize",
    "BisectBatchOnFunctionError",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
    "StartingPositionTimestamp",
    "TumblingWindowInSeconds",
];

/// A stream that calls a function.
pub(super) struct StreamEvent {
    pub mark: Mark,
    name: String,
    /// Of the mapping, but for its function.
    properties: Map,
}

impl StreamEvent {
    pub fn read(name: &str, mark: Mark, mut fields: Fields<'_>) -> Result<Self, TemplateError> {
        let mut properties = Map::default();
        let stream = fields.required("Stream")?.clone();
        properties.set(mark, "EventSourceArn", stream);
        for name in COPIED {
            if let Some(node) = fields.node(name) {
                properties.set(node.mark, name, node.clone());
            }
        }
        if let Some(config) = fields.object("DestinationConfig")? {
            let mark = config.mark();
            properties.set(mark, "DestinationConfig", destination(config)?);
        }
        fields.refuse(&["KmsKeyArn", "MetricsConfig"])?;
        fields.finish()?;
        Ok(StreamEvent {
            mark,
            name: name.to_owned(),
            properties,
        })
    }

    /// What reads the stream.
    pub fn mapping(self, callee: &Callee<'_>) -> Resource {
        let function = callee.function;
        let id = format!("{}{}", function.logical_id, self.name);
        let mut properties = self.properties;
        properties.set(self.mark, "FunctionName", callee.reference(self.mark));
        let kind = "AWS::Lambda::EventSourceMapping";
        let mut mapping = Resource::generated(self.mark, id, kind, properties);
        mapping.condition.clone_from(&function.condition);
        mapping
    }
}

/// `DestinationConfig` without SAM's `Type`, which only says whether the service is there.
fn destination(mut fields: Fields<'_>) -> Result<Node, TemplateError> {
    let mark = fields.mark();
    let mut config = Map::default();
    if let Some(mut target) = fields.object("OnFailure")? {
        if let Some(kind) = target.node("Type") {
            let name = text(kind, "Type of a destination")?;
            let what = format!("a destination of the type {name:?}");
            return Err(TemplateError::not_supported(kind.mark, what));
        }
        let node = target.required("Destination")?.clone();
        let target_mark = target.mark();
        target.finish()?;
        let node = Node::map(target_mark, [("Destination", node)]);
        config.set(target_mark, "OnFailure", node);
    }
    fields.finish()?;
    Ok(Node::new(mark, Value::Map(config)))
}
