//! ListInstanceProfiles.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_all;
use crate::instance_profile;
use crate::page::Page;
use crate::record::{InstanceProfile, Kind};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListInstanceProfilesInput, ListInstanceProfilesOutput};

impl Operate<Iam> for ListInstanceProfilesInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_all(
            caller,
            "iam:ListInstanceProfiles",
            Kind::InstanceProfile,
            self.path_prefix.as_deref(),
        ))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListInstanceProfilesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let records = iam.records(permit.caller());
        let wanted = |profile: &InstanceProfile| profile.head.path.starts_with(prefix);
        let listing = records.list(&page, wanted).await?;
        let mut profiles = Vec::new();
        for profile in &listing.items {
            profiles.push(instance_profile::listed(&records, profile).await?);
        }
        Ok(ListInstanceProfilesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            instance_profiles: profiles,
        })
    }
}
