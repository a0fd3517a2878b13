//! ResyncMFADevice.

use crate::Iam;
use crate::error::Error;
use crate::mfa;
use crate::record::User;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::ResyncMFADeviceInput;

impl Operate<Iam> for ResyncMFADeviceInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<User>(caller, "iam:ResyncMFADevice", &self.user_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let now = iam.clock.now();
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let user: User = records.get(&input.user_name).await?;
            let mut device = mfa::enabled(&records, &user, &input.serial_number).await?;
            let codes = [&*input.authentication_code1, &*input.authentication_code2];
            let last_period = mfa::consecutive(&device.seed, codes, now)?;
            if let Some(enabled) = &mut device.enabled {
                enabled.last_period = last_period;
            }
            records.put_entity(&device);
            Ok(())
        })
        .await
    }
}
