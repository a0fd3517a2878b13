//! CreateRestApi.

use super::{new_api, require, scope};
use crate::described::said;
use crate::error::{Bad, Clash, Error};
use crate::keys::{self, Scope, State};
use crate::record::{ApiHome, Endpoint, Named, RestApi, Texts};
use crate::shape::{self, EmptyTags};
use crate::{Gateway, store};
use kv::{Txn, record};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::apigateway::{
    CreateRestApiInput, EndpointConfiguration, EndpointType, IpAddressType, RestApi as RestApiShape,
};

/// A tag of this name pins the API's id.
const CUSTOM_ID_TAG: &str = "_custom_id_";
/// Largest value of `minimumCompressionSize`, in bytes.
const MAX_COMPRESSION_SIZE: i32 = 10_485_760;

impl Operate<Gateway> for CreateRestApiInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let create = super::require_tagged(caller, "POST", &["restapis"], self.tags.as_ref());
        let endpoint = self.endpoint_configuration.as_ref();
        let kind = endpoint.and_then(|endpoint| endpoint.types.as_ref()?.first());
        let disables = self.disable_execute_api_endpoint;
        let mut requirements = said(
            create,
            [
                ("ApiName", Some(self.name.clone())),
                ("EndpointType", kind.map(|kind| kind.as_str().to_owned())),
                ("DisableExecuteApiEndpoint", disables.map(|d| d.to_string())),
            ],
        );
        if let Some(source) = &self.clone_from {
            requirements.extend(require(caller, "GET", &["restapis", source]));
        }
        Ok(requirements)
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<RestApiShape, Error> {
        let source = self.clone_from.as_deref().map(|id| scope(permit, id));
        let mut api = new_api(gateway, self.name.clone());
        fill(&mut api, self)?;
        let scope = scope(permit, &api.id);
        let (scope, api_record, source) = (&scope, &api, &source);
        gateway
            .store
            .transact(|txn| async move { create(&txn, scope, api_record, source.as_ref()).await })
            .await?;
        Ok(shape::rest_api(api, EmptyTags::Left))
    }
}

/// Creates an API with its root resource and default models, or with all parts of another one.
pub(super) async fn create(
    txn: &Txn,
    scope: &Scope,
    api: &RestApi,
    source: Option<&Scope>,
) -> Result<(), Error> {
    if store::home(txn, &scope.api_id).await?.is_some() {
        return Err(Clash::ApiId(scope.api_id.clone()).into());
    }
    let home = ApiHome {
        account: scope.account.to_string(),
        region: scope.region.to_string(),
    };
    txn.put(keys::home(&scope.api_id), record::encode(&home));
    let Some(source) = source else {
        scope.save_api(txn, api);
        super::save_defaults(txn, scope, api);
        return Ok(());
    };
    let original = source.load_api(txn).await?;
    let clone = RestApi {
        root_resource_id: original.root_resource_id,
        ..api.clone()
    };
    scope.save_api(txn, &clone);
    source
        .copy_parts(txn, State::Draft, scope, State::Draft)
        .await?;
    Ok(())
}

fn fill(api: &mut RestApi, input: CreateRestApiInput) -> Result<(), Error> {
    if input.description.as_deref() == Some("") {
        return Err(Bad::EmptyDescription.into());
    }
    api.endpoint = endpoint(input.endpoint_configuration.unwrap_or_default())?;
    api.minimum_compression_size = check_compression_size(input.minimum_compression_size)?;
    api.policy = super::check_policy(input.policy)?;
    api.description = input.description;
    api.version = input.version;
    api.binary_media_types = input.binary_media_types.unwrap_or_default();
    api.api_key_source = Named(input.api_key_source.unwrap_or_default());
    api.disable_execute_api_endpoint = input.disable_execute_api_endpoint.unwrap_or_default();
    api.tags = input.tags.unwrap_or_default();
    if let Some(id) = custom_id(&api.tags)? {
        api.id = id;
    }
    Ok(())
}

/// The id that a tag pins.
pub(crate) fn custom_id(tags: &Texts) -> Result<Option<String>, Error> {
    let Some(id) = tags.get(CUSTOM_ID_TAG) else {
        return Ok(None);
    };
    let belongs = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    match !id.is_empty() && id.len() <= 63 && id.chars().all(belongs) {
        true => Ok(Some(id.clone())),
        false => Err(Bad::CustomId(id.clone()).into()),
    }
}

pub(super) fn check_compression_size(size: Option<i32>) -> Result<Option<i32>, Error> {
    match size {
        Some(size) if !(0..=MAX_COMPRESSION_SIZE).contains(&size) => {
            Err(Bad::CompressionSize.into())
        }
        size => Ok(size),
    }
}

fn endpoint(configuration: EndpointConfiguration) -> Result<Endpoint, Error> {
    let kind = match configuration.types.as_deref() {
        None => EndpointType::Edge,
        Some([]) => return Err(Bad::NoEndpointType.into()),
        Some([kind]) => *kind,
        Some(_) => return Err(Bad::EndpointTypes.into()),
    };
    let ip_address_type = match (kind, configuration.ip_address_type) {
        (EndpointType::Private, Some(IpAddressType::Ipv4)) => {
            return Err(Bad::PrivateNeedsDualstack.into());
        }
        (EndpointType::Private, _) => IpAddressType::Dualstack,
        (_, given) => given.unwrap_or(IpAddressType::Ipv4),
    };
    Ok(Endpoint {
        kind: Named(kind),
        ip_address_type: Named(ip_address_type),
        vpc_endpoint_ids: configuration.vpc_endpoint_ids.unwrap_or_default(),
    })
}
