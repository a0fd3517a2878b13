//! GetFunctionCodeSigningConfig.

use crate::catalog;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{GetFunctionCodeSigningConfigInput, GetFunctionCodeSigningConfigOutput};

impl Operate<Lambda> for GetFunctionCodeSigningConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:GetFunctionCodeSigningConfig", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<GetFunctionCodeSigningConfigOutput, Error> {
        let target = Target::parse(&Scope::of(permit.caller()), &self.function_name, None)?;
        let function = catalog::named(&lambda.0.store, &target).await?;
        // AWS answers nothing at all, not even the name, for a function that names none.
        let name = function.code_signing.as_ref().map(|_| function.name);
        Ok(GetFunctionCodeSigningConfigOutput {
            code_signing_config_arn: function.code_signing,
            function_name: name,
        })
    }
}
