//! CreateUser.

use crate::Iam;
use crate::attachment::set_boundary;
use crate::error::Error;
use crate::gate::New;
use crate::record::{Kind, User};
use crate::shape::{self, Detail};
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreateUserInput, CreateUserOutput};

impl Operate<Iam> for CreateUserInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let new = New {
            kind: Kind::User,
            path: self.path.as_deref(),
            name: &self.user_name,
            tags: self.tags.as_ref(),
            boundary: self.permissions_boundary.as_deref(),
        };
        Ok(new.requirements(caller, "iam:CreateUser", "iam:TagUser"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<CreateUserOutput, Error> {
        let user = User {
            head: iam.new_head(Kind::User, &self.user_name, self.path.as_deref()),
            tags: tags::collect(self.tags.as_ref())?,
            boundary: None,
        };
        let account = permit.caller().account;
        let (user, boundary) = (&user, self.permissions_boundary.as_deref());
        let user = iam
            .change(account, |records| async move {
                records.name_is_free::<User>(&user.head.name).await?;
                let mut user = user.clone();
                set_boundary(&records, &mut user, boundary).await?;
                records.put_entity(&user);
                Ok(user)
            })
            .await?;
        Ok(CreateUserOutput {
            user: Some(shape::user(&user, account, Detail::Created)),
        })
    }
}
