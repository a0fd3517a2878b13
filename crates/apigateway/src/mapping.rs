//! Parameter mappings: expressions that carry single values from the request to the integration
//! and from its answer to the response.

use crate::exchange::Exchange;
use crate::json::{Dialect, Json};
use crate::jsonpath::{Found, JsonPath};
use std::borrow::Cow;

/// Where a request's value goes: `integration.request.header.X`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestTarget {
    pub place: Place,
    pub name: String,
}

/// A part of a request that has names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Header,
    Query,
    Path,
}

/// Where a mapped value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// `'text'`
    Static(String),
    /// `method.request.header.X` and the like.
    Request {
        place: Place,
        name: String,
        values: Values,
    },
    /// `method.request.body` or `method.request.body.JSONPATH`
    RequestBody(Option<JsonPath>),
    /// `integration.response.header.X`
    ResponseHeader { name: String, values: Values },
    /// `integration.response.body` or `integration.response.body.JSONPATH`
    ResponseBody(Option<JsonPath>),
    /// `context.identity.sourceIp`
    Context(String),
    /// `stageVariables.x`
    StageVariable(String),
}

/// Which values of a name that may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    Last,
    /// All, joined by commas.
    All,
}

/// Which way a mapping goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Request,
    Response,
}

/// An expression that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid mapping expression specified: {0}")]
pub struct InvalidExpression(pub String);

/// A body that is not JSON although a mapping looks into it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid JSON in request body")]
pub struct NotJson;

impl RequestTarget {
    /// # Errors
    /// [`InvalidExpression`] if this is not `integration.request.PLACE.NAME`.
    pub fn parse(expression: &str) -> Result<RequestTarget, InvalidExpression> {
        let invalid = || InvalidExpression(expression.to_owned());
        let rest = expression
            .strip_prefix("integration.request.")
            .ok_or_else(invalid)?;
        let (place, name) = rest.split_once('.').ok_or_else(invalid)?;
        let place = match place {
            "header" => Place::Header,
            "querystring" => Place::Query,
            "path" => Place::Path,
            _ => return Err(invalid()),
        };
        if is_name(name) {
            Ok(RequestTarget {
                place,
                name: name.to_owned(),
            })
        } else {
            Err(invalid())
        }
    }
}

/// The header that `method.response.header.NAME` or `gatewayresponse.header.NAME` names.
///
/// # Errors
/// [`InvalidExpression`] if it does not start with `prefix` or names nothing.
pub fn response_target(expression: &str, prefix: &str) -> Result<String, InvalidExpression> {
    match expression.strip_prefix(prefix).filter(|name| is_name(name)) {
        Some(name) => Ok(name.to_owned()),
        None => Err(InvalidExpression(expression.to_owned())),
    }
}

fn is_name(name: &str) -> bool {
    let belongs = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '(' | ')' | ',' | ';');
    !name.is_empty() && name.chars().all(belongs)
}

impl Source {
    /// Parses what may stand on the right-hand side of a mapping in this direction.
    ///
    /// # Errors
    /// [`InvalidExpression`].
    pub fn parse(expression: &str, direction: Direction) -> Result<Source, InvalidExpression> {
        let found = static_value(expression)
            .or_else(|| named(expression, "stageVariables.").map(Source::StageVariable))
            .or_else(|| named(expression, "context.").map(Source::Context))
            .or_else(|| match direction {
                Direction::Request => request_source(expression),
                Direction::Response => response_source(expression),
            });
        found.ok_or_else(|| InvalidExpression(expression.to_owned()))
    }

