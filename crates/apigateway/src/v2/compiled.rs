//! Deployed HTTP APIs, compiled once: which route takes which request.
//!
//! Every request reads its API's home and its stage from the store; as long as the stage is byte
//! for byte what it was, the compiled API is used again. A deployment never changes.

use super::mapping::{self, Change, Side};
use super::messages::Messages;
use super::parts;
use super::record::{Api, Authorizer, Definition, Integration, Route, Stage};
use super::routes::{CONNECT_KEY, DEFAULT_KEY, DISCONNECT_KEY, split_key};
use super::selection::{Selection, Variable};
use super::stages::DEFAULT_STAGE;
use crate::execute::{Request, split_stage};
use crate::keys::Scope;
use crate::router::{PathPart, Router};
use crate::store;
use bytes::Bytes;
use kv::{Store, record};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use wire::apigatewayv2::ProtocolType;

/// Stages that are kept ready.
const MAX_STAGES: usize = 1000;

/// A stage, ready: what was found for a request.
#[derive(Debug)]
pub struct Ready {
    pub scope: Scope,
    pub stage: Stage,
    pub api: HttpApi,
}

/// An API as it was deployed.
#[derive(Debug)]
pub struct HttpApi {
    pub record: Api,
    routes: Vec<Compiled>,
    /// Routes that take a method, by it; those for any method are in each.
    by_method: BTreeMap<String, Router<usize>>,
    /// Routes for any method, for methods that no route names.
    by_any: Router<usize>,
    default: Option<usize>,
    /// Which route takes a message; none for HTTP APIs.
    selection: Option<Selection>,
}

/// A route with what is behind it.
#[derive(Debug)]
pub struct Compiled {
    pub route: Route,
    /// `/pets/{id}`; none for the default route.
    pub path: Option<String>,
    pub integration: Option<Integration>,
    pub request_changes: Vec<Change>,
    /// By status.
    pub response_changes: BTreeMap<String, Vec<Change>>,
    pub authorizer: Option<Authorizer>,
    /// Of routes of WebSocket APIs.
    pub messages: Option<Messages>,
}

/// What a request's path and host name.
#[derive(Debug)]
pub enum Found {
    Ready(Arc<Ready>),
    /// There is such an API, and no such stage.
    NoStage,
    /// There is no such API.
    NoApi,
}

/// An API and a stage.
type Place = (String, String);

/// Stages that have been used, each with the record it was made of.
#[derive(Debug, Default)]
pub struct Deployed(Mutex<HashMap<Place, (Bytes, Arc<Ready>)>>);

impl Deployed {
    /// The stage a request is for: the one that its path starts with, else the default one.
    pub async fn find(&self, store: &Store, request: &Request) -> Result<Found, kv::Error> {
        let view = store.snapshot();
        let Some(scope) = store::home(&view, &request.api_id).await? else {
            return Ok(Found::NoApi);
        };
        let (first, _) = split_stage(&request.path);
        for name in [first, DEFAULT_STAGE] {
            let Some(bytes) = store.get(&scope.shelf().key::<Stage>(name)).await? else {
                continue;
            };
            let place = (request.api_id.clone(), name.to_owned());
            let kept = self.0.lock().get(&place).cloned();
            if let Some((_, ready)) = kept.filter(|(kept, _)| *kept == bytes) {
                return Ok(Found::Ready(ready));
            }
            let Some(ready) = load(&view, scope, &bytes).await? else {
                return Ok(Found::NoStage);
            };
            let ready = Arc::new(ready);
            let mut stages = self.0.lock();
            if stages.len() >= MAX_STAGES {
                stages.clear();
            }
            stages.insert(place, (bytes, ready.clone()));
            return Ok(Found::Ready(ready));
        }
        Ok(match parts::api(&scope, &view).await {
            Ok(_) => Found::NoStage,
            Err(crate::Error::Store(error)) => return Err(error),
            Err(_) => Found::NoApi,
        })
    }
}

/// Whether an id is that of an HTTP or WebSocket API. What cannot be read is none.
pub async fn is_api(store: &Store, api_id: &str) -> bool {
    let view = store.snapshot();
    match store::home(&view, api_id).await {
        Ok(Some(scope)) => parts::api(&scope, &view).await.is_ok(),
        Ok(None) | Err(_) => false,
    }
}

/// None if the stage has no deployment.
async fn load(view: &kv::Snapshot, scope: Scope, stage: &[u8]) -> Result<Option<Ready>, kv::Error> {
    let stage: Stage = record::decode(stage)?;
    let Some(id) = &stage.deployment_id else {
        return Ok(None);
    };
    let definition: Option<Definition> = scope.shelf().find(view, id).await?;
    Ok(definition.map(|definition| Ready {
        api: HttpApi::new(definition),
        scope,
        stage,
    }))
}

