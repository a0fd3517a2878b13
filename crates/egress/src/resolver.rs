//! Names of hosts to addresses, with an error of its own for names that have none: an endpoint
//! that does not exist is another failure than one that is down.

use hyper_util::client::legacy::connect::dns::{GaiAddrs, GaiResolver, Name};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_service::Service;

/// The machine's resolver.
#[derive(Clone, Debug)]
pub struct Resolver(GaiResolver);

/// A name without an address.
#[derive(Debug)]
pub struct UnknownHost(std::io::Error);

impl std::fmt::Display for UnknownHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for UnknownHost {}

impl Default for Resolver {
    fn default() -> Resolver {
        Resolver(GaiResolver::new())
    }
}

impl Service<Name> for Resolver {
    type Response = GaiAddrs;
    type Error = UnknownHost;
    type Future = Pin<Box<dyn Future<Output = Result<GaiAddrs, UnknownHost>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), UnknownHost>> {
        self.0.poll_ready(context).map_err(UnknownHost)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolving = self.0.call(name);
        Box::pin(async move { resolving.await.map_err(UnknownHost) })
    }
}
