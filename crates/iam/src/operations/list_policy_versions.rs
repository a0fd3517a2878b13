//! ListPolicyVersions.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::page::Page;
use crate::policy_arn::{Managed, version_id, version_number};
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListPolicyVersionsInput, ListPolicyVersionsOutput, PolicyVersion};

impl Operate<Iam> for ListPolicyVersionsInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_policy(caller, "iam:ListPolicyVersions", &self.policy_arn)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListPolicyVersionsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let versions = match records.get_policy(&self.policy_arn).await? {
            Managed::Aws(policy) => vec![PolicyVersion {
                document: None,
                version_id: Some(version_id(policy.version)),
                is_default_version: Some(true),
                create_date: Some(policy.updated()),
            }],
            Managed::Own(policy) => {
                let under = keys::versions(&policy.head.id);
                let versions = records.all(&under).await?;
                let shape = |version| shape::version(version, policy.default_version);
                versions.iter().map(shape).collect()
            }
        };
        // The latest comes first.
        let listing = page.cut(versions, |version: &PolicyVersion| {
            let number = version.version_id.as_deref().and_then(version_number);
            format!("{:020}", u64::MAX - number.unwrap_or_default())
        });
        Ok(ListPolicyVersionsOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            versions: Some(listing.items),
        })
    }
}
