//! GetFunctionConfiguration.

use crate::catalog;
use crate::configuration::{self, Detail};
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{FunctionConfiguration, GetFunctionConfigurationInput};

impl Operate<Lambda> for GetFunctionConfigurationInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target("lambda:GetFunctionConfiguration", &target))
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<FunctionConfiguration, Error> {
        let target = parse(&self, &Scope::of(permit.caller()))?;
        let found = catalog::resolve(&lambda.0.store, &target, None).await?;
        Ok(configuration::of_version(
            &target.scope,
            &target.name,
            target.arn(),
            &found.version,
            &found.record,
            Detail::Full,
        ))
    }
}

fn parse(input: &GetFunctionConfigurationInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
