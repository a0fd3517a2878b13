//! ListGroupsForUser.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::page::Page;
use crate::record::{Group, User};
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListGroupsForUserInput, ListGroupsForUserOutput};

impl Operate<Iam> for ListGroupsForUserInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<User>(caller, "iam:ListGroupsForUser", &self.user_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListGroupsForUserOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let account = permit.caller().account;
        let records = iam.records(permit.caller());
        let user: User = records.get(&self.user_name).await?;
        let mut groups = Vec::new();
        for id in records.names(&keys::memberships(&user.head.id)).await? {
            groups.extend(records.find_by_id::<Group>(&id).await?);
        }
        let listing = page.cut(groups, |group: &Group| keys::fold(&group.head.name));
        let listing = listing.map(|group| shape::group(&group, account));
        Ok(ListGroupsForUserOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            groups: listing.items,
        })
    }
}
