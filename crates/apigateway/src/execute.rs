//! The data plane: one request against a deployed API.
//!
//! In AWS's order: stage, resource, authorisation, API key, validation, request mapping,
//! integration, response mapping; and a gateway response for whatever fails on the way. An
//! authorisation that is not built refuses; nothing is ever skipped.

pub(crate) mod api_key;
pub(crate) mod authorise;
mod authorizer;
mod aws;
pub(crate) mod begin;
mod cache;
mod domain;
pub(crate) mod failure;
mod http;
mod journal;
mod lambda;
mod lambda_stream;
mod log;
mod mock;
mod respond;
pub(crate) mod running;
mod stream;
mod transform;
mod user_pool;
mod validate;

pub(crate) use authorizer::{judge, token_event};
pub(crate) use begin::Place;
pub use begin::{new_trace_id, split_stage};
pub(crate) use domain::ROOT;
pub use log::{Log, shown};
pub(crate) use stream::collected;
pub(crate) use transform::{fill_path, query_string, resolve_stage_variables, with_query};

use crate::Gateway;
use crate::compiled::{Api, Method, Target};
use crate::exchange::{Exchange, GatewayError};
use crate::gateway_response;
use crate::keys::Scope;
use crate::v2;
use bytes::Bytes;
use failure::Failure;
use running::Running;
use service::Caller;
use std::net::IpAddr;
use std::sync::Arc;
use wire::apigateway::GatewayResponseType;
use wire::{ByteStream, Enumeration};

/// Bytes of a request line and the values of headers together.
const MAX_HEAD: usize = 10_240;

/// A request to an API, as the front has received it.
#[derive(Debug, Clone)]
pub struct Request {
    pub api_id: String,
    /// The `Host` header, or the host the client must have meant.
    pub host: String,
    /// Path with the stage in front, percent-encoded as it came: `/prod/pets/1`.
    pub path: String,
    /// Without the question mark, as it came.
    pub query: Option<String>,
    pub http_method: String,
    /// Such as `HTTP/1.1`.
    pub protocol: &'static str,
    /// In the order sent, with the case of names as sent where it is known.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    pub source_ip: Option<IpAddr>,
    /// Whether it came over TLS.
    pub secure: bool,
    pub signature: Signature,
    /// Set where a domain name of the user's led here.
    pub mapped: Option<Mapped>,
}

impl Request {
    /// Bytes of the request line and the values of headers.
    fn head_length(&self) -> usize {
        let line = self.path.len() + self.query.as_ref().map_or(0, String::len);
        let values = self.headers.iter().map(|(_, value)| value.len());
        line + values.sum::<usize>()
    }
}

/// What a request on a domain name was before its base path was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// Empty for the domain's root.
    pub base_path: String,
    /// As it came.
    pub path: String,
}

/// What the front made of a signature. It matters only to methods with IAM authorisation.
#[derive(Debug, Clone)]
pub enum Signature {
    Absent,
    Valid(Box<Caller>),
    /// A signature that is wrong, expired or by an unknown key, with AWS's words for it.
    Refused {
        response: GatewayResponseType,
        /// What the answer's `x-amzn-ErrorType` says.
        error_type: &'static str,
        message: String,
    },
    /// It could not be checked.
    Unknown,
}

/// The answer to a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// All but those that HTTP itself needs.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// What comes after the body, while it comes.
    pub stream: Option<ByteStream>,
}

