//! GetApiKey.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::record::ApiKey;
use crate::shape::{self, EmptyTags, KeyValue};
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{ApiKey as ApiKeyShape, GetApiKeyInput};

impl Operate<Gateway> for GetApiKeyInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["apikeys", &self.api_key]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ApiKeyShape, Error> {
        let view = gateway.store.snapshot();
        let key: ApiKey = Shelf::of(permit.caller())
            .load(&view, &self.api_key)
            .await?;
        Ok(shape::api_key(
            key,
            KeyValue::asked(self.include_value),
            EmptyTags::Shown,
        ))
    }
}
