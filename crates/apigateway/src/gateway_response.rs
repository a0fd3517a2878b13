//! Gateway responses: what API Gateway itself answers when no integration does.
//!
//! Each failure has a type with a default status, template and `x-amzn-ErrorType`. An API may
//! replace a type's response, or that of all 4XX or 5XX types that have none of their own; the
//! error type stays. Templates here are not Velocity: only references to `$context` and
//! `$stageVariables` are substituted.

use crate::exchange::Exchange;
use crate::mapping::{Direction, Source};
use crate::parameters::GATEWAY_RESPONSE_HEADER;
use std::borrow::Cow;
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::apigateway::GatewayResponseType;

/// The template of every response that was not replaced.
pub const DEFAULT_TEMPLATE: &str = "{\"message\":$context.error.messageString}";

/// The types in the order AWS lists them, with their default statuses. `DEFAULT_4XX` and
/// `DEFAULT_5XX` have none.
pub const DEFAULTS: [(GatewayResponseType, Option<u16>); 21] = [
    (GatewayResponseType::AccessDenied, Some(403)),
    (GatewayResponseType::ApiConfigurationError, Some(500)),
    (GatewayResponseType::AuthorizerConfigurationError, Some(500)),
    (GatewayResponseType::AuthorizerFailure, Some(500)),
    (GatewayResponseType::BadRequestBody, Some(400)),
    (GatewayResponseType::BadRequestParameters, Some(400)),
    (GatewayResponseType::Default4xx, None),
    (GatewayResponseType::Default5xx, None),
    (GatewayResponseType::ExpiredToken, Some(403)),
    (GatewayResponseType::IntegrationFailure, Some(504)),
    (GatewayResponseType::IntegrationTimeout, Some(504)),
    (GatewayResponseType::InvalidApiKey, Some(403)),
    (GatewayResponseType::InvalidSignature, Some(403)),
    (GatewayResponseType::MissingAuthenticationToken, Some(403)),
    (GatewayResponseType::QuotaExceeded, Some(429)),
    (GatewayResponseType::RequestTooLarge, Some(413)),
    (GatewayResponseType::ResourceNotFound, Some(404)),
    (GatewayResponseType::Throttled, Some(429)),
    (GatewayResponseType::Unauthorized, Some(401)),
    (GatewayResponseType::UnsupportedMediaType, Some(415)),
    (GatewayResponseType::WafFiltered, Some(403)),
];

/// A response that an API has set for a type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Custom {
    pub status: Option<u16>,
    /// `gatewayresponse.header.NAME` to an expression.
    pub parameters: BTreeMap<String, String>,
    /// By content type.
    pub templates: BTreeMap<String, String>,
}

/// The responses an API has set.
pub type Customs = BTreeMap<&'static str, Custom>;

/// A response's default status.
pub fn default_status(kind: GatewayResponseType) -> Option<u16> {
    DEFAULTS
        .iter()
        .find(|(listed, _)| *listed == kind)
        .and_then(|(_, status)| *status)
}

/// The type whose response stands in for all types of this status.
pub fn fallback(kind: GatewayResponseType) -> Option<GatewayResponseType> {
    match default_status(kind)? {
        400..500 => Some(GatewayResponseType::Default4xx),
        _ => Some(GatewayResponseType::Default5xx),
    }
}

/// What an answer carries as `x-amzn-ErrorType`.
pub fn error_type(kind: GatewayResponseType) -> &'static str {
    match kind {
        GatewayResponseType::AccessDenied => "AccessDeniedException",
        GatewayResponseType::AuthorizerConfigurationError
        | GatewayResponseType::AuthorizerFailure => "AuthorizerConfigurationException",
        GatewayResponseType::BadRequestBody | GatewayResponseType::BadRequestParameters => {
            "BadRequestException"
        }
        GatewayResponseType::ExpiredToken => "ExpiredTokenException",
        GatewayResponseType::InvalidApiKey | GatewayResponseType::WafFiltered => {
            "ForbiddenException"
        }
        GatewayResponseType::InvalidSignature => "InvalidSignatureException",
        GatewayResponseType::MissingAuthenticationToken => "MissingAuthenticationTokenException",
        GatewayResponseType::QuotaExceeded => "LimitExceededException",
        GatewayResponseType::RequestTooLarge => "RequestTooLargeException",
        GatewayResponseType::ResourceNotFound => "NotFoundException",
        GatewayResponseType::Throttled => "TooManyRequestsException",
        GatewayResponseType::Unauthorized => "UnauthorizedException",
        GatewayResponseType::UnsupportedMediaType => "UnsupportedMediaTypeException",
        GatewayResponseType::ApiConfigurationError
        | GatewayResponseType::IntegrationFailure
        | GatewayResponseType::IntegrationTimeout
        | GatewayResponseType::Default4xx
        | GatewayResponseType::Default5xx => "InternalServerErrorException",
    }
}

