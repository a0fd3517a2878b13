//! One request on its way through an HTTP API.

use super::authorise::Recognised;
use super::failure::Failure;
use super::websocket::Occasion;
use crate::Gateway;
use crate::exchange::Exchange as Base;
use crate::execute::{Place, Request, begin, split_stage};
use crate::gateway_response;
use crate::v2::compiled::{Compiled, Ready};
use crate::v2::stages::DEFAULT_STAGE;
use http_event::{Authorizer, Iam, Jwt};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

/// What the steps of an execution know of a request, besides what is known of any.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub base: Base,
    /// As sent, without the question mark.
    pub raw_query: String,
    /// The chosen route's; empty before it is.
    pub route_key: String,
    pub recognised: Recognised,
    /// What the client was told of a failure.
    pub error: Option<String>,
    /// Why the caller was not recognised, or may not go on.
    pub authorizer_error: Option<String>,
    /// Of WebSocket APIs: the connection, and what happens on it.
    pub occasion: Option<Occasion>,
}

impl Exchange {
    pub fn new(gateway: &Gateway, request: Request, ready: &Ready) -> Exchange {
        let raw_query = request.query.clone().unwrap_or_default();
        let path = request.path.clone();
        // A domain name's mapping has put the stage in front, also the default one.
        let names_stage = request.mapped.is_some() || ready.stage.name != DEFAULT_STAGE;
        let rest = match names_stage {
            true => split_stage(&path).1,
            false => path.as_str(),
        };
        let length = request.body.len();
        let place = Place {
            scope: &ready.scope,
            stage: &ready.stage.name,
            deployment_id: ready.stage.deployment_id.as_deref().unwrap_or_default(),
            variables: &ready.stage.variables,
            client_certificate: None,
            path: rest,
            full_path: &path,
        };
        let mut base = begin::exchange(gateway, request, place);
        base.headers
            .push(("Content-Length".to_owned(), length.to_string()));
        Exchange {
            base,
            raw_query,
            route_key: String::new(),
            recognised: Recognised::Nobody,
            error: None,
            authorizer_error: None,
            occasion: None,
        }
    }

    /// Remembers the route that takes the request.
    pub fn routed(&mut self, route: &Compiled, parameters: Vec<(String, String)>) {
        self.route_key.clone_from(&route.route.key);
        let path = route.path.as_ref().unwrap_or(&route.route.key);
        self.base.resource_path.clone_from(path);
        self.base.path_parameters = parameters;
    }

    /// Remembers what came of the integration, and how long it took.
    pub fn integrated<T>(&mut self, answered: &Result<T, Failure>, took: Duration) {
        let outcome = self.base.integration.get_or_insert_default();
        outcome.latency_ms = Some(took.as_millis());
        if let Err(failure) = answered {
            outcome.error.clone_from(&failure.reason);
        }
    }

    pub fn is_routed(&self) -> bool {
        !self.route_key.is_empty()
    }

    /// `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH` of what was asked for.
    pub fn request_arn(&self) -> String {
        if self.occasion.is_some() {
            return self.route_arn();
        }
        crate::execute::execute_arn(&self.base, &self.base.path)
    }

    /// The route's, which functions' policies have to allow: with the path as the route has it,
    /// and for the default route with its key alone.
    pub fn route_arn(&self) -> String {
        let base = &self.base;
        if base.resource_path.starts_with('/') {
            return crate::execute::execute_arn(base, &base.resource_path);
        }
        format!(
            "arn:{}:execute-api:{}:{}:{}/{}/{}",
            base::PARTITION,
            base.region,
            base.account,
            base.api_id,
            base.stage,
            base.resource_path
        )
    }

    /// The path as the client asked for it, decoded as events have it: with the stage, or with
    /// what a domain name's mapping has instead.
    pub fn asked_path(&self) -> Cow<'_, str> {
        decoded(&self.base.full_path)
    }

    /// The path with the stage, decoded; a domain name's mapping is not in it.
    fn raw_path(&self) -> Cow<'_, str> {
        let base = &self.base;
        match &base.base_path {
            None => self.asked_path(),
            Some(_) if base.stage == DEFAULT_STAGE => decoded(&base.path),
            Some(_) => Cow::Owned(format!("/{}{}", base.stage, decoded(&base.path))),
        }
    }

    /// The host without its port.
    pub fn domain_name(&self) -> &str {
        let host = &self.base.domain_name;
        host.rsplit_once(':').map_or(host, |(name, _)| name)
    }

    /// A member of `$context` by its path.
    pub fn context_value(&self, path: &str) -> Option<Cow<'_, str>> {
        let error = self.error.as_deref();
        match path {
            "routeKey" => Some(Cow::Borrowed(&self.route_key)),
            "requestId" | "extendedRequestId" => {
                Some(Cow::Borrowed(&self.base.extended_request_id))
            }
            "domainName" => Some(Cow::Borrowed(self.domain_name())),
            "error.message" => error.map(Cow::Borrowed),
            "error.messageString" => error.map(|message| Cow::Owned(format!("\"{message}\""))),
            "authorizer.error" => self.authorizer_error.as_deref().map(Cow::Borrowed),
            "dataProcessed" => {
                let answered = self.base.outcome?.length;
                Some(Cow::Owned((self.base.body.len() + answered).to_string()))
            }
            path => self.base.context_value(path),
        }
    }

    /// A line of an access log.
    pub fn substitute(&self, format: &str) -> String {
        let value = |path: &str| self.context_value(path);
        gateway_response::substituted(format, value, &self.base.stage_variables, "-")
    }
}

fn decoded(path: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy()
}

impl Exchange {
    /// Writes an event in payload format 2.0.
    pub fn request<T>(&self, write: impl FnOnce(&http_event::Request<'_>) -> T) -> T {
        let base = &self.base;
        let named = base.path_parameters.iter();
        let named = named.map(|(name, value)| (name.as_str(), value.clone()));
        let authorizer = match &self.recognised {
            Recognised::Nobody => None,
            Recognised::Signer(caller) => Some(Authorizer::Iam(Iam::from(&**caller))),
            Recognised::Bearer { claims, scopes } => Some(Authorizer::Jwt(Jwt {
                claims: claims.clone(),
                scopes: scopes.clone(),
            })),
            Recognised::ByFunction(recognition) => {
                Some(Authorizer::Lambda(recognition.context.clone().into()))
            }
        };
        let parameters: BTreeMap<_, _> = named.collect();
        write(&http_event::Request {
            route_key: &self.route_key,
            account_id: base.account.as_str(),
            api_id: &base.api_id,
            domain_name: self.domain_name(),
            domain_prefix: base.domain_prefix(),
            stage: &base.stage,
            method: &base.http_method,
            raw_path: &self.raw_path(),
            raw_query: &self.raw_query,
            headers: &base.headers,
            body: &base.body,
            protocol: base.protocol,
            source_ip: &base.identity.source_ip,
            request_id: &base.extended_request_id,
            time: base.time,
            path_parameters: Some(parameters).filter(|set| !set.is_empty()),
            stage_variables: Some(&base.stage_variables).filter(|set| !set.is_empty()),
            authorizer,
        })
    }
}
