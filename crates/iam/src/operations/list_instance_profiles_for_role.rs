//! ListInstanceProfilesForRole.

use crate::Iam;
use crate::error::Error;
use crate::instance_profile;
use crate::keys;
use crate::page::Page;
use crate::record::{InstanceProfile, Role};
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
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let role: Role = records.get(&self.role_name).await?;
        let ids = records.names(&keys::profiles_of(&role.head.id)).await?;
        let mut profiles = Vec::new();
        for id in ids {
            if let Some(profile) = records.find_by_id::<InstanceProfile>(&id).await? {
                profiles.push(instance_profile::listed(&records, &profile).await?);
            }
        }
        let listing = page.cut(profiles, |profile| {
            keys::fold(&profile.instance_profile_name)
        });
        Ok(ListInstanceProfilesForRoleOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            instance_profiles: listing.items,
        })
    }
}