    /// The value for a request on its way to the integration; none if it has none.
    ///
    /// # Errors
    /// [`NotJson`].
    pub fn of_request<'a>(
        &'a self,
        exchange: &'a Exchange,
    ) -> Result<Option<Cow<'a, str>>, NotJson> {
        Ok(match self {
            Source::RequestBody(path) => body_value(&exchange.body, path.as_ref())?,
            _ => self.common(exchange),
        })
    }

    /// The value for an answer on its way to the client.
    ///
    /// # Errors
    /// [`NotJson`].
    pub fn of_response<'a>(
        &'a self,
        exchange: &'a Exchange,
        headers: &'a [(String, String)],
        body: &'a [u8],
    ) -> Result<Option<Cow<'a, str>>, NotJson> {
        Ok(match self {
            Source::ResponseBody(path) => body_value(body, path.as_ref())?,
            Source::ResponseHeader { name, values } => {
                let named = headers
                    .iter()
                    .filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
                pick(named.map(|(_, value)| value.as_str()), *values)
            }
            _ => self.common(exchange),
        })
    }

    fn common<'a>(&'a self, exchange: &'a Exchange) -> Option<Cow<'a, str>> {
        match self {
            Source::Static(text) => Some(Cow::Borrowed(text)),
            Source::Request {
                place: Place::Header,
                name,
                values,
            } => pick(exchange.header_values(name), *values),
            Source::Request {
                place: Place::Query,
                name,
                values,
            } => {
                let named = exchange.query.iter().filter(|(sent, _)| sent == name);
                pick(named.map(|(_, value)| value.as_str()), *values)
            }
            Source::Request {
                place: Place::Path,
                name,
                ..
            } => exchange.path_parameter(name).map(Cow::Borrowed),
            Source::Context(path) => exchange.context_value(path),
            Source::StageVariable(name) => exchange
                .stage_variables
                .get(name)
                .map(|value| Cow::Borrowed(value.as_str())),
            Source::RequestBody(_) | Source::ResponseBody(_) | Source::ResponseHeader { .. } => {
                None
            }
        }
    }

    /// The request parameter the source reads, as a method declares it.
    pub fn declared_parameter(&self) -> Option<String> {
        match self {
            Source::Request {
                place,
                name,
                values: Values::Last,
            } => {
                let place = match place {
                    Place::Header => "header",
                    Place::Query => "querystring",
                    Place::Path => "path",
                };
                Some(format!("method.request.{place}.{name}"))
            }
            _ => None,
        }
    }
}

fn named(expression: &str, prefix: &str) -> Option<String> {
    expression
        .strip_prefix(prefix)
        .filter(|name| is_name(name))
        .map(str::to_owned)
}

fn static_value(expression: &str) -> Option<Source> {
    let inner = expression.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(Source::Static(inner.to_owned()))
}

fn request_source(expression: &str) -> Option<Source> {
    let rest = expression.strip_prefix("method.request.")?;
    if let Some(path) = body_path(rest) {
        return path.map(Source::RequestBody);
    }
    let (place, name) = rest.split_once('.')?;
    let (place, values) = match place {
        "header" => (Place::Header, Values::Last),
        "multivalueheader" => (Place::Header, Values::All),
        "querystring" => (Place::Query, Values::Last),
        "multivaluequerystring" => (Place::Query, Values::All),
        "path" => (Place::Path, Values::Last),
        _ => return None,
    };
    let name = Some(name).filter(|name| is_name(name))?.to_owned();
    Some(Source::Request {
        place,
        name,
        values,
    })
}

fn response_source(expression: &str) -> Option<Source> {
    let rest = expression.strip_prefix("integration.response.")?;
    if let Some(path) = body_path(rest) {
        return path.map(Source::ResponseBody);
    }
    let (place, name) = rest.split_once('.')?;
    let values = match place {
        "header" => Values::Last,
        "multivalueheader" => Values::All,
        _ => return None,
    };
    let name = Some(name).filter(|name| is_name(name))?.to_owned();
    Some(Source::ResponseHeader { name, values })
}

/// `body` or `body.JSONPATH`; the inner option is none if the path is not one.
fn body_path(rest: &str) -> Option<Option<Option<JsonPath>>> {
    let after = rest.strip_prefix("body")?;
    if after.is_empty() {
        return Some(Some(None));
    }
    let path = after.strip_prefix('.').unwrap_or(after);
    Some(JsonPath::parse(path).ok().map(Some))
}

fn pick<'a>(mut found: impl Iterator<Item = &'a str>, values: Values) -> Option<Cow<'a, str>> {
    match values {
        Values::Last => found.last().map(Cow::Borrowed),
        Values::All => {
            let first = found.next()?;
            Some(match found.next() {
                None => Cow::Borrowed(first),
                Some(second) => {
                    let rest = found.fold(format!("{first},{second}"), |all, v| all + "," + v);
                    Cow::Owned(rest)
                }
            })
        }
    }
}

