//! CreateRole.

use crate::Iam;
use crate::attachment::set_boundary;
use crate::document::check_trust;
use crate::error::Error;
use crate::gate::New;
use crate::record::{Kind, Role};
use crate::service_linked;
use crate::shape::{self, Detail};
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreateRoleInput, CreateRoleOutput};

/// How long sessions of a role may last when its creator does not say.
const DEFAULT_SESSION_S: i32 = 3_600;

impl Operate<Iam> for CreateRoleInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let new = New {
            kind: Kind::Role,
            path: self.path.as_deref(),
            name: &self.role_name,
            tags: self.tags.as_ref(),
            boundary: self.permissions_boundary.as_deref(),
        };
        Ok(new.requirements(caller, "iam:CreateRole", "iam:TagRole"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<CreateRoleOutput, Error> {
        let path = self.path.as_deref().unwrap_or_default();
        if path.starts_with(service_linked::PATH) {
            return Err(Error::ReservedPath);
        }
        let role = Role {
            head: iam.new_head(Kind::Role, &self.role_name, self.path.as_deref()),
            description: self.description,
            max_session_s: self.max_session_duration.unwrap_or(DEFAULT_SESSION_S),
            trust: self.assume_role_policy_document,
            tags: tags::collect(self.tags.as_ref())?,
            boundary: None,
        };
        let account = permit.caller().account;
        let (role, boundary) = (&role, self.permissions_boundary.as_deref());
        let role = iam
            .change(account, |records| async move {
                check_trust(&records, &role.trust).await?;
                records.name_is_free::<Role>(&role.head.name).await?;
                let mut role = role.clone();
                set_boundary(&records, &mut role, boundary).await?;
                records.put_entity(&role);
                Ok(role)
            })
            .await?;
        Ok(CreateRoleOutput {
            role: shape::role(&role, account, Detail::Created),
        })
    }
}
