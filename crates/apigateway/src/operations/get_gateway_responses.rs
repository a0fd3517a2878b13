//! GetGatewayResponses: all types, whether the API has set them or not.

use super::{require, scope};
use crate::error::Error;
use crate::gateway_response::DEFAULTS;
use crate::keys::{Scope, State};
use crate::record::GatewayResponse;
use crate::store::{self, View};
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::apigateway::{GetGatewayResponsesInput, GetGatewayResponsesOutput};

impl Operate<Gateway> for GetGatewayResponsesInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "GET",
            &["restapis", &self.rest_api_id, "gatewayresponses"],
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetGatewayResponsesOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let set = load(&scope, &gateway.store.snapshot()).await?;
        let items = DEFAULTS
            .iter()
            .map(|(kind, _)| shape::gateway_response(*kind, &set));
        Ok(GetGatewayResponsesOutput {
            position: None,
            items: Some(items.collect()),
        })
    }
}

/// The responses an API has set, by type.
pub(super) async fn load(
    scope: &Scope,
    view: &impl View,
) -> Result<BTreeMap<String, GatewayResponse>, Error> {
    scope.load_api(view).await?;
    let mut set = BTreeMap::new();
    for (kind, _) in DEFAULTS {
        let key = scope.gateway_response(State::Draft, kind.as_str());
        if let Some(response) = store::find(view, &key).await? {
            set.insert(kind.as_str().to_owned(), response);
        }
    }
    Ok(set)
}
