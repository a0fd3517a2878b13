//! Parameter mappings of HTTP APIs: what is appended to, overwritten in or removed from a request
//! before its integration sees it, and an answer before the client does.

use super::error::Refusal;
use super::execute::Exchange;
use super::record::Integration;
use crate::error::Error;
use crate::jsonpath::JsonPath;
use crate::mapping::body_value;
use crate::record::Texts;
use std::borrow::Cow;
use thiserror::Error as Words;

/// A change of one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub action: Action,
    pub target: Target,
    value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Append,
    Overwrite,
    Remove,
}

/// Whether requests or answers are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Request,
    Response,
}

/// Why a mapping is none, in AWS's words.
#[derive(Clone, Debug, PartialEq, Eq, Words)]
pub enum Unmappable {
    #[error("Invalid {0:?} Actioned Parameter destination specified: {1}")]
    Target(Side, String),
    #[error("Invalid mapping expression specified: {0}")]
    Value(String),
}

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Header(String),
    Query(String),
    Path,
    Status,
}

/// Text with references in it.
#[derive(Debug, Clone, PartialEq)]
struct Value(Vec<Piece>);

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Header(String),
    Query(String),
    Path,
    PathParameter(String),
    Body(Option<JsonPath>),
    ResponseHeader(String),
    ResponseBody(Option<JsonPath>),
    Context(String),
    StageVariable(String),
}

/// An integration's answer, as mappings see it.
#[derive(Clone, Copy)]
pub struct Answered<'a> {
    pub headers: &'a [(String, String)],
    pub body: &'a [u8],
}

/// Headers that mappings must leave alone, besides those that start as [`RESERVED_STARTS`] say.
const RESERVED_STARTS: [&str; 4] = ["access-control-", "apigw-", "x-amz-", "x-amzn-"];
const RESERVED: [&str; 19] = [
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "forwarded",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "via",
];

fn is_reserved(header: &str) -> bool {
    let name = header.to_ascii_lowercase();
    let starts = RESERVED_STARTS.iter().any(|start| name.starts_with(start));
    starts || RESERVED.contains(&name.as_str())
}

/// Checks the mappings of an integration.
///
/// # Errors
/// The first that is none.
pub fn check(integration: &Integration) -> Result<(), Error> {
    let of_requests = [(Side::Request, &integration.request_parameters)];
    let of_answers = integration.response_parameters.values();
    let of_answers = of_answers.map(|parameters| (Side::Response, parameters));
    for (side, parameters) in of_requests.into_iter().chain(of_answers) {
        for (target, value) in parameters {
            Change::parse(side, target, value).map_err(Refusal::Mapping)?;
        }
    }
    Ok(())
}

/// All changes of a map; those that cannot be read were refused before.
pub fn changes(side: Side, parameters: &Texts) -> Vec<Change> {
    let parameters = parameters.iter();
    parameters
        .filter_map(|(target, value)| Change::parse(side, target, value).ok())
        .collect()
}

impl Change {
    /// `overwrite:header.NAME` and the like.
    fn parse(side: Side, target: &str, value: &str) -> Result<Change, Unmappable> {
        let no_target = || Unmappable::Target(side, target.to_owned());
        let (action, target) = target_of(side, target).ok_or_else(no_target)?;
        let no_value = || Unmappable::Value(value.to_owned());
        Ok(Change {
            action,
            target,
            value: Value::parse(value).ok_or_else(no_value)?,
        })
    }

    /// The value in a request, and in an answer once there is one.
    pub fn value(&self, exchange: &Exchange, answered: Option<Answered<'_>>) -> String {
        let pieces = self.value.0.iter();
        let values = pieces.filter_map(|piece| piece.value(exchange, answered));
        values.collect()
    }
}

/// What is changed and how; none if that may not be changed.
fn target_of(side: Side, text: &str) -> Option<(Action, Target)> {
    let (action, place) = text.split_once(':')?;
    let action = match action {
        "append" => Action::Append,
        "overwrite" => Action::Overwrite,
        "remove" => Action::Remove,
        _ => return None,
    };
    let target = match (side, place, place.split_once('.')) {
        (_, _, Some((_, ""))) => return None,
        (Side::Request, "path", _) if action == Action::Overwrite => Target::Path,
        (Side::Response, "statuscode", _) if action == Action::Overwrite => Target::Status,
        (_, _, Some(("header", name))) if !is_reserved(name) => Target::Header(name.to_owned()),
        (Side::Request, _, Some(("querystring", name))) => Target::Query(name.to_owned()),
        _ => return None,
    };
    Some((action, target))
}

impl Value {
    fn parse(text: &str) -> Option<Value> {
        if let Some(reference) = text.strip_prefix('$').filter(|rest| !rest.starts_with('{')) {
            return Some(Value(vec![Piece::parse(reference)?]));
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (reference, left) = after.split_once('}')?;
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::parse(reference)?);
            rest = left;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Some(Value(pieces))
    }
}

