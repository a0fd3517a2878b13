//! PutUserPermissionsBoundary.

use crate::Iam;
use crate::attachment::set_boundary;
use crate::error::Error;
use crate::record::User;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::PutUserPermissionsBoundaryInput;

impl Operate<Iam> for PutUserPermissionsBoundaryInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let user = iam
            .on::<User>(caller, "iam:PutUserPermissionsBoundary", &self.user_name)
            .await?;
        Ok(vec![user.with(
            "iam:PermissionsBoundary",
            [&self.permissions_boundary],
        )])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut user: User = records.get(&input.user_name).await?;
            set_boundary(&records, &mut user, Some(&input.permissions_boundary)).await?;
            records.put_entity(&user);
            Ok(())
        })
        .await
    }
}
