//! GetDocumentationVersions.

use super::{require, scope};
use crate::error::Error;
use crate::page::page;
use crate::record::DocumentationVersion;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetDocumentationVersionsInput, GetDocumentationVersionsOutput};

impl Operate<Gateway> for GetDocumentationVersionsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "documentation", "versions"];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetDocumentationVersionsOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        scope.load_api(&view).await?;
        let all: Vec<DocumentationVersion> = scope.shelf().all(&view).await?;
        let position = self.position.as_deref();
        let (all, position) = page(all, position, self.limit, |version| &version.version);
        Ok(GetDocumentationVersionsOutput {
            position,
            items: Some(all.into_iter().map(shape::documentation_version).collect()),
        })
    }
}
