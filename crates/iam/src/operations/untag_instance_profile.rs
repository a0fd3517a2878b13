//! UntagInstanceProfile.

use crate::Iam;
use crate::error::Error;
use crate::record::InstanceProfile;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UntagInstanceProfileInput;

impl Operate<Iam> for UntagInstanceProfileInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = iam
            .on::<InstanceProfile>(
                caller,
                "iam:UntagInstanceProfile",
                &self.instance_profile_name,
            )
            .await?;
        Ok(vec![target.with("aws:TagKeys", &self.tag_keys)])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut target: InstanceProfile = records.get(&input.instance_profile_name).await?;
            for key in &input.tag_keys {
                target.tags.remove(key);
            }
            records.put_entity(&target);
            Ok(())
        })
        .await
    }
}
