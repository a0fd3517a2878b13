//! GetApiKeys.

use super::require;
use crate::Gateway;
use crate::error::Error;
use crate::page::page;
use crate::record::ApiKey;
use crate::shape::{self, EmptyTags, KeyValue};
use crate::shelf::Shelf;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetApiKeysInput, GetApiKeysOutput};

impl Operate<Gateway> for GetApiKeysInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["apikeys"]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<GetApiKeysOutput, Error> {
        let shelf = Shelf::of(permit.caller());
        let mut all: Vec<ApiKey> = shelf.all(&gateway.store.snapshot()).await?;
        all.sort_by(|a, b| (a.created_ms, &a.id).cmp(&(b.created_ms, &b.id)));
        if let Some(start) = &self.name_query {
            let named = |key: &ApiKey| key.name.as_deref().is_some_and(|n| n.starts_with(start));
            all.retain(named);
        }
        if let Some(customer) = &self.customer_id {
            all.retain(|key| key.customer_id.as_ref() == Some(customer));
        }
        let (all, position) = page(all, self.position.as_deref(), self.limit, |key| &key.id);
        let value = KeyValue::asked(self.include_values);
        let items = all
            .into_iter()
            .map(|key| shape::api_key(key, value, EmptyTags::Left));
        Ok(GetApiKeysOutput {
            warnings: None,
            position,
            items: Some(items.collect()),
        })
    }
}
