//! Documents in which a principal is called otherwise: IAM keeps whom a trust policy names by
//! their unique ids, and shows the ARN as it is now, or the id if nobody has it any more ("AWS
//! JSON policy elements: Principal" of the IAM user guide).
//!
//! All but the name stays as it was written.

use crate::json::{self, Json, Node, Position, Span};

/// The document with `to` in the place of the AWS principal `from`; `None` if it does not name
/// that principal.
pub fn rename_principal(document: &str, from: &str, to: &str) -> Option<String> {
    let root = json::read(document).ok()?;
    let statements = entry(&root, "Statement").into_iter().flat_map(items);
    let principals = statements.flat_map(|statement| {
        let elements = ["Principal", "NotPrincipal"].into_iter();
        elements.filter_map(move |name| entry(entry(statement, name)?, "AWS"))
    });
    let named = |node: &&Node| matches!(&node.value, Json::Text(text) if text == from);
    let named: Vec<Span> = principals
        .flat_map(items)
        .filter(named)
        .map(|node| node.span)
        .collect();
    (!named.is_empty()).then(|| written(document, &named, to))
}

fn entry<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Json::Object(entries) = &node.value else {
        return None;
    };
    let found = entries.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value)
}

/// The items of a list, or the one value that stands for a list of one.
fn items(node: &Node) -> Vec<&Node> {
    match &node.value {
        Json::List(items) => items.iter().collect(),
        _ => vec![node],
    }
}

/// The text with the JSON string of `to` in the place of each span.
fn written(text: &str, spans: &[Span], to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = Position { line: 1, column: 1 };
    let mut until: Option<Position> = None;
    for character in text.chars() {
        if until == Some(at) {
            until = None;
        }
        if let Some(span) = spans.iter().find(|span| span.start == at) {
            out.push_str(&serde_json::Value::from(to).to_string());
            until = Some(span.end);
        }
        if until.is_none() {
            out.push(character);
        }
        at = at.after(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_principals_are_renamed() {
        let check = |document: &str, expected: Option<&str>| {
            let found = rename_principal(document, "arn:u", "AIDA1");
            assert_eq!(found.as_deref(), expected);
        };
        check(
            "{\"Statement\": [\n {\"Principal\": {\"AWS\": [\"arn:é\", \"arn:u\"]},\n  \
             \"Condition\": {\"ArnEquals\": {\"aws:PrincipalArn\": \"arn:u\"}}}]}\n",
            Some(
                "{\"Statement\": [\n {\"Principal\": {\"AWS\": [\"arn:é\", \"AIDA1\"]},\n  \
                 \"Condition\": {\"ArnEquals\": {\"aws:PrincipalArn\": \"arn:u\"}}}]}\n",
            ),
        );
        check(
            r#"{"Statement":{"NotPrincipal":{"AWS":"arn:\u0075"}}}"#,
            Some(r#"{"Statement":{"NotPrincipal":{"AWS":"AIDA1"}}}"#),
        );
        check(r#"{"Statement":{"Principal":{"Service":"arn:u"}}}"#, None);
        check("not JSON", None);
    }
}
