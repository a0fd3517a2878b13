//! Definitions of REST APIs as OpenAPI 2 and 3 documents: the other way round than [`import`].
//!
//! [`import`]: super::import

use super::Version;
use crate::gateway_response::DEFAULTS;
use crate::json::{Dialect, Json};
use crate::keys::Scope;
use crate::record::{
    AuthorizationType, Authorizer, Definition, HttpMethod, Integration, IntegrationResponse,
    Method, MethodResponse, Texts,
};
use base::Timestamp;
use indexmap::IndexMap;
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::apigateway::AuthorizerType;

/// Which extensions a document gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extensions {
    pub integrations: bool,
    pub authorizers: bool,
    /// All there are: validators, gateway responses, settings of the API.
    pub apigateway: bool,
}

impl Extensions {
    /// `integrations,authorizers,apigateway`; `postman` has nothing that the others lack.
    pub fn parse(text: &str) -> Extensions {
        let named = |name: &str| text.split(',').any(|part| part.trim() == name);
        let all = named("apigateway");
        Extensions {
            integrations: all || named("integrations"),
            authorizers: all || named("authorizers"),
            apigateway: all,
        }
    }
}

/// Writes a deployed API as a document.
pub struct Exporter<'a> {
    pub version: super::ExportVersion,
    pub extensions: Extensions,
    pub scope: &'a Scope,
    pub stage: &'a str,
    pub definition: &'a Definition,
}

