//! ListProvisionedConcurrencyConfigs.

use crate::catalog;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::page::page;
use crate::provisioned::{self, ProvisionedRecord};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{
    GetProvisionedConcurrencyConfigOutput, ListProvisionedConcurrencyConfigsInput,
    ListProvisionedConcurrencyConfigsOutput, ProvisionedConcurrencyConfigListItem,
};

impl Operate<Lambda> for ListProvisionedConcurrencyConfigsInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target(
            "lambda:ListProvisionedConcurrencyConfigs",
            &target,
        ))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<ListProvisionedConcurrencyConfigsOutput, Error> {
        let scope = Scope::of(permit.caller());
        let target = Target::parse(&scope, &self.function_name, None)?;
        let store = &lambda.0.store;
        catalog::named(store, &target).await?;
        let range = provisioned::all(&scope, &target.name);
        let records: Vec<ProvisionedRecord> = catalog::list(store, range).await?;
        let name = |record: &ProvisionedRecord| record.qualifier.clone();
        let (records, next_marker) = page(records, name, self.marker.as_deref(), self.max_items);
        let mut configs = Vec::new();
        for record in &records {
            let answer = lambda.provided(&target, record).await?;
            configs.push(listed(&target, record, answer));
        }
        Ok(ListProvisionedConcurrencyConfigsOutput {
            provisioned_concurrency_configs: Some(configs),
            next_marker,
        })
    }
}

fn listed(
    target: &Target,
    record: &ProvisionedRecord,
    answer: GetProvisionedConcurrencyConfigOutput,
) -> ProvisionedConcurrencyConfigListItem {
    ProvisionedConcurrencyConfigListItem {
        function_arn: Some(format!("{}:{}", target.function_arn(), record.qualifier)),
        requested_provisioned_concurrent_executions: answer
            .requested_provisioned_concurrent_executions,
        available_provisioned_concurrent_executions: answer
            .available_provisioned_concurrent_executions,
        allocated_provisioned_concurrent_executions: answer
            .allocated_provisioned_concurrent_executions,
        status: answer.status,
        status_reason: answer.status_reason,
        last_modified: answer.last_modified,
    }
}
