//! `AWS::Serverless::Api` and the implicit API of events that name none: a REST API with its
//! definition, a deployment named after the definition, a stage, and the permissions to call
//! functions.

use super::api_auth::Auth;
use super::api_cors::Cors;
use super::api_definition::{Definition, Routes};
use super::api_policy::ResourcePolicy;
use super::callee::Callee;
use super::event::ApiEvent;
use super::generated::Generated;
use super::globals::Globals;
use super::{API, of_type, reference, sub, tag_list};
use crate::document::{Map, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::fields::Fields;
use crate::template::{ParameterValue, Resource, map};
use base::hex;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

const PLAIN: &str = "AWS::ApiGateway::RestApi";
const IMPLICIT: &str = "ServerlessRestApi";
const IMPLICIT_STAGE: &str = "Prod";

/// Properties that `AWS::ApiGateway::RestApi` has under the same name.
const OF_API: [&str; 8] = [
    "ApiKeySourceType",
    "BinaryMediaTypes",
    "Description",
    "DisableExecuteApiEndpoint",
    "FailOnWarnings",
    "MinimumCompressionSize",
    "Mode",
    "Name",
];
/// Properties that `AWS::ApiGateway::Stage` has (`Variables` among them).
const OF_STAGE: [&str; 7] = [
    "AccessLogSetting",
    "CacheClusterEnabled",
    "CacheClusterSize",
    "CanarySetting",
    "MethodSettings",
    "TracingEnabled",
    "Variables",
];
const REFUSED: [&str; 5] = [
    "DefinitionUri",
    "Domain",
    "MergeDefinitions",
    "Policy",
    "SecurityPolicy",
];
/// All REST APIs of a template and the routes that functions ask for.
pub(super) struct Apis {
    /// The declared APIs' stage names: fixed text, or none where it is computed.
    stages: BTreeMap<String, Option<String>>,
    declared: Vec<Resource>,
    /// REST APIs that are no serverless ones: their definitions are their own.
    plain: BTreeSet<String>,
    routes: BTreeMap<String, Routes>,
    /// What, beside the definition, makes a deployment another one.
    salt: String,
}

impl Apis {
    pub fn new(resources: &[Resource], parameters: &BTreeMap<String, ParameterValue>) -> Apis {
        let stages = resources.iter().filter(|r| r.type_name == API).map(|api| {
            let stage = api.properties.get("StageName");
            let stage = stage.and_then(Node::as_scalar).map(str::to_owned);
            (api.logical_id.clone(), stage)
        });
        Apis {
            stages: stages.collect(),
            declared: Vec::new(),
            plain: of_type(resources, PLAIN),
            routes: BTreeMap::new(),
            salt: salt(parameters),
        }
    }

    pub fn declare(&mut self, api: Resource) {
        let stage = api.properties.get("StageName");
        let stage = stage.and_then(Node::as_scalar).map(str::to_owned);
        self.stages.insert(api.logical_id.clone(), stage);
        self.declared.push(api);
    }

    /// Adds a function's route to its API and gives the permission to call it. Plain APIs get no
    /// routes: what they call stands in their own definition.
    pub fn connect(
        &mut self,
        callee: &Callee<'_>,
        event: ApiEvent,
    ) -> Result<Resource, TemplateError> {
        let api = event.api.as_deref().unwrap_or(IMPLICIT).to_owned();
        if self.plain.contains(&api) {
            return Ok(permission(callee, &event, &api, "Stage"));
        }
        let suffix = match (&event.api, self.stages.get(&api)) {
            (None, _) => IMPLICIT_STAGE,
            (Some(_), Some(stage)) => stage.as_deref().unwrap_or_default(),
            (Some(_), None) => return Err(Problem::UnknownName(api).at(event.mark)),
        };
        let permission = permission(callee, &event, &api, suffix);
        let (mark, route) = (event.mark, (event.path.clone(), event.method.clone()));
        let key = format!("{} {}", event.method.to_uppercase(), event.path);
        let routes = self.routes.entry(api).or_default();
        let there = routes.insert(route, (callee.arn_placeholder(), event));
        match there {
            Some(_) => Err(TemplateError::duplicate_key(mark, &key, mark)),
            None => Ok(permission),
        }
    }

    /// Makes the APIs' resources.
    pub fn finish(
        self,
        globals: &Globals,
        generated: &mut Generated,
        made: &mut Vec<Resource>,
    ) -> Result<(), TemplateError> {
        let mut declared = self.declared;
        let implicit = self.routes.get(IMPLICIT).and_then(|r| r.values().next());
        if let Some((_, event)) = implicit {
            let mark = event.mark;
            let mut properties = Map::default();
            properties.set(mark, "StageName", Node::text(mark, IMPLICIT_STAGE));
            let api = Resource::generated(mark, IMPLICIT.to_owned(), API, properties);
            declared.push(globals.merge(API, api));
        }
        for api in declared {
            let routes = self.routes.get(&api.logical_id);
            let (deployment, stage) = generate(&api, routes, &self.salt, made)?;
            generated.note(&api.logical_id, "Deployment", &deployment);
            generated.note(&api.logical_id, "Stage", &stage);
        }
        Ok(())
    }
}

/// Makes the REST API, its deployment and its stage, and gives the logical ids of the latter two.
fn generate(
    api: &Resource,
    routes: Option<&Routes>,
    salt: &str,
    made: &mut Vec<Resource>,
) -> Result<(String, String), TemplateError> {
    let mark = api.mark;
    let mut fields = Fields::new(API, mark, &api.properties);
    fields.refuse(&REFUSED)?;
    // A deployment that would be the same again is none that anybody would see.
    fields.node("AlwaysDeploy");
    let stage_name = fields.required("StageName")?.clone();
    let stage_id = match stage_name.as_scalar() {
        Some(name) => format!("{}{name}Stage", api.logical_id),
        None => format!("{}Stage", api.logical_id),
    };
    let Written {
        body,
        policy,
        around,
    } = body(&api.logical_id, &stage_id, &mut fields, routes)?;
    let policy = policy.and_then(|policy| policy.write(&body, &stage_name));
    // A policy is deployed with the definition.
    let deployed = match &policy {
        Some(policy) => Node::list(mark, [body.clone(), policy.clone()]),
        None => body.clone(),
    };
    let deployment_id = deployment_id(&api.logical_id, &deployed, salt);
    let mut rest_api = Map::default();
    rest_api.set(mark, "Body", body);
    if let Some(policy) = policy {
        rest_api.set(policy.mark, "Policy", policy);
    }
    copy(&mut fields, &OF_API, &mut rest_api);
    if let Some(node) = fields.node("EndpointConfiguration") {
        rest_api.set(node.mark, "EndpointConfiguration", endpoint(node)?);
    }
    let mut deployment = Map::default();
    deployment.set(mark, "RestApiId", reference(mark, &api.logical_id));
    let mut stage = deployment.clone();
    stage.set(mark, "DeploymentId", reference(mark, &deployment_id));
    stage.set(mark, "StageName", stage_name);
    copy(&mut fields, &OF_STAGE, &mut stage);
    if let Some(tags) = fields.node("Tags") {
        let tags = tag_list(tags.mark, map(tags, "Tags")?);
        rest_api.set(mark, "Tags", tags.clone());
        stage.set(mark, "Tags", tags);
    }
    fields.finish()?;

    let first = made.len();
    let mut plain = api.clone();
    plain.type_name = PLAIN.to_owned();
    plain.properties = rest_api;
    made.push(plain);
    for (id, type_name, properties) in [
        (&deployment_id, "AWS::ApiGateway::Deployment", deployment),
        (&stage_id, "AWS::ApiGateway::Stage", stage),
    ] {
        made.push(Resource::generated(mark, id.clone(), type_name, properties));
    }
    made.extend(around);
    for resource in made.iter_mut().skip(first) {
        resource.condition.clone_from(&api.condition);
    }
    Ok((deployment_id, stage_id))
}

/// An API's definition, and what goes with it.
struct Written {
    body: Node,
    policy: Option<ResourcePolicy>,
    around: Vec<Resource>,
}

/// The API's definition, and what it needs around it.
fn body(
    api: &str,
    stage_id: &str,
    fields: &mut Fields<'_>,
    routes: Option<&Routes>,
) -> Result<Written, TemplateError> {
    let version = fields.node("OpenApiVersion");
    let auth = fields.object("Auth")?;
    let auth = auth.map(|auth| Auth::read(api, stage_id, auth));
    let mut definition = Definition {
        mark: fields.mark(),
        version,
        auth: auth.transpose()?.unwrap_or_default(),
        cors: fields.node("Cors").map(Cors::read).transpose()?,
        models: fields.node("Models"),
        gateway_responses: fields.node("GatewayResponses"),
    };
    let around = std::mem::take(&mut definition.auth.around);
    let policy = definition.auth.policy.take();
    let body = match fields.node("DefinitionBody") {
        None => definition.write(routes)?,
        Some(body) => match body.as_map().filter(|_| definition.says_something()) {
            None => body.clone(),
            Some(given) => Node::new(body.mark, Value::Map(definition.extend(given)?)),
        },
    };
    Ok(Written {
        body,
        policy,
        around,
    })
}

/// SAM's `REGIONAL` or `{Type: REGIONAL}` is `{Types: [REGIONAL]}`.
fn endpoint(node: &Node) -> Result<Node, TemplateError> {
    let mark = node.mark;
    let kind = match node.as_map() {
        None => node.clone(),
        Some(map) => {
            let mut fields = Fields::new("EndpointConfiguration", mark, map);
            // Which network's endpoints reach a private API makes no difference here; SAM drops what
            // it does not know.
            fields.required("Type")?.clone()
        }
    };
    Ok(Node::map(mark, [("Types", Node::list(mark, [kind]))]))
}

fn copy(fields: &mut Fields<'_>, names: &[&str], to: &mut Map) {
    for name in names {
        if let Some(node) = fields.node(name) {
            to.set(node.mark, *name, node.clone());
        }
    }
}

/// What a definition may refer to beside resources.
fn salt(parameters: &BTreeMap<String, ParameterValue>) -> String {
    let lines = parameters.iter().map(|(name, value)| match value {
        ParameterValue::Text(value) => format!("{name}={value}\n"),
        ParameterValue::Stored(name) => format!("{name}=\n"),
        ParameterValue::List(items) => format!("{name}={}\n", items.join(",")),
    });
    lines.collect()
}

/// A changed definition has another id: the new deployment is made beside the old one, the stage
/// moves over, and the old one goes.
fn deployment_id(api: &str, body: &Node, salt: &str) -> String {
    let digest = Sha256::new()
        .chain_update(body.to_string())
        .chain_update(salt)
        .finalize();
    let mut salted = hex::encode(&digest);
    salted.truncate(10);
    format!("{api}Deployment{salted}")
}

/// A path without the slash at its end, as its resource has it.
fn trimmed(path: &str) -> &str {
    match path {
        "/" => path,
        path => path.trim_end_matches('/'),
    }
}

/// API Gateway may call the function for this route, whatever the stage.
fn permission(callee: &Callee<'_>, event: &ApiEvent, api: &str, suffix: &str) -> Resource {
    let (mark, function) = (event.mark, callee.function);
    let method = match event.method.as_str() {
        "any" => "*".to_owned(),
        method => method.to_uppercase(),
    };
    let path = trimmed(&event.path).split('/').map(|part| {
        let variable = part.starts_with('{') && part.ends_with('}');
        if variable { "*" } else { part }
    });
    let path = path.collect::<Vec<_>>().join("/");
    let source = format!(
        "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api}}}\
         /*/{method}{path}"
    );
    let mut properties = Map::default();
    let text = |text: &str| Node::text(mark, text);
    properties.set(mark, "Action", text("lambda:InvokeFunction"));
    properties.set(mark, "FunctionName", callee.reference(mark));
    properties.set(mark, "Principal", text("apigateway.amazonaws.com"));
    properties.set(mark, "SourceArn", sub(mark, source));
    let id = format!("{}{}Permission{suffix}", function.logical_id, event.name);
    let mut permission = Resource::generated(mark, id, "AWS::Lambda::Permission", properties);
    permission.condition.clone_from(&function.condition);
    permission
}
