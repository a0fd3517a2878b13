//! `Events` of a serverless function. Only `Api` events are carried out.

use crate::document::{Map, Mark, Node};
use crate::error::{Problem, TemplateError};
use crate::fields::Fields;
use crate::intrinsic::{Intrinsic, intrinsic};
use crate::template::{text, wrong_type, wrong_value};

/// A path and method of a REST API that call a function.
pub(super) struct ApiEvent {
    pub name: String,
    pub mark: Mark,
    pub path: String,
    /// Lower case, `any` for all.
    pub method: String,
    /// The logical id of an API of the template; none for the implicit one.
    pub api: Option<String>,
}

const METHODS: [&str; 8] = [
    "any", "delete", "get", "head", "options", "patch", "post", "put",
];

pub(super) fn read(events: &Map) -> Result<Vec<ApiEvent>, TemplateError> {
    let events = events.iter().map(|(key, node)| {
        let mut fields = Fields::of(format!("the event {}", key.text), node)?;
        let kind = fields.required("Type")?;
        match text(kind, "Type of an event")? {
            "Api" => {}
            other => {
                let what = format!("the event type {other:?}");
                return Err(TemplateError::not_supported(kind.mark, what));
            }
        }
        let properties = fields.object("Properties")?;
        fields.finish()?;
        let Some(properties) = properties else {
            let (owner, name) = (format!("the event {}", key.text), "Properties".to_owned());
            return Err(Problem::MissingProperty { owner, name }.at(key.mark));
        };
        api_event(&key.text, key.mark, properties)
    });
    events.collect()
}

fn api_event(name: &str, mark: Mark, mut fields: Fields<'_>) -> Result<ApiEvent, TemplateError> {
    let path = fields.required_text("Path")?;
    let method_mark = fields.required("Method")?.mark;
    let method = fields.required_text("Method")?.to_ascii_lowercase();
    if !METHODS.contains(&method.as_str()) {
        let expected = "an HTTP method or ANY";
        return Err(wrong_value(method_mark, "Method", expected, &method));
    }
    let api = fields.node("RestApiId").map(api_name).transpose()?;
    fields.refuse(&[
        "Auth",
        "RequestModel",
        "RequestParameters",
        "ResponseTransferMode",
        "TimeoutInMillis",
    ])?;
    fields.finish()?;
    Ok(ApiEvent {
        name: name.to_owned(),
        mark,
        path,
        method,
        api,
    })
}

fn api_name(node: &Node) -> Result<String, TemplateError> {
    match intrinsic(node)? {
        Some(Intrinsic::Ref(name)) => Ok(name.to_owned()),
        _ => Err(wrong_type(
            node,
            "RestApiId",
            "a Ref to an API of this template",
        )),
    }
}
