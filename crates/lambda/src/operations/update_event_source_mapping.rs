//! UpdateEventSourceMapping.

use crate::catalog;
use crate::error::Error;
use crate::event_source::{self, MappingRecord};
use crate::lambda::Lambda;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{EventSourceMappingConfiguration, UpdateEventSourceMappingInput};

impl Operate<Lambda> for UpdateEventSourceMappingInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let action = "lambda:UpdateEventSourceMapping";
        event_source::on_mapping(lambda, action, &Scope::of(caller), &self.uuid).await
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<EventSourceMappingConfiguration, Error> {
        let scope = &Scope::of(permit.caller());
        let function = match &self.function_name {
            Some(name) => Some(Target::parse(scope, name, None)?),
            None => None,
        };
        if let Some(target) = &function {
            catalog::resolve(&lambda.0.store, target, None).await?;
        }
        let now_ms = lambda.0.clock.now().as_millis();
        let (input, function) = (&self, &function);
        let store = &lambda.0.store;
        let record: MappingRecord = store
            .transact(|txn| async move {
                let mut record = event_source::of(&txn, scope, &input.uuid).await?;
                record.change(input)?;
                if let Some(target) = function {
                    record.function_arn = target.arn();
                }
                record.modified_ms = now_ms;
                let key = event_source::key(&input.uuid);
                txn.put(key, kv::record::encode(&record));
                Ok::<_, Error>(record)
            })
            .await?;
        lambda.0.pollers.wake();
        lambda.mapping(&record).await
    }
}
