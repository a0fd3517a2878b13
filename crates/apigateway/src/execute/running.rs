//! An integration that is being run, with everything it may look at.

use super::failure::Failure;
use super::log::{self, Log};
use super::{authorise, execute_arn, transform};
use crate::Gateway;
use crate::compiled::{Api, Integration, Method};
use crate::exchange::{Exchange, IntegrationOutcome};
use crate::record::ClientCertificate;
use crate::shelf::Shelf;
use base::{AccountId, Secret};
use service::{Caller, ClientIdentity, HttpAnswer, Principal};

/// The principal that resources' policies must allow.
const SERVICE: &str = "apigateway.amazonaws.com";

/// A method's integration in one exchange.
pub struct Running<'a> {
    pub gateway: &'a Gateway,
    pub api: &'a Api,
    pub method: &'a Method,
    pub integration: &'a Integration,
    pub exchange: &'a Exchange,
    /// Who signed the request, if the method asks for a signature.
    pub caller: Option<Caller>,
}

impl Running<'_> {
    /// Who calls what is behind the integration: a role, the caller, or the gateway itself.
    pub async fn principal(&self) -> Result<Caller, Failure> {
        let exchange = self.exchange;
        match self.integration.credentials.as_deref() {
            None => gateway_itself(exchange, &execute_arn(exchange, &exchange.resource_path))
                .ok_or_else(|| Failure::configuration("source ARN")),
            Some(credentials) if credentials.contains(":user/") => {
                self.caller.clone().ok_or_else(|| {
                    Failure::configuration("The caller's credentials are needed and there are none")
                })
            }
            Some(role_arn) => {
                let role_arn = transform::resolve_stage_variables(role_arn, exchange);
                assume(self.gateway, exchange.account, &role_arn).await
            }
        }
    }

    /// What HTTP endpoints are shown, if the stage names a certificate that is still there.
    pub async fn client_identity(&self) -> Result<Option<ClientIdentity>, Failure> {
        let exchange = self.exchange;
        let Some(id) = &exchange.client_certificate else {
            return Ok(None);
        };
        let shelf = Shelf::at(exchange.account, &exchange.region);
        let view = self.gateway.store.snapshot();
        let found = shelf.find::<ClientCertificate>(&view, id).await;
        let found = found.map_err(|error| {
            tracing::error!(%error, "a client certificate cannot be read");
            Failure::configuration("The client certificate cannot be read")
        })?;
        Ok(found.map(|certificate| ClientIdentity {
            certificate: certificate.pem,
            private_key: Secret::new(certificate.private_key),
        }))
    }

    /// What the log says before a request is sent.
    pub fn log_request<'a>(
        &self,
        uri: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: &[u8],
        log: &mut Log,
    ) {
        log.line(|| format!("Endpoint request URI: {uri}"));
        log.line(|| format!("Endpoint request headers: {}", log::shown(headers)));
        log.line(|| {
            let body = String::from_utf8_lossy(body);
            format!("Endpoint request body after transformations: {body}")
        });
        log.line(|| format!("Sending request to {uri}"));
    }

    /// What the log says of an answer.
    pub fn log_answer(&self, answer: &HttpAnswer, latency_ms: u128, log: &mut Log) {
        let status = answer.status;
        let mut headers = answer.headers.iter();
        let id = headers.find(|(name, _)| name.eq_ignore_ascii_case("x-amzn-requestid"));
        log.integration = Some(IntegrationOutcome {
            service_status: Some(status),
            status: Some(status),
            latency_ms: Some(latency_ms),
            request_id: id.map(|(_, id)| id.clone()),
            ..IntegrationOutcome::default()
        });
        log.line(|| {
            format!("Received response. Status: {status}, Integration latency: {latency_ms} ms")
        });
        log.line(|| {
            let headers = answer.headers.iter().map(|(n, v)| (n.as_str(), v.as_str()));
            format!("Endpoint response headers: {}", log::shown(headers))
        });
        log.line(|| {
            let body = String::from_utf8_lossy(&answer.body);
            format!("Endpoint response body before transformations: {body}")
        });
    }
}

/// API Gateway as it acts for a resource of its own; none if that has no ARN.
pub(crate) fn gateway_itself(exchange: &Exchange, source_arn: &str) -> Option<Caller> {
    let principal = Principal::Service {
        name: SERVICE,
        source_arn: source_arn.parse().ok()?,
        source_account: exchange.account,
    };
    Some(authorise::caller(exchange, principal))
}

/// A session of a role of the API's account that trusts API Gateway, or why there is none.
pub(crate) async fn session(
    gateway: &Gateway,
    account: AccountId,
    role_arn: &str,
) -> Result<Caller, String> {
    let session = gateway.sessions.assume(gateway, account, role_arn).await;
    session.map_err(|error| {
        format!("API Gateway does not have permission to assume the provided role: {error}")
    })
}

/// [`session`], for the method of a REST API.
pub async fn assume(
    gateway: &Gateway,
    account: AccountId,
    role_arn: &str,
) -> Result<Caller, Failure> {
    let session = session(gateway, account, role_arn).await;
    session.map_err(|reason| Failure::configuration(&reason))
}
