//! DeleteCodeSigningConfig.

use crate::activation;
use crate::code_signing;
use crate::error::{Clash, Error};
use crate::lambda::Lambda;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{DeleteCodeSigningConfigInput, DeleteCodeSigningConfigOutput};

impl Operate<Lambda> for DeleteCodeSigningConfigInput {
    async fn requirements(&self, _: &Lambda, _: &Caller) -> Result<Vec<Requirement>, Error> {
        let arn = &self.code_signing_config_arn;
        Ok(vec![Requirement::new(
            "lambda:DeleteCodeSigningConfig",
            arn,
        )])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<DeleteCodeSigningConfigOutput, Error> {
        let scope = &Scope::of(permit.caller());
        let arn = &self.code_signing_config_arn;
        let functions = activation::functions(lambda, scope).await?;
        let is_used = |f: &crate::record::FunctionRecord| f.code_signing.as_ref() == Some(arn);
        if functions.iter().any(is_used) {
            return Err(Clash::CodeSigningInUse(arn.clone()).into());
        }
        let store = &lambda.0.store;
        store
            .transact(|txn| async move {
                code_signing::of(&txn, scope, arn).await?;
                txn.delete(code_signing::key(scope, arn));
                Ok::<_, Error>(())
            })
            .await?;
        Ok(DeleteCodeSigningConfigOutput {})
    }
}
