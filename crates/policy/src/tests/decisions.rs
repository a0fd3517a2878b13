//! Which policies decide, and how the decision reads.

use super::*;

const ALLOW_ALL: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
const ALLOW_GET: &str = r#"{"Sid":"Get","Effect":"Allow","Action":"dynamodb:Get*","Resource":"*"}"#;
const DENY_PUT: &str = r#"{"Sid":"NoPut","Effect":"Deny","Action":"dynamodb:put*","Resource":"*"}"#;

fn grant_to(principal: &str) -> NamedPolicy {
    resource(&format!(
        r#"{{"Effect":"Allow","Principal":{principal},"Action":"*","Resource":"*"}}"#
    ))
}

fn put_item(principal: Principal, policies: &PolicySet<'_>) -> Decision {
    let request = Request::new(&principal, "dynamodb:PutItem", TABLE, Context::new());
    evaluate(&request, policies)
}

fn message(decision: Decision) -> String {
    let Decision::Denied(denial) = decision else {
        return "allowed".to_owned();
    };
    let text = AccessDenied {
        principal: bob(),
        action: "dynamodb:PutItem".to_owned(),
        resource: TABLE.to_owned(),
        denial,
    }
    .to_string();
    let prefix = format!(
        "User: arn:aws:iam::000000000000:user/bob is not authorized to perform: \
         dynamodb:PutItem on resource: {TABLE} "
    );
    text.strip_prefix(&prefix)
        .expect("the message's start")
        .to_owned()
}

#[test]
fn each_type_limits_what_the_identity_may() {
    let all = [identity(ALLOW_ALL)];
    let get = [identity(ALLOW_GET)];
    let deny = [identity(ALLOW_ALL), identity(DENY_PUT)];
    let open = PolicySet {
        identity: &all,
        ..PolicySet::default()
    };
    let check = |set: PolicySet<'_>, expected: &str| {
        assert_eq!(message(put_item(bob(), &set)), expected);
    };
    let no = |kind: &str| format!("because no {kind} allows the dynamodb:PutItem action");
    check(open, "allowed");
    check(PolicySet::default(), &no("identity-based policy"));
    check(
        PolicySet {
            identity: &get,
            ..open
        },
        &no("identity-based policy"),
    );
    check(
        PolicySet {
            boundary: Some(&get[0]),
            ..open
        },
        &no("permissions boundary"),
    );
    check(
        PolicySet {
            boundary: Some(&all[0]),
            ..open
        },
        "allowed",
    );
    check(
        PolicySet {
            session: Some(&get),
            ..open
        },
        &no("session policy"),
    );
    check(
        PolicySet {
            session: Some(&[]),
            ..open
        },
        &no("session policy"),
    );
    check(
        PolicySet {
            session: Some(&deny[..1]),
            ..open
        },
        "allowed",
    );
    check(
        PolicySet {
            service_control: &[get.to_vec()],
            ..open
        },
        &no("service control policy"),
    );
    let explicit = |kind: &str| format!("with an explicit deny in {kind}");
    check(
        PolicySet {
            identity: &deny,
            ..open
        },
        &explicit("an identity-based policy"),
    );
    let denying = identity(DENY_PUT);
    check(
        PolicySet {
            boundary: Some(&denying),
            ..open
        },
        &explicit("a permissions boundary"),
    );
    check(
        PolicySet {
            session: Some(&deny),
            ..open
        },
        &explicit("a session policy"),
    );
    let everyone =
        resource(r#"{"Effect":"Deny","Principal":"*","Action":"dynamodb:*","Resource":"*"}"#);
    let rules = ResourcePolicy::Adds(&everyone);
    check(
        PolicySet {
            resource: rules,
            ..open
        },
        &explicit("a resource-based policy"),
    );
}

#[test]
fn the_decision_names_its_statement() {
    let document = "{\"Version\":\"2012-10-17\",\n\"Statement\":[\n  {\"Sid\":\"One\",\
                    \"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}";
    let policies = [policy(document, Dialect::Identity)];
    let set = PolicySet {
        identity: &policies,
        ..PolicySet::default()
    };
    let Decision::Denied(Denial::Explicit(source)) = put_item(bob(), &set) else {
        panic!("not denied explicitly")
    };
    assert_eq!(source.sid.as_deref(), Some("One"));
    assert_eq!(source.span.start, Position { line: 3, column: 3 });
    assert_eq!(&*source.policy, "p");
}

