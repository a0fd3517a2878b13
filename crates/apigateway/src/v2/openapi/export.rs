//! An HTTP API as an OpenAPI 3 document.

use crate::json::{Json, Number};
use crate::openapi::export::{map, object, optional, text, texts};
use crate::router::PathPart;
use crate::v2::record::{Authorizer, Cors, Definition, Integration, Route};
use crate::v2::routes::{DEFAULT_KEY, split_key};
use crate::v2::stages::DEFAULT_STAGE;
use base::Timestamp;
use indexmap::IndexMap;
use wire::Enumeration;
use wire::apigatewayv2::{AuthorizationType, AuthorizerType};

/// What is exported, and how.
pub struct Exporter<'a> {
    pub definition: &'a Definition,
    /// The URL below which stages are.
    pub endpoint: String,
    pub stage: Option<&'a str>,
    /// Whether API Gateway's own members are wanted.
    pub extensions: bool,
}

const IAM_SCHEME: &str = "sigv4";

fn list(items: &[String]) -> Option<Json> {
    let items = items.iter().map(|item| Json::from(item.as_str()));
    Some(Json::Array(items.collect())).filter(|list| *list != Json::Array(Vec::new()))
}

fn number(number: i32) -> Option<Json> {
    Some(Json::Number(Number::Integer(number.into())))
}

fn flag(flag: Option<bool>) -> Option<Json> {
    flag.map(Json::Bool)
}

impl Exporter<'_> {
    pub fn document(&self) -> Json {
        let api = &self.definition.api;
        let made = Timestamp::from_millis(api.created_ms).iso8601();
        let version = api.version.clone().unwrap_or(made);
        let info = object([
            ("title", text(&api.name)),
            ("description", optional(api.description.as_ref())),
            ("version", text(&version)),
        ]);
        let cors = api.cors.as_ref().filter(|_| self.extensions).map(cors_json);
        let import_version = text("1.0").filter(|_| self.extensions);
        object([
            ("openapi", text("3.0.1")),
            ("info", Some(info)),
            ("servers", Some(Json::Array(vec![self.server()]))),
            ("paths", Some(self.paths())),
            ("components", self.components()),
            ("x-amazon-apigateway-cors", cors),
            ("x-amazon-apigateway-importexport-version", import_version),
        ])
    }

    fn server(&self) -> Json {
        let stage = self.stage.filter(|stage| *stage != DEFAULT_STAGE);
        let Some(stage) = stage else {
            return object([("url", text(&self.endpoint))]);
        };
        let base_path = object([("default", text(stage))]);
        object([
            ("url", text(&format!("{}/{{basePath}}", self.endpoint))),
            ("variables", Some(object([("basePath", Some(base_path))]))),
        ])
    }

    fn paths(&self) -> Json {
        let mut paths: IndexMap<String, Vec<(String, Json)>> = IndexMap::new();
        for route in &self.definition.routes {
            let (method, path) = split_key(&route.key).unwrap_or(("ANY", "/$default"));
            let method = match method {
                "ANY" => "x-amazon-apigateway-any-method".to_owned(),
                method => method.to_lowercase(),
            };
            let methods = paths.entry(path.to_owned()).or_default();
            methods.push((method, self.operation(route, path)));
        }
        paths.sort_unstable_keys();
        map(paths
            .into_iter()
            .map(|(path, methods)| (path, map(methods))))
    }

    fn operation(&self, route: &Route, path: &str) -> Json {
        let description = format!("Default response for {}", route.key);
        let default = object([("description", text(&description))]);
        let responses = object([("default", Some(default))]);
        let is_default = (route.key == DEFAULT_KEY).then_some(true);
        let target = route.target.as_deref();
        let id = target.and_then(|target| target.strip_prefix("integrations/"));
        let integrations = &self.definition.integrations;
        let integration = integrations.iter().find(|it| Some(it.id.as_str()) == id);
        let integration = integration
            .filter(|_| self.extensions)
            .map(integration_json);
        object([
            ("operationId", optional(route.operation_name.as_ref())),
            ("parameters", parameters(path)),
            ("responses", Some(responses)),
            ("security", self.security(route)),
            ("isDefaultRoute", flag(is_default)),
            ("x-amazon-apigateway-integration", integration),
        ])
    }

    fn security(&self, route: &Route) -> Option<Json> {
        let name = match route.authorization.0 {
            AuthorizationType::None => return None,
            AuthorizationType::AwsIam => IAM_SCHEME.to_owned(),
            AuthorizationType::Custom | AuthorizationType::Jwt => {
                let mut authorizers = self.definition.authorizers.iter();
                let found = authorizers.find(|it| Some(&it.id) == route.authorizer_id.as_ref());
                found?.name.clone()
            }
        };
        let scopes = list(&route.scopes).unwrap_or(Json::Array(Vec::new()));
        Some(Json::Array(vec![map([(name, scopes)])]))
    }

    fn components(&self) -> Option<Json> {
        let authorizers = self.definition.authorizers.iter();
        let mut schemes: Vec<(String, Json)> = authorizers
            .map(|authorizer| (authorizer.name.clone(), self.scheme(authorizer)))
            .collect();
        let signed = |route: &Route| route.authorization.0 == AuthorizationType::AwsIam;
        if self.definition.routes.iter().any(signed) {
            let scheme = object([
                ("type", text("apiKey")),
                ("name", text("Authorization")),
                ("in", text("header")),
                ("x-amazon-apigateway-authtype", text("awsSigv4")),
            ]);
            schemes.push((IAM_SCHEME.to_owned(), scheme));
        }
        let schemes = (!schemes.is_empty()).then(|| map(schemes))?;
        Some(object([("securitySchemes", Some(schemes))]))
    }

    fn scheme(&self, authorizer: &Authorizer) -> Json {
        let extension = self.extensions.then(|| authorizer_json(authorizer));
        if authorizer.kind.0 == AuthorizerType::Jwt {
            return object([
                ("type", text("oauth2")),
                ("flows", Some(object([]))),
                ("x-amazon-apigateway-authorizer", extension),
            ]);
        }
        object([
            ("type", text("apiKey")),
            ("name", text("Authorization")),
            ("in", text("header")),
            ("x-amazon-apigateway-authorizer", extension),
        ])
    }
}

