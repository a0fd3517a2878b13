//! `AWS::ApiGateway::Account`: the role with which API Gateway writes logs. An account has one such
//! setting: it is not made or removed, only set.

use super::patch::replace;
use super::{Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigateway::UpdateAccountInput;

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::ApiAccount,
    name: "AWS::ApiGateway::Account",
    properties: &[Property::optional("CloudWatchRoleArn", Schema::Text)],
    attributes: &["Id"],
    naming: None,
};

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    set(step, wanted).await?;
    Ok(Made::named(wanted.name.as_str()).with("Id", wanted.name.as_str()))
}

pub(super) async fn set<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<(), Failure> {
    let role = text_of(&wanted.properties, "CloudWatchRoleArn");
    let patch_operations = Some(vec![replace("/cloudwatchRoleArn", role)]);
    step.call(UpdateAccountInput { patch_operations }).await?;
    Ok(())
}
