//! What operations on HTTP and WebSocket APIs refuse with besides what the whole crate does, and AWS's words for
//! it.

use super::mapping::Unmappable;
use thiserror::Error as Words;
use wire::Fault;
use wire::apigatewayv2::{AuthorizationType, errors};

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq, Words)]
pub enum Refusal {
    #[error("{name} is a required parameter for {what}")]
    Required {
        name: &'static str,
        what: &'static str,
    },
    #[error("{0} is not supported for this API's protocol type")]
    NotOfProtocol(&'static str),
    #[error(
        "The provided route key is not formatted properly for HTTP protocol. Format should be \
         \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\""
    )]
    RouteKey,
    #[error("Currently, authorization is restricted to the $connect route only")]
    AuthorizedMessage,
    #[error("Route with key {0} already exists for this API")]
    RouteExists(String),
    #[error("Unable to find Integration with ID {0}")]
    Target(String),
    #[error(
        "Invalid authorizer ID specified. Setting the authorization type to {} requires a valid {}.",
        match .0 { AuthorizationType::Jwt => "JWT", _ => "CUSTOM or COGNITO_USER_POOLS" },
        match .0 { AuthorizationType::Jwt => "JWT authorizer", _ => "authorizer" }
    )]
    AuthorizerId(AuthorizationType),
    #[error("Authorizer name must be unique. Authorizer {0} already exists in this RestApi.")]
    AuthorizerName(String),
    #[error("Invalid authorizer URI: {0}")]
    AuthorizerUri(String),
    #[error("Invalid identity source: {0}")]
    IdentitySource(String),
    #[error("Cannot delete authorizer '{name}', is referenced in route: {route}")]
    AuthorizerInUse { name: String, route: String },
    #[error(
        "Cannot delete Integration because it is referenced by the following Routes with Ids: [{}]",
        .0.join(", ")
    )]
    IntegrationInUse(Vec<String>),
    #[error("Invalid payload format version: {0}")]
    PayloadFormat(String),
    #[error("Invalid integration URI specified")]
    IntegrationUri,
    #[error("Invalid integration subtype specified: {0}")]
    IntegrationSubtype(String),
    #[error("Invalid status code of response parameters: {0}. It has to be between 200 and 599")]
    ResponseStatus(String),
    #[error(
        "Currently, an API with a protocol type of HTTP may only be associated with proxy \
         integrations (AWS_PROXY, HTTP_PROXY)"
    )]
    IntegrationType,
    #[error("HttpMethod must be a valid HTTP method: {0}")]
    IntegrationMethod(String),
    #[error(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{0}]"
    )]
    Mapping(Unmappable),
    #[error("allow-credentials is not supported if 'allow-origin' is *")]
    CredentialsOfAnyOrigin,
    #[error("At least one route is required before deploying the API.")]
    NoRoutes,
    #[error("{what} with key {key} already exists")]
    ResponseExists { what: &'static str, key: String },
    #[error("Invalid expression {0} specified")]
    Expression(String),
    #[error("Stage already exists")]
    StageExists,
    #[error(
        "Stage name only allows alphanumeric characters, hyphens, and underscores, or $default"
    )]
    StageName,
    #[error("Deployment ID cannot be set on stage '{0}': auto-deploy is enabled")]
    AutoDeployed(String),
    #[error(
        "Deleting API {0} failed. Please remove all API mappings for the API from your custom \
         domain names."
    )]
    ApiMapped(String),
    #[error("Execution logs are not supported on protocolType HTTP")]
    ExecutionLogs,
    #[error("Unable to find Route by key {0} within the provided RouteSettings")]
    RouteOfSettings(String),
    #[error("Active stages pointing to this deployment must be moved or deleted")]
    DeploymentInUse,
    #[error("Model name already exists for this API")]
    ModelName,
    #[error("ApiMapping key already exists for this domain name")]
    MappingExists,
    #[error("Invalid API identifier specified: {0}")]
    MappedApi(String),
    #[error("Invalid stage identifier specified")]
    MappedStage,
    #[error("API mapping key should not end with a '/'.")]
    MappingKeyEnd,
    #[error("API mapping key should not start with a '/' or have consecutive '/'s.")]
    MappingKeySlashes,
    #[error(
        "An API mapping key may contain only letters, numbers and one of $-_.+!*'(), characters."
    )]
    MappingKeyCharacters,
    #[error("ApiMapping key length must be under 300 characters.")]
    MappingKeyLength,
    #[error("EDGE endpoint type is not supported for APIGatewayV2 domainName")]
    EdgeConfiguration,
    #[error(
        "Only REGIONAL domain names can be managed through the API Gateway V2 API. For EDGE domain \
         names, please use the API Gateway V1 API. Also note that only REST APIs can be attached to \
         EDGE domain names."
    )]
    EdgeDomain,
    #[error("Invalid {name} specified: {value}")]
    Invalid { name: &'static str, value: String },
    #[error("{0}")]
    Import(String),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        let kind = match refusal {
            Refusal::RouteExists(_)
            | Refusal::ResponseExists { .. }
            | Refusal::StageExists
            | Refusal::AuthorizerInUse { .. }
            | Refusal::IntegrationInUse(_)
            | Refusal::ModelName
            | Refusal::MappingExists => &errors::CONFLICT,
            Refusal::RouteOfSettings(_) => &errors::NOT_FOUND,
            _ => &errors::BAD_REQUEST,
        };
        Fault::modelled(kind, refusal.to_string())
    }
}
