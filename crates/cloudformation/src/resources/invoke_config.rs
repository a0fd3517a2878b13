//! `AWS::Lambda::EventInvokeConfig`: how often events are tried, and where their results go.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::lambda::{DeleteFunctionEventInvokeConfigInput, PutFunctionEventInvokeConfigInput};

const DESTINATION: Schema = Schema::Object(&[Property::required("Destination", Schema::Text)]);

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::InvokeConfig,
    name: "AWS::Lambda::EventInvokeConfig",
    properties: &[
        Property::optional(
            "DestinationConfig",
            Schema::Object(&[
                Property::optional("OnFailure", DESTINATION),
                Property::optional("OnSuccess", DESTINATION),
            ]),
        ),
        Property::required("FunctionName", Schema::Text).replaces(),
        Property::optional("MaximumEventAgeInSeconds", Schema::Integer),
        Property::optional("MaximumRetryAttempts", Schema::Integer),
        Property::required("Qualifier", Schema::Text).replaces(),
    ],
    attributes: &[],
    naming: None,
};

fn of_function(properties: &Map) -> Request<'_> {
    Request::new().copy(properties, &["FunctionName", "Qualifier"])
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    put(step, wanted).await?;
    Ok(Made::named(wanted.name.as_str()))
}

/// Puts all of it: what is left out goes back to the service's default.
pub(super) async fn put<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<(), Failure> {
    let properties = &wanted.properties;
    let input: PutFunctionEventInvokeConfigInput = of_function(properties)
        .copy(
            properties,
            &[
                "DestinationConfig",
                "MaximumEventAgeInSeconds",
                "MaximumRetryAttempts",
            ],
        )
        .input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let input: DeleteFunctionEventInvokeConfigInput = of_function(&old.properties).input()?;
    step.remove(input).await
}
