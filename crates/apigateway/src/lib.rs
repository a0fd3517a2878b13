//! API Gateway: the control plane of REST APIs, and the data plane that serves them.
//!
//! The control plane is one operation a file in [`operations`], over records in the store
//! (`record`, `keys`, `store`). A deployment keeps a copy of all of an API's parts; the data plane
//! compiles such a copy once (`compiled`) and executes requests against it (`execute`): route,
//! authorise, validate, map the request, integrate, map the answer. Everything that is language
//! rather than plumbing stands alone: [`template`] (Velocity), [`jsonpath`], [`json`],
//! [`router`], and `mapping` for single parameters.
//!
//! Knows nothing of HTTP connections, of how functions run or of how policies are kept: it meets
//! its neighbours through the traits of `service`.

pub mod execute;
pub mod java_regex;
pub mod json;
pub mod jsonpath;
pub mod operations;
pub mod router;
pub mod template;

mod answers;
mod authorizations;
mod authorizer;
mod client_certificate;
mod compiled;
mod deployed;
mod described;
mod error;
mod exchange;
mod gateway_response;
mod integration_target;
mod keys;
mod lambda_proxy;
mod mapped_domains;
mod mapping;
mod mapping_template;
mod openapi;
mod page;
mod parameters;
mod patch;
mod record;
mod resource_tree;
mod sessions;
mod shape;
mod shelf;
mod store;
mod tagged;
mod throttle;
mod usage;
pub mod v2;

#[cfg(test)]
mod testing;

pub use error::Error;
pub use openapi::Document as OpenApiDocument;
pub use v2::HttpApiDocument;

use answers::Answers;
use authorizations::{Authorizations, Granted};
use base::{Clock, Entropy, Region};
use deployed::Deployed;
use jwt::Issuers;
use kv::Store;
use service::{
    Authorizer, Caller, Calls, HttpClient, Invoker, LogSink, Requirement, RoleSessions, Service,
};
use sessions::Sessions;
use std::sync::Arc;
use throttle::Buckets;
use usage::Usage;
use v2::Recognition;

/// The service: its store, and the neighbours it meets.
pub struct Gateway {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    neighbours: Neighbours,
    deployed: Deployed,
    sessions: Sessions,
    authorizations: Authorizations<Granted>,
    /// What functions have said of callers of HTTP APIs.
    recognitions: Authorizations<Recognition>,
    http_apis: v2::Deployed,
    connections: v2::Connections,
    endpoint: Option<String>,
    answers: Answers,
    buckets: Buckets,
    usage: Usage,
}

/// What the gateway needs of other services.
#[derive(Clone)]
pub struct Neighbours {
    pub invoker: Arc<dyn Invoker>,
    pub roles: Arc<dyn RoleSessions>,
    pub authorizer: Arc<dyn Authorizer>,
    /// Reaches HTTP endpoints.
    pub http: Arc<dyn HttpClient>,
    /// Reaches the other services' operations.
    pub calls: Arc<dyn Calls>,
    /// Takes access and execution logs.
    pub logs: Arc<dyn LogSink>,
    /// Has the public keys of those who issue tokens.
    pub issuers: Arc<Issuers>,
}

impl Gateway {
    pub fn new(store: Store, clock: Clock, entropy: Entropy, neighbours: Neighbours) -> Gateway {
        Gateway {
            store,
            clock,
            entropy,
            neighbours,
            deployed: Deployed::default(),
            sessions: Sessions::default(),
            authorizations: Authorizations::default(),
            recognitions: Authorizations::default(),
            http_apis: v2::Deployed::default(),
            connections: v2::Connections::default(),
            endpoint: None,
            answers: Answers::default(),
            buckets: Buckets::default(),
            usage: Usage::default(),
        }
    }

    /// Reached at this endpoint, such as `http://127.0.0.1:4566`.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: String) -> Gateway {
        self.endpoint = Some(endpoint);
        self
    }

    /// The URL at which an HTTP API is reached: below our own endpoint, at the port that it has.
    fn invoke_endpoint(&self, api_id: &str, region: &Region) -> String {
        let endpoint: Option<http::Uri> = self.endpoint.as_ref().and_then(|it| it.parse().ok());
        let Some(endpoint) = endpoint else {
            return format!("https://{api_id}.execute-api.{region}.amazonaws.com");
        };
        let scheme = endpoint.scheme_str().unwrap_or("http");
        let port = endpoint.port_u16().map(|port| format!(":{port}"));
        let port = port.unwrap_or_default();
        format!("{scheme}://{api_id}.execute-api.{region}.localhost{port}")
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millis()
    }
}

impl Service for Gateway {
    type Error = Error;

    async fn describe(
        &self,
        caller: &Caller,
        requirement: Requirement,
    ) -> Result<Requirement, Error> {
        Ok(described::describe(self, caller, requirement).await?)
    }
}
