//! Patch operations, which lead a resource of a REST API from the properties it had to those it
//! shall have.

use super::text_of;
use crate::document::{Map, Node};
use std::collections::BTreeSet;
use wire::apigateway::{Op, PatchOperation};

/// A property with a path of its own.
pub(super) struct Patched {
    pub property: &'static str,
    pub path: &'static str,
    /// The value of a resource that does not say; without one it keeps what it has.
    pub otherwise: Option<&'static str>,
}

impl Patched {
    /// A property that is empty unless something is said.
    pub const fn text(property: &'static str, path: &'static str) -> Patched {
        Patched::or(property, path, "")
    }

    pub const fn or(
        property: &'static str,
        path: &'static str,
        otherwise: &'static str,
    ) -> Patched {
        Patched {
            property,
            path,
            otherwise: Some(otherwise),
        }
    }

    /// A property that stays where nothing is said any more.
    pub const fn kept(property: &'static str, path: &'static str) -> Patched {
        Patched {
            property,
            path,
            otherwise: None,
        }
    }
}

/// A patch that gives a path a new value.
pub(super) fn replace(path: impl Into<String>, value: impl Into<String>) -> PatchOperation {
    operation(Op::Replace, path.into(), Some(value.into()))
}

pub(super) fn add(path: impl Into<String>, value: impl Into<String>) -> PatchOperation {
    operation(Op::Add, path.into(), Some(value.into()))
}

pub(super) fn remove(path: impl Into<String>) -> PatchOperation {
    operation(Op::Remove, path.into(), None)
}

pub(super) fn operation(op: Op, path: String, value: Option<String>) -> PatchOperation {
    PatchOperation {
        op: Some(op),
        path: Some(path),
        value,
        from: None,
    }
}

/// A name as one part of a path.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Replaces the scalars that differ.
pub(super) fn scalars(old: &Map, new: &Map, patched: &[Patched]) -> Vec<PatchOperation> {
    let differs = |p: &&Patched| old.get(p.property) != new.get(p.property);
    let patch = |p: &Patched| {
        let given = new.get(p.property).and_then(Node::as_scalar);
        given.or(p.otherwise).map(|value| replace(p.path, value))
    };
    patched.iter().filter(differs).filter_map(patch).collect()
}

/// Sets and removes the entries, below a path, of an object with keys of the user's choice.
pub(super) fn entries(old: &Map, new: &Map, name: &str, path: &str) -> Vec<PatchOperation> {
    let (before, after) = (object(old, name), object(new, name));
    let mut patch = Vec::new();
    for (key, value) in after.into_iter().flat_map(Map::iter) {
        if before.and_then(|map| map.get(&key.text)) != Some(value) {
            let value = value.as_scalar().unwrap_or_default();
            patch.push(replace(format!("{path}/{}", escaped(&key.text)), value));
        }
    }
    for (key, _) in before.into_iter().flat_map(Map::iter) {
        if after.is_none_or(|map| map.get(&key.text).is_none()) {
            patch.push(remove(format!("{path}/{}", escaped(&key.text))));
        }
    }
    patch
}

/// Adds and removes the texts of a list whose members are named by value.
pub(super) fn members(old: &Map, new: &Map, name: &str, path: &str) -> Vec<PatchOperation> {
    let (before, after) = (set(old, name), set(new, name));
    let gone = before.difference(&after);
    let gone = gone.map(|text| operation(Op::Remove, path.to_owned(), Some(text.clone())));
    let new = after.difference(&before);
    gone.chain(new.map(|text| add(path, text.as_str())))
        .collect()
}

/// The same where the member is the end of the path.
pub(super) fn members_below(old: &Map, new: &Map, name: &str, path: &str) -> Vec<PatchOperation> {
    let (before, after) = (set(old, name), set(new, name));
    let below = |text: &String| format!("{path}/{}", escaped(text));
    let gone = before.difference(&after).map(|text| remove(below(text)));
    let new = after.difference(&before);
    gone.chain(new.map(|text| operation(Op::Add, below(text), None)))
        .collect()
}

fn set(properties: &Map, name: &str) -> BTreeSet<String> {
    super::texts_of(properties, name).into_iter().collect()
}

/// An object among properties.
pub(super) fn object<'m>(properties: &'m Map, name: &str) -> Option<&'m Map> {
    properties.get(name).and_then(Node::as_map)
}

/// The objects of a list.
pub(super) fn objects<'m>(
    properties: &'m Map,
    name: &str,
) -> impl Iterator<Item = &'m Map> + use<'m> {
    let items = properties.get(name).and_then(Node::as_list);
    items.unwrap_or_default().iter().filter_map(Node::as_map)
}

/// `API:STAGE`, as usage plans name a stage.
pub(super) fn planned_stage(stage: &Map) -> String {
    format!("{}:{}", text_of(stage, "ApiId"), text_of(stage, "Stage"))
}
