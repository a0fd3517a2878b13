//! ListRoles.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_all;
use crate::page::Page;
use crate::record::{Kind, Role};
use crate::shape::{self, Detail};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListRolesInput, ListRolesOutput};

impl Operate<Iam> for ListRolesInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_all(
            caller,
            "iam:ListRoles",
            Kind::Role,
            self.path_prefix.as_deref(),
        ))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListRolesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let account = permit.caller().account;
        let listing = iam
            .records(permit.caller())
            .list(&page, |role: &Role| role.head.path.starts_with(prefix))
            .await?
            .map(|role| shape::role(&role, account, Detail::Listed));
        Ok(ListRolesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            roles: listing.items,
        })
    }
}
