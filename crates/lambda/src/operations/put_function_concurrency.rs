//! PutFunctionConcurrency.

use crate::activation;
use crate::error::{Error, Invalid};
use crate::lambda::{Lambda, on_target};
use crate::provisioned;
use crate::reserved_concurrency;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{Concurrency, PutFunctionConcurrencyInput};

/// What AWS keeps for functions that reserve nothing.
const UNRESERVED_AT_LEAST: usize = 100;

impl Operate<Lambda> for PutFunctionConcurrencyInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:PutFunctionConcurrency", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<Concurrency, Error> {
        let scope = Scope::of(permit.caller());
        let target = Target::parse(&scope, &self.function_name, None)?.of_function()?;
        let reserved = u32::try_from(self.reserved_concurrent_executions).unwrap_or(0);
        let provisioned = provisioned::total(&lambda.0.store, &target).await?;
        if reserved < provisioned {
            return Err(Invalid::ReservedBelowProvisioned {
                reserved,
                provisioned,
            }
            .into());
        }
        let others = activation::functions(lambda, &scope).await?;
        let others = others
            .iter()
            .filter(|function| function.name != target.name);
        let total = reserved_concurrency::total(others).saturating_add(reserved);
        let left = lambda
            .0
            .config
            .concurrency
            .saturating_sub(usize::try_from(total).unwrap_or(usize::MAX));
        if left < UNRESERVED_AT_LEAST && reserved > 0 {
            return Err(Invalid::TooMuchReserved.into());
        }
        reserved_concurrency::set(lambda, &target, Some(reserved)).await?;
        Ok(Concurrency {
            reserved_concurrent_executions: Some(self.reserved_concurrent_executions),
        })
    }
}
