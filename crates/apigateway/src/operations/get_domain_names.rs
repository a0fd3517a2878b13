//! GetDomainNames.

use super::require;
use crate::error::Error;
use crate::page::page;
use crate::record::DomainName;
use crate::shelf::Shelf;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetDomainNamesInput, GetDomainNamesOutput};

impl Operate<Gateway> for GetDomainNamesInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["domainnames"]))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetDomainNamesOutput, Error> {
        let caller = permit.caller();
        let all: Vec<DomainName> = Shelf::of(caller).all(&gateway.store.snapshot()).await?;
        let (all, position) = page(all, self.position.as_deref(), self.limit, |kept| &kept.name);
        let items = all
            .into_iter()
            .map(|domain| shape::domain_name(domain, caller));
        Ok(GetDomainNamesOutput {
            position,
            items: Some(items.collect()),
        })
    }
}
