//! GetDeployment.

use super::{embeds, require, scope};
use crate::error::Error;
use crate::keys::State;
use crate::record::Definition;
use crate::{Gateway, shape};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigateway::{Deployment, GetDeploymentInput, MethodSnapshot};

impl Operate<Gateway> for GetDeploymentInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "restapis",
            &self.rest_api_id,
            "deployments",
            &self.deployment_id,
        ];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<Deployment, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        let deployment = scope.load_deployment(&view, &self.deployment_id).await?;
        let mut shown = shape::deployment(deployment);
        if embeds(self.embed.as_deref(), "apisummary") {
            let state = State::Deployed(&self.deployment_id);
            let definition = scope.load_definition(&view, state).await?;
            shown.api_summary = definition.as_ref().map(summary);
        }
        Ok(shown)
    }
}

/// The methods of each path.
fn summary(definition: &Definition) -> BTreeMap<String, BTreeMap<String, MethodSnapshot>> {
    let mut paths: BTreeMap<String, BTreeMap<String, MethodSnapshot>> = BTreeMap::new();
    for ((resource_id, verb), method) in &definition.methods {
        let snapshot = MethodSnapshot {
            authorization_type: Some(method.authorization_type.as_str().to_owned()),
            api_key_required: Some(method.api_key_required),
        };
        let methods = paths.entry(definition.path(resource_id)).or_default();
        methods.insert(verb.as_str().to_owned(), snapshot);
    }
    paths
}
