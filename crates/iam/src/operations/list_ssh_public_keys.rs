//! ListSSHPublicKeys.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::page::Page;
use crate::record::{SshKey, User};
use crate::ssh_key;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListSSHPublicKeysInput, ListSSHPublicKeysOutput};

impl Operate<Iam> for ListSSHPublicKeysInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:ListSSHPublicKeys", self.user_name.as_ref())
            .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListSSHPublicKeysOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let name = Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        let records = iam.records(permit.caller());
        let user: User = records.get(&name).await?;
        let found: Vec<SshKey> = records.all(&keys::ssh_keys(&user.head.id)).await?;
        let listing = page.cut(found, |key| key.id.clone());
        let listing = listing.map(|key| ssh_key::metadata(key, &user.head.name));
        Ok(ListSSHPublicKeysOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            ssh_public_keys: Some(listing.items),
        })
    }
}
