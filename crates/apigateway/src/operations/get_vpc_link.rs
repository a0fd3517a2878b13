//! GetVpcLink.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::record::VpcLink;
use crate::shape::{self, EmptyTags};
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetVpcLinkInput, VpcLink as VpcLinkShape};

impl Operate<Gateway> for GetVpcLinkInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["vpclinks", &self.vpc_link_id]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<VpcLinkShape, Error> {
        let shelf = Shelf::of(permit.caller());
        let view = gateway.store.snapshot();
        let found: VpcLink = shelf.load(&view, &self.vpc_link_id).await?;
        Ok(shape::vpc_link(found, EmptyTags::Shown))
    }
}
