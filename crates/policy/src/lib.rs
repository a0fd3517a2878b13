//! The IAM policy language: reading policies, evaluating requests against them, and saying why a
//! request was refused.
//!
//! Pure: no store, no clock, no protocol. Whoever evaluates brings the policies that concern the
//! principal and the resource, and the request's context; the same input always gives the same
//! decision. Anything that cannot be evaluated denies.
//!
//! Read in this order: [`Policy::parse`] (a document becomes typed statements or a refusal in
//! AWS's words), [`Request`] (who wants to do what to what), [`evaluate`] (the whole decision in
//! one function), [`Decision`] (its reason, as data).

mod arn_pattern;
mod compare;
mod condition;
mod context;
mod decision;
mod draft;
mod evaluate;
mod explain;
mod glob;
mod identity;
mod index;
mod json;
mod malformed;
mod principal;
mod rename;
mod request;
mod statement;
mod trust;

#[cfg(test)]
mod tests;

pub use context::{Context, Value};
pub use decision::{AccessDenied, Decision, Denial, PolicyType, Source};
pub use evaluate::{NamedPolicy, PolicySet, ResourcePolicy, evaluate};
pub use explain::{Layer, Outcome, explain, matching, remedy};
pub use json::{Position, Span};
pub use malformed::Malformed;
pub use principal::{Principal, PrincipalPattern};
pub use rename::rename_principal;
pub use request::{Request, principal_keys};
pub use statement::{Dialect, Effect, Element, MAX_DOCUMENT_BYTES, Policy, Statement, Version};
