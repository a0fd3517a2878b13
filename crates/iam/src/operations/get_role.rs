//! GetRole.

use crate::Iam;
use crate::error::Error;
use crate::record::Role;
use crate::shape::{self, Detail};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetRoleInput, GetRoleOutput};

impl Operate<Iam> for GetRoleInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:GetRole", &self.role_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetRoleOutput, Error> {
        let caller = permit.caller();
        let role: Role = iam.records(caller).get(&self.role_name).await?;
        let last = iam.last_use(&role.head.id, &role.head.id).await?;
        let mut shape = shape::role(&role, caller.account, Detail::Full);
        shape.role_last_used = Some(shape::last_used(last));
        Ok(GetRoleOutput { role: shape })
    }
}
