//! GetGroup.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::page::Page;
use crate::record::{Group, User};
use crate::shape::{self, Detail};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetGroupInput, GetGroupOutput};

impl Operate<Iam> for GetGroupInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Group>(caller, "iam:GetGroup", &self.group_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetGroupOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let account = permit.caller().account;
        let records = iam.records(permit.caller());
        let group: Group = records.get(&self.group_name).await?;
        let mut users = Vec::new();
        for id in records.names(&keys::members(&group.head.id)).await? {
            users.extend(records.find_by_id::<User>(&id).await?);
        }
        let listing = page.cut(users, |user: &User| keys::fold(&user.head.name));
        let listing = listing.map(|user| shape::user(&user, account, Detail::Listed));
        Ok(GetGroupOutput {
            group: shape::group(&group, account),
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            users: listing.items,
        })
    }
}
