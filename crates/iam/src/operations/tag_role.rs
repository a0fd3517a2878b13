//! TagRole.

use crate::Iam;
use crate::error::Error;
use crate::record::Role;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::TagRoleInput;

impl Operate<Iam> for TagRoleInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let role = iam
            .on::<Role>(caller, "iam:TagRole", &self.role_name)
            .await?;
        Ok(vec![tags::requested(role, tags::pairs(&self.tags))])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            tags::tag::<Role>(&records, &input.role_name, &input.tags).await
        })
        .await
    }
}
