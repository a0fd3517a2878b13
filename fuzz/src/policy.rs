//! Policy documents: read or refused, and what is read decides.

use ::policy::{
    Context, Decision, Dialect, Effect, NamedPolicy, Policy, PolicySet, Principal, Request,
    ResourcePolicy, evaluate,
};
use std::sync::Arc;

/// The first byte chooses what the document is attached to.
pub fn check(data: &[u8]) {
    let Some((dialect, document)) = data.split_first() else {
        return;
    };
    let Ok(document) = std::str::from_utf8(document) else {
        return;
    };
    let dialect = [Dialect::Identity, Dialect::Resource, Dialect::Trust][usize::from(dialect % 3)];
    let Ok(policy) = Policy::parse(document, dialect) else {
        return;
    };
    let allows = policy
        .statements()
        .iter()
        .any(|one| one.effect() == Effect::Allow);
    let named = NamedPolicy {
        name: Arc::from("fuzzed"),
        policy: Arc::new(policy),
    };
    let policies = match dialect {
        Dialect::Identity => PolicySet {
            identity: std::slice::from_ref(&named),
            ..PolicySet::default()
        },
        _ => PolicySet {
            resource: ResourcePolicy::Rules(&named),
            ..PolicySet::default()
        },
    };
    let decision = evaluate(&request(&user()), &policies);
    assert!(
        allows || !matches!(decision, Decision::Allowed(_)),
        "{document}"
    );
}

fn user() -> Principal {
    Principal::User {
        arn: "arn:aws:iam::000000000000:user/team/ada".parse().unwrap(),
        id: "AIDAAAAAAAAAAAAAAAAAA".to_owned(),
        name: "ada".to_owned(),
    }
}

fn request(user: &Principal) -> Request<'_> {
    let mut context = Context::new();
    context.insert("aws:SourceIp", "192.0.2.1");
    context.insert("aws:CurrentTime", "2026-01-02T03:04:05Z");
    context.insert("dynamodb:LeadingKeys", "one");
    let table = "arn:aws:dynamodb:us-east-1:000000000000:table/items";
    Request::new(user, "dynamodb:GetItem", table, context)
}
