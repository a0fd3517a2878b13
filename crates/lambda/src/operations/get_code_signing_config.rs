//! GetCodeSigningConfig.

use crate::code_signing;
use crate::error::Error;
use crate::lambda::Lambda;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{GetCodeSigningConfigInput, GetCodeSigningConfigOutput};

impl Operate<Lambda> for GetCodeSigningConfigInput {
    async fn requirements(&self, _: &Lambda, _: &Caller) -> Result<Vec<Requirement>, Error> {
        let arn = &self.code_signing_config_arn;
        Ok(vec![Requirement::new("lambda:GetCodeSigningConfig", arn)])
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<GetCodeSigningConfigOutput, Error> {
        let scope = Scope::of(permit.caller());
        let arn = &self.code_signing_config_arn;
        let record = code_signing::of(&lambda.0.store, &scope, arn).await?;
        Ok(GetCodeSigningConfigOutput {
            code_signing_config: code_signing::answer(&record),
        })
    }
}
