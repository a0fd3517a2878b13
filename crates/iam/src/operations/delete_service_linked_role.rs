//! DeleteServiceLinkedRole.

use crate::Iam;
use crate::error::Error;
use crate::keys::{self, Usage};
use crate::record::{Attached, Kind, Role};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{DeleteServiceLinkedRoleInput, DeleteServiceLinkedRoleOutput};

impl Operate<Iam> for DeleteServiceLinkedRoleInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:DeleteServiceLinkedRole", &self.role_name)
                .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<DeleteServiceLinkedRoleOutput, Error> {
        let input = &self;
        let account = permit.caller().account;
        let role = iam
            .change(account, |records| async move {
                let role: Role = records.get(&input.role_name).await?;
                if !role.is_service_linked() {
                    return Err(Error::NoSuch(Kind::Role, input.role_name.clone()));
                }
                let id = &role.head.id;
                let attached: Vec<Attached> = records.all(&keys::attached_policies(id)).await?;
                for Attached { arn } in attached {
                    records.remove(keys::attached_policy(id, &arn));
                    records.remove(keys::usage(account, &arn, Usage::Permissions, id));
                }
                records.remove_entity(&role);
                Ok(role)
            })
            .await?;
        // The role is gone already, so the task's id need not be remembered.
        let path = role.head.path.trim_matches('/');
        let (name, task) = (&role.head.name, iam.entropy.uuid());
        Ok(DeleteServiceLinkedRoleOutput {
            deletion_task_id: format!("task/{path}/{name}/{task}"),
        })
    }
}
