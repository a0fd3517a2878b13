//! GetFunctionRecursionConfig.

use crate::catalog;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::record::RecursiveLoop;
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{
    self as shapes, GetFunctionRecursionConfigInput, GetFunctionRecursionConfigOutput,
};

impl Operate<Lambda> for GetFunctionRecursionConfigInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = Target::parse(&Scope::of(caller), &self.function_name, None)?;
        Ok(on_target("lambda:GetFunctionRecursionConfig", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<GetFunctionRecursionConfigOutput, Error> {
        let target = Target::parse(&Scope::of(permit.caller()), &self.function_name, None)?;
        let function = catalog::named(&lambda.0.store, &target).await?;
        Ok(GetFunctionRecursionConfigOutput {
            recursive_loop: Some(match function.recursive_loop {
                RecursiveLoop::Allow => shapes::RecursiveLoop::Allow,
                RecursiveLoop::Terminate => shapes::RecursiveLoop::Terminate,
            }),
        })
    }
}
