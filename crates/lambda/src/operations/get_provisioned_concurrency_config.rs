//! GetProvisionedConcurrencyConfig.

use crate::catalog::Reader;
use crate::error::{Absent, Error, Invalid};
use crate::lambda::{Lambda, on_target};
use crate::provisioned::{self, ProvisionedRecord};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{GetProvisionedConcurrencyConfigInput, GetProvisionedConcurrencyConfigOutput};

impl Operate<Lambda> for GetProvisionedConcurrencyConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target("lambda:GetProvisionedConcurrencyConfig", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<GetProvisionedConcurrencyConfigOutput, Error> {
        let target = parse(&self, &Scope::of(permit.caller()))?;
        let store = &lambda.0.store;
        provisioned::check_target(store, &target, Invalid::ProvisionedTarget).await?;
        let record: Option<ProvisionedRecord> = store.record(&provisioned::key(&target)).await?;
        let record = record.ok_or(Absent::Provisioned)?;
        lambda.provided(&target, &record).await
    }
}

fn parse(input: &GetProvisionedConcurrencyConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, Some(&input.qualifier))
}
