//! DeleteRolePermissionsBoundary.

use crate::Iam;
use crate::attachment::set_boundary;
use crate::error::Error;
use crate::record::Role;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteRolePermissionsBoundaryInput;

impl Operate<Iam> for DeleteRolePermissionsBoundaryInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:DeleteRolePermissionsBoundary", &self.role_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut role: Role = records.get_changeable(&input.role_name).await?;
            set_boundary(&records, &mut role, None).await?;
            records.put_entity(&role);
            Ok(())
        })
        .await
    }
}
