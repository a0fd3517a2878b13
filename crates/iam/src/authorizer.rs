//! The gate: who a caller is to the policy language, what is known of the request, the decision.

use crate::access_keys::UserSession;
use crate::decisions;
use crate::identity::Loaded;
use crate::{Iam, Mode};
use base::Arn;
use policy::{
    AccessDenied, Context, Decision, NamedPolicy, PolicySet, Request, ResourcePolicy, evaluate,
    explain,
};
use service::{Authorizer, BoxFuture, Caller, Denial, Principal, Requirement, Verdict, Weight};
use std::sync::Arc;
use wire::{Common, Fault};

impl Authorizer for Iam {
    fn decide<'a>(
        &'a self,
        caller: &'a Caller,
        requirement: &'a Requirement,
    ) -> BoxFuture<'a, Result<Verdict, Fault>> {
        Box::pin(self.verdict(caller, requirement))
    }
}

impl Iam {
    async fn verdict(&self, caller: &Caller, requirement: &Requirement) -> Result<Verdict, Fault> {
        if self.mode == Mode::Off {
            self.calls.note(caller, requirement);
            return Ok(Verdict::Allowed);
        }
        let own = self.user_session(caller).await?;
        refuse_iam_to_sessions(caller, own.as_deref(), requirement)?;
        let loaded = self.loaded(caller).await?;
        let limits = self.limits(caller)?;
        let principal = caller.policy_principal();
        let request = Request::new(
            &principal,
            &requirement.action,
            &requirement.resource,
            context(caller, requirement, &loaded, own.as_deref()),
        );
        let of_resource = requirement
            .resource_policy
            .as_ref()
            .map(|policy| NamedPolicy {
                name: Arc::from(requirement.resource.as_str()),
                policy: policy.clone(),
            });
        let policies = PolicySet {
            identity: &loaded.policies,
            resource: match (&of_resource, requirement.resource_policy_weight) {
                (None, _) => ResourcePolicy::None,
                (Some(policy), Weight::Adds) => ResourcePolicy::Adds(policy),
                (Some(policy), Weight::Rules) => ResourcePolicy::Rules(policy),
            },
            boundary: loaded.boundary.as_ref(),
            session: limits.as_deref(),
            service_control: self.organization(caller),
        };
        let decision = evaluate(&request, &policies);
        tell(caller, requirement, &decision);
        match decision {
            Decision::Allowed(_) => {
                self.calls.note(caller, requirement);
                Ok(Verdict::Allowed)
            }
            Decision::Denied(denial) => {
                Ok(self.denied(caller, requirement, &request, &policies, denial))
            }
        }
    }

    /// What the organization says about the caller's account. Services, and the roles that are
    /// theirs, are not subject to it.
    fn organization(&self, caller: &Caller) -> &[Vec<NamedPolicy>] {
        match &caller.principal {
            Principal::Service { .. } | Principal::Anonymous => &[],
            Principal::Role(session) if is_service_linked(&session.role_arn) => &[],
            _ => self.service_control.levels(caller.account),
        }
    }

    /// Keeps the denial with everything that led to it, and refuses, unless the gate only
    /// watches.
    fn denied(
        &self,
        caller: &Caller,
        requirement: &Requirement,
        request: &Request<'_>,
        policies: &PolicySet<'_>,
        denial: policy::Denial,
    ) -> Verdict {
        let (outcome, audited) = match self.mode {
            Mode::Audit => (decisions::Result::Audited, true),
            Mode::Enforce | Mode::Off => (decisions::Result::Denied, false),
        };
        let shown = requirement.shown_as.as_ref();
        let message = AccessDenied {
            principal: request.principal().clone(),
            action: request.action().to_owned(),
            resource: shown.unwrap_or(&requirement.resource).clone(),
            denial: denial.clone(),
        }
        .to_string();
        let layers = explain(request, policies);
        let decision =
            decisions::Decision::new(caller, request, layers, &denial, message.clone(), outcome);
        self.decisions.keep(decision);
        if audited {
            tracing::warn!(id = caller.request_id.as_str(), message, "would be denied");
            self.calls.note(caller, requirement);
            return Verdict::Allowed;
        }
        tracing::debug!(id = caller.request_id.as_str(), message, "access denied");
        Verdict::Denied(Denial { message })
    }
}

