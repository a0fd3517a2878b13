//! What is stored, as serde structs. Their JSON is described in `docs/keyspace.md`; the wire's
//! shapes never come here, only the names of its enumerations do.

mod kept;

pub use kept::{
    ApiKey, ApiKeyValue, BasePathMapping, ClientCertificate, DayUsage, DocumentationLocation,
    DocumentationPart, DocumentationVersion, DomainName, PlannedStage, Quota, QuotaChange,
    Throttle, Truststore, UsagePlan, UsagePlanKey, VpcLink,
};

use base::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use service::Caller;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use wire::Enumeration;
use wire::apigateway as shape;

/// An enumeration of the model, stored under its AWS name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named<T>(pub T);

impl<T: Enumeration> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de, T: Enumeration> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        T::from_name(&name)
            .map(Named)
            .ok_or_else(|| D::Error::custom("an unknown name"))
    }
}

/// Names to values, as in the API.
pub type Texts = BTreeMap<String, String>;

/// The method of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    Any,
    Delete,
    Get,
    Head,
    Options,
    Patch,
    Post,
    Put,
}

impl HttpMethod {
    pub fn as_str(self) -> &'static str {
        match self {
            HttpMethod::Any => "ANY",
            HttpMethod::Delete => "DELETE",
            HttpMethod::Get => "GET",
            HttpMethod::Head => "HEAD",
            HttpMethod::Options => "OPTIONS",
            HttpMethod::Patch => "PATCH",
            HttpMethod::Post => "POST",
            HttpMethod::Put => "PUT",
        }
    }
}

/// The text is no method that a resource can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a method of a resource")]
pub struct UnknownMethod;

impl FromStr for HttpMethod {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<HttpMethod, UnknownMethod> {
        Ok(match text {
            "ANY" => HttpMethod::Any,
            "DELETE" => HttpMethod::Delete,
            "GET" => HttpMethod::Get,
            "HEAD" => HttpMethod::Head,
            "OPTIONS" => HttpMethod::Options,
            "PATCH" => HttpMethod::Patch,
            "POST" => HttpMethod::Post,
            "PUT" => HttpMethod::Put,
            _ => return Err(UnknownMethod),
        })
    }
}

impl fmt::Display for HttpMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where an API of this id, or a domain name, lives: both are unique across accounts and regions,
/// since a URL names nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiHome {
    pub account: String,
    pub region: String,
}

