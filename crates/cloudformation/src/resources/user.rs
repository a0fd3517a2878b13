//! `AWS::IAM::User`.

use super::identity_policies::{Holder, POLICIES};
use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted, texts_of, untagged};
use crate::api::Api;
use crate::catalog::{Kind, Naming, TypeInfo};
use crate::document::{Map, Node};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use wire::iam::{
    AddUserToGroupInput, CreateLoginProfileInput, CreateUserInput, DeleteLoginProfileInput,
    DeleteUserInput, RemoveUserFromGroupInput, TagUserInput, UntagUserInput,
};

const LOGIN: &str = "LoginProfile";

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::User,
    name: "AWS::IAM::User",
    properties: &[
        Property::optional("Groups", Schema::List(&Schema::Text)),
        Property::optional(
            LOGIN,
            Schema::Object(&[
                Property::required("Password", Schema::Text),
                Property::optional("PasswordResetRequired", Schema::Flag),
            ]),
        ),
        Property::optional("ManagedPolicyArns", Schema::List(&Schema::Text)),
        Property::optional("Path", Schema::Text).replaces(),
        Property::optional("PermissionsBoundary", Schema::Text).fixed(),
        Property::optional("Policies", POLICIES),
        Property::optional("Tags", TAGS),
        Property::optional("UserName", Schema::Text).replaces(),
    ],
    attributes: &["Arn"],
    naming: Some(Naming {
        property: "UserName",
        max_length: 64,
    }),
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let input: CreateUserInput = Request::new()
        .text("UserName", &wanted.name)
        .copy(properties, &["Path", "PermissionsBoundary", "Tags"])
        .input()?;
    let user = step.call(input).await?.user;
    let user = user.map(|user| (user.user_name, user.arn));
    let (name, arn) = user.unwrap_or_default();
    let made = Made::named(name).with("Arn", arn);
    birth.exists(&made).await?;
    bring(step, &made.reference, &Map::default(), properties).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let (user, properties) = (&old.made.reference, &wanted.properties);
    tag(step, user, &old.properties, properties).await?;
    bring(step, user, &old.properties, properties).await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let user_name = old.made.reference.clone();
    bring(step, &user_name, &old.properties, &Map::default()).await?;
    step.remove(DeleteUserInput { user_name }).await
}

/// Brings groups, the password and policies from what they were to what they shall be.
async fn bring<A: Api>(
    step: &Step<'_, A>,
    user: &str,
    old: &Map,
    new: &Map,
) -> Result<(), Failure> {
    let (before, groups) = (texts_of(old, "Groups"), texts_of(new, "Groups"));
    for group in groups.iter().filter(|group| !before.contains(group)) {
        let input: AddUserToGroupInput = Request::new()
            .text("GroupName", group)
            .text("UserName", user)
            .input()?;
        step.call(input).await?;
    }
    for group_name in before.into_iter().filter(|group| !groups.contains(group)) {
        let user_name = user.to_owned();
        step.remove(RemoveUserFromGroupInput {
            group_name,
            user_name,
        })
        .await?;
    }
    set_password(step, user, old, new).await?;
    Holder::User(user).bring(step, old, new).await
}

async fn set_password<A: Api>(
    step: &Step<'_, A>,
    user: &str,
    old: &Map,
    new: &Map,
) -> Result<(), Failure> {
    if old.get(LOGIN) == new.get(LOGIN) {
        return Ok(());
    }
    if old.get(LOGIN).is_some() {
        let user_name = Some(user.to_owned());
        step.remove(DeleteLoginProfileInput { user_name }).await?;
    }
    if let Some(login) = new.get(LOGIN).and_then(Node::as_map) {
        let input: CreateLoginProfileInput = Request::new()
            .text("UserName", user)
            .copy(login, &["Password", "PasswordResetRequired"])
            .input()?;
        step.call(input).await?;
    }
    Ok(())
}

/// Brings the tags from what they were to what they shall be.
async fn tag<A: Api>(step: &Step<'_, A>, user: &str, old: &Map, new: &Map) -> Result<(), Failure> {
    let tag_keys = untagged(old, new);
    if !tag_keys.is_empty() {
        let user_name = user.to_owned();
        step.call(UntagUserInput {
            user_name,
            tag_keys,
        })
        .await?;
    }
    if old.get("Tags") != new.get("Tags") && new.get("Tags").is_some() {
        let input: TagUserInput = Request::new()
            .text("UserName", user)
            .copy(new, &["Tags"])
            .input()?;
        step.call(input).await?;
    }
    Ok(())
}
