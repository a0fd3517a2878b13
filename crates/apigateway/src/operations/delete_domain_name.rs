//! DeleteDomainName: with its base path mappings.

use super::require;
use crate::error::Error;
use crate::record::{BasePathMapping, DomainName};
use crate::shelf::Shelf;
use crate::{Gateway, keys, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteDomainNameInput;

impl Operate<Gateway> for DeleteDomainNameInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "DELETE",
            &["domainnames", &self.domain_name],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        remove(gateway, permit.caller(), &self.domain_name).await
    }
}

/// Removes a domain name and its mappings.
pub(crate) async fn remove(gateway: &Gateway, caller: &Caller, name: &str) -> Result<(), Error> {
    let shelf = &Shelf::of(caller);
    gateway
        .store
        .transact(|txn| async move {
            shelf.load::<DomainName>(&txn, name).await?;
            shelf.remove::<DomainName>(&txn, name);
            txn.delete(keys::domain_home(name));
            store::clear(&txn, shelf.within(name).range::<BasePathMapping>()).await?;
            Ok(())
        })
        .await
}
