//! AttachRolePolicy.

use crate::Iam;
use crate::attachment::attach;
use crate::error::Error;
use crate::record::Role;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::AttachRolePolicyInput;

impl Operate<Iam> for AttachRolePolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let role = iam
            .on::<Role>(caller, "iam:AttachRolePolicy", &self.role_name)
            .await?;
        Ok(vec![role.with("iam:PolicyARN", [&self.policy_arn])])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            records.get_changeable(&input.role_name).await?;
            attach::<Role>(&records, &input.role_name, &input.policy_arn).await
        })
        .await
    }
}
