//! `AWS::Logs::LogGroup`.

use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, Naming, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema, TAGS};
use crate::scope::{Made, Place};
use wire::logs::{
    CreateLogGroupInput, DeleteLogGroupInput, DeleteRetentionPolicyInput, PutRetentionPolicyInput,
};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::LogGroup,
    name: "AWS::Logs::LogGroup",
    properties: &[
        Property::optional("LogGroupName", Schema::Text).replaces(),
        Property::optional("RetentionInDays", Schema::Integer),
        Property::optional("Tags", TAGS).fixed(),
        Property::refused("BearerTokenAuthenticationEnabled"),
        Property::refused("DataProtectionPolicy"),
        Property::refused("DeletionProtectionEnabled"),
        Property::refused("FieldIndexPolicies"),
        Property::refused("KmsKeyId"),
        Property::refused("LogGroupClass"),
        Property::refused("ResourcePolicyDocument"),
    ],
    attributes: &["Arn"],
    naming: Some(Naming {
        property: "LogGroupName",
        max_length: 512,
    }),
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let input: CreateLogGroupInput = Request::new()
        .text("logGroupName", &wanted.name)
        .tag_map(&wanted.properties, "tags")
        .input()?;
    step.call(input).await?;
    let Place {
        region, account_id, ..
    } = step.place;
    let arn = format!(
        "arn:{}:logs:{region}:{account_id}:log-group:{}:*",
        base::PARTITION,
        wanted.name
    );
    let made = Made::named(wanted.name.as_str()).with("Arn", arn);
    birth.exists(&made).await?;
    retain(step, &wanted.name, &Map::default(), &wanted.properties).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    retain(
        step,
        &old.made.reference,
        &old.properties,
        &wanted.properties,
    )
    .await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let log_group_name = old.made.reference.clone();
    step.remove(DeleteLogGroupInput { log_group_name }).await
}

async fn retain<A: Api>(
    step: &Step<'_, A>,
    name: &str,
    old: &Map,
    new: &Map,
) -> Result<(), Failure> {
    const RETENTION: &str = "RetentionInDays";
    if old.get(RETENTION) == new.get(RETENTION) {
        return Ok(());
    }
    if new.get(RETENTION).is_some() {
        let input: PutRetentionPolicyInput = Request::new()
            .text("logGroupName", name)
            .copy_as(new, RETENTION, "retentionInDays")
            .input()?;
        step.call(input).await?;
        return Ok(());
    }
    let log_group_name = name.to_owned();
    step.call(DeleteRetentionPolicyInput { log_group_name })
        .await
}
