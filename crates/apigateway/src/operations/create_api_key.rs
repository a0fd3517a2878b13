//! CreateApiKey.

use super::{require_tagged, scope};
use crate::Gateway;
use crate::error::{Bad, Clash, Error};
use crate::keys::Scope;
use crate::record::{ApiKey, ApiKeyValue, Texts};
use crate::shape::{self, EmptyTags};
use crate::shelf::Shelf;
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{ApiKey as ApiKeyShape, CreateApiKeyInput};

/// Characters of a key that is made here; a given one needs at least half as many.
const VALUE_LENGTH: usize = 40;
const MIN_VALUE_LENGTH: usize = 20;

impl Operate<Gateway> for CreateApiKeyInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require_tagged(
            caller,
            "POST",
            &["apikeys"],
            self.tags.as_ref(),
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ApiKeyShape, Error> {
        let stages = self.stage_keys.unwrap_or_default().into_iter();
        let stages = stages.map(|key| {
            let scope = scope(permit, &key.rest_api_id.unwrap_or_default());
            (scope, key.stage_name.unwrap_or_default())
        });
        let stages: &Vec<(Scope, String)> = &stages.collect();
        let stage_keys = stages.iter();
        let stage_keys = stage_keys.map(|(scope, stage)| format!("{}/{stage}", scope.api_id));
        let key = &ApiKey {
            description: self.description,
            enabled: self.enabled.unwrap_or_default(),
            customer_id: self.customer_id,
            stage_keys: stage_keys.collect(),
            tags: self.tags.unwrap_or_default(),
            ..new_key(gateway, self.name, self.value)?
        };
        let shelf = &Shelf::of(permit.caller());
        gateway
            .store
            .transact(|txn| async move {
                for (scope, stage) in stages {
                    scope.load_stage(&txn, stage).await?;
                }
                add(shelf, &txn, key).await
            })
            .await?;
        Ok(shape::api_key(
            key.clone(),
            shape::KeyValue::Shown,
            EmptyTags::Left,
        ))
    }
}

/// A key with this value, or with a new one.
pub(super) fn new_key(
    gateway: &Gateway,
    name: Option<String>,
    value: Option<String>,
) -> Result<ApiKey, Error> {
    let value = value.filter(|value| !value.is_empty());
    let value = value.unwrap_or_else(|| gateway.entropy.base62(VALUE_LENGTH));
    if value.len() < MIN_VALUE_LENGTH {
        return Err(Bad::ApiKeyLength.into());
    }
    let now_ms = gateway.now_ms();
    Ok(ApiKey {
        id: gateway.entropy.lower_alnum(10),
        value,
        name,
        description: None,
        enabled: false,
        customer_id: None,
        created_ms: now_ms,
        updated_ms: now_ms,
        stage_keys: Vec::new(),
        tags: Texts::new(),
    })
}

/// Keeps a key whose value no other has.
pub(super) async fn add(shelf: &Shelf, txn: &Txn, key: &ApiKey) -> Result<(), Error> {
    if shelf.find::<ApiKeyValue>(txn, &key.value).await?.is_some() {
        return Err(Clash::ApiKey.into());
    }
    let value = ApiKeyValue {
        value: key.value.clone(),
        id: key.id.clone(),
    };
    shelf.save(txn, &value);
    shelf.save(txn, key);
    Ok(())
}
