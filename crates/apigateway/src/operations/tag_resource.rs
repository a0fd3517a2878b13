//! TagResource.

use super::require_tagged;
use crate::Gateway;
use crate::error::Error;
use crate::tagged::{self, Tagged};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::TagResourceInput;

impl Operate<Gateway> for TagResourceInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["tags", &tagged::path(&self.resource_arn)];
        Ok(require_tagged(caller, "PUT", &path, Some(&self.tags)))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<(), Error> {
        let resource = &Tagged::parse(&self.resource_arn, permit.caller())?;
        let tags = &self.tags;
        gateway
            .store
            .transact(|txn| async move {
                resource
                    .change(&txn, |there| there.extend(tags.clone()))
                    .await
            })
            .await
    }
}
