//! What is kept of HTTP and WebSocket APIs. The bytes are those of `docs/keyspace.md`.

use crate::error::Missing;
use crate::record::{Named, Texts};
use crate::shelf::Kept;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wire::apigatewayv2 as shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Api {
    pub id: String,
    pub name: String,
    pub protocol: Named<shape::ProtocolType>,
    pub route_selection: String,
    pub api_key_selection: String,
    pub cors: Option<Cors>,
    pub created_ms: i64,
    pub description: Option<String>,
    pub disable_schema_validation: Option<bool>,
    pub disable_execute_api_endpoint: bool,
    pub ip_address_type: Named<shape::IpAddressType>,
    pub version: Option<String>,
    pub import_info: Vec<String>,
    pub warnings: Vec<String>,
    pub tags: Texts,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    pub allow_credentials: Option<bool>,
    pub allow_headers: Vec<String>,
    pub allow_methods: Vec<String>,
    pub allow_origins: Vec<String>,
    pub expose_headers: Vec<String>,
    pub max_age_s: Option<i32>,
}

/// Its shelf is the API's, as is that of all that follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    pub id: String,
    pub key: String,
    pub managed: bool,
    pub api_key_required: bool,
    pub authorization: Named<shape::AuthorizationType>,
    pub authorizer_id: Option<String>,
    pub scopes: Vec<String>,
    pub model_selection: Option<String>,
    pub operation_name: Option<String>,
    pub request_models: Texts,
    /// Whether each is required.
    pub request_parameters: BTreeMap<String, bool>,
    pub response_selection: Option<String>,
    /// `integrations/ID`
    pub target: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Integration {
    pub id: String,
    pub managed: bool,
    pub kind: Named<shape::IntegrationType>,
    pub subtype: Option<String>,
    pub uri: Option<String>,
    pub method: Option<String>,
    pub connection_type: Named<shape::ConnectionType>,
    pub connection_id: Option<String>,
    pub content_handling: Option<Named<shape::ContentHandlingStrategy>>,
    pub credentials: Option<String>,
    pub description: Option<String>,
    pub passthrough: Option<Named<shape::PassthroughBehavior>>,
    pub payload_format: Option<String>,
    pub request_parameters: Texts,
    pub request_templates: Texts,
    /// By status.
    pub response_parameters: BTreeMap<String, Texts>,
    pub response_selection: Option<String>,
    pub template_selection: Option<String>,
    pub timeout_ms: i32,
    pub server_name: Option<String>,
}

/// A response of a route or of an integration.
pub trait Response {
    /// What it is a response of.
    type Parent: Kept;
    const WHAT: &'static str;

    fn key(&self) -> &str;

    /// The id of the route or integration.
    fn parent(&self) -> &str;

    /// Whether there may be a response with this key.
    fn is_key(key: &str) -> bool;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteResponse {
    pub id: String,
    pub route_id: String,
    pub key: String,
    pub model_selection: Option<String>,
    pub models: Texts,
    /// Whether each is required.
    pub parameters: BTreeMap<String, bool>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationResponse {
    pub id: String,
    pub integration_id: String,
    pub key: String,
    pub content_handling: Option<Named<shape::ContentHandlingStrategy>>,
    pub parameters: Texts,
    pub templates: Texts,
    pub template_selection: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Authorizer {
    pub id: String,
    pub name: String,
    pub kind: Named<shape::AuthorizerType>,
    pub credentials: Option<String>,
    pub payload_format: Option<String>,
    pub ttl_s: Option<i32>,
    pub uri: Option<String>,
    pub simple_responses: Option<bool>,
    pub identity_sources: Vec<String>,
    pub identity_validation: Option<String>,
    pub jwt: Option<Jwt>,
}

/// Whose tokens are taken, and for whom they must be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwt {
    pub issuer: Option<String>,
    pub audience: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub name: String,
    pub managed: bool,
    pub auto_deploy: bool,
    pub deployment_id: Option<String>,
    pub client_certificate_id: Option<String>,
    pub description: Option<String>,
    pub access_log: Option<AccessLog>,
    pub default_settings: RouteSettings,
    pub settings: BTreeMap<String, RouteSettings>,
    pub variables: Texts,
    pub created_ms: i64,
    pub updated_ms: i64,
    pub status_message: Option<String>,
    pub tags: Texts,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessLog {
    pub destination_arn: Option<String>,
    pub format: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RouteSettings {
    pub data_trace: Option<bool>,
    pub detailed_metrics: Option<bool>,
    pub logging_level: Option<Named<shape::LoggingLevel>>,
    pub burst: Option<i32>,
    /// Requests a second.
    pub rate: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    pub id: String,
    pub automatic: bool,
    pub created_ms: i64,
    pub description: Option<String>,
}

/// All parts of an API as a deployment has kept them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// The deployment's.
    pub id: String,
    pub api: Api,
    pub routes: Vec<Route>,
    pub integrations: Vec<Integration>,
    pub authorizers: Vec<Authorizer>,
    #[serde(default)]
    pub route_responses: Vec<RouteResponse>,
    #[serde(default)]
    pub integration_responses: Vec<IntegrationResponse>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    pub id: String,
    pub name: String,
    pub content_type: Option<String>,
    pub description: Option<String>,
    pub schema: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VpcLink {
    pub id: String,
    pub name: String,
    pub security_groups: Vec<String>,
    pub subnets: Vec<String>,
    pub created_ms: i64,
    pub tags: Texts,
}

macro_rules! kept {
    ($($record:ident $kind:literal by $name:ident called $called:literal)*) => { $(
        impl Kept for $record {
            const KIND: &'static str = $kind;

            #[allow(
                clippy::misnamed_getters,
                reason = "what tells one from another is not called an id everywhere"
            )]
            fn id(&self) -> &str {
                &self.$name
            }

            fn missing() -> Missing {
                Missing::Called($called)
            }
        }
    )* };
}

kept! {
    Api "v2api" by id called "API"
    Route "v2route" by id called "Route"
    Integration "v2integration" by id called "Integration"
    RouteResponse "v2routeresponse" by id called "RouteResponse"
    IntegrationResponse "v2integrationresponse" by id called "IntegrationResponse"
    Authorizer "v2authorizer" by id called "Authorizer"
    Stage "v2stage" by name called "stage"
    Deployment "v2deployment" by id called "Deployment"
    Definition "v2definition" by id called "Deployment"
    Model "v2model" by id called "Model"
    VpcLink "v2vpclink" by id called "VpcLink"
}
