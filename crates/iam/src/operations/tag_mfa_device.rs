//! TagMFADevice.

use crate::Iam;
use crate::error::Error;
use crate::record::MfaDevice;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::TagMFADeviceInput;

impl Operate<Iam> for TagMFADeviceInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = iam
            .on_arn::<MfaDevice>(caller, "iam:TagMFADevice", &self.serial_number)
            .await?;
        Ok(vec![tags::requested(target, tags::pairs(&self.tags))])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut target: MfaDevice = records.get_by_arn(&input.serial_number).await?;
            tags::merge(&mut target.tags, &input.tags)?;
            records.put_entity(&target);
            Ok(())
        })
        .await
    }
}
