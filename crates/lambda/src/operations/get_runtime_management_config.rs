//! GetRuntimeManagementConfig.

use crate::catalog::{self, Reader};
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::runtime_management::{self, RuntimeManagementRecord, UpdateOn};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{
    GetRuntimeManagementConfigInput, GetRuntimeManagementConfigOutput, UpdateRuntimeOn,
};

impl Operate<Lambda> for GetRuntimeManagementConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target("lambda:GetRuntimeManagementConfig", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<GetRuntimeManagementConfigOutput, Error> {
        let target = parse(&self, &Scope::of(permit.caller()))?;
        let store = &lambda.0.store;
        catalog::resolve(store, &target, None).await?;
        let record: Option<RuntimeManagementRecord> =
            store.record(&runtime_management::key(&target)).await?;
        let update_on = record.as_ref().map_or(UpdateOn::Auto, |r| r.update_on);
        Ok(GetRuntimeManagementConfigOutput {
            update_runtime_on: Some(match update_on {
                UpdateOn::Auto => UpdateRuntimeOn::Auto,
                UpdateOn::Manual => UpdateRuntimeOn::Manual,
                UpdateOn::FunctionUpdate => UpdateRuntimeOn::FunctionUpdate,
            }),
            function_arn: Some(target.arn_or_latest()),
            runtime_version_arn: record.and_then(|record| record.version_arn),
        })
    }
}

fn parse(input: &GetRuntimeManagementConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
