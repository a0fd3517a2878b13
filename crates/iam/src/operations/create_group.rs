//! CreateGroup.

use crate::Iam;
use crate::error::Error;
use crate::gate::New;
use crate::record::{Group, Kind};
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreateGroupInput, CreateGroupOutput};

impl Operate<Iam> for CreateGroupInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let new = New {
            kind: Kind::Group,
            path: self.path.as_deref(),
            name: &self.group_name,
            tags: None,
            boundary: None,
        };
        Ok(new.requirements(caller, "iam:CreateGroup", "iam:CreateGroup"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<CreateGroupOutput, Error> {
        let group = Group {
            head: iam.new_head(Kind::Group, &self.group_name, self.path.as_deref()),
        };
        let account = permit.caller().account;
        let made = &group;
        iam.change(account, |records| async move {
            records.name_is_free::<Group>(&made.head.name).await?;
            records.put_entity(made);
            Ok(())
        })
        .await?;
        Ok(CreateGroupOutput {
            group: shape::group(&group, account),
        })
    }
}
