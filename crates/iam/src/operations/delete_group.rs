//! DeleteGroup.

use crate::Iam;
use crate::error::Conflict;
use crate::error::Error;
use crate::keys;
use crate::record::Group;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteGroupInput;

impl Operate<Iam> for DeleteGroupInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Group>(caller, "iam:DeleteGroup", &self.group_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let group: Group = records.get(&input.group_name).await?;
            for (owned, conflict) in [
                (keys::members(&group.head.id), Conflict::Members),
                (
                    keys::attached_policies(&group.head.id),
                    Conflict::AttachedPolicies,
                ),
                (
                    keys::inline_policies(&group.head.id),
                    Conflict::InlinePolicies,
                ),
            ] {
                if records.any(&owned).await? {
                    return Err(Error::DeleteConflict(conflict));
                }
            }
            records.remove_entity(&group);
            Ok(())
        })
        .await
    }
}
