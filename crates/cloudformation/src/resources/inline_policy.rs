//! `AWS::IAM::Policy`: an inline policy in one or more roles, users and groups.

use super::identity_policies::Holders;
use super::{Birth, Existing, Failure, Step, Wanted, json_of, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::InlinePolicy,
    name: "AWS::IAM::Policy",
    properties: &[
        Property::optional("Groups", Schema::List(&Schema::Text)),
        Property::required("PolicyName", Schema::Text).replaces(),
        Property::required("PolicyDocument", Schema::Json),
        Property::optional("Roles", Schema::List(&Schema::Text)),
        Property::optional("Users", Schema::List(&Schema::Text)),
    ],
    attributes: &[],
    naming: None,
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let made = Made::named(text_of(&wanted.properties, "PolicyName"));
    birth.exists(&made).await?;
    put(step, &wanted.properties).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    put(step, &wanted.properties).await?;
    let before = Holders::of(&old.properties);
    let gone = before.without(&Holders::of(&wanted.properties));
    take(step, &gone, old).await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    take(step, &Holders::of(&old.properties), old).await
}

async fn put<A: Api>(step: &Step<'_, A>, properties: &Map) -> Result<(), Failure> {
    let name = text_of(properties, "PolicyName");
    let document = json_of(properties, "PolicyDocument");
    for holder in Holders::of(properties).all() {
        holder.put(step, &name, &document).await?;
    }
    Ok(())
}

async fn take<A: Api>(
    step: &Step<'_, A>,
    holders: &Holders,
    old: &Existing,
) -> Result<(), Failure> {
    for holder in holders.all() {
        holder.take(step, old.made.reference.clone()).await?;
    }
    Ok(())
}
