//! Random policies and requests, decided by the evaluator and by a slow and obvious one that
//! shares nothing with it: it reads the policy as plain data, tries all ways to match a wildcard,
//! and states the outcome as one formula over sets of statements.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
struct PlainStatement {
    allow: bool,
    principals: Option<(bool, Vec<&'static str>)>,
    actions: (bool, Vec<&'static str>),
    resources: (bool, Vec<&'static str>),
    conditions: Vec<(&'static str, &'static str, Vec<&'static str>)>,
}

type PlainContext = BTreeMap<&'static str, Vec<&'static str>>;

#[derive(Clone, Debug)]
struct Case {
    session: bool,
    action: &'static str,
    resource: &'static str,
    context: PlainContext,
    /// Policies of some statements each.
    identity: Vec<Vec<PlainStatement>>,
    on_resource: Option<Vec<PlainStatement>>,
    boundary: Option<Vec<PlainStatement>>,
    session_policy: Option<Vec<PlainStatement>>,
    /// Level by level; in each, one statement has to allow.
    organization: Vec<Vec<PlainStatement>>,
}

const OPERATORS: [&str; 11] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIfExists",
    "StringNotLikeIfExists",
    "ForAllValues:StringLike",
    "ForAnyValue:StringEquals",
    "ForAllValues:StringNotEquals",
    "ForAnyValue:StringNotLike",
    "Null",
];

fn sided(pool: &'static [&'static str]) -> impl Strategy<Value = (bool, Vec<&'static str>)> {
    (any::<bool>(), vec(select(pool), 1..3))
}

fn condition() -> impl Strategy<Value = (&'static str, &'static str, Vec<&'static str>)> {
    (select(&OPERATORS[..]), select(&["k", "l"][..])).prop_flat_map(|(operator, key)| {
        let pool: &[&str] = match operator {
            "Null" => &["true", "false"],
            _ => &["a", "b", "a*", "?", "ab"],
        };
        (Just(operator), Just(key), vec(select(pool), 1..3))
    })
}

fn statement(names_principals: bool) -> impl Strategy<Value = PlainStatement> {
    let principals = sided(&[
        "*",
        "000000000000",
        "arn:aws:iam::000000000000:root",
        "arn:aws:iam::000000000000:user/bob",
        "arn:aws:iam::000000000000:role/service/r",
        "arn:aws:sts::000000000000:assumed-role/r/s",
        "999999999999",
    ]);
    let principals = match names_principals {
        true => principals.prop_map(Some).boxed(),
        false => Just(None).boxed(),
    };
    (
        prop::bool::weighted(0.8),
        principals,
        sided(&[
            "*", "s3:*", "S3:g*", "s3:??t", "iam:list", "*:Get", "s3:Get", "s3:*tX", "s3:put?",
        ]),
        sided(&[
            "*",
            "arn:aws:s3:::a*",
            "arn:aws:s3:::?",
            "arn:aws:s3:*",
            "arn:aws:sqs:r:1:q",
            "arn:aws:sqs:*:1:q",
            "arn:aws:sqs:?:*:q",
            "arn:aws:s3:::*b/c:d",
            "arn:aws:s3:*:*:ab/c:d",
        ]),
        vec(condition(), 0..3),
    )
        .prop_map(
            |(allow, principals, actions, resources, conditions)| PlainStatement {
                allow,
                principals,
                actions,
                resources,
                conditions,
            },
        )
}

fn statements() -> impl Strategy<Value = Vec<PlainStatement>> {
    vec(statement(false), 1..4)
}

fn case() -> impl Strategy<Value = Case> {
    (
        any::<bool>(),
        select(&["s3:Get", "s3:PutX", "iam:List"][..]),
        select(
            &[
                "arn:aws:s3:::a",
                "arn:aws:s3:::ab/c:d",
                "arn:aws:sqs:r:1:q",
                "*",
            ][..],
        ),
        prop::collection::btree_map(
            select(&["k", "l"][..]),
            vec(select(&["a", "b", "ab"][..]), 1..3),
            0..3,
        ),
        vec(vec(statement(false), 1..6), 0..4),
        prop::option::of(vec(statement(true), 1..4)),
        prop::option::weighted(0.3, statements()),
        prop::option::weighted(0.3, statements()),
        vec(statements(), 0..3),
    )
        .prop_map(
            |(
                session,
                action,
                resource,
                context,
                identity,
                on_resource,
                boundary,
                session_policy,
                organization,
            )| {
                Case {
                    session,
                    action,
                    resource,
                    context,
                    identity,
                    on_resource,
                    boundary,
                    session_policy,
                    organization,
                }
            },
        )
}

fn document(statements: &[PlainStatement]) -> String {
    let statements: Vec<_> = statements.iter().map(as_json).collect();
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

fn as_json(statement: &PlainStatement) -> serde_json::Value {
    let name = |not: bool, name: &str| {
        if not {
            format!("Not{name}")
        } else {
            name.to_owned()
        }
    };
    let mut out = json!({"Effect": if statement.allow { "Allow" } else { "Deny" }});
    out[name(statement.actions.0, "Action")] = json!(statement.actions.1);
    out[name(statement.resources.0, "Resource")] = json!(statement.resources.1);
    if let Some((not, principals)) = &statement.principals {
        out[name(*not, "Principal")] = json!({ "AWS": principals });
    }
    // An operator can stand only once; of two conditions with the same, the last counts. The
    // reference does the same below.
    let mut condition = json!({});
    for (operator, key, values) in &statement.conditions {
        condition[*operator] = json!({ *key: values });
    }
    out["Condition"] = condition;
    out
}

/// Tries everything.
fn wild(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|n| wild(rest, &text[n..])),
        Some((b'?', rest)) => !text.is_empty() && wild(rest, &text[1..]),
        Some((c, rest)) => text.first() == Some(c) && wild(rest, &text[1..]),
    }
}

fn like(pattern: &str, text: &str) -> bool {
    wild(pattern.as_bytes(), text.as_bytes())
}

fn condition_holds(operator: &str, operands: &[&str], values: &[&str]) -> bool {
    if operator == "Null" {
        return operands.iter().any(|o| (*o == "true") == values.is_empty());
    }
    let negated = operator.contains("Not");
    let wildcards = operator.contains("Like");
    let one = |value: &&str| {
        let hit = operands.iter().any(|o| {
            if wildcards {
                like(o, value)
            } else {
                o == value
            }
        });
        hit != negated
    };
    match (values.is_empty(), operator.split_once(':')) {
        (true, Some(("ForAllValues", _))) => true,
        (true, Some(_)) => false,
        (true, None) => negated || operator.ends_with("IfExists"),
        (false, Some(("ForAllValues", _))) => values.iter().all(one),
        (false, Some(_)) => values.iter().any(one),
        (false, None) if negated => values.iter().all(one),
        (false, None) => values.iter().any(one),
    }
}

impl PlainStatement {
    fn covers(&self, case: &Case) -> bool {
        let sided = |(not, patterns): &(bool, Vec<&str>), hit: &dyn Fn(&str) -> bool| {
            patterns.iter().any(|p| hit(p)) != *not
        };
        let action = |p: &str| like(&p.to_lowercase(), &case.action.to_lowercase());
        let resource = |p: &str| like(p, case.resource);
        let last: BTreeMap<_, _> = self
            .conditions
            .iter()
            .map(|(op, key, operands)| (op, (key, operands)))
            .collect();
        sided(&self.actions, &action)
            && sided(&self.resources, &resource)
            && last.iter().all(|(operator, (key, operands))| {
                let values = case.context.get(**key).map_or(&[][..], Vec::as_slice);
                condition_holds(operator, operands, values)
            })
    }

