//! ImportDocumentationParts: the parts that a document has under
//! `x-amazon-apigateway-documentation`.

use super::create_documentation_part::parts;
use super::{new_id, require, scope};
use crate::error::Error;
use crate::openapi::Document;
use crate::record::DocumentationPart;
use crate::shelf::Shelf;
use crate::{Gateway, store};
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{ImportDocumentationPartsInput, ImportDocumentationPartsOutput, PutMode};

impl Operate<Gateway> for ImportDocumentationPartsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "documentation", "parts"];
        Ok(require(caller, "PUT", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<ImportDocumentationPartsOutput, Error> {
        let document = &Document::parse(&self.body)?;
        let scope = &scope(permit, &self.rest_api_id);
        let overwrite = self.mode == Some(PutMode::Overwrite);
        let ids = gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await?;
                let shelf = scope.shelf();
                if overwrite {
                    store::clear(&txn, shelf.range::<DocumentationPart>()).await?;
                }
                import(gateway, document, &shelf, &txn).await
            })
            .await?;
        Ok(ImportDocumentationPartsOutput {
            ids: Some(ids),
            warnings: None,
        })
    }
}

/// Keeps the parts of a document, in place of those for the same location; answers their ids.
pub(super) async fn import(
    gateway: &Gateway,
    document: &Document,
    shelf: &Shelf,
    txn: &Txn,
) -> Result<Vec<String>, Error> {
    let there = parts(shelf, txn).await?;
    let next = there.last().map_or(0, |part| part.number + 1);
    let mut ids = Vec::new();
    for (number, (location, properties)) in (next..).zip(document.documentation()?) {
        let earlier = there.iter().find(|part| part.location == location);
        let part = DocumentationPart {
            id: earlier.map_or_else(|| new_id(gateway), |part| part.id.clone()),
            number: earlier.map_or(number, |part| part.number),
            location,
            properties,
        };
        shelf.save(txn, &part);
        ids.push(part.id);
    }
    Ok(ids)
}