impl Gateway {
    /// Executes a request. Whatever goes wrong is an answer.
    pub async fn execute(&self, request: Request) -> Response {
        if request.head_length() > MAX_HEAD {
            let message = "HTTP header is larger than 10240 bytes.";
            return self.refuse(431, "RequestHeaderFieldsTooLargeException", message);
        }
        let deployed = match self.deployed.find(&self.store, &request).await {
            Ok(Some(deployed)) => deployed,
            Ok(None) => {
                let served = self.execute_http(request).await;
                return served.unwrap_or_else(|| self.forbidden());
            }
            Err(error) => {
                tracing::error!(api = request.api_id, %error, "an API cannot be loaded");
                return self.unavailable();
            }
        };
        let signature = request.signature.clone();
        let path = request.path.clone();
        let (stage, rest) = split_stage(&path);
        let place = Place {
            scope: &deployed.scope,
            stage: &deployed.stage.name,
            deployment_id: &deployed.stage.deployment_id,
            variables: &deployed.stage.variables,
            client_certificate: deployed.stage.client_certificate.as_deref(),
            path: rest,
            full_path: &format!("/{stage}{rest}"),
        };
        let mut exchange = begin::exchange(self, request, place);
        let api = self.chosen(&deployed, &mut exchange);
        let method = api.route(&mut exchange);
        let mut log = match method {
            Some(_) => Gateway::log_for(&deployed, &exchange),
            None => Log::off(),
        };
        let outcome = self
            .run(&deployed, &api, method, &mut exchange, &signature, &mut log)
            .await;
        let mut response = match outcome {
            Ok(response) => response,
            Err(failure) => failed(failure, &mut exchange, &api, &mut log),
        };
        add_ids(&mut response, &exchange);
        match response.stream.take() {
            None => self.tell(&deployed, &mut exchange, &response, log).await,
            Some(stream) => {
                let stream = self.tell_after(stream, &deployed, exchange, &response, log);
                response.stream = Some(stream.await);
            }
        }
        response
    }

    /// The answer to a request whose body is larger than any API takes, in the words of the kind
    /// of API that it was for. Gateway responses have no say.
    pub async fn refuse_large(&self, api_id: &str) -> Response {
        match v2::is_api(&self.store, api_id).await {
            true => self.refuse(413, "RequestTooLargeException", "Request Entity Too Large"),
            false => Response {
                status: 413,
                headers: owned(&[("Content-Type", "text; charset=utf-8")]),
                body: Bytes::from_static(b"HTTP content length exceeded 10485760 bytes."),
                stream: None,
            },
        }
    }

    /// The deployment that a request gets: the stage's, or now and then its canary's.
    fn chosen(&self, ready: &Ready, exchange: &mut Exchange) -> Arc<Api> {
        let (Some(canary), Some(api)) = (&ready.stage.canary, &ready.canary) else {
            return ready.api.clone();
        };
        // 53 random bits make every double of this range equally likely.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        let drawn = (u64::from_be_bytes(self.entropy.bytes()) >> 11) as f64 / (1u64 << 53) as f64;
        if drawn * 100.0 >= canary.percent {
            return ready.api.clone();
        }
        exchange.deployment_id.clone_from(&canary.deployment_id);
        exchange.stage_variables.extend(canary.variables.clone());
        api.clone()
    }

    async fn run(
        &self,
        ready: &Ready,
        api: &Api,
        method: Option<&Method>,
        exchange: &mut Exchange,
        signature: &Signature,
        log: &mut Log,
    ) -> Result<Response, Failure> {
        if api.disable_execute_api_endpoint && exchange.base_path.is_none() {
            return Err(Failure::forbidden());
        }
        let method = method.ok_or_else(Failure::no_route)?;
        trace::mark("route", |route| {
            route.note("api", &exchange.api_id);
            route.note("stage", &exchange.stage);
            let (method, path) = (&exchange.http_method, &exchange.resource_path);
            route.note("resource", format_args!("{method} {path}"));
        });
        let authorising = self.authorise(api, method, exchange, signature);
        let caller = trace::span("authorise", authorising).await?;
        self.check_api_key(api, method, exchange).await?;
        self.throttle(&ready.stage, exchange)?;
        self.answer(ready, api, method, exchange, caller, log).await
    }

    /// Everything after routing and authorisation.
    pub(crate) async fn run_method(
        &self,
        api: &Api,
        method: &Method,
        exchange: &Exchange,
        caller: Option<Caller>,
        log: &mut Log,
    ) -> Result<Response, Failure> {
        let valid = validate::parameters(method, exchange);
        let valid = valid.and_then(|()| validate::body(method, exchange));
        trace::mark("validate", |step| step.note("valid", valid.is_ok()));
        valid?;
        let Some(integration) = &method.integration else {
            return Err(Failure::configuration("No integration defined for method"));
        };
        let running = Running {
            gateway: self,
            api,
            method,
            integration,
            exchange,
            caller,
        };
        match &integration.target {
            Target::Mock => mock::run(&running, log),
            Target::Lambda(function) => {
                trace::span("integrate", lambda::run(&running, function, log)).await
            }
            Target::Http(endpoint) => {
                trace::span("integrate", http::run(&running, endpoint, log)).await
            }
            Target::Service(service) => {
                trace::span("integrate", aws::run(&running, service, log)).await
            }
            Target::NotBuilt(what) => Err(Failure::not_built(what)),
        }
    }

