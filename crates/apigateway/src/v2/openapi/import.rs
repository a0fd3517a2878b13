//! What a document says of an HTTP API.

use crate::error::Error;
use crate::openapi::node::Node;
use crate::openapi::{BasePath, Document, ExportVersion as Version};
use crate::operations;
use crate::record::{Named, Texts};
use crate::v2::error::Refusal;
use crate::v2::record::{Api, Authorizer, Cors, Definition, Integration, Jwt, Route};
use crate::v2::routes::{DEFAULT_KEY, split_key};
use crate::v2::{apis, integrations, routes};
use base::Entropy;
use std::collections::{BTreeMap, HashMap};
use wire::Enumeration;
use wire::apigatewayv2::{AuthorizationType, AuthorizerType, ConnectionType, IntegrationType};

const INTEGRATION: &str = "x-amazon-apigateway-integration";
const ANY_METHOD: &str = "x-amazon-apigateway-any-method";
const METHODS: [&str; 7] = ["delete", "get", "head", "options", "patch", "post", "put"];

/// An API with its parts, under ids that are new.
#[derive(Debug)]
pub struct Imported {
    pub api: Api,
    pub routes: Vec<Route>,
    pub integrations: Vec<Integration>,
    pub authorizers: Vec<Authorizer>,
}

impl Imported {
    /// Reads a document, at a moment in milliseconds.
    ///
    /// # Errors
    /// What it says wrong.
    pub fn read(
        document: &Document,
        base_path: BasePath,
        entropy: &Entropy,
        now_ms: i64,
    ) -> Result<Imported, Error> {
        if document.version() != Version::Three {
            let why = "Invalid OpenAPI input: HTTP APIs are imported from OpenAPI 3.0 only";
            return Err(Refusal::Import(why.to_owned()).into());
        }
        let root = document.root();
        let mut importer = Importer {
            entropy,
            root,
            schemes: HashMap::new(),
            imported: Imported {
                api: api(root, entropy, now_ms)?,
                routes: Vec::new(),
                integrations: Vec::new(),
                authorizers: Vec::new(),
            },
        };
        importer.authorizers()?;
        let prefix = document.prefix(base_path);
        for (path, item) in root.members("paths") {
            if path.starts_with('/') {
                importer.path(&format!("{prefix}{path}"), item)?;
            } else if !path.starts_with("x-") {
                let warning =
                    format!("Parse issue: attribute paths. Resource {path} should start with /");
                importer.imported.api.warnings.push(warning);
                importer.path(&format!("{prefix}/{path}"), item)?;
            }
        }
        Ok(importer.imported)
    }

    /// As a deployment would keep it.
    pub fn definition(self) -> Definition {
        Definition {
            id: String::new(),
            api: self.api,
            routes: self.routes,
            integrations: self.integrations,
            authorizers: self.authorizers,
            route_responses: Vec::new(),
            integration_responses: Vec::new(),
        }
    }
}

fn api(root: Node<'_>, entropy: &Entropy, now_ms: i64) -> Result<Api, Error> {
    let info = root.member("info");
    let said = |name: &str| info.and_then(|info| info.text(name));
    let title = said("title").unwrap_or_default();
    let mut tags = Texts::new();
    for tag in root
        .member("tags")
        .map(|tags| tags.items())
        .unwrap_or_default()
    {
        let value = tag.text("x-amazon-apigateway-tag-value");
        if let (Some(name), Some(value)) = (tag.text("name"), value) {
            tags.insert(name, value);
        }
    }
    let cors = root.member("x-amazon-apigateway-cors").map(cors);
    if let Some(cors) = &cors {
        apis::check_cors(cors)?;
    }
    Ok(Api {
        description: said("description").filter(|text| !text.is_empty()),
        version: said("version").filter(|text| !text.is_empty()),
        cors,
        tags,
        ..apis::new(entropy, now_ms, title)
    })
}

