//! CreateVirtualMFADevice.

use crate::Iam;
use crate::error::Error;
use crate::gate::New;
use crate::mfa;
use crate::record::{Entity, Kind, MfaDevice};
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreateVirtualMFADeviceInput, CreateVirtualMFADeviceOutput, VirtualMFADevice};

impl Operate<Iam> for CreateVirtualMFADeviceInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let new = New {
            kind: Kind::MfaDevice,
            path: self.path.as_deref(),
            name: &self.virtual_mfa_device_name,
            tags: self.tags.as_ref(),
            boundary: None,
        };
        Ok(new.requirements(caller, "iam:CreateVirtualMFADevice", "iam:TagMFADevice"))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<CreateVirtualMFADeviceOutput, Error> {
        let name = &self.virtual_mfa_device_name;
        let device = MfaDevice {
            head: iam.new_head(Kind::MfaDevice, name, self.path.as_deref()),
            tags: tags::collect(self.tags.as_ref())?,
            seed: mfa::new_seed(&iam.entropy),
            enabled: None,
        };
        let account = permit.caller().account;
        let made = &device;
        iam.change(account, |records| async move {
            records.name_is_free::<MfaDevice>(&made.head.name).await?;
            records.put_entity(made);
            Ok(())
        })
        .await?;
        Ok(CreateVirtualMFADeviceOutput {
            virtual_mfa_device: VirtualMFADevice {
                serial_number: device.arn(account).to_string(),
                base32_string_seed: Some(device.seed.into_bytes().into()),
                // Programs take the seed; whoever wants a picture draws it from that.
                qr_code_png: None,
                tags: self.tags,
                ..VirtualMFADevice::default()
            },
        })
    }
}
