//! CreateEventSourceMapping.

use crate::catalog;
use crate::error::{Clash, Error};
use crate::event_source::{self, MappingRecord};
use crate::lambda::Lambda;
use crate::target::{Scope, Target};
use kv::{Order, Txn};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{CreateEventSourceMappingInput, EventSourceMappingConfiguration};

impl Operate<Lambda> for CreateEventSourceMappingInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        let requirement = Requirement::new("lambda:CreateEventSourceMapping", "*");
        Ok(vec![requirement.with("lambda:FunctionArn", [target.arn()])])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<EventSourceMappingConfiguration, Error> {
        let scope = Scope::of(permit.caller());
        let target = &Target::parse(&scope, &self.function_name, None)?;
        let now_ms = lambda.0.clock.now().as_millis();
        let record = &event_source::of_new(&self, target, lambda.0.entropy.uuid(), now_ms)?;
        catalog::resolve(&lambda.0.store, target, None).await?;
        let place = lambda.starting_place(target, record).await?;
        let progress = &event_source::nothing_read(place);
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                check_new(&txn, target, record).await?;
                let uuid = &record.uuid;
                txn.put(event_source::key(uuid), kv::record::encode(record));
                let key = event_source::progress_key(uuid);
                txn.put(key, kv::record::encode(progress));
                Ok::<_, Error>(())
            })
            .await?;
        lambda.0.pollers.wake();
        let result = progress.result.clone();
        Ok(event_source::answer(record, record.state(now_ms), result))
    }
}

/// Refuses a second mapping of a stream to a function.
async fn check_new(txn: &Txn, target: &Target, record: &MappingRecord) -> Result<(), Error> {
    let scan = txn.scan(event_source::all(), Order::Ascending);
    let mappings: Vec<MappingRecord> = catalog::collect(scan).await?;
    let same = |other: &&MappingRecord| {
        other.stream_arn == record.stream_arn && other.function_arn == record.function_arn
    };
    match mappings.iter().find(same) {
        Some(other) => Err(Clash::MappingExists {
            stream: record.stream_arn.clone(),
            function: target.name.clone(),
            uuid: other.uuid.clone(),
        }
        .into()),
        None => Ok(()),
    }
}