/// A rendered gateway response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// Renders the response for a failure of this type, which `exchange.error` describes. `status`
/// is the failure's own; a status that the API has set beats it.
pub fn render(
    kind: GatewayResponseType,
    status: u16,
    exchange: &Exchange,
    customs: &Customs,
) -> Rendered {
    let own = customs.get(kind.as_str());
    let inherited = || fallback(kind).and_then(|kind| customs.get(kind.as_str()));
    let custom = own.or_else(inherited);
    let status = custom.and_then(|custom| custom.status).unwrap_or(status);
    let templates = custom
        .map(|custom| &custom.templates)
        .filter(|set| !set.is_empty());
    let (content_type, template) = match templates {
        Some(templates) => choose(templates, exchange.header("accept")),
        None if kind == GatewayResponseType::AccessDenied => (
            "application/json",
            "{\"Message\":$context.error.messageString}",
        ),
        None => ("application/json", DEFAULT_TEMPLATE),
    };
    let mut headers = vec![
        ("Content-Type".to_owned(), content_type.to_owned()),
        ("x-amzn-ErrorType".to_owned(), error_type(kind).to_owned()),
    ];
    for (target, source) in custom.iter().flat_map(|custom| &custom.parameters) {
        let Some(name) = target.strip_prefix(GATEWAY_RESPONSE_HEADER) else {
            continue;
        };
        let source = Source::parse(source, Direction::Request);
        let value = source
            .as_ref()
            .ok()
            .and_then(|source| source.of_request(exchange).ok()?);
        if let Some(value) = value {
            headers.retain(|(set, _)| !set.eq_ignore_ascii_case(name));
            headers.push((name.to_owned(), value.into_owned()));
        }
    }
    Rendered {
        status,
        headers,
        body: substitute(template, exchange, ""),
    }
}

/// The template for what the client accepts, else JSON, else the first.
fn choose<'a>(
    templates: &'a BTreeMap<String, String>,
    accept: Option<&'a str>,
) -> (&'a str, &'a str) {
    let accepted = accept.and_then(|accept| templates.get_key_value(accept));
    let json = || templates.get_key_value("application/json");
    let chosen = accepted.or_else(json).or_else(|| templates.iter().next());
    chosen.map_or(("application/json", DEFAULT_TEMPLATE), |(kind, text)| {
        (kind, text)
    })
}

/// Replaces `$context.a.b` and `$stageVariables.a`, with or without braces; what has no value
/// becomes `absent`, other dollars stay.
pub fn substitute(template: &str, exchange: &Exchange, absent: &str) -> String {
    let context = |path: &str| exchange.context_value(path);
    substituted(template, context, &exchange.stage_variables, absent)
}

/// [`substitute`], whatever knows the members of `$context`.
pub fn substituted<'a>(
    template: &str,
    context: impl Fn(&str) -> Option<Cow<'a, str>>,
    stage_variables: &BTreeMap<String, String>,
    absent: &str,
) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((text, after)) = rest.split_once('$') {
        out.push_str(text);
        let (path, left) = reference(after);
        match path.split_once('.') {
            Some(("context", name)) => {
                out.push_str(&context(name).unwrap_or(Cow::Borrowed(absent)));
                rest = left;
            }
            Some(("stageVariables", name)) => {
                let value = stage_variables.get(name);
                out.push_str(value.map_or(absent, String::as_str));
                rest = left;
            }
            _ => {
                out.push('$');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The dotted name after a dollar, and what follows it.
fn reference(text: &str) -> (&str, &str) {
    if let Some((path, rest)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) {
        return (path, rest);
    }
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    match path.strip_suffix('.') {
        Some(path) => (path, text.get(path.len()..).unwrap_or(rest)),
        None => (path, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{self, GatewayError};

    fn failed(kind: GatewayResponseType, customs: &Customs) -> Rendered {
        let mut exchange = exchange::tests::example();
        exchange.error = Some(GatewayError {
            message: "No \"token\"".into(),
            response_type: kind.as_str(),
            validation: None,
        });
        render(kind, default_status(kind).unwrap(), &exchange, customs)
    }

    fn custom(status: u16, template: &str) -> Custom {
        Custom {
            status: Some(status),
            parameters: BTreeMap::from([(
                "gatewayresponse.header.x-path".into(),
                "method.request.path.id".into(),
            )]),
            templates: BTreeMap::from([("application/json".into(), template.into())]),
        }
    }

    #[test]
    fn defaults() {
        let rendered = failed(
            GatewayResponseType::MissingAuthenticationToken,
            &Customs::new(),
        );
        assert_eq!(rendered.status, 403);
        assert_eq!(rendered.body, r#"{"message":"No \"token\""}"#);
        let expected = [
            ("Content-Type", "application/json"),
            ("x-amzn-ErrorType", "MissingAuthenticationTokenException"),
        ];
        let headers: Vec<_> = rendered
            .headers
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(headers, expected);
        let denied = failed(GatewayResponseType::AccessDenied, &Customs::new());
        assert_eq!(denied.body, r#"{"Message":"No \"token\""}"#);
    }

    #[test]
    fn own_beats_default_beats_none() {
        let mut customs = Customs::from([(
            "DEFAULT_4XX",
            custom(
                444,
                "${context.error.responseType} $stageVariables.color $5 $context.none!",
            ),
        )]);
        let inherited = failed(GatewayResponseType::Unauthorized, &customs);
        assert_eq!(
            (inherited.status, inherited.body.as_str()),
            (444, "UNAUTHORIZED blue $5 !")
        );
        assert!(inherited.headers.contains(&("x-path".into(), "7".into())));
        assert!(
            inherited
                .headers
                .contains(&("x-amzn-ErrorType".into(), "UnauthorizedException".into()))
        );
        assert_eq!(
            failed(GatewayResponseType::IntegrationFailure, &customs).status,
            504
        );
        customs.insert("UNAUTHORIZED", custom(418, "$context.error.message."));
        let own = failed(GatewayResponseType::Unauthorized, &customs);
        assert_eq!((own.status, own.body.as_str()), (418, "No \"token\"."));
    }

    #[test]
    fn every_type_is_listed_once() {
        let listed: std::collections::BTreeSet<_> =
            DEFAULTS.iter().map(|(kind, _)| kind.as_str()).collect();
        let known: std::collections::BTreeSet<_> =
            GatewayResponseType::NAMES.iter().copied().collect();
        assert_eq!(listed, known);
        assert!(DEFAULTS.is_sorted_by_key(|(kind, _)| kind.as_str()));
    }
}
