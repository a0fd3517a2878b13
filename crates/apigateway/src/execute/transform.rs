//! From the method request to the integration request.

use super::failure::Failure;
use super::running::Running;
use crate::compiled::Integration;
use crate::exchange::Exchange;
use crate::mapping::{NotJson, Place};
use crate::mapping_template::{InputError, MappingTemplate, Overrides, TransformError};
use crate::record::Passthrough;
use crate::template::RenderError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;
use wire::apigateway::ContentHandlingStrategy;

/// What is escaped in a query string: all but unreserved characters.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What cannot stand in a URL at all. Values of path parameters come escaped as clients sent
/// them, those of mappings as somebody wrote them.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Headers that no mapping may set for any integration, and those that none may set for AWS.
const NEVER_MAPPED: [&str; 2] = ["content-length", "transfer-encoding"];
const NEVER_MAPPED_TO_AWS: [&str; 5] = [
    "authorization",
    "connection",
    "expect",
    "proxy-authenticate",
    "te",
];

/// What an integration reaches, as far as headers are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    Aws,
    Http,
}

/// The template for the request's content type; none if the body passes as it is.
///
/// # Errors
/// [`Failure::media_type`] where that is not allowed.
fn template<'a>(
    integration: &'a Integration,
    exchange: &Exchange,
) -> Result<Option<&'a MappingTemplate>, Failure> {
    let templates = &integration.request_templates;
    let content_type = exchange.content_type();
    let found = templates
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(content_type));
    match (found, integration.passthrough) {
        (Some((_, template)), _) => Ok(Some(template)),
        (None, Passthrough::WhenNoMatch) => Ok(None),
        (None, Passthrough::WhenNoTemplates) if templates.is_empty() => Ok(None),
        (None, Passthrough::WhenNoTemplates | Passthrough::Never) => Err(Failure::media_type()),
    }
}

/// The body for the integration: the template for the request's content type decides, or the
/// body passes as it is where that is allowed.
pub fn request_body<'a>(
    integration: &Integration,
    exchange: &Exchange,
    body: Cow<'a, str>,
    overrides: &mut Overrides,
) -> Result<Cow<'a, str>, Failure> {
    let Some(template) = template(integration, exchange)? else {
        return Ok(body);
    };
    let rendered = apply(template, exchange, &body, overrides, "request")?;
    Ok(rendered.map_or(body, Cow::Owned))
}

/// The body for the integration in bytes, with the integration's content handling.
pub fn request_payload(running: &Running<'_>, overrides: &mut Overrides) -> Result<Bytes, Failure> {
    let (integration, exchange) = (running.integration, running.exchange);
    let content_type = exchange.header("content-type");
    let binary = content_type.is_some_and(|kind| running.api.is_binary(kind));
    let to_text = ContentHandlingStrategy::ConvertToText;
    let text = match integration.content_handling {
        Some(handling) if binary && handling == to_text => {
            Cow::Owned(BASE64_STANDARD.encode(&exchange.body))
        }
        _ if binary && template(integration, exchange)?.is_none() => {
            return Ok(exchange.body.clone());
        }
        _ => exchange.body_text(),
    };
    let body = request_body(integration, exchange, text, overrides)?;
    match integration.content_handling {
        Some(ContentHandlingStrategy::ConvertToBinary) if !binary => {
            let decoded = BASE64_STANDARD.decode(body.as_bytes());
            decoded
                .map(Bytes::from)
                .map_err(|_| Failure::configuration("Unable to base64 decode the body."))
        }
        _ => Ok(Bytes::from(body.into_owned())),
    }
}

/// Renders a template of either direction.
pub fn apply(
    template: &MappingTemplate,
    exchange: &Exchange,
    body: &str,
    overrides: &mut Overrides,
    direction: &str,
) -> Result<Option<String>, Failure> {
    template
        .transform(exchange, body, overrides)
        .map_err(|error| match &error {
            // Only a client can be blamed for a body, and only for a request's.
            TransformError::Render(RenderError::Host(InputError::Body(_)))
                if direction == "request" =>
            {
                Failure::unreadable_body(error.to_string())
            }
            _ => Failure::configuration(&format!("Unable to transform {direction}: {error}")),
        })
}

/// Refuses mappings to headers that the connection to the integration needs for itself.
pub fn check_mapped_headers(integration: &Integration, reach: Reach) -> Result<(), Failure> {
    let of_aws: &[&str] = match reach {
        Reach::Aws => &NEVER_MAPPED_TO_AWS,
        Reach::Http => &[],
    };
    let refused = integration.request_parameters.iter().find(|(target, _)| {
        let mut never = NEVER_MAPPED.iter().chain(of_aws);
        target.place == Place::Header && never.any(|name| target.name.eq_ignore_ascii_case(name))
    });
    match refused {
        None => Ok(()),
        Some((target, _)) => {
            let reason = format!("header {} cannot be mapped", target.name);
            Err(Failure::configuration(&reason))
        }
    }
}

