//! ListAccessKeys.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::page::Page;
use crate::record::{AccessKey, User};
use crate::shape;
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{AccessKeyMetadata, ListAccessKeysInput, ListAccessKeysOutput};

impl Operate<Iam> for ListAccessKeysInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:ListAccessKeys", self.user_name.as_ref())
            .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListAccessKeysOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let caller = permit.caller();
        let records = iam.records(caller);
        let name = Iam::user_meant(self.user_name.as_ref(), caller)?;
        let user: User = records.get(&name).await?;
        let mut found = Vec::new();
        for id in records.names(&keys::access_keys_of(&user.head.id)).await? {
            found.extend(records.read::<AccessKey>(&keys::access_key(&id)).await?);
        }
        let listing = page.cut(found, |key: &AccessKey| key.id.clone());
        let listing = listing.map(|key| AccessKeyMetadata {
            user_name: Some(user.head.name.clone()),
            access_key_id: Some(key.id),
            status: Some(shape::status(key.status)),
            create_date: Some(Timestamp::from_secs(key.created_s)),
        });
        Ok(ListAccessKeysOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            access_key_metadata: listing.items,
        })
    }
}
