//! RemoveUserFromGroup.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::{Group, Kind, User};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::RemoveUserFromGroupInput;

impl Operate<Iam> for RemoveUserFromGroupInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Group>(caller, "iam:RemoveUserFromGroup", &self.group_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let group: Group = records.get(&input.group_name).await?;
            let user: User = records.get(&input.user_name).await?;
            let (group_id, user_id) = (&group.head.id, &user.head.id);
            if !records.exists(&keys::member(group_id, user_id)).await? {
                return Err(Error::NoSuch(Kind::User, input.user_name.clone()));
            }
            records.remove(keys::member(group_id, user_id));
            records.remove(keys::membership(user_id, group_id));
            Ok(())
        })
        .await
    }
}