/// What parameter mappings make of a request.
#[derive(Debug, Default)]
pub struct Mapped {
    pub headers: Vec<(String, String)>,
    pub query: Vec<(String, String)>,
    path: Vec<(String, String)>,
}

impl Mapped {
    /// # Errors
    /// The body is not JSON although a mapping looks into it.
    pub fn new(integration: &Integration, exchange: &Exchange) -> Result<Mapped, Failure> {
        let mut mapped = Mapped::default();
        for (target, source) in &integration.request_parameters {
            let value = source.of_request(exchange);
            let value = value.map_err(|NotJson| Failure::unreadable_body(NotJson.to_string()))?;
            let Some(value) = value else { continue };
            let place = match target.place {
                Place::Header => &mut mapped.headers,
                Place::Query => &mut mapped.query,
                Place::Path => &mut mapped.path,
            };
            place.push((target.name.clone(), value.into_owned()));
        }
        Ok(mapped)
    }

    /// With what a template has set in `$context.requestOverride`.
    pub fn overridden(mut self, overrides: &Overrides) -> Mapped {
        for (name, values) in overrides.request_headers() {
            self.headers
                .retain(|(set, _)| !set.eq_ignore_ascii_case(&name));
            let values = values.into_iter().map(|value| (name.clone(), value));
            self.headers.extend(values);
        }
        for (name, values) in overrides.request_query() {
            self.query.retain(|(set, _)| *set != name);
            self.query
                .extend(values.into_iter().map(|value| (name.clone(), value)));
        }
        for (name, values) in overrides.request_path() {
            self.path.retain(|(set, _)| *set != name);
            self.path
                .extend(values.into_iter().map(|value| (name.clone(), value)));
        }
        self
    }

    pub fn sets_header(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|(set, _)| set.eq_ignore_ascii_case(name))
    }

    pub fn path_value(&self, name: &str) -> Option<&str> {
        let found = self.path.iter().find(|(set, _)| set == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Replaces `{name}` and `{name+}` by their values; what has none stays.
pub fn fill_path<'a>(uri: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut out = String::with_capacity(uri.len());
    let mut rest = uri;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, left)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match value(name.strip_suffix('+').unwrap_or(name)) {
            Some(value) => out.extend(utf8_percent_encode(value, IN_PATH)),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = left;
    }
    out.push_str(rest);
    out
}

/// Names and values as a query string.
pub fn query_string(pairs: &[(String, String)]) -> String {
    let escaped = |text: &str| utf8_percent_encode(text, IN_QUERY).to_string();
    let pairs = pairs.iter();
    let pairs = pairs.map(|(name, value)| format!("{}={}", escaped(name), escaped(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// A URL with more of a query.
pub fn with_query(uri: String, pairs: &[(String, String)]) -> String {
    if pairs.is_empty() {
        return uri;
    }
    let separator = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{separator}{}", query_string(pairs))
}

/// Replaces `${stageVariables.NAME}`; an unknown one becomes nothing.
pub fn resolve_stage_variables(text: &str, exchange: &Exchange) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${stageVariables.") {
        let Some((name, left)) = after.split_once('}') else {
            break;
        };
        out.push_str(before);
        out.push_str(
            exchange
                .stage_variables
                .get(name)
                .map_or("", String::as_str),
        );
        rest = left;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange;

    #[test]
    fn urls() {
        let value = |name: &str| match name {
            "id" => Some("a b/%2F"),
            "proxy" => Some("x/y"),
            _ => None,
        };
        let filled = fill_path("http://h/{id}/{proxy+}/{none}/{", value);
        assert_eq!(filled, "http://h/a%20b/%2F/x/y/{none}/{");
        let query = [
            ("a".to_owned(), "1 2&".to_owned()),
            ("b".to_owned(), String::new()),
        ];
        assert_eq!(
            with_query("http://h/".into(), &query),
            "http://h/?a=1%202%26&b="
        );
        assert_eq!(
            with_query("http://h/?c=1".into(), &query),
            "http://h/?c=1&a=1%202%26&b="
        );
        assert_eq!(with_query("http://h/".into(), &[]), "http://h/");
    }

    #[test]
    fn stage_variables() {
        let exchange = exchange::tests::example();
        let resolve = |text| resolve_stage_variables(text, &exchange);
        assert_eq!(
            resolve("function:${stageVariables.color}:1"),
            "function:blue:1"
        );
        assert_eq!(
            resolve("${stageVariables.none}${stageVariables.color}"),
            "blue"
        );
        assert_eq!(
            resolve("plain ${stageVariables.open"),
            "plain ${stageVariables.open"
        );
    }
}
