//! UpdateAssumeRolePolicy.

use crate::Iam;
use crate::document::check_trust;
use crate::error::Error;
use crate::record::Role;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UpdateAssumeRolePolicyInput;

impl Operate<Iam> for UpdateAssumeRolePolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:UpdateAssumeRolePolicy", &self.role_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut role: Role = records.get_changeable(&input.role_name).await?;
            check_trust(&records, &input.policy_document).await?;
            role.trust.clone_from(&input.policy_document);
            records.put_entity(&role);
            Ok(())
        })
        .await
    }
}
