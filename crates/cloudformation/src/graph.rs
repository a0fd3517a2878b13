//! The order in which resources are made: each after what it refers to, otherwise as the template
//! has them. Only a deployment of an API waits for the API's parts, which it would lack otherwise:
//! templates often forget to say so, and get away with it where everything is made at once.

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
    let apis = template.resources.iter();
    let apis = apis.filter(|resource| APIS.contains(&resource.type_name.as_str()));
    let mut visit = Visit {
        apis: apis.map(|api| api.logical_id.as_str()).collect(),
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

/// What a deployment makes callable: the types whose resources are parts of an API.
const PARTS: [&str; 12] = [
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::IntegrationResponse",
    "AWS::ApiGatewayV2::Model",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::RouteResponse",
];
const DEPLOYMENTS: [&str; 2] = [
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGatewayV2::Deployment",
];
const APIS: [&str; 2] = ["AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"];

/// A depth-first walk; templates hold at most some hundred resources, which bounds the recursion.
struct Visit<'t> {
    apis: BTreeSet<&'t str>,
    waiting: BTreeMap<&'t str, Ordered<'t>>,
    path: Vec<&'t Resource>,
    done: Vec<Ordered<'t>>,
}

impl<'t> Visit<'t> {
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
        if DEPLOYMENTS.contains(&entry.resource.type_name.as_str()) {
            for part in self.parts(&entry) {
                self.resource(part)?;
            }
        }
        self.path.pop();
        self.done.push(entry);
        Ok(())
    }

    /// The parts of a deployment's API that can be made before it.
    fn parts(&self, deployment: &Ordered<'_>) -> Vec<&'t str> {
        let is_part = |waiting: &Ordered<'_>| {
            let mut names = waiting.depends_on.intersection(&deployment.depends_on);
            PARTS.contains(&waiting.resource.type_name.as_str())
                && names.any(|name| self.apis.contains(name.as_str()))
        };
        let parts = self.waiting.iter().filter(|(_, waiting)| is_part(waiting));
        let parts = parts.map(|(id, _)| *id);
        parts.filter(|id| !self.waits(id)).collect()
    }

    /// Whether a resource waits for one that is being placed.
    fn waits(&self, id: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut next = vec![id];
        while let Some(id) = next.pop() {
            if self.path.iter().any(|placed| placed.logical_id == id) {
                return true;
            }
            if let Some(entry) = self.waiting.get(id).filter(|_| seen.insert(id)) {
                next.extend(entry.depends_on.iter().map(String::as_str));
            }
        }
        false
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
