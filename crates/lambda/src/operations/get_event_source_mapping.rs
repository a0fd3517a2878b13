//! GetEventSourceMapping.

use crate::error::Error;
use crate::event_source;
use crate::lambda::Lambda;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{EventSourceMappingConfiguration, GetEventSourceMappingInput};

impl Operate<Lambda> for GetEventSourceMappingInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let action = "lambda:GetEventSourceMapping";
        event_source::on_mapping(lambda, action, &Scope::of(caller), &self.uuid).await
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<EventSourceMappingConfiguration, Error> {
        let scope = Scope::of(permit.caller());
        let record = event_source::of(&lambda.0.store, &scope, &self.uuid).await?;
        lambda.mapping(&record).await
    }
}
