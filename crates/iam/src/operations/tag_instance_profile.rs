//! TagInstanceProfile.

use crate::Iam;
use crate::error::Error;
use crate::record::InstanceProfile;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::TagInstanceProfileInput;

impl Operate<Iam> for TagInstanceProfileInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = iam
            .on::<InstanceProfile>(
                caller,
                "iam:TagInstanceProfile",
                &self.instance_profile_name,
            )
            .await?;
        Ok(vec![tags::requested(target, tags::pairs(&self.tags))])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut target: InstanceProfile = records.get(&input.instance_profile_name).await?;
            tags::merge(&mut target.tags, &input.tags)?;
            records.put_entity(&target);
            Ok(())
        })
        .await
    }
}
