//! DeactivateMFADevice.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::mfa;
use crate::record::User;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeactivateMFADeviceInput;

impl Operate<Iam> for DeactivateMFADeviceInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:DeactivateMFADevice", self.user_name.as_ref())
            .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let name = &Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let user: User = records.get(name).await?;
            let mut device = mfa::enabled(&records, &user, &input.serial_number).await?;
            records.remove(keys::mfa_device_of(&user.head.id, &device.head.id));
            device.enabled = None;
            records.put_entity(&device);
            Ok(())
        })
        .await
    }
}