    /// The answer for an API or stage that does not exist.
    pub(crate) fn forbidden(&self) -> Response {
        self.refuse(403, "ForbiddenException", "Forbidden")
    }

    fn unavailable(&self) -> Response {
        let message = "Service Unavailable";
        self.refuse(503, "ServiceUnavailableException", message)
    }

    /// An answer where no API has a say.
    pub(crate) fn refuse(&self, status: u16, error_type: &str, message: &str) -> Response {
        let mut headers = owned(&[
            ("Content-Type", "application/json"),
            ("x-amzn-ErrorType", error_type),
        ]);
        headers.push(("x-amzn-RequestId".to_owned(), self.entropy.uuid()));
        Response {
            status,
            headers,
            body: format!("{{\"message\":\"{message}\"}}").into(),
            stream: None,
        }
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The gateway response for a failure.
pub(crate) fn failed(
    failure: Failure,
    exchange: &mut Exchange,
    api: &Api,
    log: &mut Log,
) -> Response {
    if let Some(reason) = &failure.reason {
        log.line(|| reason.clone());
        if failure.is_integration() || log.integration.is_some() {
            log.integration.get_or_insert_default().error = Some(reason.clone());
        }
        tracing::debug!(
            api = exchange.api_id,
            request = %exchange.request_id,
            reason,
            "failed"
        );
    }
    exchange.error = Some(GatewayError {
        message: failure.message,
        response_type: failure.response.as_str(),
        validation: failure.validation,
    });
    let customs = &api.gateway_responses;
    let rendered = gateway_response::render(failure.response, failure.status, exchange, customs);
    let mut headers = rendered.headers;
    if let Some(error_type) = failure.error_type {
        headers.retain(|(name, _)| name != "x-amzn-ErrorType");
        headers.push(("x-amzn-ErrorType".to_owned(), error_type.to_owned()));
    }
    log.line(|| format!("Method completed with status: {}", rendered.status));
    Response {
        status: rendered.status,
        headers,
        body: rendered.body.into(),
        stream: None,
    }
}

/// The ids that every answer carries.
fn add_ids(response: &mut Response, exchange: &Exchange) {
    response.headers.push((
        "x-amzn-RequestId".to_owned(),
        exchange.request_id.to_string(),
    ));
    let extended = exchange.extended_request_id.clone();
    response
        .headers
        .push(("x-amz-apigw-id".to_owned(), extended));
}

/// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH`
pub(crate) fn execute_arn(exchange: &Exchange, path: &str) -> String {
    let Exchange {
        account,
        region,
        api_id,
        stage,
        http_method,
        ..
    } = exchange;
    let path = path.trim_start_matches('/');
    format!(
        "arn:{}:execute-api:{region}:{account}:{api_id}/{stage}/{http_method}/{path}",
        base::PARTITION
    )
}

/// The settings of a method on its stage, with the name they are kept under: its own, else those
/// of all methods. The name of a method has its path with slashes written as `~1`, or as they are;
/// the first one may be missing.
pub(crate) fn settings<'a>(
    stage: &'a crate::record::Stage,
    exchange: &Exchange,
) -> Option<(&'a str, &'a crate::record::MethodSettings)> {
    if stage.method_settings.is_empty() {
        return None;
    }
    let path = exchange.resource_path.replace('/', "~1");
    let own = format!("{path}/{}", exchange.http_method);
    let shorter = own.strip_prefix("~1").unwrap_or(&own);
    let plain = exchange.resource_path.trim_start_matches('/');
    let plain = format!("{plain}/{}", exchange.http_method);
    let found = [own.as_str(), shorter, &plain, "*/*"]
        .into_iter()
        .find_map(|name| stage.method_settings.get_key_value(name));
    found.map(|(name, settings)| (name.as_str(), settings))
}

/// A stage, ready: what was found for a request.
#[derive(Debug)]
pub struct Ready {
    pub scope: Scope,
    pub stage: crate::record::Stage,
    pub api: Arc<Api>,
    /// The API as the stage's canary has it.
    pub canary: Option<Arc<Api>>,
}

#[cfg(test)]
mod tests;
