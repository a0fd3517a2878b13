//! GetDocumentationVersion.

use super::{require, scope};
use crate::error::Error;
use crate::record::DocumentationVersion;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{
    DocumentationVersion as DocumentationVersionShape, GetDocumentationVersionInput,
};

impl Operate<Gateway> for GetDocumentationVersionInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "GET",
            &[
                "restapis",
                &self.rest_api_id,
                "documentation",
                "versions",
                &self.documentation_version,
            ],
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<DocumentationVersionShape, Error> {
        let shelf = scope(permit, &self.rest_api_id).shelf();
        let view = gateway.store.snapshot();
        let found: DocumentationVersion = shelf.load(&view, &self.documentation_version).await?;
        Ok(shape::documentation_version(found))
    }
}
