//! `AWS::ApiGateway::ClientCertificate`: what endpoints are shown.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use wire::apigateway::{DeleteClientCertificateInput, GenerateClientCertificateInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::ClientCertificate,
    name: "AWS::ApiGateway::ClientCertificate",
    properties: &[
        Property::optional("Description", Schema::Text).fixed(),
        Property::optional("Tags", TAGS).fixed(),
    ],
    attributes: &["ClientCertificateId"],
    naming: None,
};

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let request = Request::new().copy_small(&wanted.properties, &["Description"]);
    let request = request.tag_map(&wanted.properties, "tags");
    let input: GenerateClientCertificateInput = request.input()?;
    let made = step.call(input).await?;
    let id = made.client_certificate_id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("ClientCertificateId", id))
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteClientCertificateInput {
        client_certificate_id: old.made.reference.clone(),
    })
    .await
}
