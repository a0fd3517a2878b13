//! UpdateUser.

use crate::Iam;
use crate::document::rename_principal;
use crate::error::Error;
use crate::keys;
use crate::record::{Entity, Kind, User};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UpdateUserInput;

impl Operate<Iam> for UpdateUserInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let user = iam
            .on::<User>(caller, "iam:UpdateUser", &self.user_name)
            .await?;
        let Some(name) = &self.new_user_name else {
            return Ok(vec![user]);
        };
        // Under its new name as well, so that nobody renames a user out of or into their reach.
        let found: Option<User> = iam.records(caller).find(&self.user_name).await?;
        let old_path = found.as_ref().map(|user| user.head.path.as_str());
        let path = self.new_path.as_deref().or(old_path).unwrap_or("/");
        let renamed = Kind::User.arn(caller.account, path, name);
        Ok(vec![
            user,
            Requirement::new("iam:UpdateUser", renamed.as_str()),
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut user: User = records.get(&input.user_name).await?;
            let old = user.arn(records.account);
            records.remove_entity(&user);
            if let Some(name) = &input.new_user_name {
                if keys::fold(name) != keys::fold(&user.head.name) {
                    records.name_is_free::<User>(name).await?;
                }
                user.head.name.clone_from(name);
            }
            if let Some(path) = &input.new_path {
                user.head.path.clone_from(path);
            }
            records.put_entity(&user);
            let new = user.arn(records.account);
            rename_principal(&records, &old, new.as_str()).await
        })
        .await
    }
}
