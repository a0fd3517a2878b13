//! GetDomainName.

use super::require;
use crate::error::Error;
use crate::record::DomainName;
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{DomainName as DomainNameShape, GetDomainNameInput};

impl Operate<Gateway> for GetDomainNameInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["domainnames", &self.domain_name]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<DomainNameShape, Error> {
        let shelf = Shelf::of(permit.caller());
        let view = gateway.store.snapshot();
        let found: DomainName = shelf.load(&view, &self.domain_name).await?;
        Ok(shape::domain_name(found, permit.caller()))
    }
}
