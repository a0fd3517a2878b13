//! GetFunction.

use crate::catalog;
use crate::configuration::{self, Detail};
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::target::{Scope, Target};
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{Concurrency, FunctionCodeLocation, GetFunctionInput, GetFunctionOutput};

impl Operate<Lambda> for GetFunctionInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = parse(self, &Scope::of(caller))?;
        Ok(on_target("lambda:GetFunction", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<GetFunctionOutput, Error> {
        let target = parse(&self, &Scope::of(permit.caller()))?;
        let found = catalog::resolve(&lambda.0.store, &target, None).await?;
        let configuration = configuration::of_version(
            &target.scope,
            &target.name,
            target.arn(),
            &found.version,
            &found.record,
            Detail::Full,
        );
        let location = lambda.download_link(&target.scope, &target.name, &found.record.code);
        let reserved = found.function.reserved_concurrency;
        Ok(GetFunctionOutput {
            configuration: Some(configuration),
            code: Some(FunctionCodeLocation {
                repository_type: Some("S3".to_owned()),
                location: Some(location),
                ..FunctionCodeLocation::default()
            }),
            tags: Some(found.function.tags).filter(|tags| !tags.is_empty()),
            tags_error: None,
            concurrency: reserved.map(|reserved| Concurrency {
                reserved_concurrent_executions: i32::try_from(reserved).ok(),
            }),
        })
    }
}

fn parse(input: &GetFunctionInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
