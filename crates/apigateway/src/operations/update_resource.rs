//! UpdateResource: renames or moves it.

use super::{require, scope};
use crate::Gateway;
use crate::error::{Bad, Error, Missing};
use crate::patch::{self, Patch};
use crate::record::{Resource, path_of};
use crate::resource_tree;
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::apigateway::{Op, Resource as ResourceShape, UpdateResourceInput};

impl Operate<Gateway> for UpdateResourceInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let path = [
            "restapis",
            &self.rest_api_id,
            "resources",
            &self.resource_id,
        ];
        Ok(require(caller, "PATCH", &path))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<ResourceShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let input = &self;
        let (resource, path) = gateway
            .store
            .transact(|txn| async move {
                let mut resources = scope.load_resources(&txn).await?;
                let id = &input.resource_id;
                for patch in patch::read(input.patch_operations.clone())? {
                    let resource = resources.get(id).ok_or(Missing::Resource)?;
                    let changed = apply(resource, &patch)?;
                    resource_tree::check(&resources, &changed)?;
                    resources.insert(id.clone(), changed);
                }
                let resource = resources.get(id).ok_or(Missing::Resource)?;
                scope.save_resource(&txn, resource);
                Ok::<_, Error>((resource.clone(), path_of(&resources, id)))
            })
            .await?;
        Ok(shape::resource(&resource, path, BTreeMap::new()))
    }
}

fn apply(resource: &Resource, patch: &Patch) -> Result<Resource, Error> {
    let mut changed = resource.clone();
    let is_root = resource.parent_id.is_none();
    match (patch.op, patch.parts().as_slice()) {
        (Op::Replace, ["pathPart"]) if is_root => return Err(Bad::RootPathPart.into()),
        (Op::Replace, ["parentId"]) if is_root => return Err(Bad::RootParent.into()),
        (Op::Replace, ["pathPart"]) => changed.path_part = patch.text(),
        (Op::Replace, ["parentId"]) => changed.parent_id = Some(patch.text()),
        _ => return Err(patch.only_replaces(&["/parentId", "/pathPart"])),
    }
    Ok(changed)
}
