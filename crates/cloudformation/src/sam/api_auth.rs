//! `Auth` of a REST API and of its events: who may call which method, written into the API's
//! definition as security schemes and what each operation asks for.

use super::api_policy::ResourcePolicy;
use super::{reference, sub};
use crate::document::{Map, Mark, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::fields::Fields;
use crate::template::{Resource, map, text};
use std::collections::{BTreeMap, BTreeSet};

const IAM: &str = "AWS_IAM";
const API_KEY: &str = "api_key";
/// The authorizer of events that ask for none although there is a default one.
const NOBODY: &str = "NONE";
/// The role of integrations that are called as whoever called the method.
const CALLER: &str = "CALLER_CREDENTIALS";

/// What an operation asks for: security schemes and the scopes of each.
pub(super) type Security = Vec<(String, Node)>;

/// What an event says of who may call its method.
#[derive(Default)]
pub(super) struct EventAuth {
    authorizer: Option<(Mark, String)>,
    scopes: Option<Node>,
    api_key: Option<bool>,
    invoke_role: Option<Node>,
}

impl EventAuth {
    pub fn read(mut fields: Fields<'_>) -> Result<EventAuth, TemplateError> {
        fields.refuse(&["OverrideApiAuth", "ResourcePolicy"])?;
        let authorizer = fields.node("Authorizer");
        let name = |node: &Node| Ok((node.mark, text(node, "Authorizer")?.to_owned()));
        let auth = EventAuth {
            authorizer: authorizer.map(name).transpose()?,
            scopes: fields.node("AuthorizationScopes").cloned(),
            api_key: fields.flag("ApiKeyRequired")?,
            invoke_role: fields.node("InvokeRole").cloned(),
        };
        fields.finish()?;
        Ok(auth)
    }
}

/// What an API says of who may call it.
#[derive(Default)]
pub(super) struct Auth {
    schemes: Map,
    /// What tokens must grant, by authorizer, unless the event says otherwise.
    scopes: BTreeMap<String, Node>,
    default: Option<(Mark, String)>,
    api_key: bool,
    invoke_role: Option<Node>,
    /// Whether the default authorizer is asked about OPTIONS, too.
    preflight: bool,
    preflight_key: bool,
    pub policy: Option<ResourcePolicy>,
    /// Beside the API: permissions for functions that decide, a usage plan with its key.
    pub around: Vec<Resource>,
}

impl Auth {
    /// `api` is the API's logical id, `stage` that of its stage.
    pub fn read(api: &str, stage: &str, mut fields: Fields<'_>) -> Result<Auth, TemplateError> {
        let policy = fields.object("ResourcePolicy")?;
        let mut auth = Auth {
            policy: policy.map(ResourcePolicy::read).transpose()?,
            api_key: fields.flag("ApiKeyRequired")? == Some(true),
            invoke_role: fields.node("InvokeRole").cloned(),
            preflight: fields.flag("AddDefaultAuthorizerToCorsPreflight")? != Some(false),
            preflight_key: fields.flag("AddApiKeyRequiredToCorsPreflight")? != Some(false),
            ..Auth::default()
        };
        if let Some(node) = fields.node("Authorizers") {
            for (key, node) in map(node, "Authorizers")?.iter() {
                let fields = Fields::of(format!("the authorizer {}", key.text), node)?;
                auth.authorizer(api, &key.text, fields)?;
            }
        }
        if let Some(node) = fields.node("DefaultAuthorizer") {
            auth.default = Some((node.mark, text(node, "DefaultAuthorizer")?.to_owned()));
        }
        if let Some(plan) = fields.object("UsagePlan")? {
            auth.around.extend(usage_plan(api, stage, plan)?);
        }
        fields.finish()?;
        Ok(auth)
    }

    /// Whether methods ask for anything by it.
    pub fn says_something(&self) -> bool {
        !self.schemes.is_empty() || self.default.is_some() || self.api_key
    }

    fn authorizer(
        &mut self,
        api: &str,
        name: &str,
        mut fields: Fields<'_>,
    ) -> Result<(), TemplateError> {
        let mark = fields.mark();
        let scheme = match fields.node("UserPoolArn") {
            Some(pool) => {
                if let Some(scopes) = fields.node("AuthorizationScopes") {
                    self.scopes.insert(name.to_owned(), scopes.clone());
                }
                pool_scheme(pool, &mut fields)?
            }
            None => {
                let function = fields.required("FunctionArn")?;
                if fields.flag("DisableFunctionDefaultPermissions")? != Some(true) {
                    self.around.push(permission(api, name, function));
                }
                function_scheme(function, &mut fields)?
            }
        };
        self.schemes.set(mark, name, scheme);
        fields.finish()
    }

    /// The definition's security schemes: the API's own, and the common ones that operations ask
    /// for.
    pub fn schemes(&self, mark: Mark, asked: &BTreeSet<String>) -> Map {
        let mut schemes = self.schemes.clone();
        for (name, header, kind) in [
            (IAM, "Authorization", Some("awsSigv4")),
            (API_KEY, "x-api-key", None),
        ] {
            if asked.contains(name) {
                schemes.set(mark, name, scheme(mark, header, kind, None));
            }
        }
        schemes
    }

    /// What an event's operation asks for, and the credentials of its integration.
    ///
    /// # Errors
    /// There is no such authorizer.
    pub fn secure(&self, event: &EventAuth) -> Result<(Security, Option<Node>), TemplateError> {
        let mut asked = Vec::new();
        let mut credentials = None;
        let authorizer = event.authorizer.as_ref().or(self.default.as_ref());
        if let Some((mark, name)) = authorizer.filter(|(_, name)| name != NOBODY) {
            let known = name == IAM || self.schemes.get(name).is_some();
            if !known {
                return Err(Problem::UnknownName(name.clone()).at(*mark));
            }
            let scopes = event.scopes.as_ref().or_else(|| self.scopes.get(name));
            let scopes = scopes.cloned().unwrap_or_else(|| Node::list(*mark, []));
            asked.push((name.clone(), scopes));
            if name == IAM {
                let given = event.invoke_role.as_ref().or(self.invoke_role.as_ref());
                credentials = role(*mark, given);
            }
        }
        if event.api_key.unwrap_or(self.api_key) {
            let mark = Mark::default();
            asked.push((API_KEY.to_owned(), Node::list(mark, [])));
        }
        Ok((asked, credentials))
    }

    /// What an operation of a given definition asks for itself, and which of `added` it asks for
    /// besides: no other authorizer beside its own, and none if it wants none.
    pub fn unless_asked(&self, own: &[Node], added: Security) -> (Vec<Node>, Security) {
        let names = |node: &Node| -> Vec<String> {
            let schemes = node.as_map().into_iter().flat_map(Map::iter);
            schemes.map(|(key, _)| key.text.clone()).collect()
        };
        let is_authorizer =
            |name: &str| name == NOBODY || name == IAM || self.schemes.get(name).is_some();
        let asked: BTreeSet<String> = own.iter().flat_map(names).collect();
        let decides = asked.iter().any(|name| is_authorizer(name));
        let added = added
            .into_iter()
            .filter(|(name, _)| !(asked.contains(name) || (decides && is_authorizer(name))));
        let added = added.collect();
        let own = own.iter().filter(|node| names(node) != [NOBODY]);
        (own.cloned().collect(), added)
    }

    /// What OPTIONS methods for browsers ask for.
    pub fn preflight(&self) -> Security {
        let default = self.default.as_ref().filter(|_| self.preflight);
        let default = default.map(|(_, name)| name.clone());
        let key = (self.api_key && self.preflight_key).then(|| API_KEY.to_owned());
        let asked = default.into_iter().chain(key);
        asked
            .map(|name| (name, Node::list(Mark::default(), [])))
            .collect()
    }
}

/// The role with which a method that asks for signatures calls its function.
fn role(mark: Mark, given: Option<&Node>) -> Option<Node> {
    match given.map(|node| (node, node.as_text())) {
        Some((_, Some(NOBODY))) => None,
        None | Some((_, Some(CALLER))) => Some(Node::text(mark, "arn:aws:iam::*:user/*")),
        Some((role, _)) => Some(role.clone()),
    }
}

fn scheme(mark: Mark, header: &str, kind: Option<&str>, authorizer: Option<Map>) -> Node {
    let text = |text: &str| Node::text(mark, text);
    let mut scheme = Map::default();
    scheme.set(mark, "type", text("apiKey"));
    scheme.set(mark, "name", text(header));
    scheme.set(mark, "in", text("header"));
    if let Some(kind) = kind {
        scheme.set(mark, "x-amazon-apigateway-authtype", text(kind));
    }
    if let Some(authorizer) = authorizer {
        let authorizer = Node::new(mark, Value::Map(authorizer));
        scheme.set(mark, "x-amazon-apigateway-authorizer", authorizer);
    }
    Node::new(mark, Value::Map(scheme))
}

/// Tokens of a user pool, or of several.
fn pool_scheme(pool: &Node, fields: &mut Fields<'_>) -> Result<Node, TemplateError> {
    let mark = pool.mark;
    let pools = match pool.as_list() {
        Some(_) => pool.clone(),
        None => Node::list(mark, [pool.clone()]),
    };
    let mut authorizer = Map::default();
    authorizer.set(mark, "type", Node::text(mark, "cognito_user_pools"));
    authorizer.set(mark, "providerARNs", pools);
    let mut header = None;
    if let Some(mut identity) = fields.object("Identity")? {
        header = token_identity(&mut identity, &mut authorizer)?;
        identity.finish()?;
    }
    let header = header.as_deref().unwrap_or("Authorization");
    Ok(scheme(
        mark,
        header,
        Some("cognito_user_pools"),
        Some(authorizer),
    ))
}

/// Reads what a token's identity says into an authorizer; gives the header.
fn token_identity(
    identity: &mut Fields<'_>,
    authorizer: &mut Map,
) -> Result<Option<String>, TemplateError> {
    for (name, member) in [
        ("ReauthorizeEvery", "authorizerResultTtlInSeconds"),
        ("ValidationExpression", "identityValidationExpression"),
    ] {
        if let Some(node) = identity.node(name) {
            authorizer.set(node.mark, member, node.clone());
        }
    }
    identity.text("Header")
}

/// A function that decides.
fn function_scheme(function: &Node, fields: &mut Fields<'_>) -> Result<Node, TemplateError> {
    let mark = function.mark;
    let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/\
               ${Function}/invocations";
    let variables = Node::map(mark, [("Function", function.clone())]);
    let uri = Node::list(mark, [Node::text(mark, uri), variables]);
    let by_request = fields.text("FunctionPayloadType")?.as_deref() == Some("REQUEST");
    let kind = if by_request { "request" } else { "token" };
    let mut authorizer = Map::default();
    authorizer.set(mark, "type", Node::text(mark, kind));
    authorizer.set(mark, "authorizerUri", Node::map(mark, [("Fn::Sub", uri)]));
    if let Some(role) = fields.node("FunctionInvokeRole") {
        authorizer.set(role.mark, "authorizerCredentials", role.clone());
    }
    let mut header = None;
    if let Some(mut identity) = fields.object("Identity")? {
        header = token_identity(&mut identity, &mut authorizer)?;
        let sources = identity_sources(&mut identity)?;
        if !sources.is_empty() {
            let sources = Node::text(mark, sources.join(", "));
            authorizer.set(mark, "identitySource", sources);
        }
        identity.finish()?;
    }
    let header = match by_request {
        true => "Unused",
        false => header.as_deref().unwrap_or("Authorization"),
    };
    Ok(scheme(mark, header, Some("custom"), Some(authorizer)))
}

fn identity_sources(identity: &mut Fields<'_>) -> Result<Vec<String>, TemplateError> {
    let mut sources = Vec::new();
    for (name, prefix) in [
        ("Headers", "method.request.header."),
        ("QueryStrings", "method.request.querystring."),
        ("StageVariables", "stageVariables."),
        ("Context", "context."),
    ] {
        for item in identity.items(name)? {
            sources.push(format!("{prefix}{}", text(item, name)?));
        }
    }
    Ok(sources)
}

/// API Gateway may ask the function.
fn permission(api: &str, name: &str, function: &Node) -> Resource {
    let mark = function.mark;
    let source = format!(
        "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api}}}/authorizers/*"
    );
    let text = |text: &str| Node::text(mark, text);
    let properties = [
        ("Action", text("lambda:InvokeFunction")),
        ("FunctionName", function.clone()),
        ("Principal", text("apigateway.amazonaws.com")),
        ("SourceArn", sub(mark, source)),
    ];
    let id = format!("{api}{name}AuthorizerPermission");
    made(mark, id, "AWS::Lambda::Permission", properties)
}

/// The usage plan of an API, with a key of its own.
fn usage_plan(
    api: &str,
    stage: &str,
    mut fields: Fields<'_>,
) -> Result<Vec<Resource>, TemplateError> {
    let create = fields.required("CreateUsagePlan")?;
    let mark = create.mark;
    match text(create, "CreateUsagePlan")? {
        "NONE" => return fields.finish().map(|()| Vec::new()),
        "PER_API" => {}
        other => {
            let what = format!("CreateUsagePlan {other:?}");
            return Err(TemplateError::not_supported(mark, what));
        }
    }
    let mut properties = Map::default();
    for name in ["Description", "Quota", "Tags", "Throttle", "UsagePlanName"] {
        if let Some(node) = fields.node(name) {
            properties.set(node.mark, name, node.clone());
        }
    }
    fields.finish()?;
    let stages = [
        ("ApiId", reference(mark, api)),
        ("Stage", reference(mark, stage)),
    ];
    let stages = Node::list(mark, [Node::map(mark, stages)]);
    properties.set(mark, "ApiStages", stages);
    let [plan, key, joined] =
        ["UsagePlan", "ApiKey", "UsagePlanKey"].map(|end| format!("{api}{end}"));
    let stage_keys = [
        ("RestApiId", reference(mark, api)),
        ("StageName", reference(mark, stage)),
    ];
    let stage_keys = Node::list(mark, [Node::map(mark, stage_keys)]);
    let of_key = [
        ("Enabled", Node::text(mark, "true")),
        ("StageKeys", stage_keys),
    ];
    let of_joined = [
        ("KeyId", reference(mark, &key)),
        ("KeyType", Node::text(mark, "API_KEY")),
        ("UsagePlanId", reference(mark, &plan)),
    ];
    Ok(vec![
        Resource::generated(mark, plan, "AWS::ApiGateway::UsagePlan", properties),
        made(mark, key, "AWS::ApiGateway::ApiKey", of_key),
        made(mark, joined, "AWS::ApiGateway::UsagePlanKey", of_joined),
    ])
}

fn made<const N: usize>(
    mark: Mark,
    id: String,
    type_name: &str,
    given: [(&str, Node); N],
) -> Resource {
    let mut properties = Map::default();
    for (name, node) in given {
        properties.set(mark, name, node);
    }
    Resource::generated(mark, id, type_name, properties)
}
