//! PutFunctionEventInvokeConfig.

use crate::error::Error;
use crate::event_config::{self, EventConfigRecord, Given};
use crate::lambda::{Lambda, on_target};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{FunctionEventInvokeConfig, PutFunctionEventInvokeConfigInput};

impl Operate<Lambda> for PutFunctionEventInvokeConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target("lambda:PutFunctionEventInvokeConfig", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<FunctionEventInvokeConfig, Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let given = &Given {
            retries: self.maximum_retry_attempts,
            max_age_s: self.maximum_event_age_in_seconds,
            destinations: self.destination_config.as_ref(),
        };
        given.check_any()?;
        event_config::check_function(&lambda.0.store, target).await?;
        event_config::check_destinations(lambda, target, given.destinations).await?;
        let modified_ms = lambda.0.clock.now().as_millis();
        let store = &lambda.0.store;
        let record: EventConfigRecord = store
            .transact(|txn| async move {
                event_config::check_function(&txn, target).await?;
                let mut record = EventConfigRecord {
                    qualifier: target.qualifier_or_latest(),
                    ..EventConfigRecord::default()
                };
                given.apply(&mut record);
                record.modified_ms = modified_ms;
                txn.put(event_config::key(target), kv::record::encode(&record));
                Ok::<_, Error>(record)
            })
            .await?;
        Ok(event_config::answer(target, &record))
    }
}

fn parse(input: &PutFunctionEventInvokeConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
