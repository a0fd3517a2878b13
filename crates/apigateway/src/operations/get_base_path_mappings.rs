//! GetBasePathMappings.

use super::require;
use crate::error::Error;
use crate::page::page;
use crate::record::{BasePathMapping, DomainName};
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetBasePathMappingsInput, GetBasePathMappingsOutput};

impl Operate<Gateway> for GetBasePathMappingsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["domainnames", &self.domain_name, "basepathmappings"];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetBasePathMappingsOutput, Error> {
        let shelf = Shelf::of(permit.caller());
        let view = gateway.store.snapshot();
        shelf.load::<DomainName>(&view, &self.domain_name).await?;
        let all: Vec<BasePathMapping> = shelf.within(&self.domain_name).all(&view).await?;
        let position = self.position.as_deref();
        let (all, position) = page(all, position, self.limit, |mapping| &mapping.base_path);
        Ok(GetBasePathMappingsOutput {
            position,
            items: Some(all.into_iter().map(shape::base_path_mapping).collect()),
        })
    }
}
