//! Lambda integrations, by template (`AWS`) and by event (`AWS_PROXY`).

use super::failure::Failure;
use super::log::{self, Log};
use super::respond::{self, Answer};
use super::running::Running;
use super::transform::{self, Mapped, Reach};
use super::{Response, execute_arn, lambda_stream};
use crate::compiled::{Api, FunctionTarget, Style};
use crate::exchange::{Exchange, IntegrationOutcome};
use crate::json::{Dialect, Json, push_string};
use crate::lambda_proxy::{self, Encoding, EventBody, Malformed};
use crate::mapping_template::Overrides;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use service::{Caller, Invocation, InvocationKind, InvokeError, InvokeRequest};

pub async fn run(
    running: &Running<'_>,
    target: &FunctionTarget,
    log: &mut Log,
) -> Result<Response, Failure> {
    let exchange = running.exchange;
    transform::check_mapped_headers(running.integration, Reach::Aws)?;
    let function_arn = transform::resolve_stage_variables(&target.function_arn, exchange);
    // Lambda's API knows no other verb, and so refuses what it is asked.
    if target.http_method != "POST" {
        return Err(Failure::configuration(""));
    }
    if running.integration.streams {
        return lambda_stream::run(running, function_arn, log).await;
    }
    match target.style {
        // Parameter mappings have no effect here, as recorded.
        Style::Proxy => {
            let payload = proxy_payload(running.api, exchange).into();
            let kind = InvocationKind::RequestResponse;
            let invocation = invoke(running, function_arn, payload, kind, log).await?;
            proxy_response(running.api, exchange, invocation, log)
        }
        Style::Custom => {
            let mut overrides = Overrides::default();
            let body = transform::request_payload(running, &mut overrides)?;
            let mapped = Mapped::new(running.integration, exchange)?.overridden(&overrides);
            let payload = match body.is_empty() {
                true => Bytes::from_static(b"{}"),
                false => body,
            };
            let kind = invocation_kind(&mapped);
            let invocation = invoke(running, function_arn, payload, kind, log).await?;
            let answer = custom_answer(invocation, exchange);
            respond::respond(running, answer, overrides, log)
        }
    }
}

async fn invoke(
    running: &Running<'_>,
    function_arn: String,
    payload: Bytes,
    kind: InvocationKind,
    log: &mut Log,
) -> Result<Invocation, Failure> {
    let uri = format!(
        "https://lambda.{}.amazonaws.com/2015-03-31/functions/{function_arn}/invocations",
        running.exchange.region
    );
    let (caller, request) = invocation(running, function_arn, payload, kind, &uri, log).await?;
    let gateway = running.gateway;
    let started = gateway.clock.now();
    let invoking = gateway.neighbours.invoker.invoke(caller, request);
    let Ok(result) = tokio::time::timeout(running.integration.timeout, invoking).await else {
        return Err(Failure::timeout());
    };
    let latency = gateway.clock.now().since(started).as_millis();
    let invocation = match result {
        Ok(invocation) => invocation,
        Err(error) => return refused(error, log),
    };
    let Invocation {
        payload,
        function_error,
        executed_version,
    } = &invocation;
    log_answer(
        function_error.as_deref(),
        executed_version,
        payload,
        latency,
        log,
    );
    Ok(invocation)
}

/// Who invokes what, which the log tells as a request to `uri`.
pub(super) async fn invocation(
    running: &Running<'_>,
    function_arn: String,
    payload: Bytes,
    kind: InvocationKind,
    uri: &str,
    log: &mut Log,
) -> Result<(Caller, InvokeRequest), Failure> {
    log_request(running, uri, &payload, log);
    let caller = running.principal().await?;
    let request = InvokeRequest {
        function_arn,
        payload,
        kind,
    };
    Ok((caller, request))
}

fn log_request(running: &Running<'_>, uri: &str, payload: &[u8], log: &mut Log) {
    let exchange = running.exchange;
    let source_arn = execute_arn(exchange, &exchange.resource_path);
    let user_agent = format!("AmazonAPIGateway_{}", exchange.api_id);
    let headers = [
        ("x-amzn-apigateway-api-id", exchange.api_id.as_str()),
        ("Accept", "application/json"),
        ("User-Agent", &user_agent),
        ("X-Amz-Source-Arn", &source_arn),
        ("X-Amzn-Trace-Id", &exchange.trace_id),
        ("Content-Type", "application/json"),
    ];
    running.log_request(uri, headers, payload, log);
}

pub(super) fn log_answer(
    function_error: Option<&str>,
    executed_version: &str,
    payload: &[u8],
    latency_ms: u128,
    log: &mut Log,
) {
    log.integration = Some(IntegrationOutcome {
        service_status: Some(200),
        status: Some(200),
        latency_ms: Some(latency_ms),
        ..IntegrationOutcome::default()
    });
    log.line(|| format!("Received response. Status: 200, Integration latency: {latency_ms} ms"));
    log.line(|| {
        let mut headers = vec![("Content-Type", "application/json")];
        if let Some(error) = function_error {
            headers.push(("X-Amz-Function-Error", error));
        }
        headers.push(("X-Amz-Executed-Version", executed_version));
        format!("Endpoint response headers: {}", log::shown(headers))
    });
    log.line(|| {
        let body = String::from_utf8_lossy(payload);
        format!("Endpoint response body before transformations: {body}")
    });
}