pub(crate) fn object(members: impl IntoIterator<Item = (&'static str, Option<Json>)>) -> Json {
    let members = members.into_iter();
    let there = members.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(Box::new(there.collect()))
}

pub(crate) fn map(members: impl IntoIterator<Item = (String, Json)>) -> Json {
    Json::Object(Box::new(members.into_iter().collect()))
}

pub(crate) fn text(text: &str) -> Option<Json> {
    Some(Json::from(text))
}

pub(crate) fn optional(text: Option<&String>) -> Option<Json> {
    text.map(|text| Json::from(text.as_str()))
}

pub(crate) fn texts(texts: Option<&Texts>) -> Option<Json> {
    let texts = texts.filter(|texts| !texts.is_empty())?;
    Some(map(texts.iter().map(|(name, value)| {
        (name.clone(), Json::from(value.as_str()))
    })))
}

impl Exporter<'_> {
    pub fn document(&self) -> Json {
        let three = self.version == Version::Three;
        let (region, id) = (&self.scope.region, &self.scope.api_id);
        let host = format!("{id}.execute-api.{region}.amazonaws.com");
        let mut members: Vec<(&'static str, Option<Json>)> = Vec::new();
        if three {
            members.push(("openapi", text("3.0.1")));
            members.push(("info", Some(self.info())));
            members.push(("servers", Some(self.servers(&host))));
        } else {
            members.push(("swagger", text("2.0")));
            members.push(("info", Some(self.info())));
            members.push(("host", text(&host)));
            members.push(("basePath", text(&format!("/{}", self.stage))));
            members.push(("schemes", Some(Json::Array(vec![Json::from("https")]))));
        }
        members.push(("paths", Some(self.paths())));
        let schemas = self.schemas();
        let schemes = self.security_schemes();
        if three {
            let components = object([("schemas", schemas), ("securitySchemes", schemes)]);
            members.push((
                "components",
                Some(components).filter(|json| *json != map([])),
            ));
        } else {
            members.push(("securityDefinitions", schemes));
            members.push(("definitions", schemas));
        }
        if self.extensions.apigateway {
            members.extend(self.api_extensions());
        }
        object(members)
    }

    fn info(&self) -> Json {
        let api = &self.definition.api;
        let created = Timestamp::from_millis(api.created_ms).iso8601();
        object([
            ("title", text(&api.name)),
            ("description", optional(api.description.as_ref())),
            ("version", text(api.version.as_deref().unwrap_or(&created))),
        ])
    }

    fn servers(&self, host: &str) -> Json {
        let base_path = object([("default", text(self.stage))]);
        let server = object([
            ("url", text(&format!("https://{host}/{{basePath}}"))),
            ("variables", Some(object([("basePath", Some(base_path))]))),
        ]);
        Json::Array(vec![server])
    }

    fn paths(&self) -> Json {
        let mut paths: BTreeMap<String, IndexMap<String, Json>> = BTreeMap::new();
        for ((resource_id, verb), method) in &self.definition.methods {
            let operations = paths.entry(self.definition.path(resource_id)).or_default();
            let name = match verb {
                HttpMethod::Any => "x-amazon-apigateway-any-method".to_owned(),
                verb => verb.as_str().to_lowercase(),
            };
            operations.insert(name, self.operation(method));
        }
        let paths = paths.into_iter();
        map(paths.map(|(path, operations)| (path, Json::Object(Box::new(operations)))))
    }

    fn operation(&self, method: &Method) -> Json {
        let three = self.version == Version::Three;
        let models = method.request_models.as_ref();
        let integration = method
            .integration
            .as_ref()
            .filter(|_| self.extensions.integrations);
        let validator = method.request_validator_id.as_ref();
        let validator = validator.and_then(|id| self.definition.validators.get(id));
        let validator = validator.filter(|_| self.extensions.apigateway);
        let produces: Vec<Json> = produced(method).into_iter().map(Json::from).collect();
        let types = models.map(|models| models.keys().map(|name| Json::from(name.as_str())));
        let body = models.filter(|models| three && !models.is_empty());
        let parameters = self.parameters(method);
        object([
            ("operationId", optional(method.operation_name.as_ref())),
            (
                "consumes",
                types
                    .filter(|_| !three)
                    .map(|types| Json::Array(types.collect())),
            ),
            (
                "produces",
                (!three && !produces.is_empty()).then_some(Json::Array(produces)),
            ),
            (
                "parameters",
                Some(parameters)
                    .filter(|all| !all.is_empty())
                    .map(Json::Array),
            ),
            (
                "requestBody",
                body.map(|models| {
                    object([
                        ("content", Some(self.content(models))),
                        ("required", Some(Json::Bool(true))),
                    ])
                }),
            ),
            ("responses", Some(self.responses(&method.responses))),
            ("security", self.security(method)),
            (
                "x-amazon-apigateway-request-validator",
                validator.and_then(|validator| optional(validator.name.as_ref())),
            ),
            (
                "x-amazon-apigateway-integration",
                integration.map(integration_json),
            ),
        ])
    }

    fn parameters(&self, method: &Method) -> Vec<Json> {
        let three = self.version == Version::Three;
        let string = || object([("type", text("string"))]);
        let declared = method.request_parameters.iter().flatten();
        let mut all: Vec<Json> = declared
            .filter_map(|(parameter, required)| {
                let rest = parameter.strip_prefix("method.request.")?;
                let (place, name) = rest.split_once('.')?;
                let place = match place {
                    "querystring" | "multivaluequerystring" => "query",
                    "path" => "path",
                    _ => "header",
                };
                let required = *required || place == "path";
                Some(object([
                    ("name", text(name)),
                    ("in", text(place)),
                    ("required", required.then_some(Json::Bool(true))),
                    ("schema", three.then(string)),
                    ("type", (!three).then(|| Json::from("string"))),
                ]))
            })
            .collect();
        if let Some((_, model)) = method
            .request_models
            .iter()
            .flatten()
            .next()
            .filter(|_| !three)
        {
            all.push(object([
                ("in", text("body")),
                ("name", text(model)),
                ("required", Some(Json::Bool(true))),
                ("schema", Some(self.reference(model))),
            ]));
        }
        all
    }

    fn reference(&self, model: &str) -> Json {
        let place = match self.version {
            Version::Two => "#/definitions/",
            Version::Three => "#/components/schemas/",
        };
        object([("$ref", text(&format!("{place}{model}")))])
    }

    fn content(&self, models: &Texts) -> Json {
        let models = models.iter();
        map(models.map(|(kind, model)| {
            (
                kind.clone(),
                object([("schema", Some(self.reference(model)))]),
            )
        }))
    }

    fn responses(&self, responses: &BTreeMap<String, MethodResponse>) -> Json {
        let three = self.version == Version::Three;
        map(responses.iter().map(|(status, response)| {
            let headers = response
                .parameters
                .iter()
                .flatten()
                .filter_map(|(parameter, _)| {
                    let name = parameter.strip_prefix("method.response.header.")?;
                    let kind = object([("type", text("string"))]);
                    let header = match three {
                        true => object([("schema", Some(kind))]),
                        false => kind,
                    };
                    Some((name.to_owned(), header))
                });
            let headers = map(headers);
            let models = response.models.as_ref().filter(|models| !models.is_empty());
            let schema = models.and_then(|models| models.values().next());
            let response = object([
                ("description", text(&format!("{status} response"))),
                (
                    "headers",
                    Some(headers).filter(|headers| *headers != map([])),
                ),
                (
                    "schema",
                    schema.filter(|_| !three).map(|model| self.reference(model)),
                ),
                (
                    "content",
                    models.filter(|_| three).map(|models| self.content(models)),
                ),
            ]);
            (status.clone(), response)
        }))
    }

    fn security(&self, method: &Method) -> Option<Json> {
        let mut all = Vec::new();
        let requirement = |name: String, scopes: &[String]| {
            let scopes = scopes.iter().map(|scope| Json::from(scope.as_str()));
            map([(name, Json::Array(scopes.collect()))])
        };
        if method.authorization_type == AuthorizationType::AwsIam {
            all.push(requirement("sigv4".to_owned(), &[]));
        }
        let authorizer = method.authorizer_id.as_ref();
        if let Some(found) = authorizer.and_then(|id| self.definition.authorizers.get(id)) {
            let scopes = method.authorization_scopes.as_deref().unwrap_or_default();
            all.push(requirement(found.name.clone(), scopes));
        }
        if method.api_key_required {
            all.push(requirement("api_key".to_owned(), &[]));
        }
        (!all.is_empty()).then_some(Json::Array(all))
    }

    fn security_schemes(&self) -> Option<Json> {
        let methods = || self.definition.methods.values();
        let scheme = |header: &str, kind: Option<&str>| {
            [
                ("type", text("apiKey")),
                ("name", text(header)),
                ("in", text("header")),
                ("x-amazon-apigateway-authtype", kind.map(Json::from)),
            ]
        };
        let mut schemes: IndexMap<String, Json> = IndexMap::new();
        if methods().any(|method| method.authorization_type == AuthorizationType::AwsIam) {
            let sigv4 = scheme("Authorization", Some("awsSigv4"));
            schemes.insert("sigv4".to_owned(), object(sigv4));
        }
        for authorizer in self.definition.authorizers.values() {
            let source = authorizer.identity_source.as_deref().unwrap_or_default();
            let header = source.split(',').next().unwrap_or_default().trim();
            let header = header
                .strip_prefix("method.request.header.")
                .unwrap_or("Unused");
            let kind = match authorizer.kind.0 {
                AuthorizerType::CognitoUserPools => "cognito_user_pools",
                _ => authorizer.auth_type.as_deref().unwrap_or("custom"),
            };
            let extension = self
                .extensions
                .authorizers
                .then(|| authorizer_json(authorizer));
            let members = scheme(header, Some(kind)).into_iter();
            let members = members.chain([("x-amazon-apigateway-authorizer", extension)]);
            schemes.insert(authorizer.name.clone(), object(members));
        }
        if methods().any(|method| method.api_key_required) {
            schemes.insert("api_key".to_owned(), object(scheme("x-api-key", None)));
        }
        (!schemes.is_empty()).then(|| Json::Object(Box::new(schemes)))
    }

    /// Models that methods refer to.
    fn schemas(&self) -> Option<Json> {
        let methods = self.definition.methods.values();
        let used = |name: &String| {
            methods.clone().any(|method| {
                let responses = method.responses.values().filter_map(|r| r.models.as_ref());
                let mut all = method.request_models.iter().chain(responses);
                all.any(|models| models.values().any(|model| model == name))
            })
        };
        let models = self.definition.models.iter().filter(|(name, _)| used(name));
        let schemas = models.filter_map(|(name, model)| {
            let mut schema = Json::read(&model.schema, Dialect::Strict).ok()?;
            if let Json::Object(members) = &mut schema {
                members.shift_remove("$schema");
            }
            Some((name.clone(), schema))
        });
        Some(map(schemas)).filter(|schemas| *schemas != map([]))
    }

    fn api_extensions(&self) -> Vec<(&'static str, Option<Json>)> {
        let definition = self.definition;
        let types = &definition.api.binary_media_types;
        let responses = DEFAULTS.iter().filter_map(|(kind, _)| {
            let response = definition.gateway_responses.get(kind.as_str())?;
            let status = response.status.map(|status| Json::from(i64::from(status)));
            let response = object([
                ("statusCode", status),
                ("responseParameters", texts(Some(&response.parameters))),
                ("responseTemplates", texts(Some(&response.templates))),
            ]);
            Some((kind.as_str().to_owned(), response))
        });
        let validators = definition.validators.values().map(|validator| {
            let flags = object([
                (
                    "validateRequestParameters",
                    Some(Json::Bool(validator.validate_parameters)),
                ),
                (
                    "validateRequestBody",
                    Some(Json::Bool(validator.validate_body)),
                ),
            ]);
            (validator.name.clone().unwrap_or_default(), flags)
        });
        let filled = |json: Json| Some(json).filter(|json| *json != map([]));
        let policy = definition.api.policy.as_ref();
        vec![
            (
                "x-amazon-apigateway-gateway-responses",
                filled(map(responses)),
            ),
            (
                "x-amazon-apigateway-request-validators",
                filled(map(validators)),
            ),
            (
                "x-amazon-apigateway-policy",
                policy.and_then(|policy| Json::read(policy, Dialect::Strict).ok()),
            ),
            (
                "x-amazon-apigateway-binary-media-types",
                (!types.is_empty()).then(|| {
                    Json::Array(types.iter().map(|kind| Json::from(kind.as_str())).collect())
                }),
            ),
        ]
    }
}

/// The content types of a method's responses.
fn produced(method: &Method) -> Vec<&str> {
    let models = method
        .responses
        .values()
        .filter_map(|response| response.models.as_ref());
    let mut types: Vec<&str> = models
        .flat_map(|models| models.keys().map(String::as_str))
        .collect();
    types.sort_unstable();
    types.dedup();
    types
}

fn authorizer_json(authorizer: &Authorizer) -> Json {
    let arns = authorizer
        .provider_arns
        .iter()
        .map(|arn| Json::from(arn.as_str()));
    let arns: Vec<Json> = arns.collect();
    object([
        ("type", text(&authorizer.kind.0.as_str().to_lowercase())),
        ("authorizerUri", optional(authorizer.uri.as_ref())),
        (
            "authorizerCredentials",
            optional(authorizer.credentials.as_ref()),
        ),
        (
            "authorizerResultTtlInSeconds",
            authorizer.ttl_s.map(|ttl| Json::from(i64::from(ttl))),
        ),
        (
            "identitySource",
            optional(authorizer.identity_source.as_ref()),
        ),
        (
            "identityValidationExpression",
            optional(authorizer.identity_validation.as_ref()),
        ),
        (
            "providerARNs",
            (!arns.is_empty()).then_some(Json::Array(arns)),
        ),
    ])
}

fn integration_json(integration: &Integration) -> Json {
    let responses = integration.responses.iter().map(|(status, response)| {
        let pattern = response
            .selection_pattern
            .as_deref()
            .filter(|pattern| !pattern.is_empty());
        (
            pattern.unwrap_or("default").to_owned(),
            response_json(status, response),
        )
    });
    let responses = map(responses);
    let handling = integration
        .content_handling
        .map(|handling| handling.0.as_str());
    let transfer = integration.response_transfer_mode;
    let transfer = transfer.map(|mode| mode.0.as_str());
    let keys = integration.cache_key_parameters.iter();
    let keys: Vec<Json> = keys.map(|key| Json::from(key.as_str())).collect();
    object([
        ("type", text(&integration.kind.0.as_str().to_lowercase())),
        ("httpMethod", optional(integration.http_method.as_ref())),
        ("uri", optional(integration.uri.as_ref())),
        ("credentials", optional(integration.credentials.as_ref())),
        ("connectionId", optional(integration.connection_id.as_ref())),
        (
            "responses",
            Some(responses).filter(|responses| *responses != map([])),
        ),
        (
            "requestParameters",
            texts(integration.request_parameters.as_ref()),
        ),
        (
            "requestTemplates",
            texts(integration.request_templates.as_ref()),
        ),
        (
            "passthroughBehavior",
            text(&integration.passthrough.as_str().to_lowercase()),
        ),
        ("contentHandling", handling.map(Json::from)),
        ("responseTransferMode", transfer.map(Json::from)),
        (
            "timeoutInMillis",
            (integration.timeout_ms != 29_000)
                .then(|| Json::from(i64::from(integration.timeout_ms))),
        ),
        (
            "cacheKeyParameters",
            (!keys.is_empty()).then_some(Json::Array(keys)),
        ),
    ])
}

fn response_json(status: &str, response: &IntegrationResponse) -> Json {
    let handling = response
        .content_handling
        .map(|handling| handling.0.as_str());
    object([
        ("statusCode", text(status)),
        ("responseParameters", texts(response.parameters.as_ref())),
        ("responseTemplates", texts(response.templates.as_ref())),
        ("contentHandling", handling.map(Json::from)),
    ])
}
