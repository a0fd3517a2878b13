//! The query protocol's form bodies: `A.member.1.B=c` to [`Node`].

use crate::Node;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How deep names may nest; the deepest of our models needs far less.
const MAX_DEPTH: usize = 24;

/// A form that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadForm;

/// One `name=value` pair, decoded.
pub(crate) type Pair = (String, String);

/// Splits a form body into its decoded pairs.
pub(crate) fn pairs(body: &[u8]) -> Result<Vec<Pair>, BadForm> {
    let body = std::str::from_utf8(body).map_err(|_| BadForm)?;
    let pairs = body.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect()
}

fn decoded(text: &str) -> Result<String, BadForm> {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8()
        .map(Cow::into_owned)
        .map_err(|_| BadForm)
}

#[derive(Default)]
struct Branch {
    value: Option<String>,
    children: BTreeMap<String, Branch>,
}

/// Builds the tree that the dotted names describe. Lists (`X.member.N`) and maps
/// (`X.entry.N.key`) stay maps of positions here; the decoder, which knows the shape, reads them
/// with [`list_items`] and [`map_entries`].
pub(crate) fn tree(pairs: Vec<Pair>) -> Result<Node<'static>, BadForm> {
    let mut root = Branch::default();
    for (name, value) in pairs {
        let mut at = &mut root;
        for (depth, part) in name.split('.').enumerate() {
            if depth > MAX_DEPTH {
                return Err(BadForm);
            }
            at = at.children.entry(part.to_owned()).or_default();
        }
        at.value = Some(value);
    }
    Ok(node(root))
}

fn node(branch: Branch) -> Node<'static> {
    match branch.value {
        Some(value) if branch.children.is_empty() => Node::Text(Cow::Owned(value)),
        _ => {
            let children = branch.children.into_iter();
            Node::Map(
                children
                    .map(|(name, child)| (Cow::Owned(name), node(child)))
                    .collect(),
            )
        }
    }
}

/// The items of `X.member.1`, `X.member.2`, ... in the order of their numbers.
pub(crate) fn list_items<'a>(members: Vec<(Cow<'a, str>, Node<'a>)>) -> Option<Vec<Node<'a>>> {
    let inner = members.into_iter().find(|(name, _)| name == "member")?.1;
    numbered(inner)
}

/// The entries of `X.entry.N.key` and `.value`.
pub(crate) fn map_entries<'a>(
    members: Vec<(Cow<'a, str>, Node<'a>)>,
) -> Option<Vec<(Cow<'a, str>, Node<'a>)>> {
    let inner = members.into_iter().find(|(name, _)| name == "entry")?.1;
    let mut entries = Vec::new();
    for item in numbered(inner)? {
        let Node::Map(parts) = item else { return None };
        let (mut key, mut value) = (None, None);
        for (name, part) in parts {
            match (&*name, part) {
                ("key", Node::Text(text)) => key = Some(text),
                ("value", part) => value = Some(part),
                _ => return None,
            }
        }
        entries.push((key?, value?));
    }
    Some(entries)
}

fn numbered(node: Node<'_>) -> Option<Vec<Node<'_>>> {
    let Node::Map(items) = node else { return None };
    let mut numbered: Vec<(u32, Node<'_>)> = Vec::with_capacity(items.len());
    for (number, item) in items {
        numbered.push((number.parse().ok()?, item));
    }
    numbered.sort_by_key(|(number, _)| *number);
    Some(numbered.into_iter().map(|(_, item)| item).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_names_become_a_tree() {
        let body = b"Action=X&Tags.member.2.Key=b&Tags.member.10.Key=c&Tags.member.1.Key=a+b%2F";
        let Node::Map(members) = tree(pairs(body).unwrap()).unwrap() else {
            panic!("a map")
        };
        let tags = members.into_iter().find(|(n, _)| n == "Tags").unwrap().1;
        let Node::Map(tags) = tags else {
            panic!("a map")
        };
        let shown: Vec<String> = list_items(tags).unwrap().iter().map(Node::shown).collect();
        assert_eq!(shown, ["{Key=a b/}", "{Key=b}", "{Key=c}"]);
    }

    #[test]
    fn bad_forms() {
        assert_eq!(pairs(b"a=%ff"), Err(BadForm));
        assert_eq!(pairs(b"\xff"), Err(BadForm));
        assert!(tree(vec![("a.".repeat(100), String::new())]).is_err());
    }
}
