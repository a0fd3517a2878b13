//! The SAM transform: `AWS::Serverless::*` resources into plain CloudFormation ones, under the
//! logical ids that SAM gives them.
//!
//! Works on unresolved nodes, as SAM does: what it makes holds `Ref` and `Fn::Sub` for the rest of
//! the engine to resolve. Follows the public specification of SAM's generated resources.

mod api;
mod api_auth;
mod api_cors;
mod api_definition;
mod api_policy;
mod api_request;
mod callee;
mod event;
mod function;
mod generated;
mod globals;
mod http_api;
mod http_auth;
mod invocations;
mod layer;
mod policies;
mod role;
mod stream;
mod table;

use crate::document::{Map, Mark, Node};
use crate::error::{Problem, TemplateError};
use crate::scope::{Place, Scope};
use crate::template::{Resource, Template, parameter_values};
use api::Apis;
use generated::Generated;
use globals::Globals;
use http_api::HttpApis;
use std::collections::{BTreeMap, BTreeSet};

const FUNCTION: &str = "AWS::Serverless::Function";
const HTTP_API: &str = "AWS::Serverless::HttpApi";
const API: &str = "AWS::Serverless::Api";
const LAYER: &str = "AWS::Serverless::LayerVersion";
const SIMPLE_TABLE: &str = "AWS::Serverless::SimpleTable";

/// Replaces the serverless resources of a template.
///
/// `given` are the deployment's parameter values: with the definition itself they decide whether
/// an API needs a new deployment, and with `place` which functions there are.
///
/// # Errors
/// A serverless resource without the transform, or one that cannot be transformed.
pub(crate) fn transform(
    mut template: Template,
    place: &Place,
    given: &BTreeMap<String, String>,
) -> Result<Template, TemplateError> {
    let written = template.clone();
    let scope = Scope::new(&written, place, given)?;
    let globals = Globals::read(&template.globals)?;
    let resources = std::mem::take(&mut template.resources);
    let mut apis = Apis::new(&resources, &parameter_values(&template.parameters, given)?);
    let mut http_apis = HttpApis::new(&resources);
    let (mut generated, mut made) = (Generated::default(), Vec::new());
    for resource in resources {
        if resource.type_name.starts_with("AWS::Serverless::") && !template.serverless {
            let name = resource.type_name.clone();
            return Err(Problem::TypeNeedsTransform(name).at(resource.type_mark));
        }
        match resource.type_name.as_str() {
            FUNCTION => {
                let merged = globals.merge(FUNCTION, resource);
                // A function that is not made has no routes.
                let called_by = match scope.holds(merged.condition.as_ref())? {
                    true => Some((&mut apis, &mut http_apis)),
                    false => None,
                };
                function::transform(&merged, called_by, &mut generated, &mut made)?;
            }
            API => apis.declare(globals.merge(API, resource)),
            HTTP_API => http_apis.declare(globals.merge(HTTP_API, resource)),
            LAYER => made.push(layer::transform(globals.merge(LAYER, resource))?),
            SIMPLE_TABLE => made.push(table::transform(globals.merge(SIMPLE_TABLE, resource))?),
            _ => made.push(resource),
        }
    }
    apis.finish(&globals, &mut generated, &mut made)?;
    http_apis.finish(&globals, &mut generated, &mut made)?;
    unique(&made)?;
    template.resources = made;
    generated.resolve(&mut template);
    Ok(template)
}

/// SAM's own ids must not meet ids of the template.
fn unique(resources: &[Resource]) -> Result<(), TemplateError> {
    let mut seen = BTreeMap::new();
    for resource in resources {
        if let Some(first) = seen.insert(resource.logical_id.as_str(), resource.mark) {
            let id = &resource.logical_id;
            return Err(TemplateError::duplicate_key(resource.mark, id, first));
        }
    }
    Ok(())
}

/// The logical ids of the resources of a type.
fn of_type(resources: &[Resource], type_name: &str) -> BTreeSet<String> {
    let of_type = resources.iter().filter(|r| r.type_name == type_name);
    of_type.map(|r| r.logical_id.clone()).collect()
}

fn reference(mark: Mark, name: &str) -> Node {
    Node::map(mark, [("Ref", Node::text(mark, name))])
}

fn sub(mark: Mark, text: impl Into<String>) -> Node {
    Node::map(mark, [("Fn::Sub", Node::text(mark, text))])
}

fn get_att(mark: Mark, resource: &str, attribute: &str) -> Node {
    let path = [Node::text(mark, resource), Node::text(mark, attribute)];
    Node::map(mark, [("Fn::GetAtt", Node::list(mark, path))])
}

/// SAM writes tags as an object; CloudFormation's resources want `[{Key, Value}]`.
fn tag_list(mark: Mark, tags: &Map) -> Node {
    let tags = tags.iter().map(|(key, value)| {
        let key = Node::text(key.mark, key.text.as_str());
        Node::map(mark, [("Key", key), ("Value", value.clone())])
    });
    Node::list(mark, tags)
}

/// The tags of functions and their roles, to which SAM adds one of its own.
fn function_tags(mark: Mark, given: Option<&Map>) -> Node {
    let mut tags = Map::default();
    tags.set(mark, "lambda:createdBy", Node::text(mark, "SAM"));
    for (key, value) in given.into_iter().flat_map(Map::iter) {
        tags.set(key.mark, key.text.as_str(), value.clone());
    }
    tag_list(mark, &tags)
}

#[cfg(test)]
mod tests;
