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
        let (shelf, name) = (&Shelf::of(permit.caller()), &self.domain_name);
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
}
