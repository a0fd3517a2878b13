//! DeleteEventSourceMapping.

use crate::error::Error;
use crate::event_source;
use crate::lambda::Lambda;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{DeleteEventSourceMappingInput, EventSourceMappingConfiguration};

impl Operate<Lambda> for DeleteEventSourceMappingInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let action = "lambda:DeleteEventSourceMapping";
        event_source::on_mapping(lambda, action, &Scope::of(caller), &self.uuid).await
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<EventSourceMappingConfiguration, Error> {
        let scope = &Scope::of(permit.caller());
        let record = event_source::of(&lambda.0.store, scope, &self.uuid).await?;
        let mut answer = lambda.mapping(&record).await?;
        let uuid = &self.uuid;
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                event_source::of(&txn, scope, uuid).await?;
                txn.delete(event_source::key(uuid));
                txn.delete(event_source::progress_key(uuid));
                Ok::<_, Error>(())
            })
            .await?;
        answer.state = Some("Deleting".to_owned());
        Ok(answer)
    }
}
