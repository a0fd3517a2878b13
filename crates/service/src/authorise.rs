//! What a call requires, and the proof that it was granted.

use crate::{BoxFuture, Caller};
use policy::Policy;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::{Common, Fault};

/// The header that names a denial: what `fogbank iam explain` and DecodeAuthorizationMessage take.
/// It is the id of the request that was denied.
const DECISION_ID: &str = "x-fogbank-decision-id";

/// One thing a caller must be allowed to do.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Such as `dynamodb:PutItem`.
    pub action: Cow<'static, str>,
    /// The resource's ARN, or `*` for actions that have none.
    pub resource: String,
    /// Keys of the service for conditions, with all their values. The gate adds global keys.
    pub context: Vec<(Cow<'static, str>, Vec<String>)>,
    /// The policy on the resource, if it has one.
    pub resource_policy: Option<Arc<Policy>>,
    /// Whether that policy can be passed by.
    pub resource_policy_weight: Weight,
    /// The resource as messages name it, if not by its ARN: `role NAME`.
    pub shown_as: Option<String>,
}

/// What the policy on a resource counts for callers of the same account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// It adds to what the caller's own policies allow.
    #[default]
    Adds,
    /// It has to allow, whatever the caller's own policies say: a role's trust policy.
    Rules,
}

impl Requirement {
    /// A requirement without condition keys or a resource policy.
    pub fn new(action: impl Into<Cow<'static, str>>, resource: impl Into<String>) -> Requirement {
        Requirement {
            action: action.into(),
            resource: resource.into(),
            context: Vec::new(),
            resource_policy: None,
            resource_policy_weight: Weight::default(),
            shown_as: None,
        }
    }

    /// Adds a condition key with its values; a key without values is left out.
    #[must_use]
    pub fn with(
        mut self,
        key: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Requirement {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if !values.is_empty() {
            self.context.push((key.into(), values));
        }
        self
    }

    /// Adds the condition keys of tags that a request brings: `aws:TagKeys` and
    /// `aws:RequestTag/KEY`.
    #[must_use]
    pub fn request_tags<'a>(
        self,
        tags: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Requirement {
        let tags: Vec<(&str, &str)> = tags.into_iter().collect();
        let requirement = self.with("aws:TagKeys", tags.iter().map(|(key, _)| *key));
        tags.into_iter()
            .fold(requirement, |requirement, (key, value)| {
                requirement.with(format!("aws:RequestTag/{key}"), [value])
            })
    }

    /// Adds the condition keys of the resource's own tags: `aws:ResourceTag/KEY`.
    #[must_use]
    pub fn resource_tags<'a>(
        self,
        tags: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Requirement {
        tags.into_iter().fold(self, |requirement, (key, value)| {
            requirement.with(format!("aws:ResourceTag/{key}"), [value])
        })
    }

    /// As [`Requirement::resource_tags`], in place.
    pub fn add_resource_tags(&mut self, tags: BTreeMap<String, String>) {
        let keys = tags.into_iter();
        self.context.extend(
            keys.map(|(key, value)| (Cow::Owned(format!("aws:ResourceTag/{key}")), vec![value])),
        );
    }

    /// Sets the resource's own policy.
    #[must_use]
    pub fn resource_policy(mut self, policy: Option<Arc<Policy>>) -> Requirement {
        self.resource_policy = policy;
        self
    }

    /// Sets the resource's own policy, as one that has to allow.
    #[must_use]
    pub fn ruled_by(mut self, policy: Arc<Policy>) -> Requirement {
        self.resource_policy = Some(policy);
        self.resource_policy_weight = Weight::Rules;
        self
    }

    /// Sets how messages name the resource.
    #[must_use]
    pub fn shown_as(mut self, name: impl Into<String>) -> Requirement {
        self.shown_as = Some(name.into());
        self
    }
}

/// Decides requirements; the identity service implements it.
pub trait Authorizer: Send + Sync {
    /// Whether the caller may. An `Err` is a failure to decide, which denies.
    fn decide<'a>(
        &'a self,
        caller: &'a Caller,
        requirement: &'a Requirement,
    ) -> BoxFuture<'a, Result<Verdict, Fault>>;
}

/// A decision on one requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allowed,
    Denied(Denial),
}

/// Why a requirement was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// As AWS words it: `User: ARN is not authorized to perform: ACTION on resource: ...`.
    pub message: String,
}

/// Proof that a caller was granted an operation's requirements. Only [`authorise`] makes it.
#[derive(Debug)]
pub struct Permit {
    caller: Caller,
}

impl Permit {
    pub fn caller(&self) -> &Caller {
        &self.caller
    }
}

/// Asks for every requirement in turn; the first that is not granted ends it.
///
/// # Errors
/// Access denied, or the fault that kept the authorizer from deciding.
pub async fn authorise(
    authorizer: &dyn Authorizer,
    caller: Caller,
    requirements: &[Requirement],
) -> Result<Permit, Fault> {
    for requirement in requirements {
        match authorizer.decide(&caller, requirement).await? {
            Verdict::Allowed => {}
            Verdict::Denied(denial) => {
                let fault = Fault::common(Common::AccessDenied, denial.message);
                return Err(fault.header(DECISION_ID, caller.request_id.as_str().to_owned()));
            }
        }
    }
    Ok(Permit { caller })
}
