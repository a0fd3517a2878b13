//! UpdateApiKey.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::patch::{self, Patch};
use crate::record::ApiKey;
use crate::shape::{self, EmptyTags, KeyValue};
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{ApiKey as ApiKeyShape, Op, UpdateApiKeyInput};

/// In AWS's order.
const PATHS: [&str; 7] = [
    "/description",
    "/enabled",
    "/name",
    "/customerId",
    "/stages",
    "/labels",
    "/value",
];

impl Operate<Gateway> for UpdateApiKeyInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "PATCH", &["apikeys", &self.api_key]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ApiKeyShape, Error> {
        let (shelf, input) = (&Shelf::of(permit.caller()), &self);
        let now_ms = gateway.now_ms();
        let key = gateway
            .store
            .transact(|txn| async move {
                let mut key: ApiKey = shelf.load(&txn, &input.api_key).await?;
                for patch in patch::read(input.patch_operations.clone())? {
                    apply(&mut key, &patch)?;
                }
                key.updated_ms = now_ms;
                shelf.save(&txn, &key);
                Ok::<_, Error>(key)
            })
            .await?;
        Ok(shape::api_key(key, KeyValue::Hidden, EmptyTags::Shown))
    }
}

fn apply(key: &mut ApiKey, patch: &Patch) -> Result<(), Error> {
    match (patch.op, patch.parts().as_slice()) {
        (Op::Replace, ["name"]) => key.name = patch.optional_text(),
        (Op::Replace, ["description"]) => key.description = patch.optional_text(),
        (Op::Replace, ["enabled"]) => key.enabled = patch.flag(),
        (Op::Replace, ["customerId"]) => key.customer_id = patch.optional_text(),
        (Op::Add, ["stages"]) => key.stage_keys.push(patch.text()),
        (Op::Remove, ["stages"]) => key.stage_keys.retain(|stage| *stage != patch.text()),
        _ => return Err(patch.only_replaces(&PATHS)),
    }
    Ok(())
}
