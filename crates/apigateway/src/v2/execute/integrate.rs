//! Routes' integrations: functions, and HTTP endpoints.

use super::exchange::Exchange;
use super::failure::Failure;
use super::format_1;
use crate::Gateway;
use crate::execute::{fill_path, query_string, resolve_stage_variables, running, with_query};
use crate::lambda_proxy::{self, Encoding};
use crate::v2::compiled::Compiled;
use crate::v2::integrations::function_arn;
use crate::v2::mapping::{self, Answered, Change, Target};
use crate::v2::record::Integration;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_event::Answer;
use service::{Certificates, HttpError, HttpRequest, InvocationKind, InvokeError, InvokeRequest};
use std::borrow::Cow;
use std::time::Duration;
use wire::apigatewayv2::{ConnectionType, IntegrationType};

/// The largest answer that is passed on, in bytes.
const ANSWER_LIMIT: usize = 10 << 20;

/// The type of what a function answers without naming one.
const CONTENT_TYPE: &str = "text/plain; charset=utf-8";

/// What access logs say where a function's policy does not allow the invocation.
const NOT_PERMITTED: &str = "The IAM role configured on the integration or API Gateway doesn't \
     have permissions to call the integration. Check the permissions and try again.";

/// Headers that belong to one connection.
const OF_CONNECTION: [&str; 8] = [
    "connection",
    "content-length",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What the gateway tells endpoints in its own headers.
const REPLACED: [&str; 5] = [
    "host",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-amzn-trace-id",
];

fn is_one_of(name: &str, list: &[&str]) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn same_header(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn same_parameter(one: &str, other: &str) -> bool {
    one == other
}

/// Sends the request to what is behind its route.
pub async fn run(
    gateway: &Gateway,
    route: &Compiled,
    exchange: &mut Exchange,
) -> Result<Answer, Failure> {
    let Some(integration) = &route.integration else {
        return Err(Failure::internal("No integration defined for route"));
    };
    if let Some(subtype) = &integration.subtype {
        return Err(Failure::not_built(&format!("integrations of {subtype}")));
    }
    if integration.connection_type.0 == ConnectionType::VpcLink {
        return Err(Failure::not_built("integrations through VPC links"));
    }
    let started = gateway.clock.now();
    let answered = match integration.kind.0 {
        IntegrationType::AwsProxy => function(gateway, route, integration, exchange).await,
        IntegrationType::HttpProxy => endpoint(gateway, route, integration, exchange).await,
        IntegrationType::Aws | IntegrationType::Http | IntegrationType::Mock => {
            Err(Failure::not_built("integrations of this type"))
        }
    };
    exchange.integrated(&answered, gateway.clock.now().since(started));
    let mut answer = answered?;
    answer
        .headers
        .retain(|(name, _)| !is_one_of(name, &OF_CONNECTION));
    Ok(changed(route, exchange, answer))
}

fn timeout(integration: &Integration) -> Duration {
    Duration::from_millis(u64::try_from(integration.timeout_ms).unwrap_or_default())
}

async fn function(
    gateway: &Gateway,
    route: &Compiled,
    integration: &Integration,
    exchange: &mut Exchange,
) -> Result<Answer, Failure> {
    let is_format_2 = integration.payload_format.as_deref() == Some("2.0");
    let shown = shown(route, exchange);
    let event = match is_format_2 {
        true => shown.request(|request| request.event()),
        false => format_1::event(&shown),
    };
    let payload = invoke(gateway, integration, exchange, event).await?;
    let answer = match is_format_2 {
        true => Answer::read(&payload),
        false => answer_1(&payload),
    };
    let answer = answer.ok_or_else(|| Failure::internal("the function's answer is malformed"))?;
    let answer = match answer.body.is_empty() {
        true => answer,
        false => answer.typed(CONTENT_TYPE),
    };
    if let Some(outcome) = &mut exchange.base.integration {
        outcome.status = Some(answer.status);
    }
    Ok(answer)
}

/// The request of which a function is told: with what the route's mappings make of it.
fn shown<'a>(route: &Compiled, exchange: &'a Exchange) -> Cow<'a, Exchange> {
    if route.request_changes.is_empty() {
        return Cow::Borrowed(exchange);
    }
    let mapped = Mapped::new(route, exchange, exchange.base.headers.clone());
    let mut shown = exchange.clone();
    if mapped.query != shown.base.query {
        shown.raw_query = query_string(&mapped.query);
        shown.base.query = mapped.query;
    }
    shown.base.headers = mapped.headers;
    if let Some(path) = mapped.path {
        shown.base.full_path = path;
    }
    Cow::Owned(shown)
}

