//! CreateVpcLink: kept and shown; integrations that use one are refused when they are used.

use super::{new_id, require_tagged};
use crate::Gateway;
use crate::error::{Bad, Error};
use crate::record::VpcLink;
use crate::shape::{self, EmptyTags};
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{CreateVpcLinkInput, VpcLink as VpcLinkShape, VpcLinkStatus};

impl Operate<Gateway> for CreateVpcLinkInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require_tagged(
            caller,
            "POST",
            &["vpclinks"],
            self.tags.as_ref(),
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<VpcLinkShape, Error> {
        if self.name.is_empty() {
            return Err(Bad::EmptyName.into());
        }
        for target in &self.target_arns {
            if target.parse::<base::Arn>().is_err() {
                return Err(Bad::VpcLinkTarget(target.clone()).into());
            }
        }
        let link = &VpcLink {
            id: new_id(gateway),
            name: self.name,
            description: self.description,
            target_arns: self.target_arns,
            tags: self.tags.unwrap_or_default(),
        };
        let shelf = &Shelf::of(permit.caller());
        gateway
            .store
            .transact(|txn| async move {
                shelf.save(&txn, link);
                Ok::<_, Error>(())
            })
            .await?;
        Ok(VpcLinkShape {
            status: Some(VpcLinkStatus::Pending),
            status_message: None,
            ..shape::vpc_link(link.clone(), EmptyTags::Left)
        })
    }
}