    /// 0: not named; 1: through the account; 2: through the role; 3: itself.
    fn names(&self, session: bool) -> u8 {
        let Some((not, principals)) = &self.principals else {
            return 3;
        };
        let closeness = |p: &&str| match (*p, session) {
            ("*", _) | ("arn:aws:iam::000000000000:user/bob", false) => 3,
            ("arn:aws:iam::000000000000:role/service/r", true) => 2,
            ("arn:aws:sts::000000000000:assumed-role/r/s", true) => 3,
            ("000000000000" | "arn:aws:iam::000000000000:root", _) => 1,
            _ => 0,
        };
        let named = principals.iter().map(closeness).max().unwrap_or(0);
        match (not, named) {
            (false, named) => named,
            // What allows all but some excepts whom it names in any way, what denies them only
            // those that it names themselves.
            (true, 0) => 3,
            (true, 1 | 2) if !self.allow => 3,
            (true, _) => 0,
        }
    }
}

fn reference(case: &Case) -> bool {
    let identity = case.identity.concat();
    let everything = [
        Some(&identity),
        case.on_resource.as_ref(),
        case.boundary.as_ref(),
        case.session_policy.as_ref(),
    ];
    let levels = case.organization.iter();
    let denied = everything
        .iter()
        .flatten()
        .copied()
        .chain(levels.clone())
        .flatten()
        .any(|s| !s.allow && s.names(case.session) > 0 && s.covers(case));
    let excepted = |s: &PlainStatement| s.principals.as_ref().is_some_and(|(not, _)| *not);
    let exceptions = case.on_resource.iter().flatten();
    let denied = denied
        || case.boundary.is_some()
            && exceptions
                .clone()
                .any(|s| !s.allow && excepted(s) && s.covers(case));
    let allows = |policy: &[PlainStatement]| policy.iter().any(|s| s.allow && s.covers(case));
    let granted = case
        .on_resource
        .iter()
        .flatten()
        .filter(|s| s.allow && s.covers(case));
    let granted = granted.map(|s| s.names(case.session)).max().unwrap_or(0);
    let within = |policy: &Option<Vec<PlainStatement>>| policy.as_deref().is_none_or(allows);
    let limits = within(&case.boundary) && within(&case.session_policy);
    let organization = levels.clone().all(|level| allows(level));
    !denied && organization && (granted == 3 || ((granted == 2 || allows(&identity)) && limits))
}

fn context_of(case: &Case) -> Context<'_> {
    let mut context = Context::new();
    for (key, values) in &case.context {
        context.insert_all(*key, values.iter().copied());
    }
    context
}

