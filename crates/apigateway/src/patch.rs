//! Patch operations, as the Update operations take them.

use crate::error::{Bad, Error};
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::apigateway::{Op, PatchOperation};

/// One change: what to do, where, and with which value.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    pub op: Op,
    /// As it was given.
    pub raw_path: String,
    /// The parts of the path, unescaped: `~1` is a slash, `~0` a tilde.
    path: Vec<String>,
    pub value: Option<String>,
}

/// Reads the list of an update; an absent list changes nothing.
///
/// # Errors
/// A change without a path or without an operation.
pub fn read(operations: Option<Vec<PatchOperation>>) -> Result<Vec<Patch>, Error> {
    operations
        .unwrap_or_default()
        .into_iter()
        .map(Patch::new)
        .collect()
}

/// The parts of a path; the slash in front may be missing.
fn path_of(raw: &str) -> Vec<String> {
    let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
    let path = raw.strip_prefix('/').unwrap_or(raw);
    path.split('/').map(unescape).collect()
}

/// The values that changes to the member `name`, or to what is in it, would set: for those who
/// judge a request before it is carried out, by the same reading.
pub fn values_of<'a>(
    operations: Option<&'a Vec<PatchOperation>>,
    name: &'a str,
) -> impl Iterator<Item = &'a str> {
    let of_member = move |operation: &&PatchOperation| {
        let path = operation.path.as_deref().map(path_of).unwrap_or_default();
        let names = name.split('/');
        names
            .enumerate()
            .all(|(at, part)| path.get(at).is_some_and(|given| given == part))
    };
    let operations = operations.into_iter().flatten().filter(of_member);
    operations.filter_map(|operation| operation.value.as_deref())
}

impl Patch {
    fn new(operation: PatchOperation) -> Result<Patch, Error> {
        let raw_path = operation.path.ok_or(Bad::PatchPath(None))?;
        let Some(op) = operation.op else {
            return Err(Bad::PatchOp(&["add", "remove", "replace"]).into());
        };
        let path = path_of(&raw_path);
        Ok(Patch {
            op,
            raw_path,
            path,
            value: operation.value,
        })
    }

    /// The parts of the path, to be matched.
    pub fn parts(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// The value; an absent one is empty.
    pub fn text(&self) -> String {
        self.value.clone().unwrap_or_default()
    }

    /// The value of a description and the like: an empty one removes it.
    pub fn optional_text(&self) -> Option<String> {
        self.value.clone().filter(|value| !value.is_empty())
    }

    /// Anything but `true` is false.
    pub fn flag(&self) -> bool {
        self.value
            .as_deref()
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// `Invalid patch path /x`
    pub fn unknown_path(&self) -> Error {
        Bad::PatchPath(Some(self.raw_path.clone())).into()
    }

    /// Refuses everything but `replace`.
    pub fn only_replace(&self) -> Result<(), Error> {
        match self.op {
            Op::Replace => Ok(()),
            _ => Err(Bad::PatchOp(&["replace"]).into()),
        }
    }

    /// The refusal of resources that list the paths they can replace, and nothing else.
    pub fn only_replaces(&self, supported: &'static [&'static str]) -> Error {
        let supported = if self.op == Op::Replace {
            supported
        } else {
            &[]
        };
        let path = self.raw_path.clone();
        Bad::PatchPathForOp {
            path,
            op: self.op.as_str(),
            supported,
        }
        .into()
    }

    /// Changes an optional map of names to values: `add` sets, `replace` sets what is there,
    /// `remove` removes it. A map without members is none.
    pub fn change<T>(
        &self,
        members: &mut Option<BTreeMap<String, T>>,
        name: &str,
        value: T,
        missing: impl FnOnce() -> Error,
    ) -> Result<(), Error> {
        let there = members
            .as_ref()
            .is_some_and(|members| members.contains_key(name));
        match self.op {
            Op::Replace | Op::Remove if !there => return Err(missing()),
            Op::Add | Op::Replace => {
                members
                    .get_or_insert_default()
                    .insert(name.to_owned(), value);
            }
            Op::Remove => {
                members.as_mut().map(|members| members.remove(name));
            }
            Op::Move | Op::Copy | Op::Test => return Err(self.unknown_path()),
        }
        if members.as_ref().is_some_and(BTreeMap::is_empty) {
            *members = None;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A patch as a client would send it: `op path value`.
    pub(crate) fn operation(op: &str, path: &str, value: Option<&str>) -> PatchOperation {
        PatchOperation {
            op: Op::from_name(op),
            path: Some(path.to_owned()),
            value: value.map(str::to_owned),
            from: None,
        }
    }

    #[test]
    fn paths_are_unescaped() {
        let patches = read(Some(vec![operation(
            "add",
            "/requestModels/a~1b~01",
            Some("x"),
        )]));
        let patch = patches.unwrap().remove(0);
        assert_eq!(patch.parts(), ["requestModels", "a/b~1"]);
    }

    #[test]
    fn maps() {
        let mut members = None;
        let change = |members: &mut Option<BTreeMap<String, i32>>, op, value| {
            let patch = read(Some(vec![operation(op, "/m/k", None)]))
                .unwrap()
                .remove(0);
            patch.change(members, "k", value, || patch.unknown_path())
        };
        assert!(change(&mut members, "remove", 0).is_err());
        assert!(change(&mut members, "replace", 0).is_err());
        change(&mut members, "add", 1).unwrap();
        change(&mut members, "replace", 2).unwrap();
        assert_eq!(members, Some(BTreeMap::from([("k".to_owned(), 2)])));
        change(&mut members, "remove", 0).unwrap();
        assert_eq!(members, None);
    }
}
