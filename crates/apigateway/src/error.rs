//! What operations refuse with, and AWS's words for it.
//!
//! The words are those of recorded answers where there are any; see `docs/compat.md` for the rest.

use crate::record::HttpMethod;
use base::AccountId;
use thiserror::Error as Words;
use wire::apigateway::errors;
use wire::{Common, Fault};

/// A refusal of an operation.
#[derive(Debug, Words)]
pub enum Error {
    #[error(transparent)]
    NotFound(#[from] Missing),
    #[error(transparent)]
    BadRequest(#[from] Bad),
    #[error(transparent)]
    Conflict(#[from] Clash),
    /// Something that AWS has and this is not built.
    #[error("Not implemented: {0}")]
    NotBuilt(String),
    #[error(transparent)]
    HttpApi(#[from] crate::v2::Refusal),
    #[error("a client certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    #[error(transparent)]
    Store(#[from] kv::Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        match error {
            Error::NotFound(missing) => Fault::modelled(&errors::NOT_FOUND, missing.to_string()),
            Error::BadRequest(bad) => Fault::modelled(&errors::BAD_REQUEST, bad.to_string()),
            Error::Conflict(clash) => Fault::modelled(&errors::CONFLICT, clash.to_string()),
            Error::HttpApi(refusal) => refusal.into(),
            Error::NotBuilt(_) => Fault::common(Common::NotImplemented, error.to_string()),
            Error::Certificate(_) => {
                tracing::error!(%error);
                Fault::internal()
            }
            Error::Store(error) => service::store_fault(&error),
        }
    }
}

/// What was named and does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Words)]
pub enum Missing {
    #[error("Invalid API identifier specified {account}:{id}")]
    Api { account: AccountId, id: String },
    /// A part of an HTTP API, by the name of its kind.
    #[error("Invalid {0} identifier specified")]
    Called(&'static str),
    #[error("Invalid Resource identifier specified")]
    Resource,
    #[error("Invalid Method identifier specified")]
    Method,
    #[error("Invalid Integration identifier specified")]
    Integration,
    #[error("Invalid Response status code specified")]
    ResponseStatusCode,
    #[error("Invalid parameter name specified")]
    ParameterName,
    #[error("Content-Type specified was not found")]
    ContentType,
    #[error("Invalid model name specified: {0}")]
    Model(String),
    #[error("Invalid Request Validator identifier specified")]
    Validator,
    #[error("Gateway response type not defined on api")]
    GatewayResponse,
    #[error("Invalid Deployment identifier specified")]
    Deployment,
    #[error("Invalid SDK type identifier specified")]
    SdkType,
    #[error("Invalid stage identifier specified")]
    Stage,
    #[error("Invalid resource ARN specified")]
    TaggedResource,
    #[error("Invalid Authorizer identifier specified")]
    Authorizer,
    #[error("Invalid API Key identifier specified")]
    ApiKey,
    #[error("Invalid Usage Plan ID specified")]
    UsagePlan,
    #[error("Invalid Usage Plan Key identifier specified")]
    UsagePlanKey,
    #[error("Invalid API Stage {{api: {api}, stage: {stage}}} specified for usageplan {plan}")]
    PlannedStage {
        api: String,
        stage: String,
        plan: String,
    },
    #[error("Invalid Vpc Link identifier specified")]
    VpcLink,
    #[error("Invalid Client Certificate identifier specified")]
    ClientCertificate,
    #[error("Invalid domain name identifier specified")]
    DomainName,
    #[error("Invalid base path mapping identifier specified")]
    BasePathMapping,
    #[error("Invalid Documentation part identifier specified")]
    DocumentationPart,
    #[error("Invalid Documentation version specified")]
    DocumentationVersion,
}

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Words)]
pub enum Bad {
    #[error("Description cannot be an empty string")]
    EmptyDescription,
    #[error("Invalid minimum compression size, must be between 0 and 10485760")]
    CompressionSize,
    #[error("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")]
    NoEndpointType,
    #[error("Cannot create an api with multiple Endpoint Types.")]
    EndpointTypes,
    #[error("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")]
    UnknownEndpointType,
    #[error("ipAddressType must be either ipv4 or dualstack.")]
    IpAddressType,
    #[error("Only dualstack ipAddressType is supported for Private APIs.")]
    PrivateNeedsDualstack,
    #[error("Invalid custom API identifier specified: {0}")]
    CustomId(String),
    #[error(
        "Invalid policy document. Please check the policy syntax and ensure that Principals are \
         valid."
    )]
    Policy,
    /// CreateRequestValidator says so where others say that the API is not found.
    #[error("Invalid REST API identifier specified")]
    RestApiId,
    #[error(
        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly \
         braces at the beginning and the end."
    )]
    PathPart,
    #[error("Cannot create a child of a resource with a greedy path variable: {0}")]
    GreedyParent(String),
    #[error(
        "A sibling ({0}) of this resource already has a variable path part -- only one is allowed"
    )]
    VariableSibling(String),
    #[error("Root resource cannot update its pathPart.")]
    RootPathPart,
    #[error("Root resource cannot update its parentId.")]
    RootParent,
    #[error("Root resource cannot be deleted.")]
    RootDeletion,
    #[error(
        "Deleting RestApi {api} failed. Please remove all base path mappings related to the \
         RestApi in your domains: {}",
        domains.join(", ")
    )]
    ApiMapped { api: String, domains: Vec<String> },
    #[error(
        "Deleting stage {stage} failed. Please remove all base path mappings related to the stage \
         in your domains: {}",
        domains.join(", ")
    )]
    StageMapped { stage: String, domains: Vec<String> },
    #[error("Resources cannot be cyclical.")]
    Cyclical,
    #[error(
        "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"
    )]
    HttpMethod,
    #[error(
        "Invalid authorization type specified. Valid options are \
         NONE,AWS_IAM,CUSTOM,COGNITO_USER_POOLS"
    )]
    AuthorizationType,
    #[error(
        "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or \
         COGNITO_USER_POOLS requires a valid authorizer."
    )]
    Authorizer,
    #[error("Invalid Request Validator identifier specified")]
    ValidatorId,
    #[error("Invalid model identifier specified: {0}")]
    ModelId(String),
    #[error("Parameter names must be unique across querystring, header and path")]
    ParameterNames,
    /// A request or response parameter that is none.
    #[error("Invalid parameter name specified: {0}")]
    ParameterName(String),
    #[error("Enumeration value for HttpMethod must be non-empty")]
    IntegrationHttpMethod,
    #[error("Invalid HTTP endpoint specified for URI")]
    HttpUri,
    #[error("Invalid ARN specified in the request")]
    InvalidArn,
    #[error("AWS ARN for integration must contain path or action")]
    ArnWithoutPath,
    #[error(
        "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose \
         stream invocations."
    )]
    ProxyTarget,
    #[error("Timeout should be between 50 ms and {longest} ms")]
    Timeout { longest: i32 },
    #[error(
        "Response transfer mode STREAM is only supported for HTTP_PROXY and AWS_PROXY integrations"
    )]
    StreamType,
    #[error(
        "The URI of an AWS_PROXY integration with response transfer mode STREAM has to be \
         arn:aws:apigateway:REGION:lambda:path/2021-11-15/functions/FUNCTION_ARN/\
         response-streaming-invocations, and only there"
    )]
    StreamUri,
    #[error(
        "Invalid passthrough behavior specified. Valid options are \
         WHEN_NO_MATCH,WHEN_NO_TEMPLATES,NEVER"
    )]
    PassthroughBehavior,
    #[error(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : \
         [Invalid mapping expression specified: {0}]"
    )]
    MappingExpression(String),
    #[error(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : \
         [Invalid mapping expression parameter specified: {0}]"
    )]
    MappingParameter(String),
    #[error("Validation Result: warnings : [], errors : [Invalid content type specified: {0}]")]
    ContentType(String),
    #[error("Invalid selectionPattern: {0}")]
    SelectionPattern(String),
    #[error("Model name must be non-empty")]
    ModelName,
    #[error("Model name must be alphanumeric: {0}")]
    ModelNameCharacters(String),
    #[error("Model schema must have at least 1 property or array items defined")]
    ModelSchema,
    #[error("Invalid model schema specified. Unable to parse it as JSON")]
    ModelSchemaJson,
    #[error("Request Validator name cannot be blank")]
    ValidatorName,
    #[error("The REST API doesn't contain any methods")]
    NoMethods,
    #[error("No integration defined for method")]
    NoIntegration,
    #[error("Active stages pointing to this deployment must be moved or deleted")]
    DeploymentInUse,
    #[error("Stage name only allows a-zA-Z0-9_")]
    StageName,
    #[error("Deployment id does not exist")]
    StageDeployment,
    #[error(
        "Stage variables may only contain the characters a-zA-Z0-9-._~:/?#&=, and names a-zA-Z0-9_"
    )]
    StageVariable,
    #[error(
        "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, \
         /accessLogSettings/format]"
    )]
    AccessLogPath,
    #[error("Access Log value must not be empty")]
    AccessLogValue,
    /// Commas are missing where AWS has none.
    #[error(
        "Invalid method setting path: {0}. Must be one of: [/deploymentId, /description, \
         /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, \
         /accessLogSettings/destinationArn, /accessLogSettings/format, \
         /{{resourcePath}}/{{httpMethod}}/metrics/enabled, \
         /{{resourcePath}}/{{httpMethod}}/logging/dataTrace, \
         /{{resourcePath}}/{{httpMethod}}/logging/loglevel, \
         /{{resourcePath}}/{{httpMethod}}/throttling/burstLimit\
         /{{resourcePath}}/{{httpMethod}}/throttling/rateLimit\
         /{{resourcePath}}/{{httpMethod}}/caching/ttlInSeconds, \
         /{{resourcePath}}/{{httpMethod}}/caching/enabled, \
         /{{resourcePath}}/{{httpMethod}}/caching/dataEncrypted, \
         /{{resourcePath}}/{{httpMethod}}/caching/requireAuthorizationForCacheControl, \
         /{{resourcePath}}/{{httpMethod}}/caching/unauthorizedCacheControlHeaderStrategy, \
         /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, \
         /*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, \
         /*/*/caching/enabled, /*/*/caching/dataEncrypted, \
         /*/*/caching/requireAuthorizationForCacheControl, \
         /*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{{variable_name}}, \
         /tracingEnabled]"
    )]
    StagePath(String),
    #[error("Invalid logging level. Valid options are OFF,ERROR,INFO")]
    LoggingLevel,
    /// The space at the end is AWS's.
    #[error("Cannot remove method setting {0} because there is no method setting for this method ")]
    NoMethodSetting(String),
    #[error("Invalid null or empty value in {0}")]
    NullValue(&'static str),
    #[error("Invalid OpenAPI input: {0}")]
    Import(String),
    #[error("Unable to build importer with provided input.")]
    ImportInput,
    #[error("Authorizer name must be unique. Authorizer {0} already exists in this RestApi.")]
    AuthorizerName(String),
    #[error(
        "Invalid Authorizer URI: {0}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation."
    )]
    AuthorizerUri(String),
    #[error("Invalid Authorizer Result TTL, the value must be between 0 and 3600")]
    AuthorizerTtl,
    #[error("Identity source cannot be null or empty")]
    NoIdentitySource,
    #[error("Invalid mapping expression specified: {0}")]
    IdentitySource(String),
    #[error("Provider ARNs cannot be null or empty")]
    NoProviderArns,
    #[error("Invalid Cognito User Pool ARN specified: {0}")]
    ProviderArn(String),
    #[error("API Key value should be at least 20 characters")]
    ApiKeyLength,
    #[error("Invalid API Key type specified, must be API_KEY")]
    ApiKeyType,
    #[error("Failed to parse the API keys: {0}")]
    ApiKeysFile(&'static str),
    #[error("Invalid export type specified. Valid options are oas30, swagger")]
    ExportType,
    #[error("Name cannot be empty")]
    EmptyName,
    #[error("Canary percentTraffic must be between 0.0 and 100.0")]
    CanaryPercent,
    #[error("Invalid API Stage specified")]
    PlannedStage,
    #[error(
        "Cannot delete usage plan '{0}' because it has associated API stages. Please disassociate \
         all API stages and try again."
    )]
    PlanInUse(String),
    #[error("Usage Plan throttle burst limit must be greater than or equal to 0")]
    BurstLimit,
    #[error("Usage Plan throttle rate limit must be greater than or equal to 0")]
    RateLimit,
    #[error("Usage Plan quota limit must be greater than 0")]
    QuotaLimit,
    #[error("Usage Plan quota offset must be at least 0 and less than its period's days")]
    QuotaOffset,
    #[error("Invalid date specified: {0}")]
    UsageDate(String),
    #[error("Remaining must be a number greater than or equal to 0")]
    UsageRemaining,
    #[error("Usage Plan has no quota")]
    UsageWithoutQuota,
    #[error("Invalid ARN. ARN is not well formed {0}")]
    VpcLinkTarget(String),
    #[error("Invalid documentation properties. Unable to parse them as JSON")]
    DocumentationProperties,
    #[error("CloudWatch Logs role ARN must be set in account settings to enable logging")]
    NoLogRole,
    #[error("A domain name must be one: {0}")]
    DomainName(String),
    #[error("Invalid base path specified: {0}")]
    BasePath(String),
    #[error("Invalid patch path {}", .0.as_deref().unwrap_or("null"))]
    PatchPath(Option<String>),
    /// The two spaces are AWS's.
    #[error(
        "Invalid patch path  '{path}' specified for op '{op}'. {}",
        supported_paths(supported)
    )]
    PatchPathForOp {
        path: String,
        op: &'static str,
        supported: &'static [&'static str],
    },
    #[error("Invalid patch operation specified. Must be one of: [{}]", .0.join(", "))]
    PatchOp(&'static [&'static str]),
    #[error("Invalid patch operation specified. Must be 'add'|'remove'|'replace'")]
    EndpointTypePatchOp,
}

