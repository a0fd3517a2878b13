//! The data plane of HTTP APIs: one request against a deployed API.
//!
//! In AWS's order: stage, preflight, route, throttling, authorisation, integration; and a plain
//! message for whatever fails on the way.

mod authorise;
mod exchange;
mod failure;
mod format_1;
mod integrate;
mod pairs;
mod websocket;

pub use authorise::{IdentitySource, Recognition};
pub use exchange::Exchange;
pub use websocket::{Connections, KEY_OF_AUTHORIZER, Opened, Opening};

use super::compiled::{Compiled, Found, Ready};
use super::record::Cors;
use crate::Gateway;
use crate::execute::{Request, Response, Signature};
use crate::throttle::Rate;
use failure::Failure;
use http_event::Answer;

/// What preflight requests are answered with.
const PREFLIGHT_STATUS: u16 = 204;
/// An account's limits, where a route has a rate without a burst or the other way round.
const RATE: Rate = Rate {
    per_second: 10_000.0,
    burst: 5_000.0,
};

impl Gateway {
    /// Executes a request to an HTTP API; none if there is no such API.
    pub(crate) async fn execute_http(&self, request: Request) -> Option<Response> {
        let ready = match self.http_apis.find(&self.store, &request).await {
            Ok(Found::Ready(ready)) => ready,
            Ok(Found::NoStage) => return Some(response(Failure::not_found().answer())),
            Ok(Found::NoApi) => return None,
            Err(error) => {
                tracing::error!(api = request.api_id, %error, "an API cannot be loaded");
                return Some(response(Failure::unavailable(error.to_string()).answer()));
            }
        };
        if ready.api.is_websocket() {
            return Some(self.serve_connections(request, &ready).await);
        }
        let signature = request.signature.clone();
        let mut exchange = Exchange::new(self, request, &ready);
        let served = self.serve(&ready, &mut exchange, &signature).await;
        let mut answer = served.unwrap_or_else(|failure| {
            if let Some(reason) = &failure.reason {
                tracing::debug!(api = exchange.base.api_id, reason, "failed");
            }
            exchange.error = Some(failure.told());
            failure.answer()
        });
        if let Some(cors) = &ready.api.record.cors {
            // What a backend says of origins does not count beside the API's configuration.
            let of_cors = |name: &str| name.to_ascii_lowercase().starts_with("access-control-");
            if exchange.is_routed() {
                answer.headers.retain(|(name, _)| !of_cors(name));
            }
            cors.cors().allow(&exchange.base.headers, &mut answer);
        }
        answer.set("Apigw-Requestid", &exchange.base.extended_request_id);
        let response = response(answer);
        self.tell_http(&ready, &mut exchange, &response).await;
        Some(response)
    }

    async fn serve(
        &self,
        ready: &Ready,
        exchange: &mut Exchange,
        signature: &Signature,
    ) -> Result<Answer, Failure> {
        if ready.api.record.disable_execute_api_endpoint && exchange.base.base_path.is_none() {
            return Err(Failure::not_found());
        }
        let base = &exchange.base;
        let cors = ready.api.record.cors.as_ref().map(Cors::cors);
        let preflight = cors
            .and_then(|cors| cors.preflight(&base.http_method, &base.headers, PREFLIGHT_STATUS));
        if let Some(answer) = preflight {
            return Ok(answer);
        }
        let found = ready.api.route(&base.http_method, &base.path);
        let (route, parameters) = found.ok_or_else(Failure::not_found)?;
        exchange.routed(route, parameters);
        self.throttle_route(ready, route, exchange)?;
        let recognised = self.recognise(route, exchange, signature).await;
        if let Err(failure) = &recognised {
            exchange.authorizer_error.clone_from(&failure.reason);
        }
        recognised?;
        integrate::run(self, route, exchange).await
    }

    fn throttle_route(
        &self,
        ready: &Ready,
        route: &Compiled,
        exchange: &Exchange,
    ) -> Result<(), Failure> {
        let (stage, key) = (&ready.stage, &route.route.key);
        let own = stage.settings.get(key);
        let own = own.filter(|own| own.rate.is_some() || own.burst.is_some());
        let settings = own.unwrap_or(&stage.default_settings);
        if settings.rate.is_none() && settings.burst.is_none() {
            return Ok(());
        }
        let rate = Rate {
            per_second: settings.rate.unwrap_or(RATE.per_second),
            burst: settings.burst.map_or(RATE.burst, f64::from),
        };
        let bucket = own.map_or_else(String::new, |_| key.clone());
        let name = (exchange.base.api_id.clone(), stage.name.clone(), bucket);
        match self.buckets.take(name, rate, exchange.base.time) {
            true => Ok(()),
            false => Err(Failure::throttled()),
        }
    }

    async fn tell_http(&self, ready: &Ready, exchange: &mut Exchange, response: &Response) {
        let Some(log) = &ready.stage.access_log else {
            return;
        };
        let (Some(format), Some(arn)) = (&log.format, &log.destination_arn) else {
            return;
        };
        exchange.base.outcome = Some(self.outcome(&exchange.base, response));
        let line = exchange.substitute(format);
        self.log_access(&exchange.base, arn, line).await;
    }
}

fn response(answer: Answer) -> Response {
    Response {
        status: answer.status,
        headers: answer.headers,
        body: answer.body,
        stream: None,
    }
}

impl Cors {
    fn cors(&self) -> http_event::Cors<'_> {
        http_event::Cors {
            allow_credentials: self.allow_credentials == Some(true),
            allow_origins: &self.allow_origins,
            allow_methods: &self.allow_methods,
            allow_headers: &self.allow_headers,
            expose_headers: &self.expose_headers,
            max_age_s: self.max_age_s.filter(|age| *age != 0),
        }
    }
}
