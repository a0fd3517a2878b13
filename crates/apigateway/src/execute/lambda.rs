//! Lambda integrations, by template (`AWS`) and by event (`AWS_PROXY`).

use super::authorise;
use super::failure::Failure;
use super::log::{self, Log};
use super::respond::{self, Answer};
use super::{Response, execute_arn, transform};
use crate::Gateway;
use crate::compiled::{Api, Integration, Method, Style, Target};
use crate::exchange::Exchange;
use crate::json::{Dialect, Json, push_string};
use crate::lambda_proxy::{self, Encoding, EventBody};
use crate::mapping_template::Overrides;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use service::{Caller, Invocation, InvocationKind, InvokeError, InvokeRequest, Principal};
use wire::apigateway::ContentHandlingStrategy;

/// The principal a function's policy must allow.
const SERVICE: &str = "apigateway.amazonaws.com";

pub async fn run(
    gateway: &Gateway,
    api: &Api,
    method: &Method,
    integration: &Integration,
    exchange: &Exchange,
    caller: Option<Caller>,
    log: &mut Log,
) -> Result<Response, Failure> {
    let Target::Lambda {
        function_arn,
        style,
        http_method,
    } = &integration.target
    else {
        return Err(Failure::configuration("not a Lambda integration"));
    };
    transform::check_mapped_headers(integration)?;
    let call = Call {
        gateway,
        integration,
        exchange,
        caller,
    };
    let function_arn = transform::resolve_stage_variables(function_arn, exchange);
    // Lambda's API knows no other verb, and so refuses what it is asked.
    if http_method != "POST" {
        return Err(Failure::configuration(""));
    }
    match style {
        // Parameter mappings have no effect here, as recorded.
        Style::Proxy => {
            let payload = proxy_payload(api, exchange);
            let invocation = call
                .invoke(function_arn, payload, InvocationKind::RequestResponse, log)
                .await?;
            proxy_response(api, exchange, invocation, log)
        }
        Style::Custom => {
            let mapped = transform::mapped_headers(integration, exchange)?;
            let mut overrides = Overrides::default();
            let body = custom_body(api, integration, exchange);
            let body = transform::request_body(integration, exchange, &body, &mut overrides)?;
            let payload = if body.is_empty() {
                "{}".to_owned()
            } else {
                body
            };
            let kind = invocation_kind(&mapped, &overrides);
            let invocation = call.invoke(function_arn, payload, kind, log).await?;
            let answer = custom_answer(invocation, exchange);
            respond::respond(method, integration, exchange, answer, overrides, log)
        }
    }
}

/// What an invocation needs besides the function.
struct Call<'a> {
    gateway: &'a Gateway,
    integration: &'a Integration,
    exchange: &'a Exchange,
    caller: Option<Caller>,
}

impl Call<'_> {
    async fn invoke(
        &self,
        function_arn: String,
        payload: String,
        kind: InvocationKind,
        log: &mut Log,
    ) -> Result<Invocation, Failure> {
        let uri = format!(
            "https://lambda.{}.amazonaws.com/2015-03-31/functions/{function_arn}/invocations",
            self.exchange.region
        );
        self.log_request(&uri, &payload, log);
        let caller = self.principal().await?;
        let request = InvokeRequest {
            function_arn,
            payload: payload.into(),
            kind,
        };
        let invoker = &self.gateway.neighbours.invoker;
        let started = self.gateway.clock.now();
        let invoking = invoker.invoke(caller, request);
        let Ok(result) = tokio::time::timeout(self.integration.timeout, invoking).await else {
            return Err(Failure::timeout());
        };
        let latency = self.gateway.clock.now().since(started).as_millis();
        let invocation = match result {
            Ok(invocation) => invocation,
            Err(error) => return refused(error, log),
        };
        log_answer(&invocation, latency, log);
        Ok(invocation)
    }

    /// Who invokes: a role, the caller, or the gateway itself.
    async fn principal(&self) -> Result<Caller, Failure> {
        let exchange = self.exchange;
        match self.integration.credentials.as_deref() {
            None => {
                let source_arn = execute_arn(exchange, &exchange.resource_path);
                let source_arn = source_arn.parse();
                let source_arn = source_arn.map_err(|_| Failure::configuration("source ARN"))?;
                let source_account = exchange.account;
                let principal = Principal::Service {
                    name: SERVICE,
                    source_arn,
                    source_account,
                };
                Ok(authorise::caller(exchange, principal))
            }
            Some(credentials) if credentials.contains(":user/") => {
                self.caller.clone().ok_or_else(|| {
                    Failure::configuration("The caller's credentials are needed and there are none")
                })
            }
            Some(role_arn) => {
                let role_arn = transform::resolve_stage_variables(role_arn, exchange);
                let session = self.gateway.sessions.assume(self.gateway, &role_arn).await;
                session.map_err(|error| {
                    Failure::configuration(&format!(
                        "API Gateway does not have permission to assume the provided role: {error}"
                    ))
                })
            }
        }
    }

    fn log_request(&self, uri: &str, payload: &str, log: &mut Log) {
        let exchange = self.exchange;
        log.line(|| format!("Endpoint request URI: {uri}"));
        log.line(|| {
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
            format!("Endpoint request headers: {}", log::shown(headers))
        });
        log.line(|| format!("Endpoint request body after transformations: {payload}"));
        log.line(|| format!("Sending request to {uri}"));
    }
}