fn supported_paths(paths: &[&str]) -> String {
    if paths.is_empty() {
        "Please choose supported operations".to_owned()
    } else {
        format!("Must be one of: [{}]", paths.join(", "))
    }
}

/// What stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Words)]
pub enum Clash {
    #[error("API identifier already exists: {0}")]
    ApiId(String),
    #[error("Another resource with the same parent already has this name: {0}")]
    Sibling(String),
    #[error("Method already exists for this resource")]
    Method,
    #[error("Response already exists for this resource")]
    MethodResponse,
    #[error("Model name already exists for this REST API")]
    ModelName,
    #[error(
        "Cannot delete model '{model}', is referenced in method {side}: {path}/{method}",
        side = match side { Side::Request => "request", Side::Response => "response" }
    )]
    ModelInUse {
        model: String,
        path: String,
        method: HttpMethod,
        side: Side,
    },
    #[error("Stage already exists")]
    Stage,
    /// CreateAuthorizer says so where others say that the API is not found.
    #[error("Unable to complete operation due to concurrent modification. Please try again later.")]
    ConcurrentModification,
    #[error("Cannot delete authorizer '{authorizer}', is referenced in method: {path}/{method}")]
    AuthorizerInUse {
        authorizer: String,
        path: String,
        method: HttpMethod,
    },
    #[error("API Key already exists")]
    ApiKey,
    #[error("Usage Plan Key already exists")]
    UsagePlanKey,
    #[error("The domain name you provided already exists.")]
    DomainName,
    #[error("Base path already exists for this domain name")]
    BasePath,
    #[error("Documentation part already exists for the specified location: {0}")]
    DocumentationPart(String),
    #[error("Documentation version already exists: {0}")]
    DocumentationVersion(String),
}

/// Which side of a method refers to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Request,
    Response,
}
