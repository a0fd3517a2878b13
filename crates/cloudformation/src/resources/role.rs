//! `AWS::IAM::Role`.

use super::identity_policies::{Holder, POLICIES};
use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted, json_of, text_of, untagged};
use crate::api::Api;
use crate::catalog::{Kind, Naming, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use wire::iam::{
    CreateRoleInput, DeleteRoleInput, TagRoleInput, UntagRoleInput, UpdateAssumeRolePolicyInput,
    UpdateRoleInput,
};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::Role,
    name: "AWS::IAM::Role",
    properties: &[
        Property::required("AssumeRolePolicyDocument", Schema::Json),
        Property::optional("Description", Schema::Text),
        Property::optional("ManagedPolicyArns", Schema::List(&Schema::Text)),
        Property::optional("MaxSessionDuration", Schema::Integer),
        Property::optional("Path", Schema::Text).replaces(),
        Property::optional("PermissionsBoundary", Schema::Text).fixed(),
        Property::optional("Policies", POLICIES),
        Property::optional("RoleName", Schema::Text).replaces(),
        Property::optional("Tags", TAGS),
    ],
    attributes: &["Arn", "RoleId"],
    naming: Some(Naming {
        property: "RoleName",
        max_length: 64,
    }),
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let trust = json_of(properties, "AssumeRolePolicyDocument");
    let input: CreateRoleInput = Request::new()
        .text("RoleName", &wanted.name)
        .own_text("AssumeRolePolicyDocument", trust)
        .copy(
            properties,
            &[
                "Description",
                "MaxSessionDuration",
                "Path",
                "PermissionsBoundary",
                "Tags",
            ],
        )
        .input()?;
    let role = step.call(input).await?.role;
    let made = Made::named(role.role_name)
        .with("Arn", role.arn)
        .with("RoleId", role.role_id);
    birth.exists(&made).await?;
    let holder = Holder::Role(&made.reference);
    holder.bring(step, &Map::default(), properties).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let role_name = &old.made.reference;
    let properties = &wanted.properties;
    let changed = |name: &str| old.properties.get(name) != properties.get(name);
    if changed("AssumeRolePolicyDocument") {
        let input: UpdateAssumeRolePolicyInput = Request::new()
            .text("RoleName", role_name)
            .own_text(
                "PolicyDocument",
                json_of(properties, "AssumeRolePolicyDocument"),
            )
            .input()?;
        step.call(input).await?;
    }
    if changed("Description") || changed("MaxSessionDuration") {
        let mut input: UpdateRoleInput = Request::new()
            .text("RoleName", role_name)
            .own_text("Description", text_of(properties, "Description"))
            .copy(properties, &["MaxSessionDuration"])
            .input()?;
        // An hour is what a role without the property has.
        input.max_session_duration = input.max_session_duration.or(Some(3600));
        step.call(input).await?;
    }
    tag(step, role_name, &old.properties, properties).await?;
    Holder::Role(role_name)
        .bring(step, &old.properties, properties)
        .await
}

/// Brings the tags from what they were to what they shall be.
async fn tag<A: Api>(
    step: &Step<'_, A>,
    role_name: &str,
    old: &Map,
    new: &Map,
) -> Result<(), Failure> {
    let tag_keys = untagged(old, new);
    if !tag_keys.is_empty() {
        let role_name = role_name.to_owned();
        step.call(UntagRoleInput {
            role_name,
            tag_keys,
        })
        .await?;
    }
    if old.get("Tags") != new.get("Tags") && new.get("Tags").is_some() {
        let input: TagRoleInput = Request::new()
            .text("RoleName", role_name)
            .copy(new, &["Tags"])
            .input()?;
        step.call(input).await?;
    }
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let role_name = old.made.reference.clone();
    Holder::Role(&role_name)
        .bring(step, &old.properties, &Map::default())
        .await?;
    step.remove(DeleteRoleInput { role_name }).await
}
