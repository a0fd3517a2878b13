//! DeleteRole.

use crate::Iam;
use crate::attachment::set_boundary;
use crate::document::rename_principal;
use crate::error::Conflict;
use crate::error::Error;
use crate::keys;
use crate::record::{Entity, Role};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteRoleInput;

impl Operate<Iam> for DeleteRoleInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:DeleteRole", &self.role_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut role: Role = records.get_changeable(&input.role_name).await?;
            for (owned, conflict) in [
                (
                    keys::attached_policies(&role.head.id),
                    Conflict::AttachedPolicies,
                ),
                (
                    keys::inline_policies(&role.head.id),
                    Conflict::InlinePolicies,
                ),
                (keys::profiles_of(&role.head.id), Conflict::RoleInProfile),
            ] {
                if records.any(&owned).await? {
                    return Err(Error::DeleteConflict(conflict));
                }
            }
            set_boundary(&records, &mut role, None).await?;
            records.remove_entity(&role);
            rename_principal(&records, &role.arn(records.account), &role.head.id).await?;
            Ok(())
        })
        .await
    }
}