impl Compiled {
    fn new(route: Route, definition: &Definition) -> Compiled {
        let (integrations, authorizers) = (&definition.integrations, &definition.authorizers);
        let target = route.target.as_deref();
        let id = target.and_then(|target| target.strip_prefix("integrations/"));
        let integration = integrations.iter().find(|it| Some(it.id.as_str()) == id);
        let authorizer = route.authorizer_id.as_ref();
        let authorizer = authorizers.iter().find(|it| Some(&it.id) == authorizer);
        let requests =
            integration.map(|it| mapping::changes(Side::Request, &it.request_parameters));
        let responses = integration.map(|it| it.response_parameters.iter());
        Compiled {
            path: split_key(&route.key).map(|(_, path)| path.to_owned()),
            request_changes: requests.unwrap_or_default(),
            response_changes: responses
                .into_iter()
                .flatten()
                .map(|(status, set)| (status.clone(), mapping::changes(Side::Response, set)))
                .collect(),
            messages: match definition.api.protocol.0 {
                ProtocolType::Http => None,
                ProtocolType::Websocket => Some(Messages::new(&route, integration, definition)),
            },
            integration: integration.cloned(),
            authorizer: authorizer.cloned(),
            route,
        }
    }
}

impl HttpApi {
    pub fn new(definition: Definition) -> HttpApi {
        let compile = |route: &Route| Compiled::new(route.clone(), &definition);
        let routes: Vec<Compiled> = definition.routes.iter().map(compile).collect();
        let of = |method: &str| -> Vec<(String, usize)> {
            let routes = routes.iter().enumerate();
            let named = routes.filter_map(|(at, it)| Some((at, split_key(&it.route.key)?)));
            named
                .filter(|(_, (named, _))| *named == method)
                .map(|(at, (_, path))| (path.to_owned(), at))
                .collect()
        };
        let methods = routes
            .iter()
            .filter_map(|it| Some(split_key(&it.route.key)?.0));
        // A later route replaces an earlier one of its path: a method's own come last.
        let with_any = |method: &str| of("ANY").into_iter().chain(of(method)).collect();
        HttpApi {
            by_method: methods
                .map(|method| (method.to_owned(), with_any(method)))
                .collect(),
            by_any: of("ANY").into_iter().collect(),
            default: routes.iter().position(|it| it.route.key == DEFAULT_KEY),
            selection: match definition.api.protocol.0 {
                ProtocolType::Http => None,
                ProtocolType::Websocket => Selection::parse(&definition.api.route_selection),
            },
            record: definition.api,
            routes,
        }
    }

    /// The route for a request: the one that matches whole, else a greedy one, else the default
    /// one; with its path parameters.
    pub fn route(&self, method: &str, path: &str) -> Option<(&Compiled, Vec<(String, String)>)> {
        let router = self.by_method.get(method).unwrap_or(&self.by_any);
        let find = |path: &str| -> Option<(&Compiled, &str)> {
            let compiled = self.routes.get(*router.find(path)?.target)?;
            Some((compiled, compiled.path.as_deref()?))
        };
        let whole = find(path).filter(|(_, template)| ends_alike(template, path));
        let found = match whole {
            Some((_, template)) if !is_greedy(template) => whole,
            // A greedy variable also takes what is empty behind the last slash.
            _ if path.ends_with('/') => find(&format!("{path}_"))
                .filter(|(_, template)| is_greedy(template))
                .or(whole),
            _ => whole,
        };
        if let Some((compiled, template)) = found {
            return Some((compiled, parameters(template, path)));
        }
        let default = self.routes.get(self.default?)?;
        Some((default, Vec::new()))
    }
}

fn is_greedy(template: &str) -> bool {
    template.ends_with("+}")
}

impl HttpApi {
    pub fn is_websocket(&self) -> bool {
        self.record.protocol.0 == ProtocolType::Websocket
    }

    /// The route with this key.
    pub fn named(&self, key: &str) -> Option<&Compiled> {
        self.routes.iter().find(|it| it.route.key == key)
    }

    /// The route for a message: the one that its selection expression names, else the default
    /// one. Those for the two ends of a connection take no messages.
    pub fn route_of_message(
        &self,
        value: impl Fn(&Variable) -> Option<String>,
    ) -> Option<&Compiled> {
        let key = self.selection.as_ref().and_then(|it| it.select(value));
        let key = key.filter(|key| ![CONNECT_KEY, DISCONNECT_KEY].contains(&key.as_str()));
        let named = key.and_then(|key| self.named(&key));
        named.or_else(|| self.routes.get(self.default?))
    }
}

/// A slash at the end counts, unless a greedy variable takes it.
fn ends_alike(template: &str, path: &str) -> bool {
    is_greedy(template) || template.ends_with('/') == path.ends_with('/')
}

/// The values of a template's variables, decoded.
fn parameters(template: &str, path: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let decoded = percent_encoding::percent_decode_str(text);
        decoded.decode_utf8_lossy().into_owned()
    };
    let mut values = Vec::new();
    let mut rest = path.trim_start_matches('/');
    for part in template.trim_start_matches('/').split('/') {
        let (value, after) = rest.split_once('/').unwrap_or((rest, ""));
        match PathPart::parse(part) {
            PathPart::Fixed(_) => {}
            PathPart::Variable(name) => values.push((name.to_owned(), decoded(value))),
            PathPart::Greedy(name) => {
                values.push((name.to_owned(), decoded(rest)));
                break;
            }
        }
        rest = after;
    }
    values
}

#[cfg(test)]
mod tests;
