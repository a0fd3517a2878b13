//! UpdateRoleDescription.

use crate::Iam;
use crate::error::Error;
use crate::record::Role;
use crate::shape::{self, Detail};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{UpdateRoleDescriptionInput, UpdateRoleDescriptionOutput};

impl Operate<Iam> for UpdateRoleDescriptionInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:UpdateRoleDescription", &self.role_name)
                .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<UpdateRoleDescriptionOutput, Error> {
        let account = permit.caller().account;
        let input = &self;
        let role = iam
            .change(account, |records| async move {
                let mut role: Role = records.get(&input.role_name).await?;
                role.description = Some(input.description.clone());
                records.put_entity(&role);
                Ok(role)
            })
            .await?;
        Ok(UpdateRoleDescriptionOutput {
            role: Some(shape::role(&role, account, Detail::Full)),
        })
    }
}
