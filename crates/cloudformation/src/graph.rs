//! The order in which resources are made: each after what it refers to, otherwise as the template
//! has them.

use crate::error::{Problem, TemplateError};
use crate::scope::Scope;
use crate::template::{Resource, Template};
use std::collections::{BTreeMap, BTreeSet};

/// A resource of this deployment and what must exist before it.
#[derive(Debug)]
pub(crate) struct Ordered<'t> {
    pub resource: &'t Resource,
    pub depends_on: BTreeSet<String>,
}

/// All resources whose condition holds, dependencies first.
///
/// # Errors
/// A circle, named by its path; a `DependsOn` that names nothing.
pub(crate) fn ordered<'t>(
    template: &'t Template,
    scope: &Scope<'t>,
) -> Result<Vec<Ordered<'t>>, TemplateError> {
    let mut waiting = BTreeMap::new();
    for resource in &template.resources {
        if scope.holds(resource.condition.as_ref())? {
            let depends_on = dependencies(template, scope, resource)?;
            let id = resource.logical_id.as_str();
            waiting.insert(
                id,
                Ordered {
                    resource,
                    depends_on,
                },
            );
        }
    }
    let mut visit = Visit {
        waiting,
        path: Vec::new(),
        done: Vec::new(),
    };
    for resource in &template.resources {
        visit.resource(&resource.logical_id)?;
    }
    Ok(visit.done)
}

fn dependencies(
    template: &Template,
    scope: &Scope<'_>,
    resource: &Resource,
) -> Result<BTreeSet<String>, TemplateError> {
    let mut names = scope.references(&resource.properties)?;
    for (name, mark) in &resource.depends_on {
        if template.resource(name).is_none() {
            return Err(Problem::UnknownName(name.clone()).at(*mark));
        }
        names.insert(name.clone());
    }
    Ok(names)
}

/// A depth-first walk; templates hold at most some hundred resources, which bounds the recursion.
struct Visit<'t> {
    waiting: BTreeMap<&'t str, Ordered<'t>>,
    path: Vec<&'t Resource>,
    done: Vec<Ordered<'t>>,
}

impl Visit<'_> {
    fn resource(&mut self, id: &str) -> Result<(), TemplateError> {
        if let Some(at) = self.path.iter().position(|r| r.logical_id == id) {
            return Err(self.circle(at));
        }
        let Some(entry) = self.waiting.remove(id) else {
            return Ok(());
        };
        self.path.push(entry.resource);
        for name in &entry.depends_on {
            self.resource(name)?;
        }
        self.path.pop();
        self.done.push(entry);
        Ok(())
    }

    fn circle(&self, at: usize) -> TemplateError {
        let members = self.path.iter().skip(at);
        let first = self.path.iter().skip(at).take(1);
        let names = members.clone().chain(first).map(|r| r.logical_id.clone());
        let mark = members.clone().next().map(|r| r.mark).unwrap_or_default();
        Problem::Cycle(names.collect()).at(mark)
    }
}

/// Recorded resources in the order in which they may be deleted: each before what it refers to.
pub(crate) fn deletion_order(depends_on: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    fn visit<'m>(
        id: &'m str,
        all: &'m BTreeMap<String, BTreeSet<String>>,
        seen: &mut BTreeSet<&'m str>,
        order: &mut Vec<String>,
    ) {
        let Some((id, names)) = all.get_key_value(id) else {
            return;
        };
        if seen.insert(id) {
            for name in names {
                visit(name, all, seen, order);
            }
            order.push(id.clone());
        }
    }
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    for id in depends_on.keys() {
        visit(id, depends_on, &mut seen, &mut order);
    }
    order.reverse();
    order
}

#[cfg(test)]
mod tests;
