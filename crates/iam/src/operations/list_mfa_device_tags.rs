//! ListMFADeviceTags.

use crate::Iam;
use crate::error::Error;
use crate::page::Page;
use crate::record::MfaDevice;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListMFADeviceTagsInput, ListMFADeviceTagsOutput};

impl Operate<Iam> for ListMFADeviceTagsInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<MfaDevice>(caller, "iam:ListMFADeviceTags", &self.serial_number)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListMFADeviceTagsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let target: MfaDevice = records.get_by_arn(&self.serial_number).await?;
        let listing = page.cut(tags::shapes(&target.tags), |tag| tag.key.to_lowercase());
        Ok(ListMFADeviceTagsOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            tags: listing.items,
        })
    }
}
