//! DeleteFunctionEventInvokeConfig.

use crate::error::Error;
use crate::event_config;
use crate::lambda::{Lambda, on_target};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::DeleteFunctionEventInvokeConfigInput;

impl Operate<Lambda> for DeleteFunctionEventInvokeConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target("lambda:DeleteFunctionEventInvokeConfig", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<(), Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                event_config::of(&txn, target).await?;
                txn.delete(event_config::key(target));
                Ok(())
            })
            .await
    }
}

fn parse(input: &DeleteFunctionEventInvokeConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
