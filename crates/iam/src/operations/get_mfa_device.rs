//! GetMFADevice.

use crate::Iam;
use crate::error::Error;
use crate::record::{MfaDevice, User};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetMFADeviceInput, GetMFADeviceOutput};

impl Operate<Iam> for GetMFADeviceInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        match &self.user_name {
            Some(name) => Ok(vec![
                iam.on::<User>(caller, "iam:GetMFADevice", name).await?,
            ]),
            None => iam.on_user_meant(caller, "iam:GetMFADevice", None).await,
        }
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetMFADeviceOutput, Error> {
        let records = iam.records(permit.caller());
        let device: MfaDevice = records.get_by_arn(&self.serial_number).await?;
        let owner: Option<User> = match &device.enabled {
            Some(enabled) => records.find_by_id(&enabled.user_id).await?,
            None => None,
        };
        let since_s = device.enabled.map(|enabled| enabled.since_s);
        Ok(GetMFADeviceOutput {
            user_name: owner.map(|user| user.head.name),
            serial_number: self.serial_number,
            enable_date: since_s.map(base::Timestamp::from_secs),
            certifications: None,
        })
    }
}
