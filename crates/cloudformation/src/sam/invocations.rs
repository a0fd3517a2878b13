//! What a serverless function says of its invocations: settings for events, and a URL.

use super::callee::Callee;
use super::policies::{self, Policy};
use super::reference;
use crate::document::{Map, Mark, Node, Value};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::template::{Resource, text};

/// `EventInvokeConfig`. What the role needs to reach a destination joins `needed`.
pub(super) fn settings(
    callee: &Callee<'_>,
    mut fields: Fields<'_>,
    needed: &mut Vec<Policy>,
) -> Result<Resource, TemplateError> {
    let (mark, function) = (fields.mark(), callee.function);
    let mut properties = of_function(function, mark, "FunctionName");
    let latest = || Node::text(mark, "$LATEST");
    let qualifier = callee.qualifier().cloned().unwrap_or_else(latest);
    properties.set(mark, "Qualifier", qualifier);
    for name in ["MaximumEventAgeInSeconds", "MaximumRetryAttempts"] {
        if let Some(node) = fields.node(name) {
            properties.set(node.mark, name, node.clone());
        }
    }
    if let Some(mut config) = fields.object("DestinationConfig")? {
        let mut destinations = Map::default();
        for name in ["OnFailure", "OnSuccess"] {
            if let Some(fields) = config.object(name)? {
                let mark = fields.mark();
                let target = destination(fields)?;
                needed.push(policies::invoke(mark, &target));
                let target = Node::map(mark, [("Destination", target)]);
                destinations.set(mark, name, target);
            }
        }
        let mark = config.mark();
        config.finish()?;
        let destinations = Node::new(mark, Value::Map(destinations));
        properties.set(mark, "DestinationConfig", destinations);
    }
    fields.finish()?;
    let kind = "AWS::Lambda::EventInvokeConfig";
    let names = ("EventInvokeConfig", kind);
    Ok(beside(callee, mark, names, properties))
}

/// Where results go; only other functions are here to take them.
fn destination(mut fields: Fields<'_>) -> Result<Node, TemplateError> {
    let kind = fields.required("Type")?;
    match text(kind, "Type of a destination")? {
        "Lambda" => {}
        other => {
            let what = format!("a destination of the type {other:?} (only Lambda is)");
            return Err(TemplateError::not_supported(kind.mark, what));
        }
    }
    let target = fields.required("Destination")?.clone();
    fields.finish()?;
    Ok(target)
}

/// `FunctionUrlConfig`: the URL, and leave for everybody to use one without authorisation.
pub(super) fn url(
    callee: &Callee<'_>,
    mut fields: Fields<'_>,
) -> Result<Vec<Resource>, TemplateError> {
    let (mark, function) = (fields.mark(), callee.function);
    let auth = fields.required("AuthType")?;
    let mut properties = of_function(function, mark, "TargetFunctionArn");
    for name in ["AuthType", "Cors", "InvokeMode"] {
        if let Some(node) = fields.node(name) {
            properties.set(node.mark, name, node.clone());
        }
    }
    if let Some(alias) = callee.qualifier() {
        properties.set(mark, "Qualifier", alias.clone());
    }
    fields.finish()?;
    let mut made = vec![beside(
        callee,
        mark,
        ("Url", "AWS::Lambda::Url"),
        properties,
    )];
    if auth.as_scalar() == Some("NONE") {
        let mut permission = Map::default();
        permission.set(mark, "FunctionName", callee.reference(mark));
        for (name, value) in [
            ("Action", "lambda:InvokeFunctionUrl"),
            ("FunctionUrlAuthType", "NONE"),
            ("Principal", "*"),
        ] {
            permission.set(mark, name, Node::text(mark, value));
        }
        let kind = "AWS::Lambda::Permission";
        let names = ("UrlPublicPermissions", kind);
        made.push(beside(callee, mark, names, permission));
    }
    Ok(made)
}

fn of_function(function: &Resource, mark: Mark, property: &str) -> Map {
    let mut properties = Map::default();
    properties.set(mark, property, reference(mark, &function.logical_id));
    properties
}

/// A resource that stands or falls with the function, and comes after what is called. `names` are
/// its id's end and its type.
fn beside(callee: &Callee<'_>, mark: Mark, names: (&str, &str), properties: Map) -> Resource {
    let function = callee.function;
    let (suffix, kind) = names;
    let id = format!("{}{suffix}", function.logical_id);
    let mut made = Resource::generated(mark, id, kind, properties);
    made.condition.clone_from(&function.condition);
    made.depends_on = vec![(callee.logical_id().to_owned(), mark)];
    made
}
