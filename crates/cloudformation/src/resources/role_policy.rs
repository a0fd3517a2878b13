//! `AWS::IAM::Policy`: an inline policy in one or more roles.

use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted, json_of, text_of, texts_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::iam::{DeleteRolePolicyInput, PutRolePolicyInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::RolePolicy,
    name: "AWS::IAM::Policy",
    properties: &[
        Property::required("PolicyName", Schema::Text).replaces(),
        Property::required("PolicyDocument", Schema::Json),
        Property::required("Roles", Schema::List(&Schema::Text)),
        Property::refused("Groups"),
        Property::refused("Users"),
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
    let roles = texts_of(&wanted.properties, "Roles");
    let before = texts_of(&old.properties, "Roles").into_iter();
    take(step, before.filter(|role| !roles.contains(role)), old).await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    take(step, texts_of(&old.properties, "Roles").into_iter(), old).await
}

async fn put<A: Api>(step: &Step<'_, A>, properties: &Map) -> Result<(), Failure> {
    for role in texts_of(properties, "Roles") {
        let input: PutRolePolicyInput = Request::new()
            .text("RoleName", &role)
            .copy(properties, &["PolicyName"])
            .own_text("PolicyDocument", json_of(properties, "PolicyDocument"))
            .input()?;
        step.call(input).await?;
    }
    Ok(())
}

async fn take<A: Api>(
    step: &Step<'_, A>,
    roles: impl Iterator<Item = String> + Send,
    old: &Existing,
) -> Result<(), Failure> {
    for role_name in roles {
        let policy_name = old.made.reference.clone();
        step.remove(DeleteRolePolicyInput {
            role_name,
            policy_name,
        })
        .await?;
    }
    Ok(())
}
