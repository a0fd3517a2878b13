//! GetServiceLinkedRoleDeletionStatus.

use crate::Iam;
use crate::error::Error;
use crate::record::Kind;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{
    DeletionTaskStatusType, GetServiceLinkedRoleDeletionStatusInput,
    GetServiceLinkedRoleDeletionStatusOutput,
};

impl Operate<Iam> for GetServiceLinkedRoleDeletionStatusInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let role = role_of(&self.deletion_task_id)?;
        let arn = Kind::Role.arn(caller.account, "/", role);
        Ok(vec![Requirement::new(
            "iam:GetServiceLinkedRoleDeletionStatus",
            arn.as_str(),
        )])
    }

    async fn operate(
        self,
        _: &Iam,
        _: &Permit,
    ) -> Result<GetServiceLinkedRoleDeletionStatusOutput, Error> {
        role_of(&self.deletion_task_id)?;
        Ok(GetServiceLinkedRoleDeletionStatusOutput {
            status: DeletionTaskStatusType::Succeeded,
            reason: None,
        })
    }
}

/// The role's path and name in a task's id.
fn role_of(task: &str) -> Result<&str, Error> {
    let role = task
        .strip_prefix("task/")
        .and_then(|rest| rest.rsplit_once('/'));
    match role {
        Some((role, _)) if role.starts_with("aws-service-role/") => Ok(role),
        _ => Err(Error::NoSuchDeletion(task.to_owned())),
    }
}