/// The path's variables.
fn parameters(path: &str) -> Option<Json> {
    let parts = path.split('/').map(PathPart::parse);
    let names = parts.filter_map(|part| match part {
        PathPart::Fixed(_) => None,
        PathPart::Variable(name) | PathPart::Greedy(name) => Some(name),
    });
    let parameters: Vec<Json> = names
        .map(|name| {
            let description = format!("Generated path parameter for {name}");
            object([
                ("name", text(name)),
                ("in", text("path")),
                ("description", text(&description)),
                ("required", flag(Some(true))),
                ("schema", Some(object([("type", text("string"))]))),
            ])
        })
        .collect();
    (!parameters.is_empty()).then_some(Json::Array(parameters))
}

fn cors_json(cors: &Cors) -> Json {
    object([
        ("allowMethods", list(&cors.allow_methods)),
        ("allowHeaders", list(&cors.allow_headers)),
        ("exposeHeaders", list(&cors.expose_headers)),
        ("maxAge", cors.max_age_s.and_then(number)),
        ("allowCredentials", flag(cors.allow_credentials)),
        ("allowOrigins", list(&cors.allow_origins)),
    ])
}

fn integration_json(integration: &Integration) -> Json {
    let responses = integration.response_parameters.iter();
    let responses: Vec<(String, Json)> = responses
        .filter_map(|(status, set)| Some((status.clone(), texts(Some(set))?)))
        .collect();
    let server_name = integration.server_name.as_ref();
    let tls = server_name.map(|name| object([("serverNameToVerify", text(name))]));
    object([
        (
            "payloadFormatVersion",
            optional(integration.payload_format.as_ref()),
        ),
        ("integrationSubtype", optional(integration.subtype.as_ref())),
        ("type", text(&integration.kind.0.as_str().to_lowercase())),
        ("httpMethod", optional(integration.method.as_ref())),
        ("uri", optional(integration.uri.as_ref())),
        ("credentials", optional(integration.credentials.as_ref())),
        (
            "connectionType",
            text(integration.connection_type.0.as_str()),
        ),
        ("connectionId", optional(integration.connection_id.as_ref())),
        ("description", optional(integration.description.as_ref())),
        (
            "requestParameters",
            texts(Some(&integration.request_parameters)),
        ),
        (
            "responseParameters",
            (!responses.is_empty()).then(|| map(responses)),
        ),
        ("timeoutInMillis", number(integration.timeout_ms)),
        ("tlsConfig", tls),
    ])
}

fn authorizer_json(authorizer: &Authorizer) -> Json {
    let sources = authorizer.identity_sources.join(",");
    let jwt = authorizer.jwt.as_ref().map(|jwt| {
        object([
            ("audience", list(&jwt.audience)),
            ("issuer", optional(jwt.issuer.as_ref())),
        ])
    });
    object([
        (
            "identitySource",
            text(&sources).filter(|_| !sources.is_empty()),
        ),
        ("authorizerUri", optional(authorizer.uri.as_ref())),
        (
            "authorizerPayloadFormatVersion",
            optional(authorizer.payload_format.as_ref()),
        ),
        (
            "authorizerResultTtlInSeconds",
            authorizer.ttl_s.and_then(number),
        ),
        (
            "authorizerCredentials",
            optional(authorizer.credentials.as_ref()),
        ),
        ("enableSimpleResponses", flag(authorizer.simple_responses)),
        ("jwtConfiguration", jwt),
        ("type", text(&authorizer.kind.0.as_str().to_lowercase())),
    ])
}
