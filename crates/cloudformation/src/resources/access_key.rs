//! `AWS::IAM::AccessKey`: a user's key; `Fn::GetAtt` gives its secret.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::iam::{CreateAccessKeyInput, DeleteAccessKeyInput, UpdateAccessKeyInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::AccessKey,
    name: "AWS::IAM::AccessKey",
    properties: &[
        Property::optional("Serial", Schema::Integer).replaces(),
        Property::optional("Status", Schema::Text),
        Property::required("UserName", Schema::Text).replaces(),
    ],
    attributes: &["SecretAccessKey"],
    naming: None,
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl super::Birth,
) -> Result<Made, Failure> {
    let request = Request::new().copy(&wanted.properties, &["UserName"]);
    let input: CreateAccessKeyInput = request.input()?;
    let key = step.call(input).await?.access_key;
    let secret = key.secret_access_key;
    let made = Made::named(key.access_key_id).with("SecretAccessKey", secret);
    birth.exists(&made).await?;
    if text_of(&wanted.properties, "Status") == "Inactive" {
        set_status(step, &made.reference, wanted).await?;
    }
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    set_status(step, &old.made.reference, wanted).await
}

async fn set_status<A: Api>(step: &Step<'_, A>, id: &str, wanted: &Wanted) -> Result<(), Failure> {
    let status = match text_of(&wanted.properties, "Status") {
        none if none.is_empty() => "Active".to_owned(),
        given => given,
    };
    let input: UpdateAccessKeyInput = Request::new()
        .copy(&wanted.properties, &["UserName"])
        .text("AccessKeyId", id)
        .own_text("Status", status)
        .input()?;
    step.call(input).await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteAccessKeyInput {
        user_name: Some(text_of(&old.properties, "UserName")),
        access_key_id: old.made.reference.clone(),
    })
    .await
}
