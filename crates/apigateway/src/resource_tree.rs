//! The rules of an API's tree of resources.

use crate::error::{Bad, Clash, Error, Missing};
use crate::record::Resource;
use crate::router::PathPart;
use std::collections::{BTreeMap, BTreeSet};

/// Checks whether a new or changed resource may stand among the others: its parent exists and
/// may have children, its name is well-formed and free, it is the only variable among its
/// siblings, and it is not below itself.
///
/// # Errors
/// The rule that is broken.
pub fn check(resources: &BTreeMap<String, Resource>, resource: &Resource) -> Result<(), Error> {
    let Some(parent_id) = &resource.parent_id else {
        return Ok(());
    };
    let parent = resources.get(parent_id).ok_or(Missing::Resource)?;
    if !is_path_part(&resource.path_part) {
        return Err(Bad::PathPart.into());
    }
    if subtree(resources, &resource.id).contains(parent_id.as_str()) {
        return Err(Bad::Cyclical.into());
    }
    if matches!(PathPart::parse(&parent.path_part), PathPart::Greedy(_)) {
        return Err(Bad::GreedyParent(parent.path_part.clone()).into());
    }
    let siblings = resources
        .values()
        .filter(|other| other.parent_id.as_ref() == Some(parent_id) && other.id != resource.id);
    for sibling in siblings {
        if sibling.path_part == resource.path_part {
            return Err(Clash::Sibling(sibling.path_part.clone()).into());
        }
        if is_variable(&sibling.path_part) && is_variable(&resource.path_part) {
            return Err(Bad::VariableSibling(sibling.path_part.clone()).into());
        }
    }
    Ok(())
}

fn is_variable(part: &str) -> bool {
    !matches!(PathPart::parse(part), PathPart::Fixed(_))
}

fn is_path_part(part: &str) -> bool {
    let (name, extra) = match PathPart::parse(part) {
        PathPart::Fixed(name) => (name, "-._~:!$&'()*+,;=@"),
        PathPart::Variable(name) | PathPart::Greedy(name) => (name, "-._:"),
    };
    let belongs = |c: char| c.is_ascii_alphanumeric() || extra.contains(c);
    !name.is_empty() && name.chars().all(belongs)
}

/// A resource and everything below it.
pub fn subtree<'a>(resources: &'a BTreeMap<String, Resource>, id: &'a str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::from([id]);
    loop {
        let below = resources.values().filter(|resource| {
            let parent = resource.parent_id.as_deref();
            parent.is_some_and(|parent| found.contains(parent))
        });
        let below: Vec<&str> = below.map(|resource| resource.id.as_str()).collect();
        let before = found.len();
        found.extend(below);
        if found.len() == before {
            return found;
        }
    }
}
