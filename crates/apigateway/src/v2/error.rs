//! What operations on HTTP and WebSocket APIs refuse with besides what the whole crate does, and AWS's words for
//! it.

use thiserror::Error as Words;
use wire::Fault;
use wire::apigatewayv2::errors;

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
    #[error("Invalid Authorizer ID specified: {0}")]
    AuthorizerId(String),
    #[error("Authorizer name must be unique: {0}")]
    AuthorizerName(String),
    #[error("Invalid authorizer URI: {0}")]
    AuthorizerUri(String),
    #[error("Invalid identity source: {0}")]
    IdentitySource(String),
    #[error("Cannot delete Authorizer '{id}'. It is referenced by route {route}")]
    AuthorizerInUse { id: String, route: String },
    #[error("Cannot delete Integration '{id}'. It is referenced by route {route}")]
    IntegrationInUse { id: String, route: String },
    #[error("Invalid payload format version: {0}")]
    PayloadFormat(String),
    #[error("Invalid integration URI specified: {0}")]
    IntegrationUri(String),
    #[error("HttpMethod must be a valid HTTP method: {0}")]
    IntegrationMethod(String),
    #[error("Invalid mapping expression specified: {0}")]
    Mapping(String),
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
    #[error("Active stages pointing to this deployment must be moved or deleted")]
    DeploymentInUse,
    #[error("Model name already exists for this API")]
    ModelName,
    #[error("ApiMapping key already exists for this domain name")]
    MappingExists,
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
            | Refusal::IntegrationInUse { .. }
            | Refusal::ModelName
            | Refusal::MappingExists => &errors::CONFLICT,
            _ => &errors::BAD_REQUEST,
        };
        Fault::modelled(kind, refusal.to_string())
    }
}
