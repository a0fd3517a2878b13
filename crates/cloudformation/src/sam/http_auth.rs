//! `Auth` of an HTTP API and of its events: who may call which route, written into the API's
//! definition as security schemes and what each operation asks for.

use super::sub;
use crate::document::{Map, Mark, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::fields::Fields;
use crate::template::{Resource, text};
use std::collections::BTreeMap;

const IAM: &str = "AWS_IAM";
/// The authorizer of events that ask for none although there is a default one.
const NOBODY: &str = "NONE";
const TOKEN: &str = "$request.header.Authorization";

/// What an event says of who may call its route.
#[derive(Default)]
pub(super) struct EventAuth {
    authorizer: Option<(Mark, String)>,
    scopes: Option<Node>,
}

impl EventAuth {
    pub fn read(mut fields: Fields<'_>) -> Result<EventAuth, TemplateError> {
        let authorizer = fields.node("Authorizer");
        let name = |node: &Node| Ok((node.mark, text(node, "Authorizer")?.to_owned()));
        let auth = EventAuth {
            authorizer: authorizer.map(name).transpose()?,
            scopes: fields.node("AuthorizationScopes").cloned(),
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
    /// For functions that decide.
    pub permissions: Vec<Resource>,
}

impl Auth {
    /// `api` is the API's logical id.
    pub fn read(api: &str, mut fields: Fields<'_>) -> Result<Auth, TemplateError> {
        let mut auth = Auth::default();
        let mark = fields.mark();
        if fields.flag("EnableIamAuthorizer")? == Some(true) {
            auth.schemes.set(mark, IAM, iam_scheme(mark));
        }
        if let Some(node) = fields.node("Authorizers") {
            for (key, node) in crate::template::map(node, "Authorizers")?.iter() {
                let fields = Fields::of(format!("the authorizer {}", key.text), node)?;
                auth.authorizer(api, &key.text, fields)?;
            }
        }
        if let Some(node) = fields.node("DefaultAuthorizer") {
            let name = text(node, "DefaultAuthorizer")?.to_owned();
            auth.default = Some((node.mark, name));
        }
        fields.finish()?;
        Ok(auth)
    }

    fn authorizer(
        &mut self,
        api: &str,
        name: &str,
        mut fields: Fields<'_>,
    ) -> Result<(), TemplateError> {
        let mark = fields.mark();
        let scheme = match fields.node("FunctionArn") {
            Some(function) => {
                if fields.flag("EnableFunctionDefaultPermissions")? == Some(true) {
                    self.permissions.push(permission(api, name, function));
                }
                function_scheme(function, &mut fields)?
            }
            None => {
                if let Some(scopes) = fields.node("AuthorizationScopes") {
                    self.scopes.insert(name.to_owned(), scopes.clone());
                }
                token_scheme(&mut fields)?
            }
        };
        self.schemes.set(mark, name, scheme);
        fields.finish()
    }

    /// The definition's security schemes.
    pub fn schemes(&self) -> Option<&Map> {
        (!self.schemes.is_empty()).then_some(&self.schemes)
    }

    /// Writes into an operation what its event asks for.
    ///
    /// # Errors
    /// There is no such authorizer.
    pub fn secure(&self, operation: &mut Map, event: &EventAuth) -> Result<(), TemplateError> {
        let asked = event.authorizer.as_ref().or(self.default.as_ref());
        let Some((mark, name)) = asked.filter(|(_, name)| name != NOBODY) else {
            return Ok(());
        };
        if self.schemes.get(name).is_none() {
            return Err(Problem::UnknownName(name.clone()).at(*mark));
        }
        let scopes = event.scopes.as_ref().or_else(|| self.scopes.get(name));
        let scopes = scopes.cloned().unwrap_or_else(|| Node::list(*mark, []));
        let security = Node::map(*mark, [(name.as_str(), scopes)]);
        operation.set(*mark, "security", Node::list(*mark, [security]));
        Ok(())
    }
}

fn iam_scheme(mark: Mark) -> Node {
    let text = |text: &str| Node::text(mark, text);
    Node::map(
        mark,
        [
            ("type", text("apiKey")),
            ("name", text("Authorization")),
            ("in", text("header")),
            ("x-amazon-apigateway-authtype", text("awsSigv4")),
        ],
    )
}

/// An issuer's tokens.
fn token_scheme(fields: &mut Fields<'_>) -> Result<Node, TemplateError> {
    let mark = fields.mark();
    let source = fields.node("IdentitySource").cloned();
    let mut jwt = Map::default();
    let mut given = Fields::of("JwtConfiguration", fields.required("JwtConfiguration")?)?;
    for name in ["issuer", "audience"] {
        // Both spellings are in use.
        let capital = match name {
            "issuer" => "Issuer",
            _ => "Audience",
        };
        if let Some(node) = given.node(name).or(given.node(capital)) {
            jwt.set(node.mark, name, node.clone());
        }
    }
    given.finish()?;
    let authorizer = [
        ("type", Node::text(mark, "jwt")),
        ("jwtConfiguration", Node::new(mark, Value::Map(jwt))),
        (
            "identitySource",
            source.unwrap_or_else(|| Node::text(mark, TOKEN)),
        ),
    ];
    let scheme = [
        ("type", Node::text(mark, "oauth2")),
        (
            "x-amazon-apigateway-authorizer",
            Node::map(mark, authorizer),
        ),
    ];
    Ok(Node::map(mark, scheme))
}

/// A function that decides.
fn function_scheme(function: &Node, fields: &mut Fields<'_>) -> Result<Node, TemplateError> {
    let mark = function.mark;
    let uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/\
               ${Function}/invocations";
    let variables = Node::map(mark, [("Function", function.clone())]);
    let uri = Node::list(mark, [Node::text(mark, uri), variables]);
    let mut authorizer = Map::default();
    authorizer.set(mark, "type", Node::text(mark, "request"));
    authorizer.set(mark, "authorizerUri", Node::map(mark, [("Fn::Sub", uri)]));
    let format = fields.required("AuthorizerPayloadFormatVersion")?;
    let format = Node::text(format.mark, format.as_scalar().unwrap_or_default());
    authorizer.set(mark, "authorizerPayloadFormatVersion", format);
    for (name, member) in [
        ("EnableSimpleResponses", "enableSimpleResponses"),
        ("FunctionInvokeRole", "authorizerCredentials"),
    ] {
        if let Some(node) = fields.node(name) {
            authorizer.set(node.mark, member, node.clone());
        }
    }
    if let Some(mut identity) = fields.object("Identity")? {
        if let Some(seconds) = identity.node("ReauthorizeEvery") {
            authorizer.set(
                seconds.mark,
                "authorizerResultTtlInSeconds",
                seconds.clone(),
            );
        }
        let sources = identity_sources(&mut identity)?;
        if !sources.is_empty() {
            let sources = Node::text(mark, sources.join(", "));
            authorizer.set(mark, "identitySource", sources);
        }
        identity.finish()?;
    }
    let text = |text: &str| Node::text(mark, text);
    let authorizer = Node::new(mark, Value::Map(authorizer));
    let scheme = [
        ("type", text("apiKey")),
        ("name", text("Unused")),
        ("in", text("header")),
        ("x-amazon-apigateway-authorizer", authorizer),
    ];
    Ok(Node::map(mark, scheme))
}

fn identity_sources(identity: &mut Fields<'_>) -> Result<Vec<String>, TemplateError> {
    let mut sources = Vec::new();
    for (name, prefix) in [
        ("Headers", "$request.header."),
        ("QueryStrings", "$request.querystring."),
        ("Context", "$context."),
        ("StageVariables", "$stageVariables."),
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
    let mut properties = Map::default();
    let text = |text: &str| Node::text(mark, text);
    properties.set(mark, "Action", text("lambda:InvokeFunction"));
    properties.set(mark, "FunctionName", function.clone());
    properties.set(mark, "Principal", text("apigateway.amazonaws.com"));
    properties.set(mark, "SourceArn", sub(mark, source));
    let id = format!("{api}{name}AuthorizerPermission");
    Resource::generated(mark, id, "AWS::Lambda::Permission", properties)
}
