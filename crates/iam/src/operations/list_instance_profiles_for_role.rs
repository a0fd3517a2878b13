//! ListInstanceProfilesForRole.

use crate::Iam;
use crate::error::Error;
use crate::record::Role;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListInstanceProfilesForRoleInput, ListInstanceProfilesForRoleOutput};

impl Operate<Iam> for ListInstanceProfilesForRoleInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:ListInstanceProfilesForRole", &self.role_name)
                .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListInstanceProfilesForRoleOutput, Error> {
        // There are no instances to give profiles to, so no role has one.
        let _: Role = iam.records(permit.caller()).get(&self.role_name).await?;
        Ok(ListInstanceProfilesForRoleOutput {
            instance_profiles: Vec::new(),
            is_truncated: Some(false),
            marker: None,
        })
    }
}
