//! UntagRole.

use crate::Iam;
use crate::error::Error;
use crate::record::Role;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UntagRoleInput;

impl Operate<Iam> for UntagRoleInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let role = iam
            .on::<Role>(caller, "iam:UntagRole", &self.role_name)
            .await?;
        Ok(vec![role.with("aws:TagKeys", &self.tag_keys)])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            tags::untag::<Role>(&records, &input.role_name, &input.tag_keys).await
        })
        .await
    }
}
