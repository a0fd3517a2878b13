//! From the integration's answer to the method response.

use super::failure::Failure;
use super::log::{self, Log};
use super::running::Running;
use super::{Response, transform};
use crate::compiled::{self, Api};
use crate::exchange::Exchange;
use crate::mapping_template::{MappingTemplate, Overrides};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use wire::apigateway::ContentHandlingStrategy;

/// What an integration answered.
#[derive(Debug, Default)]
pub struct Answer {
    /// What selection patterns are matched against: a status, or a function's error message.
    pub status: Option<String>,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// Passed on to the client.
    pub trace_id: Option<String>,
}

/// Headers that only the gateway itself may set; mapped ones get another name.
const REMAPPED: [&str; 14] = [
    "authorization",
    "connection",
    "content-length",
    "content-md5",
    "date",
    "expect",
    "host",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "trailer",
    "upgrade",
    "user-agent",
    "www-authenticate",
];

/// Chooses an integration response and maps the answer through it.
pub fn respond(
    running: &Running<'_>,
    answer: Answer,
    mut overrides: Overrides,
    log: &mut Log,
) -> Result<Response, Failure> {
    let exchange = running.exchange;
    let responses = &running.integration.responses;
    let chosen = compiled::select(responses, answer.status.as_deref());
    let chosen = chosen.ok_or_else(|| {
        Failure::configuration(
            "No match for output mapping and no default output mapping configured",
        )
    })?;
    let Some(declared) = running.method.responses.get(&chosen.status) else {
        let status = chosen.status;
        let reason = format!("Output mapping refers to an invalid method response: {status}");
        return Err(Failure::configuration(&reason));
    };
    let (content_type, template) = template_for(&chosen.templates, exchange);
    let body = transformed(template, exchange, &answer.body, &mut overrides)?;
    let mut headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
    for (name, source) in &chosen.headers {
        let value = source.of_response(exchange, &answer.headers, &answer.body);
        if let Ok(Some(value)) = value
            && declared
                .iter()
                .any(|header| header.eq_ignore_ascii_case(name))
        {
            set_header(&mut headers, name, vec![value.into_owned()]);
        }
    }
    for (name, values) in overrides.response_headers() {
        set_header(&mut headers, &name, values);
    }
    let body = handled(
        body,
        chosen.content_handling,
        running.api,
        exchange,
        &answer.headers,
    )?;
    if let Some(trace_id) = answer.trace_id {
        headers.insert(0, ("X-Amzn-Trace-Id".to_owned(), trace_id));
    }
    let response = Response {
        status: overrides.status().unwrap_or(chosen.status),
        headers,
        body,
        stream: None,
    };
    log_response(&response, log);
    Ok(response)
}

/// The end of a successful execution's log.
pub fn log_response(response: &Response, log: &mut Log) {
    log.line(|| {
        let body = String::from_utf8_lossy(&response.body);
        format!("Method response body after transformations: {body}")
    });
    log.line(|| {
        let headers = response
            .headers
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()));
        format!("Method response headers: {}", log::shown(headers))
    });
    log.line(|| "Successfully completed execution".to_owned());
    log.line(|| format!("Method completed with status: {}", response.status));
}

/// The template for what the client accepts, else the one for JSON, else the first; its key is
/// the answer's content type.
fn template_for<'a>(
    templates: &'a [(String, MappingTemplate)],
    exchange: &Exchange,
) -> (&'a str, Option<&'a MappingTemplate>) {
    let accept = exchange.header("accept").unwrap_or("application/json");
    let named = |name: &str| {
        templates
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let found = named(accept)
        .or_else(|| named("application/json"))
        .or_else(|| templates.first());
    match found {
        Some((content_type, template)) => (content_type, Some(template)),
        None => ("application/json", None),
    }
}

fn transformed(
    template: Option<&MappingTemplate>,
    exchange: &Exchange,
    body: &Bytes,
    overrides: &mut Overrides,
) -> Result<Bytes, Failure> {
    let Some(template) = template else {
        return Ok(body.clone());
    };
    let text = String::from_utf8_lossy(body);
    let rendered = transform::apply(template, exchange, &text, overrides, "response")?;
    Ok(rendered.map_or_else(|| body.clone(), Bytes::from))
}

/// The body in the form that the response's content handling, the API's binary media types and
/// the client's `Accept` ask for.
fn handled(
    body: Bytes,
    handling: Option<ContentHandlingStrategy>,
    api: &Api,
    exchange: &Exchange,
    headers: &[(String, String)],
) -> Result<Bytes, Failure> {
    let content_type = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let binary = content_type.is_some_and(|(_, kind)| api.is_binary(kind));
    let wanted = accepts_binary(api, exchange);
    let is_text = || std::str::from_utf8(&body).is_ok();
    let to_binary = match handling {
        Some(ContentHandlingStrategy::ConvertToBinary) => true,
        Some(ContentHandlingStrategy::ConvertToText) => false,
        None if api.binary_media_types.is_empty() => return Ok(body),
        None => wanted,
    };
    match (binary, to_binary) {
        (true, true) => Ok(body),
        (false, true) => {
            let decoded = BASE64_STANDARD.decode(&body);
            decoded
                .map(Bytes::from)
                .map_err(|_| Failure::configuration("Unable to base64 decode the body."))
        }
        (false, false) if is_text() => Ok(body),
        (_, false) => Ok(BASE64_STANDARD.encode(&body).into()),
    }
}

/// Whether the first of the types that a client accepts is one of the API's binary ones.
pub fn accepts_binary(api: &Api, exchange: &Exchange) -> bool {
    let accepted = exchange
        .header("accept")
        .and_then(|accept| accept.split(',').next());
    accepted.is_some_and(|accept| api.is_binary(accept)) || api.is_binary("*/*")
}

/// Sets a header in place of an earlier one of its name. Framing belongs to the connection:
/// `Transfer-Encoding` is left out, others of its kind are renamed.
pub fn set_header(headers: &mut Vec<(String, String)>, name: &str, values: Vec<String>) {
    if name.eq_ignore_ascii_case("transfer-encoding") {
        return;
    }
    let name = remapped(name);
    headers.retain(|(set, _)| !set.eq_ignore_ascii_case(&name));
    headers.extend(values.into_iter().map(|value| (name.clone(), value)));
}

/// Adds a header of an endpoint's answer beside those of its name, in the same way.
pub fn add_header(headers: &mut Vec<(String, String)>, name: &str, value: String) {
    if !name.eq_ignore_ascii_case("transfer-encoding") {
        headers.push((remapped(name), value));
    }
}

fn remapped(name: &str) -> String {
    if REMAPPED
        .iter()
        .any(|reserved| name.eq_ignore_ascii_case(reserved))
    {
        format!("x-amzn-Remapped-{name}")
    } else {
        name.to_owned()
    }
}
