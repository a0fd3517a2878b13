//! `AWS::Lambda::Version`: a function's code and configuration as they are when it is made.

use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::lambda::{
    DeleteFunctionInput, PublishVersionInput, PutProvisionedConcurrencyConfigInput,
};

/// `ProvisionedConcurrencyConfig`, which aliases have as well.
pub(super) const PROVISIONED: Property = Property::optional(
    "ProvisionedConcurrencyConfig",
    Schema::Object(&[Property::required(
        "ProvisionedConcurrentExecutions",
        Schema::Integer,
    )]),
);

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::Version,
    name: "AWS::Lambda::Version",
    properties: &[
        Property::optional("CodeSha256", Schema::Text).replaces(),
        Property::optional("Description", Schema::Text).replaces(),
        Property::required("FunctionName", Schema::Text).replaces(),
        PROVISIONED.replaces(),
        Property::refused("FunctionScalingConfig"),
        Property::refused("RuntimePolicy"),
    ],
    attributes: &["FunctionArn", "Version"],
    naming: None,
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let input: PublishVersionInput = Request::new()
        .copy(properties, &["CodeSha256", "Description", "FunctionName"])
        .input()?;
    let version = step.call(input).await?;
    let arn = version.function_arn.unwrap_or_default();
    let number = version.version.unwrap_or_default();
    let made = Made::named(arn.as_str())
        .with("FunctionArn", arn)
        .with("Version", number.as_str());
    birth.exists(&made).await?;
    provision(step, wanted, &number).await?;
    Ok(made)
}

/// Asks for the provisioned concurrency that a version or an alias shall have.
pub(super) async fn provision<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    qualifier: &str,
) -> Result<(), Failure> {
    let properties = &wanted.properties;
    let config = properties.get(PROVISIONED.name);
    let Some(config) = config.and_then(crate::document::Node::as_map) else {
        return Ok(());
    };
    let input: PutProvisionedConcurrencyConfigInput = Request::new()
        .copy(properties, &["FunctionName"])
        .text("Qualifier", qualifier)
        .copy(config, &["ProvisionedConcurrentExecutions"])
        .input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    // The ARN names the version.
    let input = DeleteFunctionInput {
        function_name: old.made.reference.clone(),
        ..DeleteFunctionInput::default()
    };
    step.remove(input).await
}
