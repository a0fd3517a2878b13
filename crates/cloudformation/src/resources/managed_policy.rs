//! `AWS::IAM::ManagedPolicy`, attached to roles, users and groups.

use super::identity_policies::Holders;
use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted, json_of};
use crate::api::Api;
use crate::catalog::{Kind, Naming, TypeInfo};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use wire::iam::{
    CreatePolicyInput, CreatePolicyVersionInput, DeletePolicyInput, DeletePolicyVersionInput,
    ListPolicyVersionsInput,
};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::ManagedPolicy,
    name: "AWS::IAM::ManagedPolicy",
    properties: &[
        Property::optional("Description", Schema::Text).replaces(),
        Property::optional("Groups", Schema::List(&Schema::Text)),
        Property::optional("ManagedPolicyName", Schema::Text).replaces(),
        Property::optional("Path", Schema::Text).replaces(),
        Property::required("PolicyDocument", Schema::Json),
        Property::optional("Roles", Schema::List(&Schema::Text)),
        Property::optional("Tags", TAGS).fixed(),
        Property::optional("Users", Schema::List(&Schema::Text)),
    ],
    attributes: &["PolicyArn"],
    naming: Some(Naming {
        property: "ManagedPolicyName",
        max_length: 128,
    }),
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let input: CreatePolicyInput = Request::new()
        .text("PolicyName", &wanted.name)
        .own_text("PolicyDocument", json_of(properties, "PolicyDocument"))
        .copy(properties, &["Description", "Path", "Tags"])
        .input()?;
    let policy = step.call(input).await?.policy.unwrap_or_default();
    let arn = policy.arn.unwrap_or_default();
    let made = Made::named(arn.as_str()).with("PolicyArn", arn);
    birth.exists(&made).await?;
    attach(step, &made.reference, &Holders::of(properties)).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let arn = &old.made.reference;
    let name = "PolicyDocument";
    if old.properties.get(name) != wanted.properties.get(name) {
        let mut input: CreatePolicyVersionInput = Request::new()
            .text("PolicyArn", arn)
            .own_text(name, json_of(&wanted.properties, name))
            .input()?;
        input.set_as_default = Some(true);
        // A policy has at most five versions; the old ones serve nobody here.
        drop_versions(step, arn).await?;
        step.call(input).await?;
        drop_versions(step, arn).await?;
    }
    let before = || Holders::of(&old.properties);
    let now = || Holders::of(&wanted.properties);
    attach(step, arn, &now().without(&before())).await?;
    detach(step, arn, &before().without(&now())).await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let policy_arn = old.made.reference.clone();
    detach(step, &policy_arn, &Holders::of(&old.properties)).await?;
    step.remove(DeletePolicyInput { policy_arn }).await
}

async fn attach<A: Api>(step: &Step<'_, A>, arn: &str, holders: &Holders) -> Result<(), Failure> {
    for holder in holders.all() {
        holder.attach(step, arn).await?;
    }
    Ok(())
}

async fn detach<A: Api>(step: &Step<'_, A>, arn: &str, holders: &Holders) -> Result<(), Failure> {
    for holder in holders.all() {
        holder.detach(step, arn.to_owned()).await?;
    }
    Ok(())
}

/// Removes every version but the default one.
async fn drop_versions<A: Api>(step: &Step<'_, A>, arn: &str) -> Result<(), Failure> {
    let policy_arn = arn.to_owned();
    let input = ListPolicyVersionsInput {
        policy_arn,
        ..ListPolicyVersionsInput::default()
    };
    let versions = step.call(input).await?.versions.unwrap_or_default();
    for version in versions {
        if version.is_default_version != Some(true) {
            let policy_arn = arn.to_owned();
            let version_id = version.version_id.unwrap_or_default();
            step.remove(DeletePolicyVersionInput {
                policy_arn,
                version_id,
            })
            .await?;
        }
    }
    Ok(())
}
