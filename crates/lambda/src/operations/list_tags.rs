//! ListTags.

use crate::catalog;
use crate::error::Error;
use crate::lambda::{Lambda, on_target};
use crate::tagging;
use crate::target::Scope;
use service::{Caller, Operate, Permit, Requirement};
use wire::lambda::{ListTagsInput, ListTagsOutput};

impl Operate<Lambda> for ListTagsInput {
    async fn requirements(&self, _: &Lambda, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = tagging::tagged(&Scope::of(caller), &self.resource)?;
        Ok(on_target("lambda:ListTags", &target))
    }

    async fn operate(self, lambda: &Lambda, permit: &Permit) -> Result<ListTagsOutput, Error> {
        let target = tagging::tagged(&Scope::of(permit.caller()), &self.resource)?;
        let function = catalog::named(&lambda.0.store, &target).await?;
        Ok(ListTagsOutput {
            tags: Some(function.tags),
        })
    }
}
