//! PutRuntimeManagementConfig.

use crate::catalog;
use crate::error::{Error, Invalid};
use crate::lambda::{Lambda, on_target};
use crate::runtime_management::{self, RuntimeManagementRecord, UpdateOn};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{
    PutRuntimeManagementConfigInput, PutRuntimeManagementConfigOutput, UpdateRuntimeOn,
};

impl Operate<Lambda> for PutRuntimeManagementConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target("lambda:PutRuntimeManagementConfig", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<PutRuntimeManagementConfigOutput, Error> {
        let target = &parse(&self, &Scope::of(permit.caller()))?;
        let update_on = match self.update_runtime_on {
            UpdateRuntimeOn::Auto => UpdateOn::Auto,
            UpdateRuntimeOn::Manual => UpdateOn::Manual,
            UpdateRuntimeOn::FunctionUpdate => UpdateOn::FunctionUpdate,
        };
        let is_manual = update_on == UpdateOn::Manual;
        match (is_manual, &self.runtime_version_arn) {
            (true, None) => return Err(Invalid::NoRuntimeVersion.into()),
            (false, Some(_)) => return Err(Invalid::RuntimeVersionNotManual.into()),
            _ => {}
        }
        let record = &RuntimeManagementRecord {
            update_on,
            version_arn: self.runtime_version_arn,
        };
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                catalog::resolve(&txn, target, None).await?;
                txn.put(runtime_management::key(target), kv::record::encode(record));
                Ok::<_, Error>(())
            })
            .await?;
        Ok(PutRuntimeManagementConfigOutput {
            update_runtime_on: self.update_runtime_on,
            function_arn: target.arn_or_latest(),
            runtime_version_arn: record.version_arn.clone(),
        })
    }
}

fn parse(input: &PutRuntimeManagementConfigInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
