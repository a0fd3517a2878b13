//! `AWS::Logs::SubscriptionFilter`: a function that gets a log group's events.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, Naming, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::logs::{DeleteSubscriptionFilterInput, PutSubscriptionFilterInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::SubscriptionFilter,
    name: "AWS::Logs::SubscriptionFilter",
    properties: &[
        Property::required("DestinationArn", Schema::Text),
        Property::optional("Distribution", Schema::Text),
        Property::optional("FilterName", Schema::Text).replaces(),
        Property::required("FilterPattern", Schema::Text),
        Property::required("LogGroupName", Schema::Text).replaces(),
        Property::optional("RoleArn", Schema::Text),
        Property::refused("ApplyOnTransformedLogs"),
        Property::refused("EmitSystemFields"),
        Property::refused("FieldSelectionCriteria"),
    ],
    attributes: &[],
    naming: Some(Naming {
        property: "FilterName",
        max_length: 512,
    }),
};

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    put(step, &wanted.name, wanted).await?;
    Ok(Made::named(wanted.name.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    put(step, &old.made.reference, wanted).await
}

async fn put<A: Api>(step: &Step<'_, A>, name: &str, wanted: &Wanted) -> Result<(), Failure> {
    let names = [
        "DestinationArn",
        "Distribution",
        "FilterPattern",
        "LogGroupName",
        "RoleArn",
    ];
    let request = Request::new().copy_small(&wanted.properties, &names);
    let input: PutSubscriptionFilterInput = request.text("filterName", name).input()?;
    step.call(input).await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteSubscriptionFilterInput {
        log_group_name: text_of(&old.properties, "LogGroupName"),
        filter_name: old.made.reference.clone(),
    })
    .await
}
