//! UntagMFADevice.

use crate::Iam;
use crate::error::Error;
use crate::record::MfaDevice;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UntagMFADeviceInput;

impl Operate<Iam> for UntagMFADeviceInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = iam
            .on_arn::<MfaDevice>(caller, "iam:UntagMFADevice", &self.serial_number)
            .await?;
        Ok(vec![target.with("aws:TagKeys", &self.tag_keys)])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut target: MfaDevice = records.get_by_arn(&input.serial_number).await?;
            for key in &input.tag_keys {
                target.tags.remove(key);
            }
            records.put_entity(&target);
            Ok(())
        })
        .await
    }
}
