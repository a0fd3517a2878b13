//! The decision, as AWS documents it in "Policy evaluation logic" of the IAM user guide.

use crate::decision::{Decision, Denial, PolicyType, Source};
use crate::principal::{Closeness, Principal};
use crate::request::Request;
use crate::statement::{Effect, Element, Policy, Statement};
use std::cmp::Reverse;
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
    /// Of the organization, level by level from its root to the account; in each level one of
    /// them has to allow. Empty where there is no organization.
    pub service_control: &'a [Vec<NamedPolicy>],
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
    pub(crate) fn policies(self) -> &'a [NamedPolicy] {
        match self {
            ResourcePolicy::None => &[],
            ResourcePolicy::Adds(policy) | ResourcePolicy::Rules(policy) => {
                std::slice::from_ref(policy)
            }
        }
    }

    pub(crate) fn policy_type(self) -> PolicyType {
        match self {
            ResourcePolicy::None | ResourcePolicy::Adds(_) => PolicyType::Resource,
            ResourcePolicy::Rules(_) => PolicyType::RoleTrust,
        }
    }
}

/// Decides.
///
/// 1. A statement that denies, in any policy, ends it.
/// 2. The organization has to allow.
/// 3. A resource's policy that names a principal of the same account grants by itself: to a user
///    or session named by its own ARN, or as one of everyone, at once; to a session named by its
///    role or user as far as the boundary and the session's policies go. Naming only the account
///    leaves it to the account's own policies. Services and anonymous callers have nothing but
///    this policy; a caller from another account needs this policy and its own.
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
    let resource_type = policies.resource.policy_type();
    let boundary = policies.boundary.map(std::slice::from_ref);

    for level in policies.service_control {
        refuse_denied(request, PolicyType::ServiceControl, level)?;
    }
    for (policy_type, policies) in [
        (resource_type, resource),
        (PolicyType::Identity, policies.identity),
        (
            PolicyType::PermissionsBoundary,
            boundary.unwrap_or_default(),
        ),
        (PolicyType::Session, policies.session.unwrap_or_default()),
    ] {
        refuse_denied(request, policy_type, policies)?;
    }
    if boundary.is_some() {
        refuse_exceptions(request, resource)?;
    }
    for level in policies.service_control {
        demand_allowed(request, PolicyType::ServiceControl, level)?;
    }

    let own_account = request.principal.account();
    let same_account = own_account == request.resource_account();
    let must_be_named = own_account.is_none()
        || !same_account
        || matches!(policies.resource, ResourcePolicy::Rules(_));
    let search = Search::run(request, resource_type, resource, Effect::Allow);
    let granted = match search.found {
        Some((Closeness::Itself, source)) if same_account || own_account.is_none() => {
            return Ok(Some(source));
        }
        Some((Closeness::Role, source)) if same_account => Some(source),
        Some(_) => None,
        None if must_be_named => return Err(search.nothing_allows(resource_type)),
        None => None,
    };
    if matches!(request.principal, Principal::Root { .. }) {
        return Ok(None);
    }
    let source = match granted {
        Some(source) => source,
        None => demand_allowed(request, PolicyType::Identity, policies.identity)?,
    };
    if let Some(boundary) = boundary {
        demand_allowed(request, PolicyType::PermissionsBoundary, boundary)?;
    }
    if let Some(session) = policies.session {
        demand_allowed(request, PolicyType::Session, session)?;
    }
    Ok(Some(source))
}

/// A statement that denies ends it; so does one that might.
fn refuse_denied(
    request: &Request,
    policy_type: PolicyType,
    policies: &[NamedPolicy],
) -> Result<(), Denial> {
    let search = Search::run(request, policy_type, policies, Effect::Deny);
    match (search.found, search.not_evaluable) {
        (Some((_, source)), _) => Err(Denial::Explicit(source)),
        (None, Some(source)) => Err(Denial::NotEvaluable(source)),
        (None, None) => Ok(()),
    }
}

