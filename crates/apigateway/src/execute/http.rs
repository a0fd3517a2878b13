//! Integrations with HTTP endpoints, by template (`HTTP`) and as they are (`HTTP_PROXY`).

use super::Response;
use super::failure::Failure;
use super::log::Log;
use super::respond::{self, Answer};
use super::running::Running;
use super::stream;
use super::transform::{self, Mapped, Reach};
use crate::compiled::{Endpoint, Style};
use crate::mapping_template::Overrides;
use bytes::Bytes;
use service::{HttpAnswer, HttpError, HttpRequest};
use tokio::time::{Instant, timeout_at};

/// The largest answer that is passed on, in bytes.
const ANSWER_LIMIT: usize = 10 * 1024 * 1024;

/// Headers of a client's request that a proxied endpoint does not get.
const KEPT_BACK: [&str; 4] = ["host", "content-encoding", "content-length", "via"];

/// Headers that never reach an endpoint, whoever sets them: they belong to the connection.
const NEVER_SENT: [&str; 8] = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "te",
    "transfer-encoding",
    "via",
];

pub async fn run(
    running: &Running<'_>,
    endpoint: &Endpoint,
    log: &mut Log,
) -> Result<Response, Failure> {
    transform::check_mapped_headers(running.integration, Reach::Http)?;
    let exchange = running.exchange;
    let mut overrides = Overrides::default();
    let body = match endpoint.style {
        Style::Proxy => exchange.body.clone(),
        Style::Custom => transform::request_payload(running, &mut overrides)?,
    };
    let mapped = Mapped::new(running.integration, exchange)?.overridden(&overrides);
    let mut request = request(running, endpoint, &mapped, body)?;
    if !has_host(&request.url) {
        return Err(no_endpoint());
    }
    request.identity = running.client_identity().await?;
    let shown = request
        .headers
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()));
    running.log_request(&request.url, shown, &request.body, log);
    if running.integration.streams {
        return open(running, request, log).await;
    }
    let answer = send(running, request, log).await?;
    match endpoint.style {
        Style::Proxy => Ok(passed_on(answer, log)),
        Style::Custom => {
            let answer = Answer {
                status: Some(answer.status.to_string()),
                headers: answer.headers,
                body: answer.body,
                trace_id: Some(exchange.trace_id.clone()),
            };
            respond::respond(running, answer, overrides, log)
        }
    }
}

/// Whether a URL names a host at all: a stage variable that is not set may leave none.
fn has_host(url: &str) -> bool {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    !rest.is_empty() && !rest.starts_with(['/', '?', '#'])
}

fn no_endpoint() -> Failure {
    Failure::configuration("Invalid endpoint address")
}

async fn send(
    running: &Running<'_>,
    request: HttpRequest,
    log: &mut Log,
) -> Result<HttpAnswer, Failure> {
    let gateway = running.gateway;
    let started = gateway.clock.now();
    let sending = gateway.neighbours.http.send(request);
    let Ok(result) = tokio::time::timeout(running.integration.timeout, sending).await else {
        return Err(Failure::timeout());
    };
    let latency = gateway.clock.now().since(started).as_millis();
    let answer = result.map_err(|error| failure(&error))?;
    running.log_answer(&answer, latency, log);
    Ok(answer)
}

/// Sends a request whose answer is passed on while it comes.
async fn open(
    running: &Running<'_>,
    request: HttpRequest,
    log: &mut Log,
) -> Result<Response, Failure> {
    let gateway = running.gateway;
    let started = gateway.clock.now();
    let until = Instant::now() + running.integration.timeout;
    let opened = timeout_at(until, gateway.neighbours.http.open(request)).await;
    let opened = opened.map_err(|_| Failure::timeout())?;
    let opened = opened.map_err(|error| failure(&error))?;
    let latency = gateway.clock.now().since(started).as_millis();
    let head = HttpAnswer {
        status: opened.status,
        headers: opened.headers,
        body: Bytes::new(),
    };
    running.log_answer(&head, latency, log);
    let idle = running.api.stream_idle_limit;
    Ok(Response {
        stream: Some(stream::limited(opened.body, until, idle)),
        ..passed_on(head, log)
    })
}

fn failure(error: &HttpError) -> Failure {
    match error {
        HttpError::Url | HttpError::UnknownHost => no_endpoint(),
        HttpError::Unreachable(_) | HttpError::Broken(_) => Failure::network(format!(
            "Execution failed due to a network error communicating with endpoint: {error}"
        )),
        HttpError::TooLarge { .. } => {
            Failure::answer_too_large(format!("Execution failed: {error}"))
        }
    }
}

fn request(
    running: &Running<'_>,
    endpoint: &Endpoint,
    mapped: &Mapped,
    body: Bytes,
) -> Result<HttpRequest, Failure> {
    let exchange = running.exchange;
    let method = match endpoint.http_method.as_str() {
        "ANY" | "" => exchange.http_method.clone(),
        method => method.to_owned(),
    };
    let mut query = match endpoint.style {
        Style::Proxy => exchange.query.clone(),
        Style::Custom => Vec::new(),
    };
    query.retain(|(name, _)| !mapped.query.iter().any(|(set, _)| set == name));
    query.extend(mapped.query.iter().cloned());
    let uri = transform::resolve_stage_variables(&endpoint.uri, exchange);
    let uri = transform::fill_path(&uri, |name| {
        let proxied = || match endpoint.style {
            Style::Proxy => exchange.path_parameter(name),
            Style::Custom => None,
        };
        mapped.path_value(name).or_else(proxied)
    });
    Ok(HttpRequest {
        method,
        url: transform::with_query(uri, &query),
        headers: headers(running, endpoint.style, mapped, &body),
        body,
        answer_limit: ANSWER_LIMIT,
        certificates: endpoint.certificates,
        identity: None,
    })
}

fn headers(
    running: &Running<'_>,
    style: Style,
    mapped: &Mapped,
    body: &Bytes,
) -> Vec<(String, String)> {
    let exchange = running.exchange;
    let is = |name: &str, list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(name));
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    match style {
        Style::Proxy => {
            let sent = exchange.headers.iter().filter(|(n, _)| !is(n, &KEPT_BACK));
            sent.for_each(|(name, value)| put(name, value));
        }
        Style::Custom => {
            put("Accept", "application/json");
            put(
                "User-Agent",
                &format!("AmazonAPIGateway_{}", exchange.api_id),
            );
            put("X-Amzn-Trace-Id", &exchange.trace_id);
            if !body.is_empty() {
                put("Content-Type", exchange.content_type());
            }
        }
    }
    put("x-amzn-apigateway-api-id", &exchange.api_id);
    headers.retain(|(name, _)| !mapped.sets_header(name));
    headers.extend(mapped.headers.iter().cloned());
    headers.retain(|(name, _)| !is(name, &NEVER_SENT));
    headers
}

/// The answer as it is, but for what belongs to the connection.
fn passed_on(answer: HttpAnswer, log: &mut Log) -> Response {
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in answer.headers {
        respond::add_header(&mut headers, &name, value);
    }
    let response = Response {
        status: answer.status,
        headers,
        body: answer.body,
        stream: None,
    };
    respond::log_response(&response, log);
    response
}
