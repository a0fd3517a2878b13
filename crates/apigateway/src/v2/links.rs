//! VPC links: kept, and refused when a request needs one.

use super::parts::{self, Part, one_page, set};
use super::record::VpcLink;
use super::{moment, require, shapes};
use crate::error::Error;
use crate::{Gateway, operations};
use kv::Txn;
use service::{Caller, Handler, Operate, Permit, Requirement};
use wire::apigatewayv2::{VpcLinkStatus, VpcLinkVersion};

pub(super) fn handlers() -> Vec<Handler<Gateway>> {
    vec![
        Handler::of::<shapes::CreateVpcLinkInput>(),
        Handler::of::<shapes::DeleteVpcLinkInput>(),
        Handler::of::<shapes::GetVpcLinkInput>(),
        Handler::of::<shapes::GetVpcLinksInput>(),
        Handler::of::<shapes::UpdateVpcLinkInput>(),
    ]
}

impl Part for VpcLink {
    type Shape = shapes::VpcLink;

    fn shape(self) -> shapes::VpcLink {
        shapes::VpcLink {
            created_date: moment(self.created_ms),
            name: self.name,
            security_group_ids: self.security_groups,
            subnet_ids: self.subnets,
            tags: Some(self.tags),
            vpc_link_id: self.id,
            vpc_link_status: Some(VpcLinkStatus::Available),
            vpc_link_status_message: Some("VPC link is ready to route traffic".to_owned()),
            vpc_link_version: Some(VpcLinkVersion::V2),
        }
    }
}

impl Operate<Gateway> for shapes::CreateVpcLinkInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let tags = self.tags.as_ref();
        Ok(operations::require_tagged(
            caller,
            "POST",
            &["vpclinks"],
            tags,
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::VpcLink, Error> {
        let link = &VpcLink {
            id: operations::new_id(gateway),
            name: self.name,
            security_groups: self.security_group_ids.unwrap_or_default(),
            subnets: self.subnet_ids,
            created_ms: gateway.now_ms(),
            tags: self.tags.unwrap_or_default(),
        };
        let shelf = &parts::shelf(permit);
        let add = |txn: Txn| async move {
            shelf.save(&txn, link);
            Ok::<_, Error>(())
        };
        gateway.store.transact(add).await?;
        Ok(link.clone().shape())
    }
}

impl Operate<Gateway> for shapes::GetVpcLinkInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["vpclinks", &self.vpc_link_id]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::VpcLink, Error> {
        let view = gateway.store.snapshot();
        let shelf = parts::shelf(permit);
        let link: VpcLink = shelf.load(&view, &self.vpc_link_id).await?;
        Ok(link.shape())
    }
}

impl Operate<Gateway> for shapes::GetVpcLinksInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["vpclinks"]))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::GetVpcLinksOutput, Error> {
        let view = gateway.store.snapshot();
        let links: Vec<VpcLink> = parts::shelf(permit).all(&view).await?;
        let (limit, token) = (self.max_results.as_deref(), self.next_token.as_deref());
        let (items, next_token) = one_page(links, (limit, token), Part::shape)?;
        Ok(shapes::GetVpcLinksOutput { items, next_token })
    }
}

impl Operate<Gateway> for shapes::UpdateVpcLinkInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "PATCH", &["vpclinks", &self.vpc_link_id]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<shapes::VpcLink, Error> {
        let (shelf, input) = (&parts::shelf(permit), &self);
        let link = gateway.store.transact(|txn| async move {
            let mut link: VpcLink = shelf.load(&txn, &input.vpc_link_id).await?;
            set(&mut link.name, input.name.clone());
            shelf.save(&txn, &link);
            Ok::<_, Error>(link)
        });
        Ok(link.await?.shape())
    }
}

impl Operate<Gateway> for shapes::DeleteVpcLinkInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "DELETE", &["vpclinks", &self.vpc_link_id]))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<shapes::DeleteVpcLinkOutput, Error> {
        let (shelf, id) = (&parts::shelf(permit), &self.vpc_link_id);
        let remove = |txn: Txn| async move {
            shelf.load::<VpcLink>(&txn, id).await?;
            shelf.remove::<VpcLink>(&txn, id);
            Ok::<_, Error>(())
        };
        gateway.store.transact(remove).await?;
        Ok(shapes::DeleteVpcLinkOutput {})
    }
}
