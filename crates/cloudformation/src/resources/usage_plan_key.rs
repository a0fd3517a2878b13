//! `AWS::ApiGateway::UsagePlanKey`: a key of a usage plan.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigateway::{CreateUsagePlanKeyInput, DeleteUsagePlanKeyInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::UsagePlanKey,
    name: "AWS::ApiGateway::UsagePlanKey",
    properties: &[
        Property::required("KeyId", Schema::Text).replaces(),
        Property::required("KeyType", Schema::Text).replaces(),
        Property::required("UsagePlanId", Schema::Text).replaces(),
    ],
    attributes: &["Id"],
    naming: None,
};

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let names = ["KeyId", "KeyType", "UsagePlanId"];
    let request = Request::new().copy_small(&wanted.properties, &names);
    let input: CreateUsagePlanKeyInput = request.input()?;
    let id = format!("{}:{}", input.key_id, input.usage_plan_id);
    step.call(input).await?;
    Ok(Made::named(id.as_str()).with("Id", id.as_str()))
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteUsagePlanKeyInput {
        usage_plan_id: text_of(&old.properties, "UsagePlanId"),
        key_id: text_of(&old.properties, "KeyId"),
    })
    .await
}