impl Piece {
    /// What follows the dollar.
    fn parse(reference: &str) -> Option<Piece> {
        let own = |name: &str| name.to_owned();
        let path = |rest: &str| JsonPath::parse(rest).ok();
        if let Some(name) = reference.strip_prefix("context.") {
            return Some(Piece::Context(own(name)));
        }
        if let Some(name) = reference.strip_prefix("stageVariables.") {
            return Some(Piece::StageVariable(own(name)));
        }
        let (side, place) = reference.split_once('.')?;
        Some(match (side, place, place.split_once('.')) {
            ("request", "path", _) => Piece::Path,
            ("request", "body", _) => Piece::Body(None),
            ("response", "body", _) => Piece::ResponseBody(None),
            ("request", _, Some(("header", name))) => Piece::Header(own(name)),
            ("request", _, Some(("querystring", name))) => Piece::Query(own(name)),
            ("request", _, Some(("path", name))) => Piece::PathParameter(own(name)),
            ("request", _, Some(("body", rest))) => Piece::Body(Some(path(rest)?)),
            ("response", _, Some(("header", name))) => Piece::ResponseHeader(own(name)),
            ("response", _, Some(("body", rest))) => Piece::ResponseBody(Some(path(rest)?)),
            _ => return None,
        })
    }

    fn value<'a>(
        &'a self,
        exchange: &'a Exchange,
        answered: Option<Answered<'a>>,
    ) -> Option<Cow<'a, str>> {
        let base = &exchange.base;
        let joined = |values: Vec<&str>| {
            Some(values.join(","))
                .filter(|joined| !joined.is_empty())
                .map(Cow::Owned)
        };
        match self {
            Piece::Text(text) => Some(Cow::Borrowed(text)),
            Piece::Header(name) => joined(base.header_values(name).collect()),
            Piece::Query(name) => {
                let named = base.query.iter().filter(|(sent, _)| sent == name);
                joined(named.map(|(_, value)| value.as_str()).collect())
            }
            Piece::Path => Some(Cow::Borrowed(&base.path)),
            Piece::PathParameter(name) => base.path_parameter(name).map(Cow::Borrowed),
            Piece::Body(path) => body_value(&base.body, path.as_ref()).ok()?,
            Piece::ResponseHeader(name) => {
                let headers = answered?.headers.iter();
                let named = headers.filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
                joined(named.map(|(_, value)| value.as_str()).collect())
            }
            Piece::ResponseBody(path) => body_value(answered?.body, path.as_ref()).ok()?,
            Piece::Context(name) => exchange.context_value(name),
            Piece::StageVariable(name) => {
                let value = base.stage_variables.get(name)?;
                Some(Cow::Borrowed(value))
            }
        }
    }
}

/// Changes names and values in place.
pub fn apply(
    pairs: &mut Vec<(String, String)>,
    name: &str,
    action: Action,
    value: String,
    same: fn(&str, &str) -> bool,
) {
    match action {
        Action::Append => {}
        Action::Overwrite | Action::Remove => pairs.retain(|(set, _)| !same(set, name)),
    }
    if action != Action::Remove {
        pairs.push((name.to_owned(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_mapped() {
        let check = |target: &str, value: &str, expected: bool| {
            let side = match target {
                "overwrite:statuscode" => Side::Response,
                _ => Side::Request,
            };
            let found = Change::parse(side, target, value).is_ok();
            assert_eq!(found, expected, "{target}: {value}");
        };
        check("append:header.x", "static", true);
        check("overwrite:header.x", "$request.header.y", true);
        check(
            "overwrite:path",
            "/a/${request.path.id}/${context.apiId}",
            true,
        );
        check("overwrite:statuscode", "403", true);
        check("append:querystring.q", "$request.body.a.b[0]", true);
        check("remove:header.x", "''", true);
        check("append:path", "/x", false);
        check("replace:header.x", "y", false);
        check("append:header.Authorization", "y", false);
        check("append:header.apigw-x", "y", false);
        check("append:header.x", "$method.request.header.y", false);
        check("append:header.x", "${request.header.y", false);
        check("overwrite:header.X-Amzn-Trace-Id", "y", false);
        check("overwrite:header.", "y", false);
    }

    #[test]
    fn why_something_may_not_be_mapped() {
        let check = |side: Side, target: &str, value: &str, expected: &str| {
            let why = Change::parse(side, target, value).unwrap_err().to_string();
            assert_eq!(why, expected);
        };
        check(
            Side::Response,
            "append:overwrite.static",
            "x",
            "Invalid Response Actioned Parameter destination specified: append:overwrite.static",
        );
        check(
            Side::Request,
            "overwrite:statuscode",
            "200",
            "Invalid Request Actioned Parameter destination specified: overwrite:statuscode",
        );
        check(
            Side::Request,
            "append:header.x",
            "$nothing.y",
            "Invalid mapping expression specified: $nothing.y",
        );
    }
}
