//! The gate: who a caller is to the policy language, what is known of the request, the decision.

use crate::Iam;
use crate::identity::Loaded;
use policy::{
    AccessDenied, Context, Decision, NamedPolicy, PolicySet, Request, ResourcePolicy, evaluate,
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
        refuse_iam_to_sessions_of_users(caller, requirement)?;
        let loaded = self.loaded(caller).await?;
        let limits = match &caller.principal {
            Principal::Role(session) => self.limits(session)?,
            _ => None,
        };
        let request = Request::new(
            caller.policy_principal(),
            &requirement.action,
            &requirement.resource,
            context(caller, requirement, &loaded),
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
            service_control: None,
        };
        Ok(match evaluate(&request, &policies) {
            Decision::Allowed(_) => Verdict::Allowed,
            Decision::Denied(denial) => Verdict::Denied(refusal(&request, requirement, denial)),
        })
    }
}

fn refusal(request: &Request, requirement: &Requirement, denial: policy::Denial) -> Denial {
    tracing::debug!(principal = %request.principal(), action = request.action(),
        resource = request.resource(), ?denial, "access denied");
    let shown = requirement
        .shown_as
        .as_ref()
        .unwrap_or(&requirement.resource);
    let message = AccessDenied {
        principal: request.principal().clone(),
        action: request.action().to_owned(),
        resource: shown.clone(),
        denial,
    };
    Denial {
        message: message.to_string(),
    }
}

/// Credentials of GetSessionToken reach no IAM operation unless a second factor was given, which
/// there is none of; AWS answers as if it did not know them (IAM user guide, "Compare AWS STS
/// credentials").
fn refuse_iam_to_sessions_of_users(
    caller: &Caller,
    requirement: &Requirement,
) -> Result<(), Fault> {
    match &caller.principal {
        Principal::User { session: true, .. } if requirement.action.starts_with("iam:") => {
            let message = "The security token included in the request is invalid";
            Err(Fault::common(Common::UnrecognizedClient, message))
        }
        _ => Ok(()),
    }
}

/// The keys of the service, and the global ones, which the service cannot override ("AWS global
/// condition context keys" of the IAM user guide). Those that follow from the principal's name
/// are added by [`Request::new`].
fn context(caller: &Caller, requirement: &Requirement, loaded: &Loaded) -> Context {
    let mut context = Context::new();
    for (key, values) in &requirement.context {
        context.insert_all(key.clone(), values.iter().cloned());
    }
    add_connection(&mut context, caller);
    for (key, value) in loaded.tags.iter() {
        context.insert(format!("aws:PrincipalTag/{key}"), value);
    }
    match &caller.principal {
        Principal::Role(session) => {
            for (key, value) in &session.tags {
                context.insert(format!("aws:PrincipalTag/{key}"), value.as_str());
            }
            context.insert("aws:TokenIssueTime", session.issued_at);
            context.insert("aws:MultiFactorAuthPresent", false);
            if let Some(identity) = &session.source_identity {
                context.insert("aws:SourceIdentity", identity.as_str());
            }
        }
        Principal::User { session: true, .. } => {
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
    context
}

fn add_connection(context: &mut Context, caller: &Caller) {
    let source = &caller.source;
    context.insert("aws:CurrentTime", caller.time);
    context.insert("aws:EpochTime", caller.time.as_secs());
    context.insert("aws:RequestedRegion", caller.region.as_str());
    context.insert("aws:SecureTransport", source.secure);
    context.insert("aws:ViaAWSService", !source.via.is_empty());
    if let Some(user_agent) = &source.user_agent {
        context.insert("aws:UserAgent", user_agent.as_str());
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