/// What the integration's function answers to an event.
pub(super) async fn invoke(
    gateway: &Gateway,
    integration: &Integration,
    exchange: &mut Exchange,
    event: Bytes,
) -> Result<Bytes, Failure> {
    let uri = integration.uri.as_deref().unwrap_or_default();
    let arn = function_arn(uri).unwrap_or(uri);
    let request = InvokeRequest {
        function_arn: resolve_stage_variables(arn, &exchange.base),
        payload: event,
        kind: InvocationKind::RequestResponse,
    };
    let caller = match &integration.credentials {
        Some(role) => running::session(gateway, exchange.base.account, role)
            .await
            .map_err(Failure::internal)?,
        None => running::gateway_itself(&exchange.base, &exchange.route_arn())
            .ok_or_else(|| Failure::internal("source ARN"))?,
    };
    let invoking = gateway.neighbours.invoker.invoke(caller, request);
    let answered = tokio::time::timeout(timeout(integration), invoking).await;
    let answered = answered.map_err(|_| Failure::unavailable("the function took too long"))?;
    let invocation = answered.map_err(|error| match error {
        InvokeError::AccessDenied(_) => Failure::internal(NOT_PERMITTED),
        InvokeError::Refused(fault) if fault.code() == "RequestTooLargeException" => {
            Failure::too_large(fault.to_string())
        }
        error => Failure::internal(error.to_string()),
    })?;
    let outcome = exchange.base.integration.get_or_insert_default();
    (outcome.service_status, outcome.status) = (Some(200), Some(200));
    if let Some(error) = invocation.function_error {
        let text = String::from_utf8_lossy(&invocation.payload);
        return Err(Failure::internal(format!(
            "the function failed: {error}: {text}"
        )));
    }
    Ok(invocation.payload)
}

/// An answer in payload format 1.0.
fn answer_1(payload: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(payload);
    let parsed = lambda_proxy::parse(&text).ok()?;
    let body = match parsed.base64 {
        Encoding::Base64 => Bytes::from(BASE64_STANDARD.decode(&parsed.body).ok()?),
        Encoding::Text => Bytes::from(parsed.body),
    };
    Some(Answer {
        status: parsed.status,
        headers: parsed.headers,
        body,
    })
}

async fn endpoint(
    gateway: &Gateway,
    route: &Compiled,
    integration: &Integration,
    exchange: &mut Exchange,
) -> Result<Answer, Failure> {
    let sending = gateway
        .neighbours
        .http
        .send(request(route, integration, exchange));
    let answered = tokio::time::timeout(timeout(integration), sending).await;
    let answered = answered.map_err(|_| Failure::unavailable("the endpoint took too long"))?;
    let answer = answered.map_err(|error| match error {
        HttpError::Url => Failure::internal("Invalid endpoint address"),
        error => Failure::unavailable(error.to_string()),
    })?;
    let outcome = exchange.base.integration.get_or_insert_default();
    (outcome.service_status, outcome.status) = (Some(answer.status), Some(answer.status));
    Ok(Answer {
        status: answer.status,
        headers: answer.headers,
        body: answer.body,
    })
}

/// What a route's mappings make of a request.
struct Mapped {
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
    /// If it is mapped.
    path: Option<String>,
}

