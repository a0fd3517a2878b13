//! The least policy that covers what an identity really called, and how it compares with what it
//! has.

use crate::Iam;
use crate::calls::Called;
use crate::error::Error;
use crate::keys;
use crate::record::{Attached, Entity, InlinePolicy};
use crate::records::{Reader, Records};
use base::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A suggestion, as `GET /_fogbank/iam/suggestions/role/NAME` shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Suggestion {
    pub principal: String,
    /// Since when calls were considered; `None` for all that are known.
    pub since: Option<String>,
    pub calls: u64,
    /// The least policy.
    pub policy: Document,
    /// What the attached policies grant beyond it.
    pub wider: Vec<Grant>,
    /// Actions that are granted and were never called, as the policies write them.
    pub unused: Vec<Grant>,
}

/// An action on a resource, as a policy grants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Grant {
    pub policy: String,
    pub action: String,
    pub resource: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Document {
    pub version: &'static str,
    pub statement: Vec<Statement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Statement {
    pub effect: &'static str,
    pub action: Vec<String>,
    pub resource: Vec<String>,
}

impl Iam {
    /// The suggestion for a user or role.
    ///
    /// # Errors
    /// `NoSuchEntity` if there is none of this name.
    pub(crate) async fn suggestion<E: Entity>(
        &self,
        account: AccountId,
        name: &str,
        since: Option<Timestamp>,
    ) -> Result<Suggestion, Error> {
        let records = Records::new(self.store.snapshot(), account);
        let entity: E = records.get(name).await?;
        let called = self.called(&entity.head().id).await?;
        let (seen, calls) = seen_since(&called, since);
        let policy = least(&seen);
        let granted = granted(&records, &entity).await?;
        let is_needed = |grant: &&Grant| !policy.covers(grant);
        let is_unused = |grant: &&Grant| {
            let mut actions = seen.keys();
            !actions.any(|action| matches(&grant.action, action, Case::Ignored))
        };
        Ok(Suggestion {
            principal: entity.arn(account).to_string(),
            since: since.map(Timestamp::iso8601),
            calls,
            wider: granted.iter().filter(is_needed).cloned().collect(),
            unused: granted.iter().filter(is_unused).cloned().collect(),
            policy,
        })
    }
}

/// Resources by action.
type Seen = BTreeMap<String, BTreeSet<String>>;

fn seen_since(called: &Called, since: Option<Timestamp>) -> (Seen, u64) {
    let since_ms = since.map_or(i64::MIN, Timestamp::as_millis);
    let mut seen = Seen::new();
    let mut calls = 0;
    for (action, resources) in &called.actions {
        for (resource, times) in resources {
            if times.last_ms >= since_ms {
                calls += times.count;
                let known = seen.entry(action.clone()).or_default();
                known.insert(generalised(resource));
            }
        }
    }
    (seen, calls)
}

/// The resource as a policy should name it: without what differs from one run to the next.
fn generalised(resource: &str) -> String {
    for changing in [":log-stream:", "/stream/"] {
        if let Some((stable, _)) = resource.split_once(changing) {
            return format!("{stable}{changing}*");
        }
    }
    resource.to_owned()
}

/// One statement for each set of resources, with all actions on it; all in alphabetical order.
fn least(seen: &Seen) -> Document {
    let mut by_resources: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
    for (action, resources) in seen {
        let resources: Vec<String> = match resources.contains("*") {
            true => vec!["*".to_owned()],
            false => resources.iter().cloned().collect(),
        };
        by_resources
            .entry(resources)
            .or_default()
            .push(action.clone());
    }
    let mut statements: Vec<Statement> = by_resources
        .into_iter()
        .map(|(resource, action)| Statement {
            effect: "Allow",
            action,
            resource,
        })
        .collect();
    statements.sort_by(|a, b| a.action.cmp(&b.action));
    Document {
        version: "2012-10-17",
        statement: statements,
    }
}

impl Document {
    /// Whether everything that the grant allows, this allows too.
    fn covers(&self, grant: &Grant) -> bool {
        let within = |patterns: &[String], text: &str, case| {
            patterns.iter().any(|pattern| matches(pattern, text, case))
        };
        self.statement.iter().any(|statement| {
            within(&statement.action, &grant.action, Case::Ignored)
                && within(&statement.resource, &grant.resource, Case::Counts)
        })
    }
}

/// What policies allow of an identity, action by action. Denials and conditions only narrow it.
async fn granted<R: Reader, E: Entity>(
    records: &Records<R>,
    entity: &E,
) -> Result<Vec<Grant>, Error> {
    let id = &entity.head().id;
    let mut grants = Vec::new();
    let inline: Vec<InlinePolicy> = records.all(&keys::inline_policies(id)).await?;
    for policy in inline {
        add_grants(&mut grants, &policy.name, &policy.document);
    }
    let attached: Vec<Attached> = records.all(&keys::attached_policies(id)).await?;
    for policy in attached {
        if let Some(document) = records.default_document(&policy.arn).await? {
            add_grants(&mut grants, &policy.arn, &document);
        }
    }
    Ok(grants)
}

/// A policy's elements as they are written; what it lacks counts as everything.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    statement: OneOrMany<WrittenStatement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WrittenStatement {
    effect: String,
    action: Option<OneOrMany<String>>,
    resource: Option<OneOrMany<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn into_vec(self) -> Vec<T> {
        match self {
            OneOrMany::One(item) => vec![item],
            OneOrMany::Many(items) => items,
        }
    }
}

