//! DeleteFunctionCodeSigningConfig.

use crate::catalog;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::record;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::DeleteFunctionCodeSigningConfigInput;

impl Operate<Lambda> for DeleteFunctionCodeSigningConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:DeleteFunctionCodeSigningConfig", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<(), Error> {
        let target = &Target::parse(&Scope::of(permit.caller()), &self.function_name, None)?;
        let key = &record::function_key(&target.scope, &target.name);
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                let mut function = catalog::named(&txn, target).await?;
                function.code_signing = None;
                txn.put(key.clone(), kv::record::encode(&function));
                Ok(())
            })
            .await
    }
}