#[test]
fn how_closely_a_resource_policy_names_the_principal() {
    let nothing = PolicySet::default();
    let get = identity(ALLOW_GET);
    let get = std::slice::from_ref(&get);
    let session_arn = r#"{"AWS":"arn:aws:sts::000000000000:assumed-role/r/s"}"#;
    let role_arn = r#"{"AWS":"arn:aws:iam::000000000000:role/service/r"}"#;
    let user_arn = r#"{"AWS":["arn:aws:iam::000000000000:user/bob"]}"#;
    let root_arn = r#"{"AWS":"arn:aws:iam::000000000000:root"}"#;
    let check = |principal: Principal, named: &str, set: PolicySet<'_>, expected: bool| {
        let grant = grant_to(named);
        let resource = ResourcePolicy::Adds(&grant);
        let decision = put_item(principal.clone(), &PolicySet { resource, ..set });
        assert_eq!(decision.is_allowed(), expected, "{principal} {named}");
    };
    let bounded = PolicySet {
        boundary: Some(&get[0]),
        ..nothing
    };
    let limited = PolicySet {
        session: Some(get),
        ..nothing
    };
    for set in [nothing, bounded, limited] {
        check(bob(), user_arn, set, true);
        check(bob(), r#""*""#, set, true);
        check(session(), session_arn, set, true);
        check(bob(), root_arn, set, false);
        check(bob(), r#"{"AWS":"000000000000"}"#, set, false);
        check(bob(), session_arn, set, false);
    }
    check(session(), role_arn, nothing, true);
    check(session(), role_arn, bounded, false);
    check(session(), role_arn, limited, false);
    for set in [nothing, bounded, limited] {
        check(session(), r#"{"AWS":"*"}"#, set, true);
    }
}

#[test]
fn services_have_only_the_resources_policy() {
    let all = [identity(ALLOW_ALL)];
    let grant = grant_to(r#"{"Service":"apigateway.amazonaws.com"}"#);
    let other = grant_to(r#"{"Service":"sns.amazonaws.com"}"#);
    let with = |resource| PolicySet {
        identity: &all,
        resource,
        ..PolicySet::default()
    };
    assert!(put_item(service(), &with(ResourcePolicy::Adds(&grant))).is_allowed());
    for resource in [ResourcePolicy::None, ResourcePolicy::Adds(&other)] {
        assert_eq!(
            put_item(service(), &with(resource)),
            Decision::Denied(Denial::Implicit(PolicyType::Resource))
        );
    }
    let open = grant_to(r#""*""#);
    let anonymous = put_item(Principal::Anonymous, &with(ResourcePolicy::Adds(&open)));
    assert!(anonymous.is_allowed());
}

#[test]
fn a_trust_policy_cannot_be_passed_by() {
    let trust = |principal: &str| {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{principal},
                "Action":"sts:AssumeRole"}}}}"#
        );
        policy(&document, Dialect::Trust)
    };
    let all = [identity(ALLOW_ALL)];
    let check = |principal: Principal, named: &str, identity: &[NamedPolicy], expected: bool| {
        let trust = trust(named);
        let role = "arn:aws:iam::000000000000:role/x";
        let request = Request::new(&principal, "sts:AssumeRole", role, Context::new());
        let set = PolicySet {
            identity,
            resource: ResourcePolicy::Rules(&trust),
            ..PolicySet::default()
        };
        let decision = evaluate(&request, &set);
        assert_eq!(
            decision.is_allowed(),
            expected,
            "{principal} {named} {decision:?}"
        );
    };
    let lambda = r#"{"Service":["lambda.amazonaws.com","apigateway.amazonaws.com"]}"#;
    let user = r#"{"AWS":"arn:aws:iam::000000000000:user/bob"}"#;
    let account = r#"{"AWS":"arn:aws:iam::000000000000:root"}"#;
    check(service(), lambda, &[], true);
    check(bob(), lambda, &all, false);
    check(bob(), user, &[], true);
    check(session(), user, &all, false);
    check(bob(), account, &all, true);
    check(bob(), account, &[], false);
    check(service(), user, &[], false);

    let trust = trust(lambda);
    let principal = bob();
    let request = Request::new(
        &principal,
        "sts:AssumeRole",
        "arn:aws:iam::000000000000:role/x",
        Context::new(),
    );
    let set = PolicySet {
        identity: &all,
        resource: ResourcePolicy::Rules(&trust),
        ..PolicySet::default()
    };
    let refused = evaluate(&request, &set);
    assert_eq!(
        refused,
        Decision::Denied(Denial::Implicit(PolicyType::RoleTrust))
    );
}