/// Tells the request's trace of a decision.
fn tell(caller: &Caller, requirement: &Requirement, decision: &Decision) {
    trace::mark("decide", |step| {
        let decision = match decision {
            Decision::Allowed(_) => "allowed",
            Decision::Denied(_) => "denied",
        };
        step.note("principal", caller.arn());
        step.note("action", &requirement.action);
        step.note("resource", &requirement.resource);
        step.note("decision", decision);
    });
}

/// Whether a role is a service's own, made by CreateServiceLinkedRole.
pub(crate) fn is_service_linked(role: &Arn) -> bool {
    role.resource().starts_with("role/aws-service-role/")
}

/// Credentials of GetFederationToken reach no IAM operation, those of GetSessionToken none unless
/// a second factor was given; AWS answers as if it did not know them (IAM user guide, "Compare
/// AWS STS credentials").
fn refuse_iam_to_sessions(
    caller: &Caller,
    own: Option<&UserSession>,
    requirement: &Requirement,
) -> Result<(), Fault> {
    let without_factor = own.is_some_and(|session| session.mfa_at.is_none());
    let federated = matches!(caller.principal, Principal::Federated(_));
    if (without_factor || federated) && requirement.action.starts_with("iam:") {
        let message = "The security token included in the request is invalid";
        return Err(Fault::common(Common::UnrecognizedClient, message));
    }
    Ok(())
}

/// The keys of the service, and the global ones, which the service cannot override ("AWS global
/// condition context keys" of the IAM user guide). Those that follow from the principal's name
/// are added by [`Request::new`].
fn context<'a>(
    caller: &'a Caller,
    requirement: &'a Requirement,
    loaded: &'a Loaded,
    own: Option<&UserSession>,
) -> Context<'a> {
    let mut context = Context::new();
    for (key, values) in &requirement.context {
        context.insert_all(&**key, values);
    }
    add_connection(&mut context, caller);
    for (key, value) in loaded.tags.iter() {
        context.insert(format!("aws:PrincipalTag/{key}"), value);
    }
    match &caller.principal {
        Principal::Role(session) => {
            add_tags(&mut context, &session.tags);
            context.insert("aws:TokenIssueTime", session.issued_at);
            context.insert("aws:MultiFactorAuthPresent", false);
            if let Some(identity) = &session.source_identity {
                context.insert("aws:SourceIdentity", identity.as_str());
            }
            for (key, value) in &session.facts {
                context.insert(key, value);
            }
        }
        Principal::Federated(session) => {
            add_tags(&mut context, &session.tags);
            context.insert("aws:TokenIssueTime", session.issued_at);
            context.insert("aws:MultiFactorAuthPresent", false);
        }
        Principal::Service {
            source_arn,
            source_account,
            ..
        } => {
            context.insert("aws:SourceArn", source_arn);
            context.insert("aws:SourceAccount", source_account.as_str());
        }
        Principal::Root | Principal::User { .. } | Principal::Anonymous => {}
    }
    if let Some(own) = own {
        context.insert("aws:TokenIssueTime", own.issued_at);
        context.insert("aws:MultiFactorAuthPresent", own.mfa_at.is_some());
        if let Some(mfa_at) = own.mfa_at {
            let age = caller.time.as_secs().saturating_sub(mfa_at.as_secs());
            context.insert("aws:MultiFactorAuthAge", age);
        }
    }
    context
}

fn add_tags<'a>(context: &mut Context<'a>, tags: &'a [(String, String)]) {
    for (key, value) in tags {
        context.insert(format!("aws:PrincipalTag/{key}"), value.as_str());
    }
}

fn add_connection<'a>(context: &mut Context<'a>, caller: &'a Caller) {
    let source = &caller.source;
    context.insert("aws:CurrentTime", caller.time);
    context.insert("aws:EpochTime", caller.time.as_secs());
    context.insert("aws:RequestedRegion", caller.region.as_str());
    context.insert("aws:SecureTransport", source.secure);
    context.insert("aws:ViaAWSService", !source.via.is_empty());
    if let Some(user_agent) = &source.user_agent {
        context.insert("aws:UserAgent", user_agent.as_str());
    }
    if let Some(referer) = &source.referer {
        context.insert("aws:Referer", referer.as_str());
    }
    if let Some(ip) = source.ip.filter(|_| source.via.is_empty()) {
        context.insert("aws:SourceIp", ip);
    }
    if let (Some(first), Some(last)) = (source.via.first(), source.via.last()) {
        context.insert_all("aws:CalledVia", source.via.iter().copied());
        context.insert("aws:CalledViaFirst", *first);
        context.insert("aws:CalledViaLast", *last);
    }
}
