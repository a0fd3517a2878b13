//! CreateDocumentationPart.

use super::{new_id, require, scope};
use crate::error::{Bad, Clash, Error};
use crate::record::{DocumentationLocation, DocumentationPart, Named};
use crate::shelf::Shelf;
use crate::store::View;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{
    CreateDocumentationPartInput, DocumentationPart as PartShape, DocumentationPartLocation,
};

impl Operate<Gateway> for CreateDocumentationPartInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "documentation", "parts"];
        Ok(require(caller, "POST", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<PartShape, Error> {
        check_properties(&self.properties)?;
        let scope = &scope(permit, &self.rest_api_id);
        let (location, properties) = (&location(&self.location), &self.properties);
        let part = gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await?;
                let shelf = scope.shelf();
                let parts = parts(&shelf, &txn).await?;
                if parts.iter().any(|part| part.location == *location) {
                    let kind = location.kind.0.as_str();
                    return Err(Clash::DocumentationPart(format!("type '{kind}'")).into());
                }
                let part = DocumentationPart {
                    id: new_id(gateway),
                    number: parts.last().map_or(0, |part| part.number + 1),
                    location: location.clone(),
                    properties: properties.clone(),
                };
                shelf.save(&txn, &part);
                Ok::<_, Error>(part)
            })
            .await?;
        Ok(shape::documentation_part(part))
    }
}

/// Where a part belongs.
fn location(given: &DocumentationPartLocation) -> DocumentationLocation {
    DocumentationLocation {
        kind: Named(given.r#type),
        path: given.path.clone(),
        method: given.method.clone(),
        status_code: given.status_code.clone(),
        name: given.name.clone(),
    }
    .completed()
}

/// Properties are JSON.
pub(super) fn check_properties(properties: &str) -> Result<(), Error> {
    match serde_json::from_str::<serde::de::IgnoredAny>(properties) {
        Ok(_) => Ok(()),
        Err(_) => Err(Bad::DocumentationProperties.into()),
    }
}

/// The parts of an API in the order in which they were made.
pub(super) async fn parts(
    shelf: &Shelf,
    view: &impl View,
) -> Result<Vec<DocumentationPart>, kv::Error> {
    let mut parts: Vec<DocumentationPart> = shelf.all(view).await?;
    parts.sort_by_key(|part| part.number);
    Ok(parts)
}
