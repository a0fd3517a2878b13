//! UntagUser.

use crate::Iam;
use crate::error::Error;
use crate::record::User;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UntagUserInput;

impl Operate<Iam> for UntagUserInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let user = iam
            .on::<User>(caller, "iam:UntagUser", &self.user_name)
            .await?;
        Ok(vec![user.with("aws:TagKeys", &self.tag_keys)])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            tags::untag::<User>(&records, &input.user_name, &input.tag_keys).await
        })
        .await
    }
}
