//! PutFunctionCodeSigningConfig.

use crate::catalog;
use crate::code_signing;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::record;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{PutFunctionCodeSigningConfigInput, PutFunctionCodeSigningConfigOutput};

impl Operate<Lambda> for PutFunctionCodeSigningConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        let put = on_target("lambda:PutFunctionCodeSigningConfig", &target).into_iter();
        let arn = &self.code_signing_config_arn;
        Ok(put
            .map(|requirement| requirement.with("lambda:CodeSigningConfigArn", [arn]))
            .collect())
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<PutFunctionCodeSigningConfigOutput, Error> {
        let scope = &Scope::of(permit.caller());
        let target = &Target::parse(scope, &self.function_name, None)?;
        let arn = &self.code_signing_config_arn;
        let key = &record::function_key(scope, &target.name);
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                code_signing::named(&txn, scope, arn).await?;
                let mut function = catalog::named(&txn, target).await?;
                function.code_signing = Some(arn.clone());
                txn.put(key.clone(), kv::record::encode(&function));
                Ok::<_, Error>(())
            })
            .await?;
        Ok(PutFunctionCodeSigningConfigOutput {
            code_signing_config_arn: arn.clone(),
            function_name: target.name.clone(),
        })
    }
}
