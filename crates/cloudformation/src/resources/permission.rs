//! `AWS::Lambda::Permission`: a statement of a function's resource policy.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::lambda::{AddPermissionInput, RemovePermissionInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::Permission,
    name: "AWS::Lambda::Permission",
    properties: &[
        Property::required("Action", Schema::Text).replaces(),
        Property::required("FunctionName", Schema::Text).replaces(),
        Property::required("Principal", Schema::Text).replaces(),
        Property::optional("SourceAccount", Schema::Text).replaces(),
        Property::optional("SourceArn", Schema::Text).replaces(),
        Property::optional("EventSourceToken", Schema::Text).replaces(),
        Property::optional("FunctionUrlAuthType", Schema::Text).replaces(),
        Property::optional("InvokedViaFunctionUrl", Schema::Flag).replaces(),
        Property::optional("PrincipalOrgID", Schema::Text).replaces(),
    ],
    attributes: &["Id"],
    naming: None,
};

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: AddPermissionInput = Request::new()
        .text("StatementId", &wanted.name)
        .copy(
            &wanted.properties,
            &[
                "Action",
                "EventSourceToken",
                "FunctionName",
                "FunctionUrlAuthType",
                "InvokedViaFunctionUrl",
                "Principal",
                "PrincipalOrgID",
                "SourceAccount",
                "SourceArn",
            ],
        )
        .input()?;
    step.call(input).await?;
    Ok(Made::named(wanted.name.as_str()).with("Id", wanted.name.as_str()))
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let input = RemovePermissionInput {
        function_name: text_of(&old.properties, "FunctionName"),
        statement_id: old.made.reference.clone(),
        ..RemovePermissionInput::default()
    };
    step.remove(input).await
}
