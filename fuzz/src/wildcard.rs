//! Wildcards in policies, against a matcher that tries every way.

use crate::input::two_texts;
use ::policy::{
    Context, Decision, Dialect, NamedPolicy, Policy, PolicySet, Principal, Request, evaluate,
};
use std::sync::Arc;

/// Beyond this the matcher that tries every way takes too long, not the one under test.
const LONGEST: usize = 300;

/// A pattern, and a text from the second line on.
pub fn check(data: &[u8]) {
    let Some((pattern, text)) = two_texts(data) else {
        return;
    };
    // An empty list of values has a meaning of its own.
    if text.is_empty() || text.len() > LONGEST || pattern.len() > LONGEST {
        return;
    }
    // Variables are for others to test.
    if pattern.contains("${") {
        return;
    }
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringLike": {"aws:UserAgent": pattern}},
    }]});
    let policy = Policy::parse(&document.to_string(), Dialect::Identity).expect("a policy");
    let named = NamedPolicy {
        name: Arc::from("fuzzed"),
        policy: Arc::new(policy),
    };
    let policies = PolicySet {
        identity: std::slice::from_ref(&named),
        ..PolicySet::default()
    };
    let mut context = Context::new();
    context.insert("aws:UserAgent", text);
    let user = Principal::User {
        arn: "arn:aws:iam::000000000000:user/ada".parse().unwrap(),
        id: "AIDAAAAAAAAAAAAAAAAAA".to_owned(),
        name: "ada".to_owned(),
    };
    let decision = evaluate(
        &Request::new(&user, "s3:GetObject", "*", context),
        &policies,
    );
    let expected = matches(pattern, text);
    assert_eq!(
        matches!(decision, Decision::Allowed(_)),
        expected,
        "{pattern:?} {text:?}"
    );
}

/// Which beginnings of the text each beginning of the pattern matches.
fn matches(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for wanted in pattern.chars() {
        let before = std::mem::replace(&mut reached, vec![false; text.len() + 1]);
        for at in 0..=text.len() {
            let here = at > 0 && before[at - 1] && (wanted == '?' || wanted == text[at - 1]);
            reached[at] = match wanted {
                '*' => before[at] || (at > 0 && reached[at - 1]),
                _ => here,
            };
        }
    }
    reached[text.len()]
}
