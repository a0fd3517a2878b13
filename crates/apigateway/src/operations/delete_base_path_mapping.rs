//! DeleteBasePathMapping.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::record::{BasePathMapping, DomainName};
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteBasePathMappingInput;

impl Operate<Gateway> for DeleteBasePathMappingInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "domainnames",
            &self.domain_name,
            "basepathmappings",
            &self.base_path,
        ];
        Ok(require(caller, "DELETE", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let (shelf, input) = (&Shelf::of(permit.caller()), &self);
        gateway
            .store
            .transact(|txn| async move {
                shelf.load::<DomainName>(&txn, &input.domain_name).await?;
                let mappings = shelf.within(&input.domain_name);
                mappings
                    .load::<BasePathMapping>(&txn, &input.base_path)
                    .await?;
                mappings.remove::<BasePathMapping>(&txn, &input.base_path);
                Ok(())
            })
            .await
    }
}
