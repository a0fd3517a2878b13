//! GetFunctionConcurrency.

use crate::catalog;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{GetFunctionConcurrencyInput, GetFunctionConcurrencyOutput};

impl Operate<Lambda> for GetFunctionConcurrencyInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:GetFunctionConcurrency", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<GetFunctionConcurrencyOutput, Error> {
        let scope = Scope::of(permit.caller());
        let target = Target::parse(&scope, &self.function_name, None)?.of_function()?;
        let function = catalog::named(&lambda.0.store, &target).await?;
        let reserved = function.reserved_concurrency;
        Ok(GetFunctionConcurrencyOutput {
            reserved_concurrent_executions: reserved.and_then(|r| i32::try_from(r).ok()),
        })
    }
}
