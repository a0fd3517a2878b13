//! The resource types that can be deployed.

use crate::document::Map;
use crate::resources;
use crate::schema::{OnChange, Property};

/// A resource type: what a template may say of it and what the rest may ask of it.
#[derive(Debug)]
pub(crate) struct TypeInfo {
    pub kind: Kind,
    pub name: &'static str,
    pub properties: &'static [Property],
    /// What `Fn::GetAtt` may ask for.
    pub attributes: &'static [&'static str],
    /// Where resources of this type have names of the user's choice.
    pub naming: Option<Naming>,
}

/// How resources of a type are named.
#[derive(Debug)]
pub(crate) struct Naming {
    /// The property that gives the name.
    pub property: &'static str,
    /// The longest name, in characters, that we may make up.
    pub max_length: usize,
}

/// One variant for each type, for the places that do what a type needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Table,
    Role,
    InlinePolicy,
    ManagedPolicy,
    Function,
    LayerVersion,
    Version,
    Alias,
    FunctionUrl,
    InvokeConfig,
    EventSourceMapping,
    Permission,
    LayerPermission,
    RestApi,
    ApiResource,
    Method,
    ApiDeployment,
    Stage,
    LogGroup,
    HttpApi,
    HttpStage,
    HttpAuthorizer,
    HttpDeployment,
    HttpDomain,
    HttpIntegration,
    HttpLink,
    HttpMapping,
    HttpRoute,
    IntegrationResponse,
    MessageModel,
    RouteResponse,
    ApiAccount,
    ApiAuthorizer,
    ApiDomain,
    ApiKey,
    ApiModel,
    BasePathMapping,
    GatewayResponse,
    RequestValidator,
    UsagePlan,
    UsagePlanKey,
    SubscriptionFilter,
    LogPolicy,
    ClientCertificate,
    VpcLink,
    AccessKey,
    User,
    Group,
}

static TYPES: [&TypeInfo; 48] = [
    &resources::table::TYPE,
    &resources::role::TYPE,
    &resources::inline_policy::TYPE,
    &resources::managed_policy::TYPE,
    &resources::function::TYPE,
    &resources::layer_version::TYPE,
    &resources::version::TYPE,
    &resources::alias::TYPE,
    &resources::function_url::TYPE,
    &resources::invoke_config::TYPE,
    &resources::event_source_mapping::TYPE,
    &resources::permission::TYPE,
    &resources::layer_permission::TYPE,
    &resources::rest_api::TYPE,
    &resources::api_resource::TYPE,
    &resources::method::TYPE,
    &resources::api_deployment::TYPE,
    &resources::stage::TYPE,
    &resources::log_group::TYPE,
    &resources::http_api::TYPE,
    &resources::http_stage::TYPE,
    &resources::http_authorizer::TYPE,
    &resources::http_deployment::TYPE,
    &resources::http_domain::TYPE,
    &resources::http_integration::TYPE,
    &resources::http_link::TYPE,
    &resources::http_mapping::TYPE,
    &resources::http_route::TYPE,
    &resources::integration_response::TYPE,
    &resources::message_model::TYPE,
    &resources::route_response::TYPE,
    &resources::api_account::TYPE,
    &resources::api_authorizer::TYPE,
    &resources::api_domain::TYPE,
    &resources::api_key::TYPE,
    &resources::api_model::TYPE,
    &resources::base_path_mapping::TYPE,
    &resources::gateway_response::TYPE,
    &resources::request_validator::TYPE,
    &resources::usage_plan::TYPE,
    &resources::usage_plan_key::TYPE,
    &resources::subscription_filter::TYPE,
    &resources::log_policy::TYPE,
    &resources::client_certificate::TYPE,
    &resources::vpc_link::TYPE,
    &resources::access_key::TYPE,
    &resources::user::TYPE,
    &resources::group::TYPE,
];

/// The type of this name.
pub(crate) fn find(name: &str) -> Option<&'static TypeInfo> {
    TYPES.iter().copied().find(|info| info.name == name)
}

/// Whether resources of this type have this attribute.
pub(crate) fn has_attribute(type_name: &str, attribute: &str) -> bool {
    find(type_name).is_some_and(|info| info.attributes.contains(&attribute))
}

impl TypeInfo {
    /// The property whose change asks for the most, of those that differ, and for what.
    pub fn change(&self, old: &Map, new: &Map) -> Option<(&'static Property, OnChange)> {
        let properties = self.properties.iter();
        let changed =
            properties.filter_map(|property| Some((property, property.change(old, new)?)));
        changed.max_by_key(|(_, change)| *change)
    }

    /// The name a template gives to a resource.
    pub fn given_name<'m>(&self, properties: &'m Map) -> Option<&'m str> {
        let naming = self.naming.as_ref()?;
        properties.get(naming.property)?.as_text()
    }
}
