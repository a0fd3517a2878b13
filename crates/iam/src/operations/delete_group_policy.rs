//! DeleteGroupPolicy.

use crate::Iam;
use crate::error::Error;
use crate::inline;
use crate::record::Group;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteGroupPolicyInput;

impl Operate<Iam> for DeleteGroupPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Group>(caller, "iam:DeleteGroupPolicy", &self.group_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            inline::delete::<Group>(&records, &input.group_name, &input.policy_name).await
        })
        .await
    }
}