impl Mapped {
    fn new(route: &Compiled, exchange: &Exchange, headers: Vec<(String, String)>) -> Mapped {
        let mut mapped = Mapped {
            headers,
            query: exchange.base.query.clone(),
            path: None,
        };
        let (headers, query) = (&mut mapped.headers, &mut mapped.query);
        for change in &route.request_changes {
            let value = change.value(exchange, None);
            match &change.target {
                Target::Header(name) => {
                    mapping::apply(headers, name, change.action, value, same_header);
                }
                Target::Query(name) => {
                    mapping::apply(query, name, change.action, value, same_parameter);
                }
                Target::Path => mapped.path = Some(value),
                Target::Status => {}
            }
        }
        mapped
    }
}

/// The client's request, as the route's mappings change it.
fn request(route: &Compiled, integration: &Integration, exchange: &Exchange) -> HttpRequest {
    let base = &exchange.base;
    let mut headers: Vec<(String, String)> = base.headers.clone();
    headers.retain(|(name, _)| !is_one_of(name, &OF_CONNECTION) && !is_one_of(name, &REPLACED));
    let Mapped {
        mut headers,
        query,
        path,
    } = Mapped::new(route, exchange, headers);
    let source_ip = &base.identity.source_ip;
    let forwarded = format!(
        "by=127.0.0.1;for={source_ip};host={};proto=https",
        base.domain_name
    );
    headers.push(("Forwarded".to_owned(), forwarded));
    headers.push(("Via".to_owned(), "HTTP/1.1 AmazonAPIGateway".to_owned()));
    headers.push(("X-Amzn-Trace-Id".to_owned(), base.trace_id.clone()));
    let method = integration.method.as_deref().unwrap_or("ANY");
    HttpRequest {
        method: match method {
            "ANY" => base.http_method.clone(),
            method => method.to_owned(),
        },
        url: with_query(url(route, integration, exchange, path), &query),
        headers,
        body: base.body.clone(),
        answer_limit: ANSWER_LIMIT,
        certificates: Certificates::Checked,
        identity: None,
    }
}

/// The integration's URI with its variables filled in. A mapped path replaces its own; requests
/// of the default route keep theirs.
fn url(
    route: &Compiled,
    integration: &Integration,
    exchange: &Exchange,
    path: Option<String>,
) -> String {
    let base = &exchange.base;
    let uri = integration.uri.as_deref().unwrap_or_default();
    let uri = resolve_stage_variables(uri, base);
    let uri = fill_path(&uri, |name| base.path_parameter(name));
    match path {
        Some(path) => {
            let host_at = uri.find("://").map_or(0, |at| at + 3);
            let (scheme, rest) = uri.split_at(host_at);
            let host = rest.split(['/', '?']).next().unwrap_or(rest);
            format!("{scheme}{host}/{}", path.trim_start_matches('/'))
        }
        None if route.path.is_none() => {
            format!("{}{}", uri.trim_end_matches('/'), base.path)
        }
        None => uri,
    }
}

/// The answer, as the mappings for its status change it.
fn changed(route: &Compiled, exchange: &Exchange, mut answer: Answer) -> Answer {
    let Some(changes) = route.response_changes.get(&answer.status.to_string()) else {
        return answer;
    };
    let (original, body) = (answer.headers.clone(), answer.body.clone());
    let answered = Answered {
        headers: &original,
        body: &body,
    };
    for change in changes {
        let Change { action, target, .. } = change;
        let value = change.value(exchange, Some(answered));
        match target {
            Target::Header(name) => {
                mapping::apply(&mut answer.headers, name, *action, value, same_header);
            }
            Target::Status => {
                let status = value
                    .parse()
                    .ok()
                    .filter(|status| (100..600).contains(status));
                answer.status = status.unwrap_or(answer.status);
            }
            Target::Query(_) | Target::Path => {}
        }
    }
    answer
}
