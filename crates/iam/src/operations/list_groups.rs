//! ListGroups.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_all;
use crate::page::Page;
use crate::record::{Group, Kind};
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListGroupsInput, ListGroupsOutput};

impl Operate<Iam> for ListGroupsInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_all(
            caller,
            "iam:ListGroups",
            Kind::Group,
            self.path_prefix.as_deref(),
        ))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListGroupsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let account = permit.caller().account;
        let listing = iam
            .records(permit.caller())
            .list(&page, |group: &Group| group.head.path.starts_with(prefix))
            .await?
            .map(|group| shape::group(&group, account));
        Ok(ListGroupsOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            groups: listing.items,
        })
    }
}
