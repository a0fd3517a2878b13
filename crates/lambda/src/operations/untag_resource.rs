//! UntagResource.

use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::tagging;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::UntagResourceInput;

impl Operate<Lambda> for UntagResourceInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = tagging::tagged(&Scope::of(caller), &self.resource)?;
        let untag = on_target("lambda:UntagResource", &target).into_iter();
        Ok(untag
            .map(|requirement| requirement.with("aws:TagKeys", &self.tag_keys))
            .collect())
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<(), Error> {
        let target = tagging::tagged(&Scope::of(permit.caller()), &self.resource)?;
        tagging::change(lambda, &target, |tags| {
            tags.retain(|key, _| !self.tag_keys.contains(key));
            Ok(())
        })
        .await
    }
}
