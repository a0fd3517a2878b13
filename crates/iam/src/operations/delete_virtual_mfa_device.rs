//! DeleteVirtualMFADevice.

use crate::Iam;
use crate::error::{Conflict, Error};
use crate::record::MfaDevice;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteVirtualMFADeviceInput;

impl Operate<Iam> for DeleteVirtualMFADeviceInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<MfaDevice>(caller, "iam:DeleteVirtualMFADevice", &self.serial_number)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let device: MfaDevice = records.get_by_arn(&input.serial_number).await?;
            if device.enabled.is_some() {
                return Err(Error::DeleteConflict(Conflict::DeviceInUse));
            }
            records.remove_entity(&device);
            Ok(())
        })
        .await
    }
}
