//! A definition made ready to be executed: paths routed, templates parsed, patterns and schemas
//! compiled, mappings read. Made once for each deployment.
//!
//! What cannot be compiled does not keep the rest from working: it fails when it is used, as on
//! AWS.

mod integration;
mod schema;

pub use integration::{
    Endpoint, FunctionTarget, Integration, ServiceTarget, Style, Target, select,
};
pub use schema::BodyModel;

use crate::authorizer::Authorizer;
use crate::exchange::Exchange;
use crate::gateway_response::Customs;
use crate::keys::Scope;
use crate::mapping::Place;
use crate::record::{self, AuthorizationType, Definition, HttpMethod, Method as MethodRecord};
use crate::router::Router;
use crate::shape;
use policy::{Dialect, Policy};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use wire::apigateway::{ApiKeySourceType, EndpointType};

/// An API that can be executed.
#[derive(Debug)]
pub struct Api {
    pub router: Router<Resource>,
    pub gateway_responses: Customs,
    pub binary_media_types: Vec<String>,
    pub disable_execute_api_endpoint: bool,
    /// How long a stream may pause.
    pub stream_idle_limit: Duration,
    pub api_key_source: ApiKeySourceType,
    pub policy: ResourcePolicy,
}

/// The policy on an API.
#[derive(Debug, Clone)]
pub enum ResourcePolicy {
    None,
    Policy(Arc<Policy>),
    /// One that cannot be read any more denies everything.
    Broken,
}

/// A resource with methods.
#[derive(Debug)]
pub struct Resource {
    pub id: String,
    pub path: String,
    pub methods: HashMap<HttpMethod, Method>,
}

impl Resource {
    /// The method for a request's verb: its own, or `ANY`.
    pub fn method(&self, verb: &str) -> Option<&Method> {
        let own = verb
            .parse()
            .ok()
            .and_then(|verb: HttpMethod| self.methods.get(&verb));
        own.or_else(|| self.methods.get(&HttpMethod::Any))
    }
}

/// A method that can be executed.
#[derive(Debug)]
pub struct Method {
    pub authorization_type: AuthorizationType,
    /// Who decides, where the type asks for one; none if there is no such authorizer any more.
    pub authorizer: Option<Arc<Authorizer>>,
    pub authorization_scopes: Vec<String>,
    pub api_key_required: bool,
    /// Parameters that must be there; empty if nobody checks.
    pub required_parameters: Vec<(Place, String)>,
    /// Models by content type; empty if nobody checks.
    pub body_models: BTreeMap<String, BodyModel>,
    pub integration: Option<Integration>,
    /// Method responses by status, with the headers they declare.
    pub responses: BTreeMap<u16, Vec<String>>,
}

/// As AWS has it for the kinds of endpoints.
fn stream_idle_limit(api: &record::RestApi) -> Duration {
    Duration::from_secs(match api.endpoint.kind.0 {
        EndpointType::Edge => 30,
        EndpointType::Regional | EndpointType::Private => 5 * 60,
    })
}

impl Api {
    /// Compiles the API of `scope`.
    pub fn new(definition: &Definition, scope: &Scope) -> Api {
        let api = &definition.api;
        let mut resources: BTreeMap<&str, HashMap<HttpMethod, Method>> = BTreeMap::new();
        for ((resource_id, verb), method) in &definition.methods {
            let methods = resources.entry(resource_id).or_default();
            methods.insert(*verb, Method::new(method, definition));
        }
        let routes: Vec<(String, Resource)> = resources
            .into_iter()
            .map(|(id, methods)| {
                let path = definition.path(id);
                (
                    path.clone(),
                    Resource {
                        id: id.to_owned(),
                        path,
                        methods,
                    },
                )
            })
            .collect();
        Api {
            router: routes.into_iter().collect(),
            gateway_responses: shape::customs(&definition.gateway_responses),
            binary_media_types: api.binary_media_types.clone(),
            stream_idle_limit: stream_idle_limit(api),
            disable_execute_api_endpoint: api.disable_execute_api_endpoint,
            api_key_source: api.api_key_source.0,
            policy: ResourcePolicy::new(api.policy.as_deref(), scope),
        }
    }

