//! `AWS::IAM::Role`.

use super::request::Request;
use super::{
    Birth, Existing, Failure, Step, Wanted, is_absent, json_of, text_of, texts_of, untagged,
};
use crate::api::Api;
use crate::catalog::{Kind, Naming, TypeInfo};
use crate::document::{Map, Node};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use std::collections::BTreeMap;
use wire::iam::{
    AttachRolePolicyInput, CreateRoleInput, DeleteRoleInput, DeleteRolePolicyInput,
    DetachRolePolicyInput, PutRolePolicyInput, TagRoleInput, UntagRoleInput,
    UpdateAssumeRolePolicyInput, UpdateRoleInput,
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
        Property::optional(
            "Policies",
            Schema::List(&Schema::Object(&[
                Property::required("PolicyName", Schema::Text),
                Property::required("PolicyDocument", Schema::Json),
            ])),
        ),
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
    put_policies(step, &made.reference, &Map::default(), properties).await?;
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
    put_policies(step, role_name, &old.properties, properties).await
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
    put_policies(step, &role_name, &old.properties, &Map::default()).await?;
    step.remove(DeleteRoleInput { role_name }).await
}

/// Brings inline and attached policies from what they were to what they shall be. What shall be is
/// put in place first, so that a role never has less than both.
async fn put_policies<A: Api>(
    step: &Step<'_, A>,
    role_name: &str,
    old: &Map,
    new: &Map,
) -> Result<(), Failure> {
    let (inline_before, inline) = (inline_policies(old), inline_policies(new));
    for (name, document) in &inline {
        if inline_before.get(name) != Some(document) {
            let input: PutRolePolicyInput = Request::new()
                .text("RoleName", role_name)
                .text("PolicyName", name)
                .text("PolicyDocument", document)
                .input()?;
            step.call(input).await?;
        }
    }
    attach_policies(step, role_name, old, new).await?;
    for policy_name in inline_before
        .into_keys()
        .filter(|n| !inline.contains_key(n))
    {
        let role_name = role_name.to_owned();
        step.remove(DeleteRolePolicyInput {
            role_name,
            policy_name,
        })
        .await?;
    }
    Ok(())
}

const AWS_MANAGED: &str = "arn:aws:iam::aws:policy/";

async fn attach_policies<A: Api>(
    step: &Step<'_, A>,
    role_name: &str,
    old: &Map,
    new: &Map,
) -> Result<(), Failure> {
    let name = "ManagedPolicyArns";
    let (before, attached) = (texts_of(old, name), texts_of(new, name));
    for arn in attached.iter().filter(|arn| !before.contains(arn)) {
        let input: AttachRolePolicyInput = Request::new()
            .text("RoleName", role_name)
            .text("PolicyArn", arn)
            .input()?;
        match step.call(input).await {
            // Of AWS's own policies, those that are not here speak of services that are not.
            Err(Failure::Refused { fault, .. })
                if arn.starts_with(AWS_MANAGED) && is_absent(&fault) => {}
            attached => drop(attached?),
        }
    }
    for policy_arn in before.into_iter().filter(|arn| !attached.contains(arn)) {
        let role_name = role_name.to_owned();
        step.remove(DetachRolePolicyInput {
            role_name,
            policy_arn,
        })
        .await?;
    }
    Ok(())
}

/// Documents by name.
fn inline_policies(properties: &Map) -> BTreeMap<String, String> {
    let policies = properties.get("Policies").and_then(Node::as_list);
    let policies = policies.unwrap_or_default().iter().filter_map(Node::as_map);
    let policies = policies.map(|policy| {
        (
            text_of(policy, "PolicyName"),
            json_of(policy, "PolicyDocument"),
        )
    });
    policies.collect()
}
