//! GetUser.

use crate::Iam;
use crate::error::Error;
use crate::record::User;
use crate::shape::{self, Detail};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetUserInput, GetUserOutput};

impl Operate<Iam> for GetUserInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:GetUser", self.user_name.as_ref())
            .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetUserOutput, Error> {
        let caller = permit.caller();
        let name = Iam::user_meant(self.user_name.as_ref(), caller)?;
        let user: User = iam.records(caller).get(&name).await?;
        Ok(GetUserOutput {
            user: shape::user(&user, caller.account, Detail::Full),
        })
    }
}