/// A statement that denies all but those it names denies them too if they have a permissions
/// boundary ("AWS JSON policy elements: NotPrincipal" of the IAM user guide).
fn refuse_exceptions(request: &Request, resource: &[NamedPolicy]) -> Result<(), Denial> {
    for named in resource {
        for statement in named.policy.statements() {
            let excepts = matches!(statement.principals(), Some(Element::IsNot(_)));
            if excepts
                && statement.effect() == Effect::Deny
                && statement.covers(request) != Ok(false)
            {
                return Err(Denial::Explicit(source(
                    PolicyType::Resource,
                    named,
                    statement,
                )));
            }
        }
    }
    Ok(())
}

/// One of these policies has to allow. A statement that might does not.
fn demand_allowed(
    request: &Request,
    policy_type: PolicyType,
    policies: &[NamedPolicy],
) -> Result<Source, Denial> {
    let search = Search::run(request, policy_type, policies, Effect::Allow);
    match search.found {
        Some((_, source)) => Ok(source),
        None => Err(search.nothing_allows(policy_type)),
    }
}

/// What policies of one type say about a request.
struct Search {
    /// The statement that has the effect sought; of several, the one that names the principal
    /// most closely, and of those the first. Only resource-based policies name principals.
    found: Option<(Closeness, Source)>,
    /// The first statement that is about the request but cannot be evaluated.
    not_evaluable: Option<Source>,
}

impl Search {
    fn run(
        request: &Request,
        policy_type: PolicyType,
        policies: &[NamedPolicy],
        effect: Effect,
    ) -> Search {
        let mut found: Option<Hit<'_>> = None;
        let mut not_evaluable: Option<Hit<'_>> = None;
        for (number, named) in policies.iter().enumerate() {
            if found
                .as_ref()
                .is_some_and(|hit| hit.closeness == Closeness::Itself)
            {
                break;
            }
            for (position, statement) in named.policy.candidates(effect, request) {
                let closeness = match policy_type {
                    PolicyType::Resource | PolicyType::RoleTrust => statement.names(request),
                    _ => Some(Closeness::Itself),
                };
                let Some(closeness) = closeness else { continue };
                let hit = Hit {
                    closeness,
                    place: (number, position),
                    named,
                    statement,
                };
                if found.as_ref().is_some_and(|best| !hit.beats(best)) {
                    continue;
                }
                match statement.covers(request) {
                    Ok(true) => found = Some(hit),
                    Ok(false) => {}
                    Err(_) => match &not_evaluable {
                        Some(first) if first.place <= hit.place => {}
                        _ => not_evaluable = Some(hit),
                    },
                }
            }
        }
        Search {
            found: found.map(|hit| (hit.closeness, hit.source(policy_type))),
            not_evaluable: not_evaluable.map(|hit| hit.source(policy_type)),
        }
    }

    fn nothing_allows(self, policy_type: PolicyType) -> Denial {
        match self.not_evaluable {
            Some(source) => Denial::NotEvaluable(source),
            None => Denial::Implicit(policy_type),
        }
    }
}

/// A statement with the effect sought.
struct Hit<'a> {
    closeness: Closeness,
    /// The policy's number, and the statement's within it.
    place: (usize, usize),
    named: &'a NamedPolicy,
    statement: &'a Statement,
}

impl Hit<'_> {
    fn beats(&self, other: &Hit<'_>) -> bool {
        (self.closeness, Reverse(self.place)) > (other.closeness, Reverse(other.place))
    }

    fn source(&self, policy_type: PolicyType) -> Source {
        source(policy_type, self.named, self.statement)
    }
}

pub(crate) fn source(
    policy_type: PolicyType,
    named: &NamedPolicy,
    statement: &Statement,
) -> Source {
    Source {
        policy_type,
        policy: named.name.clone(),
        sid: statement.sid().map(str::to_owned),
        span: statement.span(),
    }
}
