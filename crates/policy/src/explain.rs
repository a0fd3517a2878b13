//! A decision laid open: what each layer of policies said, and what would have allowed it.
//!
//! Evaluates everything, where [`crate::evaluate()`] stops at the first layer that settles the
//! matter; both read statements with the same code.

use crate::context::Value;
use crate::decision::{Denial, PolicyType, Source};
use crate::evaluate::{NamedPolicy, PolicySet, source};
use crate::principal::Principal;
use crate::request::Request;
use crate::statement::{Effect, distinct};
use serde_json::json;

/// What the policies of one type said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    pub policy_type: PolicyType,
    pub outcome: Outcome,
    /// How many policies were asked.
    pub policies: usize,
    /// The statements that are about the request, with what each says.
    pub matched: Vec<(Effect, Source)>,
    /// Context keys that statements about this action and resource look at and the request does
    /// not have.
    pub missing_keys: Vec<String>,
}

/// What a layer comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There are no policies of this type, and none is needed.
    Absent,
    Allows,
    Denies,
    /// Nothing in it is about the request.
    Silent,
    /// A statement about the request demands a comparison that cannot be made.
    NotEvaluable,
}

/// What every layer says about a request, in the order in which layers are asked.
pub fn explain(request: &Request, policies: &PolicySet<'_>) -> Vec<Layer> {
    let resource = policies.resource.policies();
    let levels = policies.service_control.iter();
    let mut layers: Vec<Layer> = levels
        .map(|level| layer(request, PolicyType::ServiceControl, Some(level)))
        .collect();
    let resource_policies = (!resource.is_empty()).then_some(resource);
    let boundary = policies.boundary.map(std::slice::from_ref);
    layers.extend([
        layer(request, policies.resource.policy_type(), resource_policies),
        layer(request, PolicyType::Identity, Some(policies.identity)),
        layer(request, PolicyType::PermissionsBoundary, boundary),
        layer(request, PolicyType::Session, policies.session),
    ]);
    layers
}

fn layer(request: &Request, policy_type: PolicyType, policies: Option<&[NamedPolicy]>) -> Layer {
    let asked = policies.unwrap_or_default();
    let (matched, not_evaluable) = search(request, policy_type, asked);
    let says = |effect| matched.iter().any(|(said, _)| *said == effect);
    let outcome = match policies {
        None => Outcome::Absent,
        Some(_) if says(Effect::Deny) => Outcome::Denies,
        Some(_) if not_evaluable => Outcome::NotEvaluable,
        Some(_) if says(Effect::Allow) => Outcome::Allows,
        Some(_) => Outcome::Silent,
    };
    let statements = asked.iter().flat_map(|named| named.policy.statements());
    let about = statements.filter(|statement| statement.concerns(request));
    let keys = distinct(about.flat_map(|statement| statement.context_keys()));
    let missing = keys
        .into_iter()
        .filter(|key| request.context.values(key).is_empty());
    Layer {
        policy_type,
        outcome,
        policies: asked.len(),
        missing_keys: missing.map(str::to_owned).collect(),
        matched,
    }
}

/// The statements of these policies that are about the request, whatever else decides.
pub fn matching(
    request: &Request,
    policy_type: PolicyType,
    policies: &[NamedPolicy],
) -> Vec<(Effect, Source)> {
    search(request, policy_type, policies).0
}

/// The matching statements, and whether some other cannot be evaluated.
fn search(
    request: &Request,
    policy_type: PolicyType,
    policies: &[NamedPolicy],
) -> (Vec<(Effect, Source)>, bool) {
    let mut matched = Vec::new();
    let mut not_evaluable = false;
    let names_principals = matches!(policy_type, PolicyType::Resource | PolicyType::RoleTrust);
    for named in policies {
        for statement in named.policy.statements() {
            if names_principals && statement.names(request).is_none() {
                continue;
            }
            match statement.covers(request) {
                Ok(true) => {
                    matched.push((statement.effect(), source(policy_type, named, statement)))
                }
                Ok(false) => {}
                Err(_) => not_evaluable = true,
            }
        }
    }
    (matched, not_evaluable)
}

/// The smallest statement that, added to the layer that lacks it, makes that layer allow the
/// request, as JSON. `None` where no statement helps: something denies explicitly or cannot be
/// evaluated, and has to be changed itself.
pub fn remedy(request: &Request, denial: &Denial) -> Option<String> {
    let Denial::Implicit(lacking) = denial else {
        return None;
    };
    let mut statement = serde_json::Map::new();
    let mut set = |name: &str, value| statement.insert(name.to_owned(), value);
    set("Effect", json!("Allow"));
    set("Action", json!(request.action));
    if matches!(lacking, PolicyType::Resource | PolicyType::RoleTrust) {
        set("Principal", principal_element(request.principal));
    }
    if *lacking != PolicyType::RoleTrust {
        set("Resource", json!(request.resource));
    }
    // Whoever lets a service in should say for which of its resources.
    if let Some(Value::Text(arn)) = request.context.single("aws:SourceArn") {
        set("Condition", json!({ "ArnLike": { "aws:SourceArn": arn } }));
    }
    serde_json::to_string(&statement).ok()
}

fn principal_element(principal: &Principal) -> serde_json::Value {
    match principal {
        Principal::Service { name, .. } => json!({ "Service": name }),
        Principal::WebIdentity { provider } => json!({ "Federated": provider }),
        Principal::Anonymous => json!("*"),
        Principal::Root { .. }
        | Principal::User { .. }
        | Principal::AssumedRole { .. }
        | Principal::FederatedUser { .. } => {
            let arn = principal.identity_arn();
            json!({ "AWS": arn })
        }
    }
}