fn log_answer(invocation: &Invocation, latency_ms: u128, log: &mut Log) {
    log.line(|| format!("Received response. Status: 200, Integration latency: {latency_ms} ms"));
    log.line(|| {
        let mut headers = vec![("Content-Type", "application/json")];
        if let Some(error) = &invocation.function_error {
            headers.push(("X-Amz-Function-Error", error));
        }
        headers.push(("X-Amz-Executed-Version", &invocation.executed_version));
        format!("Endpoint response headers: {}", log::shown(headers))
    });
    log.line(|| {
        let body = String::from_utf8_lossy(&invocation.payload);
        format!("Endpoint response body before transformations: {body}")
    });
}

/// A refusal to invoke. A payload that is no JSON is the one refusal that is passed on, as
/// Lambda words it.
fn refused(error: InvokeError, log: &mut Log) -> Result<Invocation, Failure> {
    let status = match &error {
        InvokeError::AccessDenied(_) => {
            return Err(Failure::configuration(
                "Invalid permissions on Lambda function",
            ));
        }
        InvokeError::NotFound(_) => 404,
        InvokeError::Throttled(_) => 429,
        InvokeError::Refused(fault) if fault.code() == "InvalidRequestContentException" => {
            let mut body = String::from("{\"Type\":\"User\",\"message\":");
            push_string(fault.message(), &mut body);
            body.push('}');
            return Ok(Invocation {
                payload: body.into(),
                function_error: None,
                executed_version: String::new(),
            });
        }
        InvokeError::Refused(_) => 500,
    };
    log.line(|| format!("Lambda invocation failed with status: {status}"));
    Err(Failure::configuration(&error.to_string()))
}

fn proxy_payload(api: &Api, exchange: &Exchange) -> String {
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
    let answer = lambda_proxy::parse(&payload).map_err(|malformed| {
        Failure::bad_gateway(format!(
            "Execution failed due to configuration error: {malformed}"
        ))
    })?;
    let mut headers = vec![("X-Amzn-Trace-Id".to_owned(), exchange.trace_id.clone())];
    let mut given: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in answer.headers {
        match given
            .iter_mut()
            .find(|(set, _)| set.eq_ignore_ascii_case(&name))
        {
            Some((_, values)) => values.push(value),
            None => given.push((name, vec![value])),
        }
    }
    if !given
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    for (name, values) in given {
        respond::set_header(&mut headers, &name, values);
    }
    let accepted = exchange
        .header("accept")
        .and_then(|accept| accept.split(',').next());
    let binary = accepted.is_some_and(|accept| api.is_binary(accept)) || api.is_binary("*/*");
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
    };
    respond::log_response(&response, log);
    Ok(response)
}

/// The body that templates see: Base64 if it is binary and the integration wants text.
fn custom_body(api: &Api, integration: &Integration, exchange: &Exchange) -> String {
    let binary = exchange
        .header("content-type")
        .is_some_and(|kind| api.is_binary(kind));
    match integration.content_handling {
        Some(ContentHandlingStrategy::ConvertToText) if binary => {
            BASE64_STANDARD.encode(&exchange.body)
        }
        _ => exchange.body_text().into_owned(),
    }
}

/// `X-Amz-Invocation-Type: Event`, mapped or set by the template, makes it asynchronous.
fn invocation_kind(mapped: &[(String, String)], overrides: &Overrides) -> InvocationKind {
    let is_event = |name: &str, value: &str| {
        name.eq_ignore_ascii_case("x-amz-invocation-type") && value == "Event"
    };
    let overridden = overrides.request_headers();
    let event = mapped.iter().any(|(name, value)| is_event(name, value))
        || overridden
            .iter()
            .any(|(name, values)| values.iter().any(|v| is_event(name, v)));
    if event {
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
