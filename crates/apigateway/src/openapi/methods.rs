//! Operations of a document as methods.

use super::node::{self, Node};
use super::{Importer, Version};
use crate::error::{Bad, Error};
use crate::parameters;
use crate::record::{AuthorizationType, HttpMethod, Method, MethodResponse, Texts};
use std::collections::BTreeMap;
use wire::apigateway::AuthorizerType;

const VERBS: [(&str, HttpMethod); 8] = [
    ("get", HttpMethod::Get),
    ("put", HttpMethod::Put),
    ("post", HttpMethod::Post),
    ("delete", HttpMethod::Delete),
    ("patch", HttpMethod::Patch),
    ("options", HttpMethod::Options),
    ("head", HttpMethod::Head),
    ("x-amazon-apigateway-any-method", HttpMethod::Any),
];

impl Importer<'_> {
    /// All methods of one path.
    pub(super) fn methods(&mut self, resource_id: &str, item: Node<'_>) -> Result<(), Error> {
        let item = item.resolved();
        let shared = item
            .member("parameters")
            .map(|node| node.items())
            .unwrap_or_default();
        for (name, verb) in VERBS {
            let Some(operation) = item.member(name) else {
                continue;
            };
            let method = self.method(resource_id, operation, &shared)?;
            self.definition
                .methods
                .insert((resource_id.to_owned(), verb), method);
        }
        Ok(())
    }

    fn method(
        &mut self,
        resource_id: &str,
        operation: Node<'_>,
        shared: &[Node<'_>],
    ) -> Result<Method, Error> {
        let own = operation
            .member("parameters")
            .map(|node| node.items())
            .unwrap_or_default();
        let all: Vec<Node<'_>> = shared
            .iter()
            .chain(&own)
            .map(|node| node.resolved())
            .collect();
        let security = self.security(operation)?;
        let mut method = Method {
            authorization_type: security.authorization,
            authorizer_id: security.authorizer_id,
            authorization_scopes: security.scopes,
            api_key_required: security.api_key_required,
            request_validator_id: self.validator(operation)?,
            operation_name: operation.text("operationId"),
            request_parameters: some(declared_parameters(&all)),
            request_models: some(self.request_models(operation, &all)),
            responses: self.responses(operation),
            integration: None,
        };
        if let Some(parameters) = &method.request_parameters {
            parameters::check_request_parameters(parameters)?;
        }
        if let Some(integration) = operation.member("x-amazon-apigateway-integration") {
            let integration = self.integration(integration.resolved(), resource_id, &method)?;
            method.integration = Some(integration);
        }
        Ok(method)
    }

    fn validator(&self, operation: Node<'_>) -> Result<Option<String>, Error> {
        let name = "x-amazon-apigateway-request-validator";
        let Some(named) = operation.text(name).or_else(|| self.root.text(name)) else {
            return Ok(None);
        };
        let mut validators = self.definition.validators.values();
        let found = validators.find(|validator| validator.name.as_deref() == Some(&named));
        match found {
            Some(validator) => Ok(Some(validator.id.clone())),
            None => Err(Bad::Import(format!("unknown request validator: {named}")).into()),
        }
    }

    /// How a method is authorised: by what its operation, or the document, requires.
    fn security(&self, operation: Node<'_>) -> Result<Security, Error> {
        let mut found = Security::default();
        if let Some(auth) = operation.member("x-amazon-apigateway-auth") {
            let kind = auth.text("type").unwrap_or_default();
            found.authorization =
                AuthorizationType::from_name(&kind).ok_or(Bad::AuthorizationType)?;
        }
        let security = operation
            .member("security")
            .or_else(|| self.root.member("security"));
        for requirement in security.map(|node| node.items()).unwrap_or_default() {
            for (name, scopes) in requirement.all_members() {
                match self.scheme(name)? {
                    Scheme::ApiKey => found.api_key_required = true,
                    Scheme::Iam => found.authorization = AuthorizationType::AwsIam,
                    Scheme::Authorizer(id, authorization) => {
                        let scopes = scopes.items().into_iter();
                        let scopes = scopes.map(|scope| node::text(scope.json())).collect();
                        found.scopes = Some(scopes).filter(|scopes: &Vec<_>| !scopes.is_empty());
                        found.authorizer_id = Some(id);
                        found.authorization = authorization;
                    }
                }
            }
        }
        Ok(found)
    }

    fn scheme(&self, name: &str) -> Result<Scheme, Error> {
        let schemes = self.schemes();
        let scheme = schemes
            .and_then(|schemes| schemes.member(name))
            .map(Node::resolved);
        let Some(scheme) = scheme else {
            return Err(Bad::Import(format!("unknown security scheme: {name}")).into());
        };
        if scheme.member("x-amazon-apigateway-authorizer").is_some() {
            let mut authorizers = self.definition.authorizers.values();
            let found = authorizers.find(|authorizer| authorizer.name == name);
            let found = found.ok_or(Bad::Authorizer)?;
            let authorization = match found.kind.0 {
                AuthorizerType::CognitoUserPools => AuthorizationType::CognitoUserPools,
                _ => AuthorizationType::Custom,
            };
            return Ok(Scheme::Authorizer(found.id.clone(), authorization));
        }
        let kind = scheme.text("type").unwrap_or_default();
        let header = scheme.text("name").unwrap_or_default();
        if scheme
            .text("x-amazon-apigateway-authtype")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("awsSigv4"))
        {
            return Ok(Scheme::Iam);
        }
        match kind.as_str() {
            "apiKey" if header.eq_ignore_ascii_case("x-api-key") => Ok(Scheme::ApiKey),
            _ => Err(Error::NotBuilt(format!("the security scheme {name}"))),
        }
    }

    /// Models of the request's body by content type.
    fn request_models(&mut self, operation: Node<'_>, parameters: &[Node<'_>]) -> Texts {
        let mut models = Texts::new();
        if self.version == Version::Three {
            let body = operation.member("requestBody").map(Node::resolved);
            let content = body.map(|body| body.members("content")).unwrap_or_default();
            for (content_type, media) in content {
                if let Some(schema) = media.member("schema") {
                    models.insert(content_type.to_owned(), self.model_of(schema));
                }
            }
            return models;
        }
        let is_body = |node: &&Node<'_>| node.text("in").as_deref() == Some("body");
        let schema = parameters
            .iter()
            .find(is_body)
            .and_then(|node| node.member("schema"));
        if let Some(schema) = schema {
            let model = self.model_of(schema);
            for content_type in self.content_types(operation, "consumes") {
                models.insert(content_type, model.clone());
            }
        }
        models
    }

    /// `consumes` or `produces` of an operation or of the document.
    fn content_types(&self, operation: Node<'_>, name: &str) -> Vec<String> {
        let own = operation.texts(name);
        let types = if own.is_empty() {
            self.root.texts(name)
        } else {
            own
        };
        if types.is_empty() {
            vec!["application/json".to_owned()]
        } else {
            types
        }
    }

    fn responses(&mut self, operation: Node<'_>) -> BTreeMap<String, MethodResponse> {
        let mut responses = BTreeMap::new();
        for (status, response) in operation.members("responses") {
            // Only statuses have method responses: `default` has none.
            if status.parse::<u16>().is_err() {
                continue;
            }
            let response = response.resolved();
            let headers = response.members("headers").into_iter();
            let headers =
                headers.map(|(name, _)| (format!("method.response.header.{name}"), false));
            let response = MethodResponse {
                parameters: some(headers.collect()),
                models: some(self.response_models(operation, response)),
            };
            responses.insert(status.to_owned(), response);
        }
        responses
    }

    fn response_models(&mut self, operation: Node<'_>, response: Node<'_>) -> Texts {
        let mut models = Texts::new();
        match self.version {
            Version::Three => {
                for (content_type, media) in response.members("content") {
                    if let Some(schema) = media.member("schema") {
                        models.insert(content_type.to_owned(), self.model_of(schema));
                    }
                }
            }
            Version::Two => {
                if let Some(schema) = response.member("schema") {
                    let model = self.model_of(schema);
                    for content_type in self.content_types(operation, "produces") {
                        models.insert(content_type, model.clone());
                    }
                }
            }
        }
        models
    }
}

