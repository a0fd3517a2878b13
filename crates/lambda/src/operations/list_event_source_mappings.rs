//! ListEventSourceMappings.

use crate::error::Error;
use crate::event_source::MappingRecord;
use crate::lambda::Lambda;
use crate::page::page;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{ListEventSourceMappingsInput, ListEventSourceMappingsOutput};

impl Operate<Lambda> for ListEventSourceMappingsInput {
    async fn requirements(&self, _: &Lambda, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new(
            "lambda:ListEventSourceMappings",
            "*",
        )])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<ListEventSourceMappingsOutput, Error> {
        let scope = Scope::of(permit.caller());
        let function = match &self.function_name {
            Some(name) => Some(Target::parse(&scope, name, None)?.arn()),
            None => None,
        };
        let mut found = lambda.mappings(&scope).await?;
        found.retain(|record| {
            function
                .as_ref()
                .is_none_or(|arn| record.function_arn == *arn)
                && self
                    .event_source_arn
                    .as_ref()
                    .is_none_or(|arn| record.stream_arn == *arn)
        });
        let name = |record: &MappingRecord| record.uuid.clone();
        let (found, next_marker) = page(found, name, self.marker.as_deref(), self.max_items);
        let mut mappings = Vec::new();
        for record in &found {
            mappings.push(lambda.mapping(record).await?);
        }
        Ok(ListEventSourceMappingsOutput {
            next_marker,
            event_source_mappings: Some(mappings),
        })
    }
}
