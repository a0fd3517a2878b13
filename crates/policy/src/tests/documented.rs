//! What AWS's documentation says of the language, as data: `documented.json` has each case with
//! the page it comes from.

use super::*;
use serde_json::Value as Json;

const CASES: &str = include_str!("documented.json");

fn principal(name: &str) -> Principal {
    let arn = |text: &str| text.parse::<base::Arn>().unwrap();
    match name {
        "user" => bob(),
        "session" => session(),
        "service" => service(),
        "anonymous" => Principal::Anonymous,
        "root" => Principal::Root {
            account: "000000000000".parse().unwrap(),
        },
        "federated" => Principal::FederatedUser {
            session: arn("arn:aws:sts::000000000000:federated-user/guest"),
            name: "guest".to_owned(),
            user: Some(arn("arn:aws:iam::000000000000:user/bob")),
        },
        "stranger" => Principal::User {
            arn: arn("arn:aws:iam::999999999999:user/eve"),
            id: "AIDAEVEEVEEVEEVEEVE2".into(),
            name: "eve".into(),
        },
        other => panic!("no principal {other}"),
    }
}

/// The policy of the statements under a key, if the case has any.
fn statements(case: &Json, key: &str, dialect: Dialect) -> Option<NamedPolicy> {
    let statements = case.get(key)?;
    let version = case.get("version").cloned();
    let version = version.unwrap_or_else(|| "2012-10-17".into());
    let document = serde_json::json!({"Version": version, "Statement": statements});
    Some(policy(&document.to_string(), dialect))
}

fn context(case: &Json) -> Context<'_> {
    let mut context = Context::new();
    for (key, values) in case["context"].as_object().into_iter().flatten() {
        match values {
            Json::Array(values) => {
                let texts = values.iter().map(|value| value.as_str().unwrap());
                context.insert_all(key.clone(), texts);
            }
            value => context.insert(key.clone(), value.as_str().unwrap()),
        }
    }
    context
}

/// What comes out. `when` stands for an identity's policy that allows everything under this
/// condition.
fn decided(case: &Json) -> &'static str {
    let mut case = case.clone();
    if let Some(condition) = case.get("when").cloned() {
        case["identity"] = serde_json::json!([
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
        ]);
    }
    let text = |key: &str, default: &'static str| {
        let text = case.get(key).and_then(Json::as_str);
        text.unwrap_or(default).to_owned()
    };
    let principal = principal(&text("principal", "user"));
    let (action, resource) = (text("action", "dynamodb:GetItem"), text("resource", TABLE));
    let request = Request::new(&principal, &action, &resource, context(&case));
    let identity = statements(&case, "identity", Dialect::Identity);
    let boundary = statements(&case, "boundary", Dialect::Identity);
    let limits = statements(&case, "session", Dialect::Identity);
    let on_resource = statements(&case, "on_resource", Dialect::Resource);
    let trust = statements(&case, "trust", Dialect::Trust);
    let organization = statements(&case, "organization", Dialect::Identity);
    let organization: Vec<Vec<NamedPolicy>> = organization.into_iter().map(|p| vec![p]).collect();
    let set = PolicySet {
        identity: identity.as_slice(),
        resource: match (&on_resource, &trust) {
            (Some(policy), _) => ResourcePolicy::Adds(policy),
            (None, Some(policy)) => ResourcePolicy::Rules(policy),
            (None, None) => ResourcePolicy::None,
        },
        boundary: boundary.as_ref(),
        session: limits.as_ref().map(std::slice::from_ref),
        service_control: &organization,
    };
    match evaluate(&request, &set) {
        Decision::Allowed(_) => "allowed",
        Decision::Denied(Denial::Explicit(_)) => "explicitly denied",
        Decision::Denied(_) => "denied",
    }
}

#[test]
fn as_documented() {
    let cases: Vec<Json> = serde_json::from_str(CASES).unwrap();
    let wrong: Vec<String> = cases
        .iter()
        .filter(|case| decided(case) != case["expect"])
        .map(|case| {
            format!(
                "{}: {}, not {}",
                case["case"],
                decided(case),
                case["expect"]
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.iter().all(|case| case["from"].is_string()));
}