impl<'a> Importer<'a> {
    /// The document's security schemes.
    pub(super) fn schemes(&self) -> Option<Node<'a>> {
        match self.version {
            Version::Two => self.root.member("securityDefinitions"),
            Version::Three => self
                .root
                .member("components")
                .and_then(|node| node.member("securitySchemes")),
        }
    }
}

/// What an operation asks of callers.
struct Security {
    authorization: AuthorizationType,
    authorizer_id: Option<String>,
    scopes: Option<Vec<String>>,
    api_key_required: bool,
}

impl Default for Security {
    fn default() -> Security {
        Security {
            authorization: AuthorizationType::None,
            authorizer_id: None,
            scopes: None,
            api_key_required: false,
        }
    }
}

enum Scheme {
    ApiKey,
    Iam,
    /// An authorizer by its id, with the type it gives methods.
    Authorizer(String, AuthorizationType),
}

/// `method.request.PLACE.NAME` to whether it is required.
fn declared_parameters(parameters: &[Node<'_>]) -> BTreeMap<String, bool> {
    let declared = parameters.iter().filter_map(|parameter| {
        let place = match parameter.text("in")?.as_str() {
            "query" => "querystring",
            "header" => "header",
            "path" => "path",
            _ => return None,
        };
        let name = node::text(parameter.member("name")?.json());
        let required = parameter.flag("required").unwrap_or_default();
        Some((format!("method.request.{place}.{name}"), required))
    });
    declared.collect()
}

/// A map, or none if it is empty.
fn some<T>(members: BTreeMap<String, T>) -> Option<BTreeMap<String, T>> {
    Some(members).filter(|members| !members.is_empty())
}