impl ApiHome {
    /// The caller's.
    pub fn of(caller: &Caller) -> ApiHome {
        ApiHome {
            account: caller.account.to_string(),
            region: caller.region.to_string(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RestApi {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub version: Option<String>,
    pub created_ms: i64,
    pub root_resource_id: String,
    pub binary_media_types: Vec<String>,
    pub minimum_compression_size: Option<i32>,
    pub api_key_source: Named<shape::ApiKeySourceType>,
    pub endpoint: Endpoint,
    /// The resource policy as it was given.
    pub policy: Option<String>,
    pub disable_execute_api_endpoint: bool,
    pub tags: Texts,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Endpoint {
    pub kind: Named<shape::EndpointType>,
    pub ip_address_type: Named<shape::IpAddressType>,
    pub vpc_endpoint_ids: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    pub id: String,
    /// None for the root only.
    pub parent_id: Option<String>,
    /// Empty for the root only.
    pub path_part: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthorizationType {
    #[serde(rename = "NONE")]
    None,
    #[serde(rename = "AWS_IAM")]
    AwsIam,
    #[serde(rename = "CUSTOM")]
    Custom,
    #[serde(rename = "COGNITO_USER_POOLS")]
    CognitoUserPools,
}

impl AuthorizationType {
    pub fn as_str(self) -> &'static str {
        match self {
            AuthorizationType::None => "NONE",
            AuthorizationType::AwsIam => "AWS_IAM",
            AuthorizationType::Custom => "CUSTOM",
            AuthorizationType::CognitoUserPools => "COGNITO_USER_POOLS",
        }
    }

    /// Letters of either case count, as recorded.
    pub fn from_name(name: &str) -> Option<AuthorizationType> {
        Some(match name.to_ascii_uppercase().as_str() {
            "NONE" => AuthorizationType::None,
            "AWS_IAM" => AuthorizationType::AwsIam,
            "CUSTOM" => AuthorizationType::Custom,
            "COGNITO_USER_POOLS" => AuthorizationType::CognitoUserPools,
            _ => return None,
        })
    }

    /// Whether an authorizer of the API decides.
    pub fn has_authorizer(self) -> bool {
        matches!(
            self,
            AuthorizationType::Custom | AuthorizationType::CognitoUserPools
        )
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Method {
    pub authorization_type: AuthorizationType,
    pub authorizer_id: Option<String>,
    pub authorization_scopes: Option<Vec<String>>,
    pub api_key_required: bool,
    pub request_validator_id: Option<String>,
    pub operation_name: Option<String>,
    /// `method.request.PLACE.NAME` to whether it is required.
    pub request_parameters: Option<BTreeMap<String, bool>>,
    /// Content types to models.
    pub request_models: Option<Texts>,
    /// By status code.
    pub responses: BTreeMap<String, MethodResponse>,
    pub integration: Option<Integration>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MethodResponse {
    /// `method.response.header.NAME` to whether it is required.
    pub parameters: Option<BTreeMap<String, bool>>,
    /// Content types to models.
    pub models: Option<Texts>,
}

/// What to do with a body for which there is no template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Passthrough {
    #[default]
    #[serde(rename = "WHEN_NO_MATCH")]
    WhenNoMatch,
    #[serde(rename = "WHEN_NO_TEMPLATES")]
    WhenNoTemplates,
    #[serde(rename = "NEVER")]
    Never,
}

impl Passthrough {
    pub fn as_str(self) -> &'static str {
        match self {
            Passthrough::WhenNoMatch => "WHEN_NO_MATCH",
            Passthrough::WhenNoTemplates => "WHEN_NO_TEMPLATES",
            Passthrough::Never => "NEVER",
        }
    }

    pub fn from_name(name: &str) -> Option<Passthrough> {
        Some(match name {
            "WHEN_NO_MATCH" => Passthrough::WhenNoMatch,
            "WHEN_NO_TEMPLATES" => Passthrough::WhenNoTemplates,
            "NEVER" => Passthrough::Never,
            _ => return None,
        })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Integration {
    pub kind: Named<shape::IntegrationType>,
    pub http_method: Option<String>,
    pub uri: Option<String>,
    pub connection_type: Option<Named<shape::ConnectionType>>,
    pub connection_id: Option<String>,
    pub credentials: Option<String>,
    /// `integration.request.PLACE.NAME` to an expression.
    pub request_parameters: Option<Texts>,
    /// By content type.
    pub request_templates: Option<Texts>,
    pub passthrough: Passthrough,
    pub content_handling: Option<Named<shape::ContentHandlingStrategy>>,
    pub timeout_ms: i32,
    pub cache_namespace: String,
    pub cache_key_parameters: Vec<String>,
    pub insecure_skip_verification: Option<bool>,
    /// `None` where nothing was said, which is `BUFFERED`.
    #[serde(default)]
    pub response_transfer_mode: Option<Named<shape::ResponseTransferMode>>,
    /// By status code.
    pub responses: BTreeMap<String, IntegrationResponse>,
}

impl Integration {
    /// Whether answers are passed on while they come.
    pub fn streams(&self) -> bool {
        self.response_transfer_mode == Some(Named(shape::ResponseTransferMode::Stream))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IntegrationResponse {
    pub selection_pattern: Option<String>,
    /// `method.response.header.NAME` to an expression.
    pub parameters: Option<Texts>,
    /// By content type.
    pub templates: Option<Texts>,
    pub content_handling: Option<Named<shape::ContentHandlingStrategy>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub schema: String,
    pub content_type: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestValidator {
    pub id: String,
    pub name: Option<String>,
    pub validate_body: bool,
    pub validate_parameters: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Authorizer {
    pub id: String,
    pub name: String,
    pub kind: Named<shape::AuthorizerType>,
    pub provider_arns: Vec<String>,
    pub auth_type: Option<String>,
    pub uri: Option<String>,
    pub credentials: Option<String>,
    /// `method.request.header.Authorization`, several separated by commas.
    pub identity_source: Option<String>,
    pub identity_validation: Option<String>,
    pub ttl_s: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GatewayResponse {
    pub status: Option<u16>,
    /// `gatewayresponse.header.NAME` to an expression.
    pub parameters: Texts,
    /// By content type.
    pub templates: Texts,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    pub id: String,
    pub description: Option<String>,
    pub created_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub name: String,
    pub deployment_id: String,
    pub description: Option<String>,
    pub variables: Texts,
    pub documentation_version: Option<String>,
    pub tracing_enabled: bool,
    pub access_log: AccessLog,
    /// `RESOURCE/METHOD` (or `*/*`) to settings.
    pub method_settings: BTreeMap<String, MethodSettings>,
    pub tags: Texts,
    pub created_ms: i64,
    pub updated_ms: i64,
    #[serde(default)]
    pub cache_cluster_enabled: bool,
    #[serde(default)]
    pub cache_cluster_size: Option<Named<shape::CacheClusterSize>>,
    #[serde(default)]
    pub canary: Option<Canary>,
    /// The id of what HTTP endpoints are shown.
    #[serde(default)]
    pub client_certificate: Option<String>,
}

/// A second deployment of a stage, which gets part of the requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Canary {
    /// 0 to 100.
    pub percent: f64,
    pub deployment_id: String,
    pub variables: Texts,
    pub use_stage_cache: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccessLog {
    pub destination_arn: Option<String>,
    pub format: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MethodSettings {
    pub metrics_enabled: bool,
    pub logging_level: Option<String>,
    pub data_trace_enabled: bool,
    pub throttling_burst_limit: i32,
    pub throttling_rate_limit: f64,
    pub caching_enabled: bool,
    pub cache_ttl_s: i32,
    pub cache_data_encrypted: bool,
    pub require_authorization_for_cache_control: bool,
    pub unauthorized_cache_control: Named<shape::UnauthorizedCacheControlHeaderStrategy>,
}

impl Default for MethodSettings {
    /// What the service shows for a setting that was not touched.
    fn default() -> MethodSettings {
        MethodSettings {
            metrics_enabled: false,
            logging_level: None,
            data_trace_enabled: false,
            throttling_burst_limit: 5000,
            throttling_rate_limit: 10_000.0,
            caching_enabled: false,
            cache_ttl_s: 300,
            cache_data_encrypted: false,
            require_authorization_for_cache_control: true,
            unauthorized_cache_control: Named(
                shape::UnauthorizedCacheControlHeaderStrategy::SucceedWithResponseHeader,
            ),
        }
    }
}

/// Settings of an account in a region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AccountSettings {
    pub cloudwatch_role_arn: Option<String>,
}

/// A whole API as it was at one moment: what a deployment keeps, and what is compiled to be
/// executed.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub api: RestApi,
    /// By id.
    pub resources: BTreeMap<String, Resource>,
    /// By resource id and method.
    pub methods: BTreeMap<(String, HttpMethod), Method>,
    /// By name.
    pub models: BTreeMap<String, Model>,
    /// By id.
    pub validators: BTreeMap<String, RequestValidator>,
    /// By type.
    pub gateway_responses: BTreeMap<String, GatewayResponse>,
    /// By id.
    pub authorizers: BTreeMap<String, Authorizer>,
}

impl Definition {
    /// The path of a resource, such as `/pets/{id}`.
    pub fn path(&self, resource_id: &str) -> String {
        path_of(&self.resources, resource_id)
    }
}

/// The path of a resource among all of its API; `/` for the root.
pub fn path_of(resources: &BTreeMap<String, Resource>, resource_id: &str) -> String {
    let mut parts = Vec::new();
    let mut at = resources.get(resource_id);
    // Resources are never cyclical; the bound makes sure of it.
    while let Some(resource) = at.filter(|_| parts.len() <= resources.len()) {
        let Some(parent_id) = &resource.parent_id else {
            break;
        };
        parts.push(resource.path_part.as_str());
        at = resources.get(parent_id);
    }
    parts.reverse();
    format!("/{}", parts.join("/"))
}

impl RestApi {
    pub fn created(&self) -> Timestamp {
        Timestamp::from_millis(self.created_ms)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An API with nothing but its root.
    pub(crate) fn definition() -> Definition {
        let root = Resource {
            id: "root".into(),
            parent_id: None,
            path_part: String::new(),
        };
        Definition {
            api: RestApi {
                id: "api1234567".into(),
                name: "pets".into(),
                description: None,
                version: None,
                created_ms: 0,
                root_resource_id: "root".into(),
                binary_media_types: Vec::new(),
                minimum_compression_size: None,
                api_key_source: Named(shape::ApiKeySourceType::Header),
                endpoint: Endpoint {
                    kind: Named(shape::EndpointType::Regional),
                    ip_address_type: Named(shape::IpAddressType::Ipv4),
                    vpc_endpoint_ids: Vec::new(),
                },
                policy: None,
                disable_execute_api_endpoint: false,
                tags: Texts::new(),
            },
            resources: BTreeMap::from([("root".into(), root)]),
            methods: BTreeMap::new(),
            models: BTreeMap::new(),
            validators: BTreeMap::new(),
            gateway_responses: BTreeMap::new(),
            authorizers: BTreeMap::new(),
        }
    }

    /// A method without anything.
    pub(crate) fn method() -> Method {
        Method {
            authorization_type: AuthorizationType::None,
            authorizer_id: None,
            authorization_scopes: None,
            api_key_required: false,
            request_validator_id: None,
            operation_name: None,
            request_parameters: None,
            request_models: None,
            responses: BTreeMap::new(),
            integration: None,
        }
    }

    #[test]
    fn paths() {
        let mut definition = definition();
        for (id, parent, part) in [("a", "root", "pets"), ("b", "a", "{id}")] {
            let resource = Resource {
                id: id.into(),
                parent_id: Some(parent.into()),
                path_part: part.into(),
            };
            definition.resources.insert(id.into(), resource);
        }
        assert_eq!(definition.path("root"), "/");
        assert_eq!(definition.path("b"), "/pets/{id}");
    }

    /// Names are those of AWS, and what is stored is read again.
    #[test]
    fn records_are_json() {
        let definition = definition();
        let bytes = kv::record::encode(&definition.api);
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains(r#""kind":"REGIONAL""#), "{text}");
        assert_eq!(
            kv::record::decode::<RestApi>(&bytes).unwrap(),
            definition.api
        );
    }
}
