//! GetFunction.

use crate::catalog;
use crate::code::image;
use crate::configuration::{self, Detail};
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::record::{Code, ImageCode};
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
        let location = location(lambda, &target, &found.record.code);
        let reserved = found.function.reserved_concurrency;
        Ok(GetFunctionOutput {
            configuration: Some(configuration),
            code: Some(location),
            tags: Some(found.function.tags).filter(|tags| !tags.is_empty()),
            tags_error: None,
            concurrency: reserved.map(|reserved| Concurrency {
                reserved_concurrent_executions: i32::try_from(reserved).ok(),
            }),
        })
    }
}

/// Where the code can be had.
fn location(lambda: &Lambda, target: &Target, code: &Code) -> FunctionCodeLocation {
    match &code.image {
        Some(ImageCode { uri, .. }) => FunctionCodeLocation {
            repository_type: Some("ECR".to_owned()),
            image_uri: Some(uri.clone()),
            resolved_image_uri: Some(image::resolved_uri(uri, code)),
            ..FunctionCodeLocation::default()
        },
        None => FunctionCodeLocation {
            repository_type: Some("S3".to_owned()),
            location: Some(lambda.download_link(&target.scope, &target.name, code)),
            ..FunctionCodeLocation::default()
        },
    }
}

fn parse(input: &GetFunctionInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}
