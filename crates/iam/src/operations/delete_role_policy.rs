//! DeleteRolePolicy.

use crate::Iam;
use crate::error::Error;
use crate::inline;
use crate::record::Role;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteRolePolicyInput;

impl Operate<Iam> for DeleteRolePolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:DeleteRolePolicy", &self.role_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            records.get_changeable(&input.role_name).await?;
            inline::delete::<Role>(&records, &input.role_name, &input.policy_name).await
        })
        .await
    }
}
