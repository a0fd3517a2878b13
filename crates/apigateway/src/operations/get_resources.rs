//! GetResources, in the order of their paths.

use super::{embeds, require, scope};
use crate::Gateway;
use crate::error::Error;
use crate::page::page;
use crate::record::path_of;
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigateway::{GetResourcesInput, GetResourcesOutput, Method};

impl Operate<Gateway> for GetResourcesInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(
            caller,
            "GET",
            &["restapis", &self.rest_api_id, "resources"],
        ))
    }

    async fn operate(
        self,
        gateway: &Gateway,
        permit: &Permit,
    ) -> Result<GetResourcesOutput, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        scope.load_api(&view).await?;
        let resources = scope.load_resources(&view).await?;
        let embed = embeds(self.embed.as_deref(), "methods");
        let mut methods: BTreeMap<String, BTreeMap<String, Method>> = BTreeMap::new();
        for ((resource_id, verb), method) in scope.load_methods(&view).await? {
            let shown = if embed {
                shape::method(verb, method)
            } else {
                Method::default()
            };
            methods
                .entry(resource_id)
                .or_default()
                .insert(verb.as_str().to_owned(), shown);
        }
        let mut paths: Vec<_> = resources
            .values()
            .map(|resource| (path_of(&resources, &resource.id), resource))
            .collect();
        paths.sort_by(|a, b| a.0.cmp(&b.0));
        let position = self.position.as_deref();
        let (paths, position) = page(paths, position, self.limit, |(_, resource)| &resource.id);
        let items = paths.into_iter().map(|(path, resource)| {
            let methods = methods.remove(&resource.id).unwrap_or_default();
            shape::resource(resource, path, methods)
        });
        Ok(GetResourcesOutput {
            position,
            items: Some(items.collect()),
        })
    }
}
