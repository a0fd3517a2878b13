//! CreateResource.

use super::{new_id, require, scope};
use crate::Gateway;
use crate::error::Error;
use crate::record::{Resource, path_of};
use crate::resource_tree;
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigateway::{CreateResourceInput, Resource as ResourceShape};

impl Operate<Gateway> for CreateResourceInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = ["restapis", &self.rest_api_id, "resources", &self.parent_id];
        Ok(require(caller, "POST", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ResourceShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let resource = &Resource {
            id: new_id(gateway),
            parent_id: Some(self.parent_id),
            path_part: self.path_part,
        };
        let path = gateway
            .store
            .transact(|txn| async move {
                scope.load_api(&txn).await?;
                let mut resources = scope.load_resources(&txn).await?;
                resource_tree::check(&resources, resource)?;
                scope.save_resource(&txn, resource);
                resources.insert(resource.id.clone(), resource.clone());
                Ok::<_, Error>(path_of(&resources, &resource.id))
            })
            .await?;
        Ok(shape::resource(resource, path, BTreeMap::new()))
    }
}
