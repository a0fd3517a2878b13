//! GetVpcLinks.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::page::page;
use crate::record::VpcLink;
use crate::shape::{self, EmptyTags};
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetVpcLinksInput, GetVpcLinksOutput};

impl Operate<Gateway> for GetVpcLinksInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["vpclinks"]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<GetVpcLinksOutput, Error> {
        let shelf = Shelf::of(permit.caller());
        let all: Vec<VpcLink> = shelf.all(&gateway.store.snapshot()).await?;
        let (all, position) = page(all, self.position.as_deref(), self.limit, |kept| &kept.id);
        Ok(GetVpcLinksOutput {
            position,
            items: Some(
                all.into_iter()
                    .map(|link| shape::vpc_link(link, EmptyTags::Left))
                    .collect(),
            ),
        })
    }
}
