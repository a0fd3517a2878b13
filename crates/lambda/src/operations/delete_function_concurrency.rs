//! DeleteFunctionConcurrency.

use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::reserved_concurrency;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::DeleteFunctionConcurrencyInput;

impl Operate<Lambda> for DeleteFunctionConcurrencyInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:DeleteFunctionConcurrency", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<(), Error> {
        let scope = Scope::of(permit.caller());
        let target = Target::parse(&scope, &self.function_name, None)?.of_function()?;
        reserved_concurrency::set(lambda, &target, None).await
    }
}
