//! GetDocumentationParts.

use super::create_documentation_part::parts;
use super::{require, scope};
use crate::error::Error;
use crate::page::page;
use crate::record::DocumentationPart;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{
    GetDocumentationPartsInput, GetDocumentationPartsOutput, LocationStatusType,
};

impl Operate<Gateway> for GetDocumentationPartsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "documentation", "parts"];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetDocumentationPartsOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        scope.load_api(&view).await?;
        let mut all = parts(&scope.shelf(), &view).await?;
        all.retain(|part| self.asks_for(part));
        let (all, position) = page(all, self.position.as_deref(), self.limit, |part| &part.id);
        Ok(GetDocumentationPartsOutput {
            position,
            items: Some(all.into_iter().map(shape::documentation_part).collect()),
        })
    }
}

/// What the filters leave; whatever is here documents something.
trait AsksFor {
    fn asks_for(&self, part: &DocumentationPart) -> bool;
}

impl AsksFor for GetDocumentationPartsInput {
    fn asks_for(&self, part: &DocumentationPart) -> bool {
        let location = &part.location;
        let starts = |text: &Option<String>, start: &str| {
            text.as_deref().is_some_and(|text| text.starts_with(start))
        };
        self.location_status != Some(LocationStatusType::Undocumented)
            && self.r#type.is_none_or(|kind| kind == location.kind.0)
            && self
                .path
                .as_deref()
                .is_none_or(|path| starts(&location.path, path))
            && self
                .name_query
                .as_deref()
                .is_none_or(|name| starts(&location.name, name))
    }
}
