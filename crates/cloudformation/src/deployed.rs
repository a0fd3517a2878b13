//! What the user gets to know of a deployed stack: its outputs, its functions, and where its APIs
//! answer. Reads the stack's record, asks no service.

use crate::document::Map;
use crate::progress::Action;
use crate::resources::{Existing, api_deployment, api_resource, definition};
use crate::resources::{
    function_url, http_api, http_route, http_stage, method, rest_api, stage, text_of,
};
use crate::stack::{Header, State};
use std::collections::{BTreeMap, BTreeSet};

/// How deep the path of a REST API's resource can be.
const MAX_PARTS: usize = 100;

/// A deployed stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    pub stack_id: String,
    pub outputs: BTreeMap<String, String>,
    /// What was done with each resource, by logical id, in order; those that stayed as they were
    /// included.
    pub changes: Vec<(String, Action)>,
    pub apis: Vec<DeployedApi>,
    /// Names of the functions, by logical id.
    pub functions: BTreeMap<String, String>,
    pub function_urls: Vec<DeployedUrl>,
}

/// A function's own address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedUrl {
    /// As AWS shows it: the first part of the host is the URL's id.
    pub url: String,
    /// Whether only signed requests are let in.
    pub is_signed: bool,
}

/// A stage of an API: what an invoke URL is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployedApi {
    pub api_id: String,
    pub kind: ApiKind,
    pub name: String,
    pub stage: String,
    /// Methods and paths, whether of a definition or of single resources.
    pub routes: Vec<(String, String)>,
}

/// Which of API Gateway's kinds an API is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKind {
    Rest,
    Http,
    WebSocket,
}

impl Deployment {
    pub(crate) fn of(
        state: &State,
        header: Header,
        changes: Vec<(String, Action)>,
    ) -> Result<Deployment, kv::Error> {
        let mut functions = BTreeMap::new();
        for (id, recorded) in &state.resources {
            if recorded.type_name == "AWS::Lambda::Function" {
                functions.insert(id.clone(), recorded.reference.clone());
            }
        }
        Ok(Deployment {
            stack_id: header.id,
            outputs: header.outputs,
            changes,
            apis: apis(state)?,
            functions,
            function_urls: function_urls(state)?,
        })
    }
}

fn function_urls(state: &State) -> Result<Vec<DeployedUrl>, kv::Error> {
    let urls = all(state, function_url::TYPE.name)?.into_iter();
    let urls = urls.filter_map(|existing| {
        Some(DeployedUrl {
            url: existing.made.attributes.get("FunctionUrl")?.clone(),
            is_signed: text_of(&existing.properties, "AuthType") != "NONE",
        })
    });
    Ok(urls.collect())
}

/// Every stage, whoever made it; once, though later deployments may name it again.
fn apis(state: &State) -> Result<Vec<DeployedApi>, kv::Error> {
    let mut apis = Vec::new();
    for stage in all(state, stage::TYPE.name)? {
        let api = text_of(&stage.properties, "RestApiId");
        apis.push(rest(state, api, stage.made.reference)?);
    }
    for deployment in all(state, api_deployment::TYPE.name)? {
        let api = text_of(&deployment.properties, "RestApiId");
        let stage = text_of(&deployment.properties, "StageName");
        if !stage.is_empty() {
            apis.push(rest(state, api, stage)?);
        }
    }
    for stage in all(state, http_stage::TYPE.name)? {
        let api = text_of(&stage.properties, "ApiId");
        apis.push(http(state, api, stage.made.reference)?);
    }
    let mut seen = BTreeSet::new();
    apis.retain(|api| seen.insert((api.api_id.clone(), api.stage.clone())));
    Ok(apis)
}

fn rest(state: &State, api_id: String, stage: String) -> Result<DeployedApi, kv::Error> {
    let mut api = DeployedApi {
        kind: ApiKind::Rest,
        name: String::new(),
        stage,
        routes: methods(state, &api_id)?,
        api_id,
    };
    if let Some(properties) = properties(state, rest_api::TYPE.name, &api.api_id)? {
        api.name = definition::name(&properties);
        api.routes.extend(definition::routes(&properties));
    }
    Ok(api)
}

fn http(state: &State, api_id: String, stage: String) -> Result<DeployedApi, kv::Error> {
    let mut api = DeployedApi {
        kind: ApiKind::Http,
        name: String::new(),
        stage,
        routes: Vec::new(),
        api_id,
    };
    if let Some(properties) = properties(state, http_api::TYPE.name, &api.api_id)? {
        if text_of(&properties, "ProtocolType") == "WEBSOCKET" {
            api.kind = ApiKind::WebSocket;
        }
        api.name = definition::name(&properties);
        api.routes = definition::routes(&properties);
    }
    if api.kind == ApiKind::Http {
        for route in all(state, http_route::TYPE.name)? {
            if text_of(&route.properties, "ApiId") == api.api_id {
                api.routes.push(route_of(&route.properties));
            }
        }
    }
    Ok(api)
}

fn route_of(properties: &Map) -> (String, String) {
    let key = text_of(properties, "RouteKey");
    match key.split_once(' ') {
        Some((method, path)) => (method.to_owned(), path.to_owned()),
        None => ("ANY".to_owned(), "/".to_owned()),
    }
}

/// Methods and paths of an API that is made of single resources.
fn methods(state: &State, api_id: &str) -> Result<Vec<(String, String)>, kv::Error> {
    // By id: what is above, and the part of the path.
    let mut parts = BTreeMap::new();
    for resource in all(state, api_resource::TYPE.name)? {
        let properties = &resource.properties;
        let part = (
            text_of(properties, "ParentId"),
            text_of(properties, "PathPart"),
        );
        parts.insert(resource.made.reference, part);
    }
    let mut routes = Vec::new();
    for method in all(state, method::TYPE.name)? {
        let properties = &method.properties;
        if text_of(properties, "RestApiId") == api_id {
            let path = path(&parts, &text_of(properties, "ResourceId"));
            routes.push((text_of(properties, "HttpMethod"), path));
        }
    }
    Ok(routes)
}

fn path(parts: &BTreeMap<String, (String, String)>, resource: &str) -> String {
    let mut path = String::new();
    let mut at = resource;
    for _ in 0..MAX_PARTS {
        let Some((parent, part)) = parts.get(at) else {
            break;
        };
        path = format!("/{part}{path}");
        at = parent;
    }
    if path.is_empty() {
        "/".to_owned()
    } else {
        path
    }
}

fn all(state: &State, type_name: &str) -> Result<Vec<Existing>, kv::Error> {
    let all = state.resources.values();
    let all = all.filter(|recorded| recorded.type_name == type_name);
    all.map(crate::stack::Recorded::existing).collect()
}

/// The properties of the resource that `Ref` gives this id of.
fn properties(state: &State, type_name: &str, id: &str) -> Result<Option<Map>, kv::Error> {
    let mut all = state.resources.values();
    let found = all.find(|it| it.type_name == type_name && it.reference == id);
    Ok(match found {
        Some(recorded) => Some(recorded.existing()?.properties),
        None => None,
    })
}