fn add_grants(grants: &mut Vec<Grant>, policy: &str, document: &str) {
    let Ok(written) = serde_json::from_str::<Written>(document) else {
        return;
    };
    let statements = written.statement.into_vec().into_iter();
    for statement in statements.filter(|statement| statement.effect == "Allow") {
        let all = || vec!["*".to_owned()];
        let actions = statement.action.map_or_else(all, OneOrMany::into_vec);
        let resources = statement.resource.map_or_else(all, OneOrMany::into_vec);
        for action in &actions {
            grants.extend(resources.iter().map(|resource| Grant {
                policy: policy.to_owned(),
                action: action.clone(),
                resource: resource.clone(),
            }));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    Counts,
    Ignored,
}

/// Whether a pattern covers a text, or all that another pattern covers: that one's wildcards are
/// characters like others, which only a `*` takes in.
fn matches(pattern: &str, text: &str, case: Case) -> bool {
    let fold = |text: &str| match case {
        Case::Counts => text.to_owned(),
        Case::Ignored => text.to_ascii_lowercase(),
    };
    let (pattern, text) = (fold(pattern), fold(text));
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    let mut rest = rest;
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_texts_and_narrower_patterns() {
        let check = |pattern: &str, text: &str, expected: bool| {
            assert_eq!(
                matches(pattern, text, Case::Ignored),
                expected,
                "{pattern} {text}"
            );
        };
        check("dynamodb:GetItem", "dynamodb:getitem", true);
        check("dynamodb:*", "dynamodb:Get*", true);
        check("dynamodb:Get*", "dynamodb:*", false);
        check("*", "*", true);
        check("a*b*c", "a-b-c", true);
        check("a*b*c", "ac", false);
        check("ab", "abc", false);
    }

    #[test]
    fn the_least_policy_is_stable_and_general() {
        let mut seen = Seen::new();
        let mut add = |action: &str, resource: &str| {
            let resources = seen.entry(action.to_owned()).or_default();
            resources.insert(generalised(resource));
        };
        add("dynamodb:PutItem", "arn:t");
        add("dynamodb:GetItem", "arn:t");
        add("logs:PutLogEvents", "arn:g:log-stream:2026/1");
        add("logs:PutLogEvents", "arn:g:log-stream:2026/2");
        add("dynamodb:ListTables", "*");
        let document = serde_json::to_value(least(&seen)).unwrap();
        assert_eq!(
            document["Statement"],
            serde_json::json!([
                {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": ["arn:t"]},
                {"Effect": "Allow", "Action": ["dynamodb:ListTables"], "Resource": ["*"]},
                {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": ["arn:g:log-stream:*"]},
            ])
        );
    }

    #[test]
    fn wider_is_what_the_least_policy_does_not_cover() {
        let mut grants = Vec::new();
        let document = r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":["dynamodb:GetItem","dynamodb:*"],"Resource":"arn:t"},
            {"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
        add_grants(&mut grants, "p", document);
        let mut seen = Seen::new();
        seen.insert("dynamodb:GetItem".into(), ["arn:t".to_owned()].into());
        let least = least(&seen);
        let covered: Vec<bool> = grants.iter().map(|grant| least.covers(grant)).collect();
        assert_eq!(covered, [true, false]);
    }
}
