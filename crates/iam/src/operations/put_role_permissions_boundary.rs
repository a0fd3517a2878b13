//! PutRolePermissionsBoundary.

use crate::Iam;
use crate::attachment::set_boundary;
use crate::error::Error;
use crate::record::Role;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::PutRolePermissionsBoundaryInput;

impl Operate<Iam> for PutRolePermissionsBoundaryInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let role = iam
            .on::<Role>(caller, "iam:PutRolePermissionsBoundary", &self.role_name)
            .await?;
        Ok(vec![role.with(
            "iam:PermissionsBoundary",
            [&self.permissions_boundary],
        )])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut role: Role = records.get_changeable(&input.role_name).await?;
            set_boundary(&records, &mut role, Some(&input.permissions_boundary)).await?;
            records.put_entity(&role);
            Ok(())
        })
        .await
    }
}
