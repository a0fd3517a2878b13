//! How a service is shaped, and the small traits by which services meet.
//!
//! A service implements [`Operate`] on each input it builds: what the call requires, and what it
//! does once a [`Permit`] proves that the requirements were granted. Only [`authorise`] makes
//! permits, so no operation can run unauthorised.
//!
//! Knows the wire's shapes and how the store can fail, never HTTP or how policies are kept.

mod access_key;
mod authorise;
mod background;
mod caller;
mod follow;
mod handler;
mod meet;
mod outward;
mod socket;
mod store;

pub use access_key::{AccessKey, AccessKeys, KeySession};
pub use authorise::{Authorizer, Denial, Permit, Requirement, Verdict, Weight, authorise};
pub use background::keep_going;
pub use caller::{Caller, FederatedSession, Principal, RoleSession, Source};
pub use follow::{Change, ChangeStreams, FollowError, StreamPage, StreamPlace, StreamStart};
pub use handler::{AnyService, Call, Handler, Operate, PreparedCall, Registry, Service, perform};
pub use meet::{
    AssumeError, Invocation, InvocationKind, InvocationStream, InvokeError, InvokeRequest, Invoker,
    LogLine, LogSink, LogSinkError, OwnHosts, Reports, RoleSessions, ServiceSession,
    SessionCredentials,
};
pub use outward::{
    Calls, Certificates, ClientIdentity, HttpAnswer, HttpClient, HttpError, HttpOpening,
    HttpRequest, NotHere, ServiceRequest, Wanted,
};
pub use socket::{Closing, Received, Socket, SocketMessage};

pub use store::store_fault;

use std::future::Future;
use std::pin::Pin;

/// A boxed future, for traits that must be object-safe.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