/// A refusal to invoke. A payload that is no JSON is the one refusal that is passed on, as
/// Lambda words it.
fn refused(error: InvokeError, log: &mut Log) -> Result<Invocation, Failure> {
    match &error {
        InvokeError::Refused(fault) if fault.code() == "InvalidRequestContentException" => {
            let mut body = String::from("{\"Type\":\"User\",\"message\":");
            push_string(fault.message(), &mut body);
            body.push('}');
            Ok(Invocation {
                payload: body.into(),
                function_error: None,
                executed_version: String::new(),
            })
        }
        _ => Err(failure(&error, log)),
    }
}

/// What a client gets where a function was not invoked.
pub(super) fn failure(error: &InvokeError, log: &mut Log) -> Failure {
    let status = match error {
        InvokeError::AccessDenied(_) => {
            return Failure::configuration("Invalid permissions on Lambda function");
        }
        InvokeError::NotFound(_) => 404,
        InvokeError::Throttled(_) => 429,
        InvokeError::Refused(fault) if fault.code() == "RequestTooLargeException" => 413,
        InvokeError::Refused(_) => 500,
    };
    log.integration = Some(IntegrationOutcome {
        service_status: Some(status),
        ..IntegrationOutcome::default()
    });
    log.line(|| format!("Lambda invocation failed with status: {status}"));
    match status {
        413 => Failure::event_too_large(error.to_string()),
        _ => Failure::configuration(&error.to_string()),
    }
}

/// What a client gets for an answer that is none.
pub(super) fn malformed(malformed: &Malformed) -> Failure {
    Failure::bad_gateway(format!(
        "Execution failed due to configuration error: {malformed}"
    ))
}

pub(super) fn proxy_payload(api: &Api, exchange: &Exchange) -> String {
    let (headers, query) = (&exchange.headers, &exchange.query);
    if exchange.body.is_empty() {
        return lambda_proxy::event(exchange, headers, query, EventBody::None);
    }
    if exchange
        .header("content-type")
        .is_some_and(|kind| api.is_binary(kind))
    {
        let encoded = BASE64_STANDARD.encode(&exchange.body);
        return lambda_proxy::event(exchange, headers, query, EventBody::Binary(&encoded));
    }
    let text = exchange.body_text();
    lambda_proxy::event(exchange, headers, query, EventBody::Text(&text))
}

fn proxy_response(
    api: &Api,
    exchange: &Exchange,
    invocation: Invocation,
    log: &mut Log,
) -> Result<Response, Failure> {
    if let Some(error) = invocation.function_error {
        let reason = format!(
            "Lambda execution failed with status 200 due to customer function error: {error}"
        );
        return Err(Failure::bad_gateway(reason));
    }
    let payload = String::from_utf8_lossy(&invocation.payload);
    let answer = lambda_proxy::parse(&payload).map_err(|error| malformed(&error))?;
    if let Some(outcome) = &mut log.integration {
        outcome.status = Some(answer.status);
    }
    let headers = proxy_headers(exchange, answer.headers);
    let binary = respond::accepts_binary(api, exchange);
    let body = match answer.base64 {
        Encoding::Base64 if binary => {
            let decoded = BASE64_STANDARD.decode(&answer.body);
            decoded
                .map(Bytes::from)
                .map_err(|_| Failure::bad_gateway("Unable to base64 decode the body.".to_owned()))?
        }
        Encoding::Base64 | Encoding::Text => Bytes::from(answer.body),
    };
    let response = Response {
        status: answer.status,
        headers,
        body,
        stream: None,
    };
    respond::log_response(&response, log);
    Ok(response)
}

/// The headers that a client gets for those that a function gave.
pub(super) fn proxy_headers(
    exchange: &Exchange,
    given: Vec<(String, String)>,
) -> Vec<(String, String)> {
    let mut headers = vec![("X-Amzn-Trace-Id".to_owned(), exchange.trace_id.clone())];
    let mut grouped: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in given {
        match grouped
            .iter_mut()
            .find(|(set, _)| set.eq_ignore_ascii_case(&name))
        {
            Some((_, values)) => values.push(value),
            None => grouped.push((name, vec![value])),
        }
    }
    if !grouped
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    for (name, values) in grouped {
        respond::set_header(&mut headers, &name, values);
    }
    headers
}

/// `X-Amz-Invocation-Type: Event`, mapped or set by the template, makes it asynchronous.
fn invocation_kind(mapped: &Mapped) -> InvocationKind {
    let is_event = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("x-amz-invocation-type") && value.trim_matches('\'') == "Event"
    };
    if mapped.headers.iter().any(is_event) {
        InvocationKind::Event
    } else {
        InvocationKind::RequestResponse
    }
}

/// A function's result. Patterns are matched against its error message, if it has one.
fn custom_answer(invocation: Invocation, exchange: &Exchange) -> Answer {
    let message = error_message(&invocation);
    Answer {
        status: message,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: invocation.payload,
        trace_id: Some(exchange.trace_id.clone()),
    }
}

fn error_message(invocation: &Invocation) -> Option<String> {
    let text = std::str::from_utf8(&invocation.payload).ok()?;
    // Most results have none; reading them would cost more than anything else here.
    if invocation.function_error.is_none() && !text.contains("\"errorMessage\"") {
        return None;
    }
    let json = Json::read(text, Dialect::Strict).ok()?;
    let message = json
        .get("errorMessage")
        .and_then(Json::as_str)
        .map(str::to_owned);
    message.or_else(|| invocation.function_error.as_ref().map(|_| String::new()))
}
