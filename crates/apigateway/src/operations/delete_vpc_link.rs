//! DeleteVpcLink.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::record::VpcLink;
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::DeleteVpcLinkInput;

impl Operate<Gateway> for DeleteVpcLinkInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "DELETE", &["vpclinks", &self.vpc_link_id]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let (shelf, id) = (&Shelf::of(permit.caller()), &self.vpc_link_id);
        gateway
            .store
            .transact(|txn| async move {
                shelf.load::<VpcLink>(&txn, id).await?;
                shelf.remove::<VpcLink>(&txn, id);
                Ok(())
            })
            .await
    }
}
