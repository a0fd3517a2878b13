//! AttachUserPolicy.

use crate::Iam;
use crate::attachment::attach;
use crate::error::Error;
use crate::record::User;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::AttachUserPolicyInput;

impl Operate<Iam> for AttachUserPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let user = iam
            .on::<User>(caller, "iam:AttachUserPolicy", &self.user_name)
            .await?;
        Ok(vec![user.with("iam:PolicyARN", [&self.policy_arn])])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            attach::<User>(&records, &input.user_name, &input.policy_arn).await
        })
        .await
    }
}
