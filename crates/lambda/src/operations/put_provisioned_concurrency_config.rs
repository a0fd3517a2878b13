//! PutProvisionedConcurrencyConfig.

use crate::engine::Allocation;
use crate::error::{Error, Invalid};
use crate::lambda::{Lambda, on_target};
use crate::provisioned::{self, ProvisionedRecord};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{PutProvisionedConcurrencyConfigInput, PutProvisionedConcurrencyConfigOutput};

impl Operate<Lambda> for PutProvisionedConcurrencyConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target("lambda:PutProvisionedConcurrencyConfig", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<PutProvisionedConcurrencyConfigOutput, Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let store = &lambda.0.store;
        provisioned::check_target(store, target, Invalid::ProvisionedLatest).await?;
        let requested = u32::try_from(self.provisioned_concurrent_executions).unwrap_or(0);
        provisioned::check_limits(lambda, target, requested).await?;
        let record = &ProvisionedRecord {
            qualifier: target.qualifier_or_latest(),
            requested,
            modified_ms: lambda.0.clock.now().as_millis(),
        };
        store
            .transact(|txn| async move {
                provisioned::check_target(&txn, target, Invalid::ProvisionedLatest).await?;
                provisioned::check_clash(&txn, target).await?;
                txn.put(provisioned::key(target), kv::record::encode(record));
                Ok::<_, Error>(())
            })
            .await?;
        lambda.provide(target).await;
        // As on AWS, whose answer comes before the first instance does.
        let answer = provisioned::answer(record, Allocation::default());
        Ok(PutProvisionedConcurrencyConfigOutput {
            requested_provisioned_concurrent_executions: answer
                .requested_provisioned_concurrent_executions,
            allocated_provisioned_concurrent_executions: answer
                .allocated_provisioned_concurrent_executions,
            available_provisioned_concurrent_executions: answer
                .available_provisioned_concurrent_executions,
            status: answer.status,
            status_reason: None,
            last_modified: answer.last_modified,
        })
    }
}

fn parse(input: &PutProvisionedConcurrencyConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, Some(&input.qualifier))
}
