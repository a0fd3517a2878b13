//! GetDocumentationPart.

use super::{require, scope};
use crate::error::Error;
use crate::record::DocumentationPart;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{DocumentationPart as DocumentationPartShape, GetDocumentationPartInput};

impl Operate<Gateway> for GetDocumentationPartInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "GET",
            &[
                "restapis",
                &self.rest_api_id,
                "documentation",
                "parts",
                &self.documentation_part_id,
            ],
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<DocumentationPartShape, Error> {
        let shelf = scope(permit, &self.rest_api_id).shelf();
        let view = gateway.store.snapshot();
        let found: DocumentationPart = shelf.load(&view, &self.documentation_part_id).await?;
        Ok(shape::documentation_part(found))
    }
}
