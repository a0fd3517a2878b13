//! The outcome of an evaluation and its reason, as data; and the words AWS puts it in.

use crate::json::Span;
use crate::principal::Principal;
use std::fmt;
use std::sync::Arc;

/// Where a policy comes from, which decides what it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyType {
    ServiceControl,
    Resource,
    RoleTrust,
    Identity,
    PermissionsBoundary,
    Session,
}

impl PolicyType {
    /// The type's name in messages.
    pub fn name(self) -> &'static str {
        match self {
            PolicyType::ServiceControl => "service control policy",
            PolicyType::Resource => "resource-based policy",
            PolicyType::RoleTrust => "role trust policy",
            PolicyType::Identity => "identity-based policy",
            PolicyType::PermissionsBoundary => "permissions boundary",
            PolicyType::Session => "session policy",
        }
    }

    fn article(self) -> &'static str {
        match self {
            PolicyType::Identity => "an",
            PolicyType::RoleTrust => "the",
            _ => "a",
        }
    }
}

/// A statement that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub policy_type: PolicyType,
    /// The name the policy was given in the [`crate::PolicySet`]: an ARN, or an inline policy's
    /// name.
    pub policy: Arc<str>,
    pub sid: Option<String>,
    /// Where the statement stands in its document.
    pub span: Span,
}

/// May the principal do this?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Yes. The source is the statement that granted it; the account's root needs none.
    Allowed(Option<Source>),
    Denied(Denial),
}

impl Decision {
    pub fn is_allowed(&self) -> bool {
        matches!(self, Decision::Allowed(_))
    }
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// A statement says so.
    Explicit(Source),
    /// No policy of a type that has to allow it does.
    Implicit(PolicyType),
    /// A statement about this request demands a comparison that cannot be made, such as
    /// `NumericEquals` with a word.
    NotEvaluable(Source),
}

/// A refusal as AWS words it, for instance
///
/// ```text
/// User: arn:aws:iam::000000000000:user/bob is not authorized to perform: dynamodb:PutItem on
/// resource: arn:aws:dynamodb:us-east-1:000000000000:table/t because no identity-based policy
/// allows the dynamodb:PutItem action
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessDenied {
    pub principal: Principal,
    pub action: String,
    /// The resource as the service names it in messages: its ARN, mostly.
    pub resource: String,
    pub denial: Denial,
}

impl fmt::Display for AccessDenied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AccessDenied {
            principal,
            action,
            resource,
            denial,
        } = self;
        write!(
            f,
            "User: {principal} is not authorized to perform: {action} on resource: {resource} "
        )?;
        match denial {
            Denial::Explicit(source) => {
                let policy_type = source.policy_type;
                let article = policy_type.article();
                write!(
                    f,
                    "with an explicit deny in {article} {}",
                    policy_type.name()
                )
            }
            Denial::Implicit(policy_type) => {
                write!(
                    f,
                    "because no {} allows the {action} action",
                    policy_type.name()
                )
            }
            Denial::NotEvaluable(source) => {
                let policy_type = source.policy_type;
                let article = policy_type.article();
                write!(
                    f,
                    "because the condition at line {} of {article} {} cannot be evaluated",
                    source.span.start.line,
                    policy_type.name()
                )
            }
        }
    }
}

impl std::error::Error for AccessDenied {}
