//! ListMFADevices.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::page::Page;
use crate::record::{Entity, MfaDevice, User};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListMFADevicesInput, ListMFADevicesOutput, MFADevice};

impl Operate<Iam> for ListMFADevicesInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:ListMFADevices", self.user_name.as_ref())
            .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListMFADevicesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let name = Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        let records = iam.records(permit.caller());
        let user: User = records.get(&name).await?;
        let mut devices = Vec::new();
        for id in records.names(&keys::mfa_devices_of(&user.head.id)).await? {
            let device: Option<MfaDevice> = records.find_by_id(&id).await?;
            if let Some((arn, enabled)) = device.and_then(|device| {
                let arn = device.arn(records.account).to_string();
                device.enabled.map(|enabled| (arn, enabled))
            }) {
                devices.push(MFADevice {
                    user_name: user.head.name.clone(),
                    serial_number: arn,
                    enable_date: base::Timestamp::from_secs(enabled.since_s),
                });
            }
        }
        let listing = page.cut(devices, |device| device.serial_number.clone());
        Ok(ListMFADevicesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            mfa_devices: listing.items,
        })
    }
}
