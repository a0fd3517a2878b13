//! The decision, as AWS documents it in "Policy evaluation logic" of the IAM user guide.

use crate::decision::{Decision, Denial, PolicyType, Source};
use crate::principal::{Closeness, Principal};
use crate::request::Request;
use crate::statement::{Effect, Policy, Statement};
use std::sync::Arc;

/// A policy with the name that decisions show for it.
#[derive(Clone, Debug)]
pub struct NamedPolicy {
    pub name: Arc<str>,
    pub policy: Arc<Policy>,
}

/// All policies that concern a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct PolicySet<'a> {
    /// Of the user, its groups, or the role.
    pub identity: &'a [NamedPolicy],
    /// Of the resource.
    pub resource: ResourcePolicy<'a>,
    /// Of the user or role, if it has one.
    pub boundary: Option<&'a NamedPolicy>,
    /// Of the session, if it was limited when it was made; one of them has to allow.
    pub session: Option<&'a [NamedPolicy]>,
    /// Of the organization, if there is one; one of them has to allow.
    pub service_control: Option<&'a [NamedPolicy]>,
}

/// The policy attached to the resource, and whether it can be passed by.
#[derive(Clone, Copy, Debug, Default)]
pub enum ResourcePolicy<'a> {
    /// The resource has none.
    #[default]
    None,
    /// In its own account it adds to what identity policies allow.
    Adds(&'a NamedPolicy),
    /// It has to allow the request, whatever identity policies say: a role's trust policy.
    Rules(&'a NamedPolicy),
}

impl<'a> ResourcePolicy<'a> {
    fn policies(self) -> &'a [NamedPolicy] {
        match self {
            ResourcePolicy::None => &[],
            ResourcePolicy::Adds(policy) | ResourcePolicy::Rules(policy) => {
                std::slice::from_ref(policy)
            }
        }
    }
}

/// Decides.
///
/// 1. A statement that denies, in any policy, ends it.
/// 2. The organization has to allow.
/// 3. A resource's policy that names a principal of the same account grants by itself: to a user
///    or session named by its own ARN at once, to a role's session as far as the boundary and the
///    session's policies go. Naming only the account leaves it to the account's own policies.
///    Services and anonymous callers have nothing but this policy; a caller from another account
///    needs this policy and its own.
/// 4. The identity's policies, its boundary and the session's policies all have to allow. The
///    account's root is limited by none of them.
pub fn evaluate(request: &Request, policies: &PolicySet<'_>) -> Decision {
    match decide(request, policies) {
        Ok(source) => Decision::Allowed(source),
        Err(denial) => Decision::Denied(denial),
    }
}

fn decide(request: &Request, policies: &PolicySet<'_>) -> Result<Option<Source>, Denial> {
    let resource = policies.resource.policies();
    let boundary = policies.boundary.map(std::slice::from_ref);

    for (policy_type, policies) in [
        (PolicyType::ServiceControl, policies.service_control.unwrap_or_default()),
        (PolicyType::Resource, resource),
        (PolicyType::Identity, policies.identity),
        (PolicyType::PermissionsBoundary, boundary.unwrap_or_default()),
        (PolicyType::Session, policies.session.unwrap_or_default()),
    ] {
        if let Some((_, source)) = strongest(request, policy_type, policies, Effect::Deny)? {
            return Err(Denial::Explicit(source));
        }
    }

    let grant = |policy_type, policies| strongest(request, policy_type, policies, Effect::Allow);
    let demand = |policy_type, policies| match grant(policy_type, policies)? {
        Some((_, source)) => Ok(source),
        None => Err(Denial::Implicit(policy_type)),
    };
    if let Some(service_control) = policies.service_control {
        demand(PolicyType::ServiceControl, service_control)?;
    }

    let by_resource = grant(PolicyType::Resource, resource)?;
    let same_account = request.principal.account() == request.resource_account();
    let has_own_policies = request.principal.account().is_some();
    let must_be_named = !has_own_policies
        || !same_account
        || matches!(policies.resource, ResourcePolicy::Rules(_));
    if by_resource.is_none() && must_be_named {
        return Err(Denial::Implicit(PolicyType::Resource));
    }
    let needs_identity_policy = match by_resource {
        Some((Closeness::Itself, source)) if same_account || !has_own_policies => {
            return Ok(Some(source));
        }
        Some((Closeness::Role, source)) if same_account => Some(source),
        _ => None,
    };
    if matches!(request.principal, Principal::Root { .. }) {
        return Ok(None);
    }
    let source = match needs_identity_policy {
        Some(granted) => granted,
        None => demand(PolicyType::Identity, policies.identity)?,
    };
    if let Some(boundary) = boundary {
        demand(PolicyType::PermissionsBoundary, boundary)?;
    }
    if let Some(session) = policies.session {
        demand(PolicyType::Session, session)?;
    }
    Ok(Some(source))
}

/// The statement of these policies that has this effect on the request; of several, the one that
/// names the principal most closely. Only resource-based policies name principals.
fn strongest(
    request: &Request,
    policy_type: PolicyType,
    policies: &[NamedPolicy],
    effect: Effect,
) -> Result<Option<(Closeness, Source)>, Denial> {
    let mut found: Option<(Closeness, &NamedPolicy, &Statement)> = None;
    for named in policies {
        let statements = named.policy.statements().iter();
        for statement in statements.filter(|s| s.effect() == effect) {
            let closeness = match policy_type {
                PolicyType::Resource => statement.names(request),
                _ => Some(Closeness::Itself),
            };
            let Some(closeness) = closeness else { continue };
            if found.is_some_and(|(closest, ..)| closest >= closeness) {
                continue;
            }
            let covers = statement
                .covers(request)
                .map_err(|_| Denial::NotEvaluable(source(policy_type, named, statement)))?;
            if covers {
                found = Some((closeness, named, statement));
            }
        }
    }
    Ok(found.map(|(closeness, named, statement)| {
        (closeness, source(policy_type, named, statement))
    }))
}

fn source(policy_type: PolicyType, named: &NamedPolicy, statement: &Statement) -> Source {
    Source {
        policy_type,
        policy: named.name.clone(),
        sid: statement.sid().map(str::to_owned),
        position: statement.span().start,
    }
}
