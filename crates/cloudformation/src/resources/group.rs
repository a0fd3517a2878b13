//! `AWS::IAM::Group`.

use super::identity_policies::{Holder, POLICIES};
use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, Naming, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::iam::{CreateGroupInput, DeleteGroupInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::Group,
    name: "AWS::IAM::Group",
    properties: &[
        Property::optional("GroupName", Schema::Text).replaces(),
        Property::optional("ManagedPolicyArns", Schema::List(&Schema::Text)),
        Property::optional("Path", Schema::Text).replaces(),
        Property::optional("Policies", POLICIES),
    ],
    attributes: &["Arn"],
    naming: Some(Naming {
        property: "GroupName",
        max_length: 128,
    }),
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let input: CreateGroupInput = Request::new()
        .text("GroupName", &wanted.name)
        .copy(&wanted.properties, &["Path"])
        .input()?;
    let group = step.call(input).await?.group;
    let made = Made::named(group.group_name).with("Arn", group.arn);
    birth.exists(&made).await?;
    let holder = Holder::Group(&made.reference);
    let none = Map::default();
    holder.bring(step, &none, &wanted.properties).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let holder = Holder::Group(&old.made.reference);
    holder
        .bring(step, &old.properties, &wanted.properties)
        .await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let group_name = old.made.reference.clone();
    let holder = Holder::Group(&group_name);
    let none = Map::default();
    holder.bring(step, &old.properties, &none).await?;
    step.remove(DeleteGroupInput { group_name }).await
}
