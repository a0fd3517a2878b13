//! PutRolePolicy.

use crate::Iam;
use crate::error::Error;
use crate::inline;
use crate::record::Role;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::PutRolePolicyInput;

impl Operate<Iam> for PutRolePolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:PutRolePolicy", &self.role_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            records.get_changeable(&input.role_name).await?;
            inline::put::<Role>(
                &records,
                &input.role_name,
                &input.policy_name,
                &input.policy_document,
            )
            .await
        })
        .await
    }
}
