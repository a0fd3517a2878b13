//! UpdateRestApi.

use super::create_rest_api::check_compression_size;
use super::{check_policy, require, scope};
use crate::Gateway;
use crate::described::patched;
use crate::error::{Bad, Error};
use crate::patch::{self, Patch};
use crate::record::{Named, RestApi};
use crate::shape::{self, EmptyTags};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{
    ApiKeySourceType, EndpointType, IpAddressType, Op, RestApi as RestApiShape, UpdateRestApiInput,
};

impl Operate<Gateway> for UpdateRestApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(patched(
            require(caller, "PATCH", &["restapis", &self.rest_api_id]),
            self.patch_operations.as_ref(),
            &[
                ("/name", "ApiName"),
                ("/endpointConfiguration/types", "EndpointType"),
                ("/disableExecuteApiEndpoint", "DisableExecuteApiEndpoint"),
            ],
        ))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<RestApiShape, Error> {
        let scope = &scope(permit, &self.rest_api_id);
        let operations = &self.patch_operations;
        let api = gateway
            .store
            .transact(|txn| async move {
                let mut api = scope.load_api(&txn).await?;
                for patch in patch::read(operations.clone())? {
                    apply(&mut api, &patch)?;
                }
                scope.save_api(&txn, &api);
                Ok::<_, Error>(api)
            })
            .await?;
        Ok(shape::rest_api(api, EmptyTags::Shown))
    }
}

fn apply(api: &mut RestApi, patch: &Patch) -> Result<(), Error> {
    match patch.parts().as_slice() {
        ["description"] => api.description = removable(patch)?,
        ["version"] => api.version = removable(patch)?,
        ["policy"] => api.policy = check_policy(removable(patch)?)?,
        ["binaryMediaTypes", media_type] => {
            change_list(&mut api.binary_media_types, media_type, patch)?;
        }
        ["endpointConfiguration", "types", _] => change_type(api, patch)?,
        ["endpointConfiguration", "vpcEndpointIds", id] => {
            change_list(&mut api.endpoint.vpc_endpoint_ids, id, patch)?;
        }
        ["name"] => {
            patch.only_replace()?;
            api.name = patch.optional_text().ok_or(Bad::EmptyName)?;
        }
        ["minimumCompressionSize"] => {
            patch.only_replace()?;
            let size = patch.optional_text().map(|size| size.parse());
            let size = size.transpose().map_err(|_| Bad::CompressionSize)?;
            api.minimum_compression_size = check_compression_size(size)?;
        }
        ["disableExecuteApiEndpoint"] => {
            patch.only_replace()?;
            api.disable_execute_api_endpoint = patch.flag();
        }
        ["apiKeySource"] => {
            patch.only_replace()?;
            let source = ApiKeySourceType::from_name(&patch.text());
            api.api_key_source = Named(source.ok_or_else(|| patch.unknown_path())?);
        }
        ["endpointConfiguration", "ipAddressType"] => {
            patch.only_replace()?;
            let kind = IpAddressType::from_name(&patch.text()).ok_or(Bad::IpAddressType)?;
            if api.endpoint.kind.0 == EndpointType::Private && kind == IpAddressType::Ipv4 {
                return Err(Bad::PrivateNeedsDualstack.into());
            }
            api.endpoint.ip_address_type = Named(kind);
        }
        _ => return Err(patch.unknown_path()),
    }
    Ok(())
}

/// The new value of a text that may be replaced or removed.
fn removable(patch: &Patch) -> Result<Option<String>, Error> {
    match patch.op {
        Op::Replace | Op::Add => Ok(patch.optional_text()),
        Op::Remove => Ok(None),
        Op::Move | Op::Copy | Op::Test => Err(patch.unknown_path()),
    }
}

/// `replace` puts the new value at the end, as recorded.
fn change_list(list: &mut Vec<String>, item: &str, patch: &Patch) -> Result<(), Error> {
    match patch.op {
        Op::Add if list.iter().any(|there| there == item) => {}
        Op::Add => list.push(item.to_owned()),
        Op::Remove => list.retain(|there| there != item),
        Op::Replace => {
            list.retain(|there| there != item);
            list.push(patch.text());
        }
        Op::Move | Op::Copy | Op::Test => return Err(patch.unknown_path()),
    }
    Ok(())
}

/// An API has one endpoint type; a private one speaks dualstack.
fn change_type(api: &mut RestApi, patch: &Patch) -> Result<(), Error> {
    match patch.op {
        Op::Add | Op::Replace => {}
        Op::Remove | Op::Move | Op::Copy | Op::Test => return Err(Bad::EndpointTypePatchOp.into()),
    }
    let kind = EndpointType::from_name(&patch.text()).ok_or(Bad::UnknownEndpointType)?;
    api.endpoint.kind = Named(kind);
    if kind == EndpointType::Private {
        api.endpoint.ip_address_type = Named(IpAddressType::Dualstack);
    }
    Ok(())
}