fn evaluated(case: &Case) -> bool {
    let parse = |statements: &[PlainStatement], dialect| policy(&document(statements), dialect);
    let identity: Vec<_> = case
        .identity
        .iter()
        .map(|s| parse(s, Dialect::Identity))
        .collect();
    let on_resource = case
        .on_resource
        .as_ref()
        .map(|s| parse(s, Dialect::Resource));
    let boundary = case.boundary.as_ref().map(|s| parse(s, Dialect::Identity));
    let session_policy = case
        .session_policy
        .as_ref()
        .map(|s| parse(s, Dialect::Identity));
    let organization: Vec<Vec<NamedPolicy>> = case
        .organization
        .iter()
        .map(|level| vec![parse(level, Dialect::Identity)])
        .collect();
    let context = context_of(case);
    let principal = if case.session { session() } else { bob() };
    // The resource's account must be the principal's own for the formula above.
    let request = Request::new(&principal, case.action, case.resource, context);
    let set = PolicySet {
        identity: &identity,
        resource: on_resource
            .as_ref()
            .map_or(ResourcePolicy::None, ResourcePolicy::Adds),
        boundary: boundary.as_ref(),
        session: session_policy.as_ref().map(std::slice::from_ref),
        service_control: &organization,
    };
    evaluate(&request, &set).is_allowed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_evaluator_agrees_with_the_obvious_one(case in case()) {
        prop_assert_eq!(evaluated(&case), reference(&case));
    }

    /// An index leaves out nothing that matters, whichever way it finds the statements.
    #[test]
    fn indexes_leave_out_only_what_does_not_match(
        case in case(),
        statements in vec(statement(false), 1..30),
    ) {
        let named = policy(&document(&statements), Dialect::Identity);
        let principal = bob();
        let request = Request::new(&principal, case.action, case.resource, context_of(&case));
        for effect in [Effect::Allow, Effect::Deny] {
            let found: Vec<_> = named.policy.candidates(effect, &request).map(|(at, _)| at).collect();
            for (at, statement) in named.policy.statements().iter().enumerate() {
                let needed = statement.effect() == effect && statement.concerns(&request);
                prop_assert!(!needed || found.contains(&at), "{:?}", statement);
                prop_assert!(!found.contains(&at) || statement.effect() == effect);
            }
        }
    }

    /// Whatever is thrown at it, parsing ends in a policy or a refusal.
    #[test]
    fn parsing_never_panics(text in "[{}\\[\\]\":,a-zA-Z0-9${}* -]{0,200}") {
        for dialect in [Dialect::Identity, Dialect::Resource, Dialect::Trust] {
            let _ = Policy::parse(&text, dialect);
        }
    }

    /// Cutting a well-formed document anywhere, or changing one byte, gives a policy or a
    /// refusal.
    #[test]
    fn damaged_documents_are_refused_or_read(at in 0usize..400, with in any::<char>()) {
        let whole = r#"{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow",
            "Action":["s3:*","iam:Get?"],"Resource":"arn:aws:iam::*:user/${aws:username, 'x'}",
            "Condition":{"ForAllValues:StringLikeIfExists":{"aws:TagKeys":["a*","b"]}}}]}"#;
        let at = at % whole.len();
        let mut changed: String = whole.chars().take(at).collect();
        let _ = Policy::parse(&changed, Dialect::Identity);
        changed.push(with);
        changed.extend(whole.chars().skip(at + 1));
        let _ = Policy::parse(&changed, Dialect::Identity);
    }
}
