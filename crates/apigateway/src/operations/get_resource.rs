//! GetResource.

use super::{embeds, require, scope};
use crate::Gateway;
use crate::error::{Error, Missing};
use crate::record::path_of;
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{GetResourceInput, Method, Resource};

impl Operate<Gateway> for GetResourceInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        Ok(require(caller, "GET", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<Resource, Error> {
        let scope = scope(permit, &self.rest_api_id);
        let view = gateway.store.snapshot();
        let resources = scope.load_resources(&view).await?;
        let resource = resources.get(&self.resource_id).ok_or(Missing::Resource)?;
        let embed = embeds(self.embed.as_deref(), "methods");
        let methods = scope.load_methods_of(&view, &resource.id).await?;
        let methods = methods.into_iter().map(|(verb, method)| {
            let shown = if embed {
                shape::method(verb, method)
            } else {
                Method::default()
            };
            (verb.as_str().to_owned(), shown)
        });
        let path = path_of(&resources, &resource.id);
        Ok(shape::resource(resource, path, methods.collect()))
    }
}
