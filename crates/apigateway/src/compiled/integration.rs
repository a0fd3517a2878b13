//! Integrations made ready.

use super::{ByContentType, by_content_type};
use crate::integration_target;
use crate::java_regex::JavaRegex;
use crate::mapping::{self, Direction, RequestTarget, Source};
use crate::mapping_template::MappingTemplate;
use crate::record::{
    Integration as IntegrationRecord, IntegrationResponse as ResponseRecord, Named, Passthrough,
};
use service::{Certificates, Wanted};
use std::time::Duration;
use wire::apigateway::{ConnectionType, ContentHandlingStrategy, IntegrationType};

/// An integration that can be executed.
#[derive(Debug)]
pub struct Integration {
    pub target: Target,
    pub timeout: Duration,
    /// Whether answers are passed on while they come.
    pub streams: bool,
    /// The role's ARN, or `arn:aws:iam::*:user/*` for the caller's own credentials.
    pub credentials: Option<String>,
    pub request_parameters: Vec<(RequestTarget, Source)>,
    pub request_templates: ByContentType<MappingTemplate>,
    pub passthrough: Passthrough,
    pub content_handling: Option<ContentHandlingStrategy>,
    pub cache_namespace: String,
    /// Such as `method.request.querystring.q`.
    pub cache_key_parameters: Vec<String>,
    /// In the order of their statuses.
    pub responses: Vec<Response>,
}

/// What an integration reaches.
#[derive(Debug)]
pub enum Target {
    Lambda(FunctionTarget),
    Http(Endpoint),
    Service(ServiceTarget),
    Mock,
    /// Something that is known and not built.
    NotBuilt(String),
}

/// A function.
#[derive(Debug)]
pub struct FunctionTarget {
    /// Stage variables in it are not yet resolved.
    pub function_arn: String,
    pub style: Style,
    /// The verb the function's API is to be called with; only POST works.
    pub http_method: String,
}

/// An HTTP endpoint.
#[derive(Debug)]
pub struct Endpoint {
    /// With stage variables and path parameters still in it.
    pub uri: String,
    pub style: Style,
    /// `ANY` is the client's own.
    pub http_method: String,
    pub certificates: Certificates,
}

/// A service other than Lambda, or an operation of Lambda other than Invoke.
#[derive(Debug)]
pub struct ServiceTarget {
    /// As in the service's host name.
    pub service: String,
    pub wanted: Wanted,
    pub http_method: String,
}

/// How something is integrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `AWS_PROXY`, `HTTP_PROXY`: the request goes in whole, the answer comes out as it is.
    Proxy,
    /// `AWS`, `HTTP`: templates and mappings on both sides.
    Custom,
}

/// An integration response.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pattern: Pattern,
    /// Header names with where their values come from.
    pub headers: Vec<(String, Source)>,
    pub templates: ByContentType<MappingTemplate>,
    pub content_handling: Option<ContentHandlingStrategy>,
}

/// When a response is chosen.
#[derive(Debug)]
enum Pattern {
    /// If no other is.
    Default,
    Matching(JavaRegex),
    /// Never: its pattern cannot be compiled.
    Broken,
}

impl Integration {
    pub fn new(record: &IntegrationRecord) -> Integration {
        let mappings = record.request_parameters.iter().flatten();
        let request_parameters = mappings.filter_map(|(target, source)| {
            let target = RequestTarget::parse(target).ok()?;
            Some((target, Source::parse(source, Direction::Request).ok()?))
        });
        let responses = record
            .responses
            .iter()
            .filter_map(|(status, response)| Some(Response::new(status.parse().ok()?, response)));
        let timeout_ms = u64::try_from(record.timeout_ms).unwrap_or_default();
        Integration {
            target: Target::new(record),
            timeout: Duration::from_millis(timeout_ms),
            streams: record.streams(),
            credentials: record.credentials.clone(),
            request_parameters: request_parameters.collect(),
            request_templates: by_content_type(
                record.request_templates.as_ref(),
                MappingTemplate::new,
            ),
            passthrough: record.passthrough,
            content_handling: record.content_handling.map(|named| named.0),
            cache_namespace: record.cache_namespace.clone(),
            cache_key_parameters: record.cache_key_parameters.clone(),
            responses: responses.collect(),
        }
    }
}

