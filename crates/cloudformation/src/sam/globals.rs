//! The Globals section: defaults for the serverless resources of a template.

use super::{API, FUNCTION, HTTP_API, LAYER, SIMPLE_TABLE};
use crate::document::{Map, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::template::{Resource, map};

/// Default properties by resource type.
pub(super) struct Globals {
    function: Map,
    api: Map,
    http_api: Map,
    layer: Map,
    table: Map,
}

impl Globals {
    pub fn read(section: &Map) -> Result<Globals, TemplateError> {
        let mut globals = Globals {
            function: Map::default(),
            api: Map::default(),
            http_api: Map::default(),
            layer: Map::default(),
            table: Map::default(),
        };
        for (key, node) in section.iter() {
            let place = match key.text.as_str() {
                "Function" => &mut globals.function,
                "Api" => &mut globals.api,
                "HttpApi" => &mut globals.http_api,
                "SimpleTable" => &mut globals.table,
                "LayerVersion" => &mut globals.layer,
                "StateMachine" | "CapacityProvider" | "WebSocketApi" => {
                    let what = format!("{} in Globals", key.text);
                    return Err(TemplateError::not_supported(key.mark, what));
                }
                _ => {
                    let (owner, name) = ("Globals".to_owned(), key.text.clone());
                    return Err(Problem::UnknownProperty { owner, name }.at(key.mark));
                }
            };
            *place = map(node, &key.text)?.clone();
        }
        Ok(globals)
    }

    /// A resource with the defaults of its type filled in.
    pub fn merge(&self, type_name: &str, mut resource: Resource) -> Resource {
        let defaults = match type_name {
            FUNCTION => &self.function,
            API => &self.api,
            HTTP_API => &self.http_api,
            LAYER => &self.layer,
            SIMPLE_TABLE => &self.table,
            _ => return resource,
        };
        resource.properties = merge_maps(defaults, &resource.properties);
        resource
    }
}

/// SAM's rule: the resource's own scalar wins, objects merge, lists follow the global ones.
fn merge_maps(defaults: &Map, own: &Map) -> Map {
    let mut merged = defaults.clone();
    for (key, node) in own.iter() {
        let node = match merged.get(&key.text) {
            Some(default) => merge(default, node),
            None => node.clone(),
        };
        // Taking it out first lets the key carry the resource's place, not the section's.
        merged.take(&key.text);
        merged.set(key.mark, key.text.as_str(), node);
    }
    merged
}

fn merge(default: &Node, own: &Node) -> Node {
    let value = match (&default.value, &own.value) {
        (Value::Map(default), Value::Map(map)) => Value::Map(merge_maps(default, map)),
        (Value::List(default), Value::List(items)) => {
            Value::List(default.iter().chain(items).cloned().collect())
        }
        _ => own.value.clone(),
    };
    Node::new(own.mark, value)
}