    /// The method for a request, whose exchange learns where it was routed.
    pub fn route(&self, exchange: &mut Exchange) -> Option<&Method> {
        let path = exchange.path.clone();
        let verb = &exchange.http_method;
        let found = self
            .router
            .find_wanted(&path, &|resource| resource.method(verb).is_some())?;
        let resource = found.target;
        let method = resource.method(&exchange.http_method)?;
        exchange.resource_id.clone_from(&resource.id);
        exchange.resource_path.clone_from(&resource.path);
        let parameters = found.parameters.into_iter();
        exchange.path_parameters = parameters
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Some(method)
    }

    /// Whether a media type is one of the API's binary ones.
    pub fn is_binary(&self, media_type: &str) -> bool {
        let media_type = media_type.split(';').next().unwrap_or(media_type).trim();
        self.binary_media_types.iter().any(|binary| {
            let whole_type = binary.strip_suffix("/*").filter(|kind| *kind != "*");
            let of_type = |kind: &str| {
                media_type
                    .split('/')
                    .next()
                    .is_some_and(|of| of.eq_ignore_ascii_case(kind))
            };
            binary == "*/*"
                || binary.eq_ignore_ascii_case(media_type)
                || whole_type.is_some_and(of_type)
        })
    }
}

impl ResourcePolicy {
    fn new(text: Option<&str>, scope: &Scope) -> ResourcePolicy {
        let Some(text) = text else {
            return ResourcePolicy::None;
        };
        let expanded = expand_resources(text, scope);
        match Policy::parse(expanded.as_deref().unwrap_or(text), Dialect::Resource) {
            Ok(policy) => ResourcePolicy::Policy(Arc::new(policy)),
            Err(_) => ResourcePolicy::Broken,
        }
    }
}

/// Writes `execute-api:/STAGE/METHOD/PATH`, the short form that policies of APIs may use, as the
/// ARN it stands for.
fn expand_resources(policy: &str, scope: &Scope) -> Option<String> {
    let mut document: serde_json::Value = serde_json::from_str(policy).ok()?;
    let Scope {
        account,
        region,
        api_id,
    } = scope;
    let prefix = format!(
        "arn:{}:execute-api:{region}:{account}:{api_id}/",
        base::PARTITION
    );
    let expand = |resource: &mut serde_json::Value| {
        let short = resource
            .as_str()
            .and_then(|text| text.strip_prefix("execute-api:/"));
        if let Some(rest) = short {
            *resource = serde_json::Value::String(format!("{prefix}{rest}"));
        }
    };
    let statements = match document.get_mut("Statement")? {
        serde_json::Value::Array(statements) => statements.iter_mut().collect(),
        statement => vec![statement],
    };
    for statement in statements {
        for name in ["Resource", "NotResource"] {
            match statement.get_mut(name) {
                Some(serde_json::Value::Array(resources)) => resources.iter_mut().for_each(expand),
                Some(resource) => expand(resource),
                None => {}
            }
        }
    }
    serde_json::to_string(&document).ok()
}

impl Method {
    pub fn new(method: &MethodRecord, definition: &Definition) -> Method {
        let authorizer = method.authorizer_id.as_ref();
        let authorizer = authorizer.and_then(|id| definition.authorizers.get(id));
        let validator = method.request_validator_id.as_ref();
        let validator = validator.and_then(|id| definition.validators.get(id));
        let required_parameters = match validator {
            Some(validator) if validator.validate_parameters => required_parameters(method),
            _ => Vec::new(),
        };
        let body_models = match validator {
            Some(validator) if validator.validate_body => schema::body_models(method, definition),
            _ => BTreeMap::new(),
        };
        Method {
            authorization_type: method.authorization_type,
            authorizer: authorizer.map(|found| Arc::new(Authorizer::new(found))),
            authorization_scopes: method.authorization_scopes.clone().unwrap_or_default(),
            api_key_required: method.api_key_required,
            required_parameters,
            body_models,
            integration: method.integration.as_ref().map(Integration::new),
            responses: declared_responses(method),
        }
    }
}

