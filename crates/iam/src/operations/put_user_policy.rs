//! PutUserPolicy.

use crate::Iam;
use crate::error::Error;
use crate::inline;
use crate::record::User;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::PutUserPolicyInput;

impl Operate<Iam> for PutUserPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<User>(caller, "iam:PutUserPolicy", &self.user_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            inline::put::<User>(
                &records,
                &input.user_name,
                &input.policy_name,
                &input.policy_document,
            )
            .await
        })
        .await
    }
}
