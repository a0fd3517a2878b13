//! AddUserToGroup.

use crate::Iam;
use crate::error::Error;
use crate::error::Limit;
use crate::keys;
use crate::record::{Group, User};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::AddUserToGroupInput;

/// Groups a user can be in.
const MAX_GROUPS: usize = 10;

impl Operate<Iam> for AddUserToGroupInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Group>(caller, "iam:AddUserToGroup", &self.group_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let group: Group = records.get(&input.group_name).await?;
            let user: User = records.get(&input.user_name).await?;
            let (group_id, user_id) = (&group.head.id, &user.head.id);
            if records.exists(&keys::member(group_id, user_id)).await? {
                return Ok(());
            }
            if records.names(&keys::memberships(user_id)).await?.len() >= MAX_GROUPS {
                return Err(Error::LimitExceeded(Limit::GroupsPerUser));
            }
            records.mark(keys::member(group_id, user_id));
            records.mark(keys::membership(user_id, group_id));
            Ok(())
        })
        .await
    }
}
