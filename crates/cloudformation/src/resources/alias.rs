//! `AWS::Lambda::Alias`: a name for a version of a function.

use super::request::Request;
use super::version::{self, PROVISIONED};
use super::{Birth, Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::{Map, Node};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::lambda::{
    AliasRoutingConfiguration, CreateAliasInput, DeleteAliasInput,
    DeleteProvisionedConcurrencyConfigInput, UpdateAliasInput,
};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::Alias,
    name: "AWS::Lambda::Alias",
    properties: &[
        Property::optional("Description", Schema::Text),
        Property::required("FunctionName", Schema::Text).replaces(),
        Property::required("FunctionVersion", Schema::Text),
        Property::required("Name", Schema::Text).replaces(),
        PROVISIONED,
        Property::optional(
            "RoutingConfig",
            Schema::Object(&[Property::required(
                "AdditionalVersionWeights",
                Schema::List(&Schema::Object(&[
                    Property::required("FunctionVersion", Schema::Text),
                    Property::required("FunctionWeight", Schema::Decimal),
                ])),
            )]),
        ),
    ],
    attributes: &["AliasArn"],
    naming: None,
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let names = ["Description", "FunctionName", "FunctionVersion", "Name"];
    let mut input: CreateAliasInput = Request::new().copy(properties, &names).input()?;
    input.routing_config = Some(routing(properties));
    let arn = step.call(input).await?.alias_arn.unwrap_or_default();
    let made = Made::named(arn.as_str()).with("AliasArn", arn);
    birth.exists(&made).await?;
    version::provision(step, wanted, &text_of(properties, "Name")).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let properties = &wanted.properties;
    let names = ["FunctionName", "FunctionVersion", "Name"];
    let mut input: UpdateAliasInput = Request::new()
        .copy(properties, &names)
        .own_text("Description", text_of(properties, "Description"))
        .input()?;
    input.routing_config = Some(routing(properties));
    step.call(input).await?;
    let provisioned = |properties: &Map| properties.get(PROVISIONED.name).is_some();
    if provisioned(&old.properties) && !provisioned(properties) {
        step.remove(DeleteProvisionedConcurrencyConfigInput {
            function_name: text_of(properties, "FunctionName"),
            qualifier: text_of(properties, "Name"),
        })
        .await?;
    }
    version::provision(step, wanted, &text_of(properties, "Name")).await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteAliasInput {
        function_name: text_of(&old.properties, "FunctionName"),
        name: text_of(&old.properties, "Name"),
    })
    .await
}

/// The weights by version; none sends everything to the alias's own.
fn routing(properties: &Map) -> AliasRoutingConfiguration {
    let config = properties.get("RoutingConfig").and_then(Node::as_map);
    let weights = config.and_then(|config| config.get("AdditionalVersionWeights"));
    let weights = weights.and_then(Node::as_list).unwrap_or_default().iter();
    let weights = weights.filter_map(Node::as_map).filter_map(|weight| {
        let version = text_of(weight, "FunctionVersion");
        let share = weight.get("FunctionWeight")?.as_scalar()?.parse().ok()?;
        Some((version, share))
    });
    AliasRoutingConfiguration {
        additional_version_weights: Some(weights.collect()),
    }
}