#[test]
fn another_account_needs_both_sides() {
    let all = [identity(ALLOW_ALL)];
    let grant = grant_to(r#"{"AWS":"arn:aws:iam::000000000000:root"}"#);
    let check = |identity: &[NamedPolicy], resource, expected: Result<(), PolicyType>| {
        let table = "arn:aws:dynamodb:us-east-1:999999999999:table/t";
        let principal = bob();
        let request = Request::new(&principal, "dynamodb:PutItem", table, Context::new());
        let set = PolicySet {
            identity,
            resource,
            ..PolicySet::default()
        };
        match (evaluate(&request, &set), expected) {
            (Decision::Allowed(_), Ok(())) => {}
            (Decision::Denied(Denial::Implicit(found)), Err(kind)) if found == kind => {}
            (found, expected) => panic!("{found:?}, not {expected:?}"),
        }
    };
    check(&all, ResourcePolicy::Adds(&grant), Ok(()));
    check(&[], ResourcePolicy::Adds(&grant), Err(PolicyType::Identity));
    check(&all, ResourcePolicy::None, Err(PolicyType::Resource));
}

#[test]
fn the_root_is_limited_by_denials_only() {
    let root = Principal::Root {
        account: "000000000000".parse().unwrap(),
    };
    assert!(put_item(root.clone(), &PolicySet::default()).is_allowed());
    let deny = resource(r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}"#);
    let set = PolicySet {
        resource: ResourcePolicy::Adds(&deny),
        ..PolicySet::default()
    };
    assert!(!put_item(root, &set).is_allowed());
}

#[test]
fn not_principal_spares_those_it_names() {
    let deny = resource(
        r#"{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::000000000000:user/bob",
            "arn:aws:iam::999999999999:root"]},"Action":"*","Resource":"*"}"#,
    );
    let all = [identity(ALLOW_ALL)];
    let set = PolicySet {
        identity: &all,
        resource: ResourcePolicy::Adds(&deny),
        ..PolicySet::default()
    };
    assert!(put_item(bob(), &set).is_allowed());
    assert!(!put_item(session(), &set).is_allowed());
}

#[test]
fn what_cannot_be_evaluated_denies() {
    let broken = |effect: &str, action: &str| {
        identity(&format!(
            r#"{{"Effect":"{effect}","Action":"{action}","Resource":"*",
                "Condition":{{"NumericLessThan":{{"aws:MultiFactorAuthAge":"soon"}}}}}}"#
        ))
    };
    let decide = |identity: &[NamedPolicy]| {
        let mut context = Context::new();
        context.insert("aws:MultiFactorAuthAge", 5);
        let principal = bob();
        let request = Request::new(&principal, "dynamodb:PutItem", TABLE, context);
        let set = PolicySet {
            identity,
            ..PolicySet::default()
        };
        message(evaluate(&request, &set))
    };
    let sentence = "because the condition at line 1 of an identity-based policy cannot be \
                    evaluated";
    assert_eq!(
        decide(&[identity(ALLOW_ALL), broken("Deny", "*")]),
        sentence
    );
    assert_eq!(decide(&[broken("Allow", "*")]), sentence);
    assert_eq!(
        decide(&[broken("Allow", "*"), identity(ALLOW_ALL)]),
        "allowed"
    );
    assert_eq!(
        decide(&[identity(ALLOW_ALL), broken("Deny", "s3:*")]),
        "allowed"
    );
}

#[test]
fn keys_that_follow_from_the_principal() {
    let check = |principal: Principal, key: &str, expected: &[&str]| {
        let mut context = Context::new();
        context.insert(key.to_owned(), "forged");
        let request = Request::new(&principal, "a:b", "*", context);
        let values = request.context().values(key);
        let found: Vec<String> = values.iter().map(|v| v.text().into_owned()).collect();
        assert_eq!(found, expected, "{key}");
    };
    check(bob(), "aws:username", &["bob"]);
    check(
        bob(),
        "aws:PrincipalArn",
        &["arn:aws:iam::000000000000:user/bob"],
    );
    check(
        session(),
        "AWS:PRINCIPALARN",
        &["arn:aws:iam::000000000000:role/service/r"],
    );
    check(session(), "aws:userid", &["AROAROLEROLEROLEROLE:s"]);
    check(session(), "aws:PrincipalType", &["AssumedRole"]);
    check(session(), "aws:PrincipalAccount", &["000000000000"]);
    check(service(), "aws:PrincipalIsAWSService", &["true"]);
    check(
        service(),
        "aws:PrincipalServiceName",
        &["apigateway.amazonaws.com"],
    );
}
