//! ListVirtualMFADevices.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::page::Page;
use crate::record::{Entity, MfaDevice, User};
use crate::shape::{self, Detail};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{
    AssignmentStatusType, ListVirtualMFADevicesInput, ListVirtualMFADevicesOutput, VirtualMFADevice,
};

impl Operate<Iam> for ListVirtualMFADevicesInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:ListVirtualMFADevices"))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListVirtualMFADevicesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let wanted = |device: &MfaDevice| match self.assignment_status {
            Some(AssignmentStatusType::Assigned) => device.enabled.is_some(),
            Some(AssignmentStatusType::Unassigned) => device.enabled.is_none(),
            Some(AssignmentStatusType::Any) | None => true,
        };
        let listing = records.list(&page, wanted).await?;
        let mut devices = Vec::new();
        for device in &listing.items {
            let owner: Option<User> = match &device.enabled {
                Some(enabled) => records.find_by_id(&enabled.user_id).await?,
                None => None,
            };
            let account = records.account;
            let since_s = device.enabled.as_ref().map(|enabled| enabled.since_s);
            devices.push(VirtualMFADevice {
                serial_number: device.arn(account).to_string(),
                user: owner.map(|user| shape::user(&user, account, Detail::Listed)),
                enable_date: since_s.map(base::Timestamp::from_secs),
                ..VirtualMFADevice::default()
            });
        }
        Ok(ListVirtualMFADevicesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            virtual_mfa_devices: devices,
        })
    }
}