/// An empty body counts as `{}`.
pub(crate) fn body_value<'a>(
    body: &'a [u8],
    path: Option<&JsonPath>,
) -> Result<Option<Cow<'a, str>>, NotJson> {
    let text = if body.is_empty() {
        Cow::Borrowed("{}")
    } else {
        String::from_utf8_lossy(body)
    };
    let Some(path) = path else {
        return Ok(Some(text));
    };
    let document = Json::read(&text, Dialect::Strict).map_err(|_| NotJson)?;
    let value = path.evaluate(&document, |found| match found {
        Found::One(Json::Null) | Found::Nothing => None,
        Found::One(Json::String(text)) => Some(text.clone()),
        Found::One(value) => Some(value.to_text()),
        Found::Many(values) => Some(Json::Array(values.into_iter().cloned().collect()).to_text()),
    });
    value
        .map(|value| value.map(Cow::Owned))
        .map_err(|_| NotJson)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange;
    use bytes::Bytes;

    #[track_caller]
    fn check(expression: &str, expected: Option<&str>) {
        let mut exchange = exchange::tests::example();
        exchange.body = Bytes::from_static(br#"{"a":{"b":[1,"x"]},"s":"text","n":null}"#);
        let source = Source::parse(expression, Direction::Request).unwrap();
        assert_eq!(
            source.of_request(&exchange).unwrap().as_deref(),
            expected,
            "{expression}"
        );
    }

    #[test]
    fn request_values() {
        check("'static'", Some("static"));
        check("method.request.header.X-Test", Some("b"));
        check("method.request.multivalueheader.x-test", Some("a,b"));
        check("method.request.querystring.q", Some("2"));
        check("method.request.multivaluequerystring.q", Some("1,2"));
        check("method.request.path.id", Some("7"));
        check("method.request.path.none", None);
        check("method.request.body.a.b[1]", Some("x"));
        check("method.request.body.$.a", Some(r#"{"b":[1,"x"]}"#));
        check("method.request.body.a..b", Some(r#"[[1,"x"]]"#));
        check("method.request.body.n", None);
        check(
            "method.request.body",
            Some(r#"{"a":{"b":[1,"x"]},"s":"text","n":null}"#),
        );
        check("context.identity.sourceIp", Some("127.0.0.1"));
        check("stageVariables.color", Some("blue"));
        check("stageVariables.none", None);
    }

    #[test]
    fn bodies() {
        let mut exchange = exchange::tests::example();
        let source = |text| Source::parse(text, Direction::Request).unwrap();
        let whole = source("method.request.body");
        assert_eq!(whole.of_request(&exchange).unwrap().as_deref(), Some("{}"));
        exchange.body = Bytes::from_static(b"not json");
        assert_eq!(
            whole.of_request(&exchange).unwrap().as_deref(),
            Some("not json")
        );
        assert_eq!(
            source("method.request.body.a").of_request(&exchange),
            Err(NotJson)
        );
    }

    #[test]
    fn response_values() {
        let exchange = exchange::tests::example();
        let headers = [
            ("A".to_owned(), "1".to_owned()),
            ("a".to_owned(), "2".to_owned()),
        ];
        let value = |text| {
            let source = Source::parse(text, Direction::Response).unwrap();
            let value = source
                .of_response(&exchange, &headers, br#"{"x":1}"#)
                .unwrap();
            value.map(Cow::into_owned)
        };
        assert_eq!(value("integration.response.header.A").as_deref(), Some("2"));
        assert_eq!(
            value("integration.response.multivalueheader.A").as_deref(),
            Some("1,2")
        );
        assert_eq!(value("integration.response.body.x").as_deref(), Some("1"));
        assert_eq!(value("'*'").as_deref(), Some("*"));
    }

    #[test]
    fn invalid_expressions() {
        for bad in [
            "true",
            "",
            "'open",
            "method.request.",
            "method.request.cookie.a",
            "method.request.header.",
            "method.request.body[",
            "integration.response.header.A",
            "stageVariables.",
            "context",
        ] {
            assert!(Source::parse(bad, Direction::Request).is_err(), "{bad}");
        }
        assert!(Source::parse("method.request.header.A", Direction::Response).is_err());
        for bad in [
            "integration.request.header.",
            "integration.request.body.a",
            "header.a",
        ] {
            assert!(RequestTarget::parse(bad).is_err(), "{bad}");
        }
        let target = RequestTarget::parse("integration.request.header.X-A").unwrap();
        assert_eq!((target.place, target.name.as_str()), (Place::Header, "X-A"));
        assert!(response_target("method.response.header.X", "method.response.header.").is_ok());
        assert!(response_target("method.response.body", "method.response.header.").is_err());
    }
}
