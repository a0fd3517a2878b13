//! `AWS::Logs::ResourcePolicy`: a policy that lets other services write logs.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::logs::{DeleteResourcePolicyInput, PutResourcePolicyInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::LogPolicy,
    name: "AWS::Logs::ResourcePolicy",
    properties: &[
        Property::required("PolicyDocument", Schema::Text),
        Property::required("PolicyName", Schema::Text).replaces(),
    ],
    attributes: &[],
    naming: None,
};

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    put(step, wanted).await?;
    Ok(Made::named(text_of(&wanted.properties, "PolicyName")))
}

pub(super) async fn put<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<(), Failure> {
    let names = ["PolicyDocument", "PolicyName"];
    let request = Request::new().copy_small(&wanted.properties, &names);
    let input: PutResourcePolicyInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteResourcePolicyInput {
        policy_name: Some(old.made.reference.clone()),
        ..DeleteResourcePolicyInput::default()
    })
    .await
}
