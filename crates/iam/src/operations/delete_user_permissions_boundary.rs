//! DeleteUserPermissionsBoundary.

use crate::Iam;
use crate::attachment::set_boundary;
use crate::error::Error;
use crate::record::User;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteUserPermissionsBoundaryInput;

impl Operate<Iam> for DeleteUserPermissionsBoundaryInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<User>(caller, "iam:DeleteUserPermissionsBoundary", &self.user_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut user: User = records.get(&input.user_name).await?;
            set_boundary(&records, &mut user, None).await?;
            records.put_entity(&user);
            Ok(())
        })
        .await
    }
}