fn cors(node: Node<'_>) -> Cors {
    Cors {
        allow_credentials: node.flag("allowCredentials"),
        allow_headers: node.texts("allowHeaders"),
        allow_methods: node.texts("allowMethods"),
        allow_origins: node.texts("allowOrigins"),
        expose_headers: node.texts("exposeHeaders"),
        max_age_s: node.integer("maxAge"),
    }
}

/// How a security scheme is asked.
#[derive(Clone)]
enum Scheme {
    Iam,
    Authorizer(AuthorizerType, String),
}

struct Importer<'a> {
    entropy: &'a Entropy,
    root: Node<'a>,
    schemes: HashMap<&'a str, Scheme>,
    imported: Imported,
}

impl<'a> Importer<'a> {
    fn authorizers(&mut self) -> Result<(), Error> {
        let Some(components) = self.root.member("components") else {
            return Ok(());
        };
        for (name, scheme) in components.members("securitySchemes") {
            let scheme = scheme.resolved();
            if scheme.text("x-amazon-apigateway-authtype").as_deref() == Some("awsSigv4") {
                self.schemes.insert(name, Scheme::Iam);
            }
            let Some(said) = scheme.member("x-amazon-apigateway-authorizer") else {
                continue;
            };
            let authorizer = self.authorizer(name, said)?;
            let scheme = Scheme::Authorizer(authorizer.kind.0, authorizer.id.clone());
            self.schemes.insert(name, scheme);
            self.imported.authorizers.push(authorizer);
        }
        Ok(())
    }

    fn authorizer(&self, name: &str, said: Node<'_>) -> Result<Authorizer, Error> {
        let kind = said.text("type").unwrap_or_default().to_uppercase();
        let unknown = || Refusal::Import(format!("Unknown type of authorizer {name}"));
        let kind = AuthorizerType::from_name(&kind).ok_or_else(unknown)?;
        let sources = said.text("identitySource").unwrap_or_default();
        let jwt = said.member("jwtConfiguration").map(|jwt| Jwt {
            issuer: jwt.text("issuer"),
            audience: jwt.texts("audience"),
        });
        Ok(Authorizer {
            id: operations::id_from(self.entropy),
            name: name.to_owned(),
            kind: Named(kind),
            credentials: said.text("authorizerCredentials"),
            payload_format: said.text("authorizerPayloadFormatVersion"),
            ttl_s: said.integer("authorizerResultTtlInSeconds"),
            uri: said.text("authorizerUri"),
            simple_responses: said.flag("enableSimpleResponses"),
            identity_sources: sources
                .split(',')
                .map(|source| source.trim().to_owned())
                .filter(|source| !source.is_empty())
                .collect(),
            identity_validation: said.text("identityValidationExpression"),
            jwt,
        })
    }

    fn path(&mut self, path: &str, item: Node<'a>) -> Result<(), Error> {
        for (method, operation) in item.resolved().all_members() {
            let key = match method {
                ANY_METHOD if operation.flag("isDefaultRoute") == Some(true) => {
                    DEFAULT_KEY.to_owned()
                }
                ANY_METHOD if path.ends_with("/$default") => DEFAULT_KEY.to_owned(),
                ANY_METHOD => format!("ANY {path}"),
                method if METHODS.contains(&method) => {
                    format!("{} {path}", method.to_uppercase())
                }
                _ => continue,
            };
            let route = self.route(key, operation)?;
            self.imported.routes.push(route);
        }
        Ok(())
    }

