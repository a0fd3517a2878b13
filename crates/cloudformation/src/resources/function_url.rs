//! `AWS::Lambda::Url`: an address of a function's own.

use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::lambda::{
    CreateFunctionUrlConfigInput, DeleteFunctionUrlConfigInput, InvokeMode,
    UpdateFunctionUrlConfigInput,
};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::FunctionUrl,
    name: "AWS::Lambda::Url",
    properties: &[
        Property::required("AuthType", Schema::Text),
        Property::optional(
            "Cors",
            Schema::Object(&[
                Property::optional("AllowCredentials", Schema::Flag),
                Property::optional("AllowHeaders", Schema::List(&Schema::Text)),
                Property::optional("AllowMethods", Schema::List(&Schema::Text)),
                Property::optional("AllowOrigins", Schema::List(&Schema::Text)),
                Property::optional("ExposeHeaders", Schema::List(&Schema::Text)),
                Property::optional("MaxAge", Schema::Integer),
            ]),
        ),
        Property::optional("InvokeMode", Schema::Text),
        Property::optional("Qualifier", Schema::Text).replaces(),
        Property::required("TargetFunctionArn", Schema::Text).replaces(),
    ],
    attributes: &["FunctionArn", "FunctionUrl"],
    naming: None,
};

/// Whose URL it is.
fn of_function(properties: &Map) -> Request<'_> {
    let request = Request::new().copy_as(properties, "TargetFunctionArn", "FunctionName");
    request.copy(properties, &["Qualifier"])
}

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let input: CreateFunctionUrlConfigInput = of_function(properties)
        .copy(properties, &["AuthType", "Cors", "InvokeMode"])
        .input()?;
    let url = step.call(input).await?;
    let made = Made::named(url.function_arn.as_str())
        .with("FunctionArn", url.function_arn)
        .with("FunctionUrl", url.function_url);
    birth.exists(&made).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<(), Failure> {
    let properties = &wanted.properties;
    let mut input: UpdateFunctionUrlConfigInput = of_function(properties)
        .copy(properties, &["AuthType", "Cors", "InvokeMode"])
        .input()?;
    input.cors.get_or_insert_default();
    input.invoke_mode.get_or_insert(InvokeMode::Buffered);
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let input: DeleteFunctionUrlConfigInput = of_function(&old.properties).input()?;
    step.remove(input).await
}
