//! DeleteProvisionedConcurrencyConfig.

use crate::error::{Error, Invalid};
use crate::lambda::{Lambda, on_target};
use crate::provisioned;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::DeleteProvisionedConcurrencyConfigInput;

impl Operate<Lambda> for DeleteProvisionedConcurrencyConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target(
            "lambda:DeleteProvisionedConcurrencyConfig",
            &target,
        ))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<(), Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                provisioned::check_target(&txn, target, Invalid::ProvisionedTarget).await?;
                // Deleting one that does not exist succeeds, as on AWS.
                txn.delete(provisioned::key(target));
                Ok::<_, Error>(())
            })
            .await?;
        lambda.provide(target).await;
        Ok(())
    }
}

fn parse(input: &DeleteProvisionedConcurrencyConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, Some(&input.qualifier))
}