    fn route(&mut self, key: String, operation: Node<'a>) -> Result<Route, Error> {
        if key != DEFAULT_KEY && split_key(&key).is_none() {
            return Err(Refusal::RouteKey.into());
        }
        let mut route = routes::new(self.entropy, key);
        route.operation_name = operation.text("operationId");
        let said = operation.member(INTEGRATION);
        match said.map(|said| self.integration(said.resolved())) {
            Some(Ok(integration)) => {
                route.target = Some(format!("integrations/{}", integration.id));
                self.imported.integrations.push(integration);
            }
            // A kind that only other APIs have is no reason to refuse the document.
            Some(Err(Error::HttpApi(refusal @ Refusal::IntegrationType))) => {
                let warning = format!("Unable to put integration on '{}': {refusal}", route.key);
                self.imported.api.warnings.push(warning);
            }
            Some(Err(error)) => return Err(error),
            None => {
                let warning = format!("No integration defined for route {}", route.key);
                self.imported.api.warnings.push(warning);
            }
        }
        self.secure(&mut route, operation)?;
        Ok(route)
    }

    /// Who may call a route: the first of the security schemes that are asked for.
    fn secure(&self, route: &mut Route, operation: Node<'_>) -> Result<(), Error> {
        let security = operation
            .member("security")
            .or_else(|| self.root.member("security"));
        let asked = security.map(|node| node.items()).unwrap_or_default();
        let asked = asked
            .first()
            .map(|node| node.all_members())
            .unwrap_or_default();
        if let Some((name, scopes)) = asked.first() {
            let unknown = || {
                Refusal::Import(format!(
                    "Unable to find authorizer for security scheme {name} of route {}",
                    route.key
                ))
            };
            match self.schemes.get(name).cloned().ok_or_else(unknown)? {
                Scheme::Iam => route.authorization = Named(AuthorizationType::AwsIam),
                Scheme::Authorizer(kind, id) => {
                    route.authorization = Named(match kind {
                        AuthorizerType::Jwt => AuthorizationType::Jwt,
                        AuthorizerType::Request => AuthorizationType::Custom,
                    });
                    route.authorizer_id = Some(id);
                    let scopes = scopes.items();
                    let scopes = scopes.iter().filter_map(|scope| scope.json().as_str());
                    route.scopes = scopes.map(str::to_owned).collect();
                }
            }
        }
        Ok(())
    }

    fn integration(&self, said: Node<'_>) -> Result<Integration, Error> {
        let kind = said.text("type").unwrap_or_default().to_uppercase();
        let unknown = || Refusal::Import(format!("Unknown type of integration: {kind}"));
        let kind = IntegrationType::from_name(&kind).ok_or_else(unknown)?;
        let connection = said.text("connectionType").unwrap_or_default();
        let new = integrations::new(self.entropy, kind);
        let mut integration = Integration {
            subtype: said.text("integrationSubtype"),
            uri: said.text("uri"),
            method: said.text("httpMethod"),
            connection_type: Named(ConnectionType::from_name(&connection).unwrap_or_default()),
            connection_id: said.text("connectionId"),
            credentials: said.text("credentials"),
            description: said.text("description"),
            payload_format: said.text("payloadFormatVersion"),
            request_parameters: texts(said, "requestParameters"),
            response_parameters: said
                .members("responseParameters")
                .into_iter()
                .map(|(status, _)| {
                    let all = said.member("responseParameters");
                    let set = all.map(|all| texts(all, status)).unwrap_or_default();
                    (status.to_owned(), set)
                })
                .collect::<BTreeMap<_, _>>(),
            timeout_ms: said.integer("timeoutInMillis").unwrap_or(new.timeout_ms),
            server_name: said
                .member("tlsConfig")
                .and_then(|tls| tls.text("serverNameToVerify")),
            ..new
        };
        integration
            .payload_format
            .get_or_insert_with(|| "1.0".to_owned());
        integrations::check(&self.imported.api, &mut integration)?;
        Ok(integration)
    }
}

fn texts(node: Node<'_>, name: &str) -> Texts {
    let Some(member) = node.member(name) else {
        return Texts::new();
    };
    let names = member.all_members().into_iter();
    names
        .filter_map(|(name, _)| Some((name.to_owned(), member.text(name)?)))
        .collect()
}
