//! GetFunctionEventInvokeConfig.

use crate::error::Error;
use crate::event_config;
use crate::lambda::{Lambda, on_target};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{FunctionEventInvokeConfig, GetFunctionEventInvokeConfigInput};

impl Operate<Lambda> for GetFunctionEventInvokeConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target("lambda:GetFunctionEventInvokeConfig", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<FunctionEventInvokeConfig, Error> {
        let target = parse(&self, &Scope::of(permit.caller()))?;
        let record = event_config::of(&lambda.0.store, &target).await?;
        Ok(event_config::answer(&target, &record))
    }
}

fn parse(input: &GetFunctionEventInvokeConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
