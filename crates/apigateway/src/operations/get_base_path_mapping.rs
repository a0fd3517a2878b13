//! GetBasePathMapping.

use super::require;
use crate::error::Error;
use crate::record::{BasePathMapping, DomainName};
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{BasePathMapping as MappingShape, GetBasePathMappingInput};

impl Operate<Gateway> for GetBasePathMappingInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "domainnames",
            &self.domain_name,
            "basepathmappings",
            &self.base_path,
        ];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<MappingShape, Error> {
        let shelf = Shelf::of(permit.caller());
        let view = gateway.store.snapshot();
        shelf.load::<DomainName>(&view, &self.domain_name).await?;
        let mappings = shelf.within(&self.domain_name);
        let mapping: BasePathMapping = mappings.load(&view, &self.base_path).await?;
        Ok(shape::base_path_mapping(mapping))
    }
}
