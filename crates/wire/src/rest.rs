//! restJson1: inputs spread over path, query string, headers and body.

use crate::decode::Malformed;
use crate::operation::{Binding, Location, OperationInfo};
use crate::request::{RequestParts, UriParameter};
use crate::{Node, json};
use std::borrow::Cow;

/// Collects an input's members from everywhere into one map.
pub(crate) fn node<'a>(
    operation: &'static OperationInfo,
    parts: &RequestParts<'a>,
) -> Result<Node<'a>, Malformed> {
    let mut members = Vec::new();
    let uri = match_uri(operation.uri, parts.path, parts.query).unwrap_or_default();
    let query = decoded_query(parts.query);
    let mut body_is_bound = false;
    for binding in operation.bindings {
        let value = match binding.location {
            Location::Uri(label) => {
                let found = uri.iter().find(|(name, _)| *name == label);
                found.map(|(_, value)| Node::Text(Cow::Owned(value.clone())))
            }
            Location::Query(name) => query_member(&query, name),
            Location::QueryMap => Some(query_map(operation, &query)),
            Location::Header(name) => header(parts, name),
            Location::HeaderPrefix(prefix) => Some(header_map(parts, prefix)),
            Location::RawBody => {
                body_is_bound = true;
                (!parts.body.is_empty()).then(|| Node::Bytes(parts.body.clone()))
            }
            Location::Body(_) => None,
            Location::DocumentBody => {
                body_is_bound = true;
                Some(document(parts)?)
            }
        };
        members.extend(value.map(|value| (Cow::Borrowed(binding.member), value)));
    }
    if !body_is_bound {
        let Node::Map(body) = document(parts)? else {
            return Err(Malformed::Body);
        };
        members.extend(body.into_iter().filter_map(|(name, value)| {
            let is_namesake = |binding: &&Binding| {
                matches!(binding.location, Location::Body(wire_name) if wire_name == name)
            };
            match operation.bindings.iter().find(is_namesake) {
                Some(binding) => Some((Cow::Borrowed(binding.member), value)),
                None => (!operation.is_bound(&name)).then_some((name, value)),
            }
        }));
    }
    Ok(Node::Map(members))
}

/// Matches a path against a template and gives its labels' values; a query string in the
/// template must be part of the request's.
pub(crate) fn match_uri(
    template: &'static str,
    path: &str,
    query: &str,
) -> Option<Vec<UriParameter>> {
    let (template, wanted) = template.split_once('?').unwrap_or((template, ""));
    let given = |pair: &str| query.split('&').any(|given| given == pair);
    if !wanted.split('&').filter(|pair| !pair.is_empty()).all(given) {
        return None;
    }
    let mut given = path.trim_matches('/').split('/');
    let mut parameters = Vec::new();
    for part in template.trim_matches('/').split('/') {
        let Some(label) = part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) else {
            if given.next() != Some(part) {
                return None;
            }
            continue;
        };
        if let Some(label) = label.strip_suffix('+') {
            let rest: Vec<&str> = given.by_ref().collect();
            parameters.push((label, decoded(&rest.join("/"))?));
        } else {
            let value = given.next().filter(|value| !value.is_empty())?;
            parameters.push((label, decoded(value)?));
        }
    }
    given.next().is_none().then_some(parameters)
}

/// How many parts of a template are fixed: the more, the more specific.
pub(crate) fn literal_parts(template: &str) -> usize {
    template
        .split(['/', '?', '&'])
        .filter(|part| !part.is_empty() && !part.starts_with('{'))
        .count()
}

fn decoded(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .ok()
        .map(Cow::into_owned)
}

fn decoded_query(query: &str) -> Vec<(String, String)> {
    let text = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced)
            .decode_utf8_lossy()
            .into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (text(name), text(value))
        })
        .collect()
}

fn query_member(query: &[(String, String)], name: &str) -> Option<Node<'static>> {
    let values = query.iter().filter(|(given, _)| given == name);
    let mut values: Vec<Node<'static>> = values
        .map(|(_, value)| Node::Text(Cow::Owned(value.clone())))
        .collect();
    match values.len() {
        0 => None,
        1 => values.pop(),
        _ => Some(Node::List(values)),
    }
}

fn query_map(operation: &OperationInfo, query: &[(String, String)]) -> Node<'static> {
    let taken = |name: &str| {
        operation
            .bindings
            .iter()
            .any(|b| b.location == Location::Query("mode") && name == "mode")
            || operation
                .bindings
                .iter()
                .any(|b| matches!(b.location, Location::Query(q) if q == name))
            || operation
                .uri
                .split_once('?')
                .is_some_and(|(_, q)| q.split('=').next() == Some(name))
    };
    let rest = query.iter().filter(|(name, _)| !taken(name));
    Node::Map(
        rest.map(|(k, v)| (Cow::Owned(k.clone()), Node::Text(Cow::Owned(v.clone()))))
            .collect(),
    )
}

fn header<'a>(parts: &RequestParts<'a>, name: &str) -> Option<Node<'a>> {
    let value = parts.headers.get(name)?.to_str().ok()?;
    Some(Node::Text(Cow::Borrowed(value)))
}

fn header_map<'a>(parts: &RequestParts<'a>, prefix: &str) -> Node<'a> {
    let entry = |(name, value): (&'a http::HeaderName, &'a http::HeaderValue)| {
        let rest = name.as_str().strip_prefix(&*prefix.to_ascii_lowercase())?;
        Some((
            Cow::Borrowed(rest),
            Node::Text(Cow::Borrowed(value.to_str().ok()?)),
        ))
    };
    Node::Map(parts.headers.iter().filter_map(entry).collect())
}

fn document<'a>(parts: &RequestParts<'a>) -> Result<Node<'a>, Malformed> {
    if parts.body.is_empty() {
        return Ok(Node::empty());
    }
    json::parse(parts.body).map_err(|_| Malformed::Body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(template: &'static str, path: &str, query: &str, want: Option<&[(&str, &str)]>) {
        let got = match_uri(template, path, query);
        let got: Option<Vec<(&str, &str)>> = got
            .as_ref()
            .map(|found| found.iter().map(|(k, v)| (*k, v.as_str())).collect());
        assert_eq!(got.as_deref(), want);
    }

    #[test]
    fn templates() {
        check(
            "/restapis/{id}",
            "/restapis/abc",
            "",
            Some(&[("id", "abc")]),
        );
        check(
            "/restapis/{id}",
            "/restapis/abc/",
            "",
            Some(&[("id", "abc")]),
        );
        check("/restapis/{id}", "/restapis/", "", None);
        check("/restapis/{id}", "/restapis/a/b", "", None);
        check("/restapis?mode=import", "/restapis", "", None);
        check(
            "/restapis?mode=import",
            "/restapis",
            "x=1&mode=import",
            Some(&[]),
        );
        check(
            "/tags/{arn+}",
            "/tags/arn%3Aa/b",
            "",
            Some(&[("arn", "arn:a/b")]),
        );
        check("/f/{name}/x", "/f/a%20b/x", "", Some(&[("name", "a b")]));
        check("/f/{name}/x", "/f/%ff/x", "", None);
    }
}
