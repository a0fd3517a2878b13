//! UpdateRole.

use crate::Iam;
use crate::error::Error;
use crate::record::Role;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{UpdateRoleInput, UpdateRoleOutput};

impl Operate<Iam> for UpdateRoleInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:UpdateRole", &self.role_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<UpdateRoleOutput, Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut role: Role = records.get(&input.role_name).await?;
            if let Some(description) = &input.description {
                role.description = Some(description.clone());
            }
            if let Some(seconds) = input.max_session_duration {
                role.max_session_s = seconds;
            }
            records.put_entity(&role);
            Ok(UpdateRoleOutput {})
        })
        .await
    }
}
