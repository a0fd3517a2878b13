//! TagUser.

use crate::Iam;
use crate::error::Error;
use crate::record::User;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::TagUserInput;

impl Operate<Iam> for TagUserInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let user = iam
            .on::<User>(caller, "iam:TagUser", &self.user_name)
            .await?;
        Ok(vec![tags::requested(user, tags::pairs(&self.tags))])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            tags::tag::<User>(&records, &input.user_name, &input.tags).await
        })
        .await
    }
}
