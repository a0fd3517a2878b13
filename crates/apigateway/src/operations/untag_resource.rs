//! UntagResource.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::tagged::{self, Tagged};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::UntagResourceInput;

impl Operate<Gateway> for UntagResourceInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["tags", &tagged::path(&self.resource_arn)];
        let untag = require(caller, "DELETE", &path).into_iter();
        Ok(untag
            .map(|requirement| requirement.with("aws:TagKeys", &self.tag_keys))
            .collect())
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let resource = &Tagged::parse(&self.resource_arn, permit.caller())?;
        let keys = &self.tag_keys;
        gateway
            .store
            .transact(|txn| async move {
                resource
                    .change(&txn, |there| there.retain(|key, _| !keys.contains(key)))
                    .await
            })
            .await
    }
}
