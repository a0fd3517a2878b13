//! UpdateVpcLink.

use super::require;
use crate::Gateway;
use crate::error::{Bad, Error};
use crate::patch::{self, Patch};
use crate::record::VpcLink;
use crate::shape::{self, EmptyTags};
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{Op, UpdateVpcLinkInput, VpcLink as VpcLinkShape};

impl Operate<Gateway> for UpdateVpcLinkInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "PATCH", &["vpclinks", &self.vpc_link_id]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<VpcLinkShape, Error> {
        let (shelf, input) = (&Shelf::of(permit.caller()), &self);
        let link = gateway
            .store
            .transact(|txn| async move {
                let mut link: VpcLink = shelf.load(&txn, &input.vpc_link_id).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(&mut link, &patch)?;
                }
                shelf.save(&txn, &link);
                Ok::<_, Error>(link)
            })
            .await?;
        Ok(shape::vpc_link(link, EmptyTags::Shown))
    }
}

fn apply(link: &mut VpcLink, patch: &Patch) -> Result<(), Error> {
    match (patch.op, patch.parts().as_slice()) {
        (Op::Replace, ["name"]) => link.name = patch.optional_text().ok_or(Bad::EmptyName)?,
        (Op::Replace, ["description"]) => link.description = patch.optional_text(),
        _ => return Err(patch.only_replaces(&["/name", "/description"])),
    }
    Ok(())
}
