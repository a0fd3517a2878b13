//! ListFunctionEventInvokeConfigs.

use crate::catalog;
use crate::error::{Absent, Error};
use crate::event_config::{self, EventConfigRecord};
use crate::lambda::{Lambda, on_target};
use crate::page::page;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{ListFunctionEventInvokeConfigsInput, ListFunctionEventInvokeConfigsOutput};

impl Operate<Lambda> for ListFunctionEventInvokeConfigsInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:ListFunctionEventInvokeConfigs", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<ListFunctionEventInvokeConfigsOutput, Error> {
        let target = Target::parse(&Scope::of(permit.caller()), &self.function_name, None)?;
        let store = &lambda.0.store;
        let missing = || Absent::EventConfigFunction.into();
        catalog::function(store, &target, missing).await?;
        let records: Vec<EventConfigRecord> =
            catalog::list(store, event_config::all(&target)).await?;
        let name = |record: &EventConfigRecord| record.qualifier.clone();
        let (records, next_marker) = page(records, name, self.marker.as_deref(), self.max_items);
        let configs = records
            .iter()
            .map(|record| event_config::answer(&target, record));
        Ok(ListFunctionEventInvokeConfigsOutput {
            function_event_invoke_configs: Some(configs.collect()),
            next_marker,
        })
    }
}