fn required_parameters(method: &MethodRecord) -> Vec<(Place, String)> {
    let declared = method.request_parameters.iter().flatten();
    let required = declared
        .filter(|(_, required)| **required)
        .filter_map(|(parameter, _)| {
            let (place, name) = parameter.strip_prefix("method.request.")?.split_once('.')?;
            let place = match place {
                "header" | "multivalueheader" => Place::Header,
                "querystring" | "multivaluequerystring" => Place::Query,
                _ => Place::Path,
            };
            Some((place, name.to_owned()))
        });
    required.collect()
}

fn declared_responses(method: &MethodRecord) -> BTreeMap<u16, Vec<String>> {
    let header = |parameter: &String| {
        parameter
            .strip_prefix("method.response.header.")
            .map(str::to_owned)
    };
    let responses = method.responses.iter().filter_map(|(status, response)| {
        let headers = response
            .parameters
            .iter()
            .flat_map(BTreeMap::keys)
            .filter_map(header);
        Some((status.parse().ok()?, headers.collect()))
    });
    responses.collect()
}

/// Content types with their values, as templates are kept.
type ByContentType<T> = Vec<(String, T)>;

fn by_content_type<T>(
    texts: Option<&record::Texts>,
    compile: impl Fn(&str) -> T,
) -> ByContentType<T> {
    let texts = texts.into_iter().flatten();
    texts
        .map(|(content_type, text)| (content_type.clone(), compile(text)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::tests::definition;

    fn scope() -> Scope {
        Scope {
            account: "111111111111".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            api_id: "api1234567".into(),
        }
    }

    #[test]
    fn short_resources() {
        let policy = r#"{"Statement":[{"Resource":["execute-api:/*","other"]},{"NotResource":"execute-api:/prod/GET/a"}]}"#;
        let expanded = expand_resources(policy, &scope()).unwrap();
        let prefix = "arn:aws:execute-api:us-east-1:111111111111:api1234567";
        assert!(
            expanded.contains(&format!(r#"["{prefix}/*","other"]"#)),
            "{expanded}"
        );
        assert!(
            expanded.contains(&format!(r#""NotResource":"{prefix}/prod/GET/a""#)),
            "{expanded}"
        );
        assert_eq!(expand_resources("no policy", &scope()), None);
    }

    #[test]
    fn binary_media_types() {
        let mut definition = definition();
        let is_binary = |definition: &Definition, media_type| {
            Api::new(definition, &scope()).is_binary(media_type)
        };
        assert!(!is_binary(&definition, "image/png"));
        definition.api.binary_media_types = vec!["image/*".into(), "application/pdf".into()];
        for (media_type, expected) in [
            ("image/png", true),
            ("IMAGE/PNG; q=1", true),
            ("application/pdf", true),
            ("application/json", false),
            ("*/*", false),
        ] {
            assert_eq!(is_binary(&definition, media_type), expected, "{media_type}");
        }
        definition.api.binary_media_types = vec!["*/*".into()];
        assert!(is_binary(&definition, "text/plain"));
    }

    #[test]
    fn verbs() {
        let method = || Method::new(&crate::record::tests::method(), &definition());
        let methods = HashMap::from([(HttpMethod::Any, method()), (HttpMethod::Get, method())]);
        let resource = Resource {
            id: "r".into(),
            path: "/".into(),
            methods,
        };
        assert!(resource.method("GET").is_some());
        assert!(resource.method("TRACE").is_some());
        let methods = HashMap::from([(HttpMethod::Get, method())]);
        let resource = Resource {
            methods,
            ..resource
        };
        assert!(resource.method("HEAD").is_none());
    }
}
