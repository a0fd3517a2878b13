//! EnableMFADevice.

use crate::Iam;
use crate::error::{Error, Limit};
use crate::keys;
use crate::mfa;
use crate::record::{EnabledFor, MfaDevice, User};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::EnableMFADeviceInput;

impl Operate<Iam> for EnableMFADeviceInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<User>(caller, "iam:EnableMFADevice", &self.user_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let now = iam.clock.now();
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let user: User = records.get(&input.user_name).await?;
            let mut device: MfaDevice = records.get_by_arn(&input.serial_number).await?;
            if device.enabled.is_some() {
                return Err(Error::MfaInUse);
            }
            let codes = [&*input.authentication_code1, &*input.authentication_code2];
            let last_period = mfa::consecutive(&device.seed, codes, now)?;
            let id = user.head.id;
            let others = records.names(&keys::mfa_devices_of(&id)).await?;
            if others.len() >= mfa::MAX_DEVICES {
                return Err(Error::LimitExceeded(Limit::MfaDevices));
            }
            records.mark(keys::mfa_device_of(&id, &device.head.id));
            device.enabled = Some(EnabledFor {
                user_id: id,
                since_s: now.as_secs(),
                last_period,
            });
            records.put_entity(&device);
            Ok(())
        })
        .await
    }
}