impl Target {
    fn new(record: &IntegrationRecord) -> Target {
        let style = match record.kind.0 {
            IntegrationType::Mock => return Target::Mock,
            IntegrationType::Aws | IntegrationType::Http => Style::Custom,
            IntegrationType::AwsProxy | IntegrationType::HttpProxy => Style::Proxy,
        };
        if record.connection_type == Some(Named(ConnectionType::VpcLink)) {
            return Target::NotBuilt("integrations through VPC links".to_owned());
        }
        let uri = record.uri.as_deref().unwrap_or_default();
        let http_method = record.http_method.clone().unwrap_or_default();
        match record.kind.0 {
            IntegrationType::Http | IntegrationType::HttpProxy => Target::Http(Endpoint {
                uri: uri.to_owned(),
                style,
                http_method,
                certificates: match record.insecure_skip_verification {
                    Some(true) => Certificates::Unchecked,
                    _ => Certificates::Checked,
                },
            }),
            _ => match (integration_target::function_arn(uri), style) {
                (Some(arn), _) => Target::Lambda(FunctionTarget {
                    function_arn: arn.to_owned(),
                    style,
                    http_method,
                }),
                (None, Style::Custom) => Target::service(uri, http_method),
                (None, Style::Proxy) => Target::NotBuilt(format!("AWS integrations with {uri}")),
            },
        }
    }

    fn service(uri: &str, http_method: String) -> Target {
        match integration_target::service(uri) {
            Some((service, wanted)) => Target::Service(ServiceTarget {
                service: service.to_owned(),
                wanted,
                http_method,
            }),
            None => Target::NotBuilt(format!("AWS integrations with {uri}")),
        }
    }
}

impl Response {
    fn new(status: u16, record: &ResponseRecord) -> Response {
        let pattern = match record.selection_pattern.as_deref() {
            None | Some("") => Pattern::Default,
            Some(pattern) => JavaRegex::new(pattern).map_or(Pattern::Broken, Pattern::Matching),
        };
        let mappings = record.parameters.iter().flatten();
        let headers = mappings.filter_map(|(target, source)| {
            let name = mapping::response_target(target, "method.response.header.").ok()?;
            Some((name, Source::parse(source, Direction::Response).ok()?))
        });
        Response {
            status,
            pattern,
            headers: headers.collect(),
            templates: by_content_type(record.templates.as_ref(), MappingTemplate::new),
            content_handling: record.content_handling.map(|named| named.0),
        }
    }
}

/// Chooses the response whose pattern matches all of `text`, else the default one. Of several, the
/// one whose own status is the integration's, as measured on the real service. Without a text,
/// only the default one can be chosen.
pub fn select<'a>(responses: &'a [Response], text: Option<&str>) -> Option<&'a Response> {
    let matches = |response: &&Response| match (&response.pattern, text) {
        (Pattern::Matching(regex), Some(text)) => regex.matches(text).unwrap_or(false),
        _ => false,
    };
    let default = || {
        responses
            .iter()
            .find(|response| matches!(response.pattern, Pattern::Default))
    };
    let status = text.and_then(|text| text.parse().ok());
    let mut matching = responses.iter().filter(matches);
    let own = matching.clone().find(|found| Some(found.status) == status);
    own.or_else(|| matching.next()).or_else(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn responses(patterns: &[(u16, Option<&str>)]) -> Vec<Response> {
        let response = |(status, pattern): &(u16, Option<&str>)| {
            let record = ResponseRecord {
                selection_pattern: pattern.map(str::to_owned),
                ..ResponseRecord::default()
            };
            Response::new(*status, &record)
        };
        patterns.iter().map(response).collect()
    }

    #[track_caller]
    fn check(patterns: &[(u16, Option<&str>)], text: Option<&str>, expected: Option<u16>) {
        let responses = responses(patterns);
        let selected = select(&responses, text);
        assert_eq!(
            selected.map(|response| response.status),
            expected,
            "{text:?}"
        );
    }

    #[test]
    fn selection() {
        let usual = [
            (200, Some("")),
            (400, Some(".*four hundred.*")),
            (500, Some(r"\w+five.*|[^\s]*")),
        ];
        check(&usual, None, Some(200));
        check(
            &usual,
            Some("Error: Raising four hundred from within"),
            Some(400),
        );
        check(&usual, Some("nothing of that kind"), Some(200));
        check(&usual, Some("word"), Some(500));
        check(&[(200, None), (400, Some("("))], Some("("), Some(200));
        check(&[(400, Some("x"))], Some("y"), None);
        let several = [(400, Some(".*")), (404, Some(r"4\d{2}")), (500, None)];
        check(&several, Some("404"), Some(404));
        check(&several, Some("409"), Some(400));
        check(&[(400, Some("x"))], None, None);
    }
}
