//! ListUsers.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_all;
use crate::page::Page;
use crate::record::{Kind, User};
use crate::shape::{self, Detail};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListUsersInput, ListUsersOutput};

impl Operate<Iam> for ListUsersInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_all(
            caller,
            "iam:ListUsers",
            Kind::User,
            self.path_prefix.as_deref(),
        ))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListUsersOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let account = permit.caller().account;
        let listing = iam
            .records(permit.caller())
            .list(&page, |user: &User| user.head.path.starts_with(prefix))
            .await?
            .map(|user| shape::user(&user, account, Detail::Listed));
        Ok(ListUsersOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            users: listing.items,
        })
    }
}
