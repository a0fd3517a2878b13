//! TagResource.

use crate::error::{Error, Invalid};
use crate::lambda::{Lambda, on_target};
use crate::settings;
use crate::tagging;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::TagResourceInput;

impl Operate<Lambda> for TagResourceInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = tagging::tagged(&Scope::of(caller), &self.resource)?;
        let tags = self.tags.iter();
        let tags = tags.map(|(key, value)| (key.as_str(), value.as_str()));
        let tag = on_target("lambda:TagResource", &target).into_iter();
        Ok(tag
            .map(|requirement| requirement.request_tags(tags.clone()))
            .collect())
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<(), Error> {
        let target = tagging::tagged(&Scope::of(permit.caller()), &self.resource)?;
        if self.tags.is_empty() {
            return Err(Invalid::NoTags.into());
        }
        tagging::change(lambda, &target, |tags| {
            tags.extend(self.tags.clone());
            settings::check_tags(tags)
        })
        .await
    }
}
