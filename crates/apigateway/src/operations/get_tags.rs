//! GetTags.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::tagged::{self, Tagged};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetTagsInput, GetTagsOutput};

impl Operate<Gateway> for GetTagsInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "GET",
            &["tags", &tagged::path(&self.resource_arn)],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<GetTagsOutput, Error> {
        let resource = Tagged::parse(&self.resource_arn, permit.caller())?;
        let tags = resource.tags(&gateway.store.snapshot()).await?;
        Ok(GetTagsOutput { tags: Some(tags) })
    }
}
