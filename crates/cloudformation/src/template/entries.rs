//! Resources and outputs as a template declares them.

use super::{map, text, wrong_type, wrong_value};
use crate::document::{Key, Map, Mark, Node, Value};
use crate::error::{Problem, TemplateError};

/// What becomes of a resource that the stack no longer needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Removal {
    #[default]
    Delete,
    Retain,
}

/// What `sam build` writes into the metadata of what it has built.
const BUILT_BY_SAM: &str = "SamResourceId";

/// One entry of the Resources section.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub mark: Mark,
    pub logical_id: String,
    pub type_name: String,
    pub type_mark: Mark,
    pub properties: Map,
    pub depends_on: Vec<(String, Mark)>,
    pub condition: Option<(String, Mark)>,
    pub metadata: Option<Map>,
    /// Whether its code has been built already, so that nothing is to be added to it.
    pub is_built: bool,
    pub on_delete: Removal,
    pub on_replace: Removal,
}

impl Resource {
    /// A resource that the SAM transform makes; `mark` is the place that asked for it.
    pub fn generated(mark: Mark, logical_id: String, type_name: &str, properties: Map) -> Resource {
        Resource {
            mark,
            logical_id,
            type_name: type_name.to_owned(),
            type_mark: mark,
            properties,
            depends_on: Vec::new(),
            condition: None,
            metadata: None,
            is_built: false,
            on_delete: Removal::Delete,
            on_replace: Removal::Delete,
        }
    }

    pub(super) fn read(key: &Key, node: &Node) -> Result<Resource, TemplateError> {
        let owner = format!("the resource {}", key.text);
        let body = map(node, &owner)?;
        let Some(type_node) = body.get("Type") else {
            let name = "Type".to_owned();
            return Err(Problem::MissingProperty { owner, name }.at(key.mark));
        };
        let type_name = text(type_node, "Type")?;
        let mut resource =
            Resource::generated(key.mark, key.text.clone(), type_name, Map::default());
        resource.type_mark = type_node.mark;
        for (key, node) in body.iter() {
            resource.attribute(&owner, key, node)?;
        }
        Ok(resource)
    }

    fn attribute(&mut self, owner: &str, key: &Key, node: &Node) -> Result<(), TemplateError> {
        match key.text.as_str() {
            "Type" => {}
            "Properties" => match &node.value {
                Value::Null => {}
                _ => self.properties = map(node, "Properties")?.clone(),
            },
            "DependsOn" => self.depends_on = names(node, "DependsOn")?,
            "Condition" => {
                self.condition = Some((text(node, "Condition")?.to_owned(), node.mark));
            }
            "Metadata" => {
                let metadata = map(node, "Metadata")?;
                self.is_built = metadata.get(BUILT_BY_SAM).is_some();
                self.metadata = Some(metadata.clone());
            }
            "DeletionPolicy" => self.on_delete = removal(node, "DeletionPolicy")?,
            "UpdateReplacePolicy" => self.on_replace = removal(node, "UpdateReplacePolicy")?,
            // What only tells readers something.
            "Description" | "OpenApiVersion" if self.type_name.starts_with("AWS::Serverless::") => {
            }
            "CreationPolicy" | "UpdatePolicy" | "Connectors" => {
                let what = format!("the attribute {} of a resource", key.text);
                return Err(TemplateError::not_supported(key.mark, what));
            }
            _ => {
                let (owner, name) = (owner.to_owned(), key.text.clone());
                return Err(Problem::UnknownProperty { owner, name }.at(key.mark));
            }
        }
        Ok(())
    }
}

fn removal(node: &Node, what: &str) -> Result<Removal, TemplateError> {
    match text(node, what)? {
        "Delete" => Ok(Removal::Delete),
        "Retain" | "RetainExceptOnCreate" => Ok(Removal::Retain),
        "Snapshot" => Err(TemplateError::not_supported(
            node.mark,
            format!("{what}: Snapshot"),
        )),
        other => Err(wrong_value(node.mark, what, "Delete or Retain", other)),
    }
}

/// One name or a list of names.
fn names(node: &Node, what: &str) -> Result<Vec<(String, Mark)>, TemplateError> {
    let nodes = match &node.value {
        Value::List(items) => items.as_slice(),
        Value::Text(_) => std::slice::from_ref(node),
        _ => return Err(wrong_type(node, what, "a name or a list of names")),
    };
    let names = nodes
        .iter()
        .map(|node| Ok((text(node, what)?.to_owned(), node.mark)));
    names.collect()
}

/// One entry of the Outputs section.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub name: String,
    pub value: Node,
    pub condition: Option<(String, Mark)>,
}

impl Output {
    pub(super) fn read(key: &Key, node: &Node) -> Result<Output, TemplateError> {
        let owner = format!("the output {}", key.text);
        let mut value = None;
        let mut condition = None;
        for (key, node) in map(node, &owner)?.iter() {
            match key.text.as_str() {
                "Value" => value = Some(node.clone()),
                "Condition" => condition = Some((text(node, "Condition")?.to_owned(), node.mark)),
                // An export has no reader here: Fn::ImportValue is refused where it stands.
                "Description" | "Export" => {}
                _ => {
                    let name = key.text.clone();
                    return Err(Problem::UnknownProperty { owner, name }.at(key.mark));
                }
            }
        }
        let Some(value) = value else {
            let name = "Value".to_owned();
            return Err(Problem::MissingProperty { owner, name }.at(key.mark));
        };
        Ok(Output {
            name: key.text.clone(),
            value,
            condition,
        })
    }
}
