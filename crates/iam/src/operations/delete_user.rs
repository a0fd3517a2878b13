//! DeleteUser.

use crate::Iam;
use crate::attachment::set_boundary;
use crate::document::rename_principal;
use crate::error::Conflict;
use crate::error::Error;
use crate::keys;
use crate::record::{Entity, User};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteUserInput;

impl Operate<Iam> for DeleteUserInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<User>(caller, "iam:DeleteUser", &self.user_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut user: User = records.get(&input.user_name).await?;
            let id = user.head.id.clone();
            for (owned, conflict) in [
                (keys::attached_policies(&id), Conflict::AttachedPolicies),
                (keys::inline_policies(&id), Conflict::InlinePolicies),
                (keys::memberships(&id), Conflict::Members),
                (keys::access_keys_of(&id), Conflict::AccessKeys),
                (keys::mfa_devices_of(&id), Conflict::MfaDevices),
                (
                    keys::signing_certificates(&id),
                    Conflict::SigningCertificates,
                ),
                (keys::ssh_keys(&id), Conflict::Referenced),
                (keys::service_credentials(&id), Conflict::Referenced),
            ] {
                if records.any(&owned).await? {
                    return Err(Error::DeleteConflict(conflict));
                }
            }
            if records.exists(&keys::login_profile(&id)).await? {
                return Err(Error::DeleteConflict(Conflict::LoginProfile));
            }
            set_boundary(&records, &mut user, None).await?;
            rename_principal(&records, &user.arn(records.account), &id).await?;
            records.remove_entity(&user);
            Ok(())
        })
        .await
    }
}
